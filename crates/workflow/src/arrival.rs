//! From a verified launch to a session. A browser that brought its cookie is
//! signed in at once; any other proves itself first, by the secret that the
//! platform's storage kept for it, or opens a window of its own by a code that
//! works once. What works decides, not the name of a browser.

use assessment::ids::{ActivityId, CourseId, PersonId, RegistrationId, SelectionId};
use assessment::people::Role;
use chrono::Duration;
use lti::launch::DeepLinkingSettings;
use lti::platform_storage::Exchange;
use serde::{Deserialize, Serialize};
use storage::launches::{ArrivalRecord, SessionRecord};
use storage::{StorageError, UnitOfWork};

use crate::launch::LaunchProblem;
use crate::overlay::unit_in_force;
use crate::visit::Visit;
use crate::{App, Problem, digest, selection};

/// How long a session lasts. A lost one is opened again from the course.
pub(crate) const SESSION_HOURS: i64 = 12;
/// How long an arrival waits for its browser.
const ARRIVAL_MINUTES: i64 = 5;

/// What a verified launch lets its person be signed in to.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Ticket {
    pub(crate) registration: RegistrationId,
    pub(crate) course: CourseId,
    pub(crate) person: PersonId,
    pub(crate) role: Role,
    pub(crate) place: Place,
    pub(crate) return_url: Option<String>,
}

/// Where a ticket leads.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Place {
    /// An activity, and the page to begin with below its address; empty for the
    /// activity's own beginning.
    Activity { id: ActivityId, page: String },
    /// A choice of content.
    Selection {
        id: SelectionId,
        platform_family: String,
        settings: Box<DeepLinkingSettings>,
    },
}

/// A browser that is signed in.
#[derive(Debug)]
pub struct SignedIn {
    /// The path that the session's cookie belongs to: `/a/0197…`, `/select/0197…`.
    pub base: String,
    /// The page to begin with, below that path; may be empty.
    pub page: String,
    /// The secret for the browser's session cookie.
    pub token: String,
    /// How long it lasts.
    pub lifetime: Duration,
}

/// A person who is not signed in in this browser yet, for the page that offers a way.
#[derive(Debug)]
pub struct Unproven {
    /// The code that works once.
    pub code: String,
    /// How many minutes it works.
    pub minutes: i64,
    /// The person's name; empty where privacy hides it.
    pub name: String,
    /// What the person is in the course.
    pub role: Role,
    /// The activity's unit, by number and title, else the activity's title; the
    /// course where content is chosen.
    pub place: String,
    /// Where the platform kept the browser's secret, if it did.
    pub storage: Option<Exchange>,
}

/// Signs a browser in, within the caller's transaction.
pub(crate) async fn sign_in(
    app: &App,
    work: &mut dyn UnitOfWork,
    ticket: &Ticket,
) -> Result<SignedIn, StorageError> {
    let (activity, page) = match &ticket.place {
        Place::Activity { id, page } => (*id, page.clone()),
        Place::Selection {
            id,
            platform_family,
            settings,
        } => return selection::sign_in(app, work, ticket, *id, platform_family, settings).await,
    };
    let token = app.secret();
    let lifetime = Duration::hours(SESSION_HOURS);
    work.add_session(&SessionRecord {
        token_digest: digest(&token),
        registration: ticket.registration,
        course: ticket.course,
        activity,
        person: ticket.person,
        role: ticket.role,
        csrf: app.secret(),
        return_url: ticket.return_url.clone(),
        expires_at: app.now() + lifetime,
    })
    .await?;
    Ok(SignedIn {
        base: format!("/a/{activity}"),
        page,
        token,
        lifetime,
    })
}

/// Keeps a ticket until its browser is proven, within the caller's transaction.
pub(crate) async fn keep(
    app: &App,
    work: &mut dyn UnitOfWork,
    ticket: &Ticket,
    browser_digest: Vec<u8>,
) -> Result<Unproven, StorageError> {
    let code = app.secret();
    let inconsistency = |table| StorageError::Inconsistency {
        table,
        column: "id",
    };
    let person = work
        .person(ticket.registration, ticket.person)
        .await?
        .ok_or(inconsistency("people"))?;
    let place = match &ticket.place {
        Place::Activity { id, .. } => {
            let activity = work
                .activity(ticket.registration, *id)
                .await?
                .ok_or(inconsistency("activities"))?;
            let unit = activity
                .unit
                .as_deref()
                .and_then(|unit| app.units.unit(unit));
            match unit {
                None => activity.title,
                Some(plugin) => {
                    let overlays = app.overlays_for(work, ticket.registration).await?;
                    let unit = unit_in_force(&plugin, &overlays);
                    format!("{} {}", unit.number, unit.title)
                }
            }
        }
        Place::Selection { .. } => {
            work.course(ticket.registration, ticket.course)
                .await?
                .ok_or(inconsistency("courses"))?
                .title
        }
    };
    work.add_arrival(&ArrivalRecord {
        code_digest: digest(&code),
        registration: ticket.registration,
        browser_digest,
        ticket_json: serde_json::to_string(ticket)
            .map_err(|error| StorageError::Driver(Box::new(error)))?,
        expires_at: app.now() + Duration::minutes(ARRIVAL_MINUTES),
    })
    .await?;
    Ok(Unproven {
        code,
        minutes: ARRIVAL_MINUTES,
        name: person.name,
        role: ticket.role,
        place,
        storage: None,
    })
}

/// Takes the ticket of a code, which works once.
async fn take(
    app: &App,
    work: &mut dyn UnitOfWork,
    code: &str,
) -> Result<(Ticket, Vec<u8>), LaunchProblem> {
    let record = work
        .take_arrival(&digest(code))
        .await?
        .filter(|record| record.expires_at > app.now())
        .ok_or(LaunchProblem::ArrivalUnknown)?;
    let ticket =
        serde_json::from_str(&record.ticket_json).map_err(|_| StorageError::Inconsistency {
            table: "arrivals",
            column: "ticket_json",
        })?;
    Ok((ticket, record.browser_digest))
}

/// Signs in a browser by its code: in the course's page together with the
/// login's secret out of the platform's storage, in a window of its own by the
/// code alone, which its person asked for by hand. Whether the browser keeps the
/// session's cookie is not known yet: the second code goes to [`arrived`].
///
/// # Errors
/// [`LaunchProblem::ArrivalUnknown`] where the code is used or too old,
/// [`LaunchProblem::OtherBrowser`] where the secret is another's. The code is
/// used up in any case.
pub async fn enter(
    app: &App,
    code: &str,
    secret: Option<&str>,
) -> Result<(SignedIn, String), LaunchProblem> {
    let mut work = app.storage.write().await?;
    let (ticket, browser_digest) = take(app, work.as_mut(), code).await?;
    if secret.is_some_and(|secret| digest(secret) != browser_digest) {
        work.save().await?;
        return Err(LaunchProblem::OtherBrowser);
    }
    let signed_in = sign_in(app, work.as_mut(), &ticket).await?;
    let next = keep(app, work.as_mut(), &ticket, browser_digest).await?;
    work.save().await?;
    Ok((signed_in, next.code))
}

/// Where a browser goes on that has just proven itself.
#[derive(Debug)]
pub enum Arrived {
    /// It kept its cookie: to this page below the session's path.
    Page(String),
    /// It kept none: a window of its own is left.
    NoCookie(Unproven),
}

/// Looks whether a browser kept its session's cookie. The code is used up.
///
/// # Errors
/// [`LaunchProblem::ArrivalUnknown`] where the code is used or too old.
pub async fn arrived(app: &App, code: &str, has_session: bool) -> Result<Arrived, LaunchProblem> {
    let mut work = app.storage.write().await?;
    let (ticket, browser_digest) = take(app, work.as_mut(), code).await?;
    let arrived = if has_session {
        Arrived::Page(match ticket.place {
            Place::Activity { page, .. } => page,
            Place::Selection { .. } => String::new(),
        })
    } else {
        Arrived::NoCookie(keep(app, work.as_mut(), &ticket, browser_digest).await?)
    };
    work.save().await?;
    Ok(arrived)
}

/// A code by which a signed-in person opens a window beside the course's page.
///
/// # Errors
/// [`Problem::Storage`] where the database fails.
pub async fn own_window(app: &App, visit: &Visit) -> Result<Unproven, Problem> {
    let ticket = Ticket {
        registration: visit.actor.registration,
        course: visit.actor.course,
        person: visit.actor.person,
        role: visit.actor.role,
        place: Place::Activity {
            id: visit.actor.activity,
            page: String::new(),
        },
        return_url: visit.return_url.clone(),
    };
    let mut work = app.storage.write().await?;
    // Nobody knows a secret with this digest: such a code opens windows only.
    let unproven = keep(app, work.as_mut(), &ticket, Vec::new()).await?;
    work.save().await?;
    Ok(unproven)
}
