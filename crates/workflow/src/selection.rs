//! Choosing units for a course (Deep Linking 2.0): a request of the platform
//! waits as a [`Selection`] until somebody who teaches has chosen, and is
//! answered once.

use std::collections::BTreeMap;

use assessment::ids::{RegistrationId, SelectionId};
use assessment::overlay::Overlay;
use assessment::unit::Unit;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Duration, SecondsFormat, Utc};
use lti::ags::{PlatformFamily, SubmissionReview};
use lti::deep_linking::{
    ContentItem, DeepLinkingResponse, LtiResourceLink, NewLineItem, Period, ReturnMessages, Window,
    response,
};
use lti::launch::DeepLinkingSettings;
use lti::roles::Roles;
use storage::courses::CourseRecord;
use storage::selections::SelectionRecord;
use storage::{StorageError, UnitOfWork};
use url::Url;

use crate::arrival::{SignedIn, Ticket};
use crate::launch::redirect_uri;
use crate::passback::TAG;
use crate::{App, Problem, digest, platforms};

/// How long somebody has to choose.
const SELECTION_MINUTES: i64 = 60;
/// The longest title that is taken, in characters: Canvas and Moodle cut at 255.
pub const LONGEST_TITLE: usize = 255;
/// What an item is called that places this tool in a course.
const PLACEMENT: &str = "ltiResourceLink";

/// Whether these roles may choose content: those who teach the course, who
/// administer it, or who prepare its content. A learner who only assists does not.
pub(crate) fn may_select(roles: &Roles) -> bool {
    roles.is_instructor()
        || roles.is_administrator()
        || (roles.is_teaching_assistant() && !roles.is_learner())
        || roles.has_context_role("ContentDeveloper")
}

/// Hands a selection to the browser of a ticket, within the caller's
/// transaction. A browser that kept no cookie comes again, so that the selection
/// stays one and its token becomes another.
pub(crate) async fn sign_in(
    app: &App,
    work: &mut dyn UnitOfWork,
    ticket: &Ticket,
    id: SelectionId,
    platform_family: &str,
    settings: &DeepLinkingSettings,
) -> Result<SignedIn, StorageError> {
    let token = app.secret();
    let lifetime = Duration::minutes(SELECTION_MINUTES);
    work.put_selection(&SelectionRecord {
        id,
        token_digest: digest(&token),
        registration: ticket.registration,
        course: ticket.course,
        person: ticket.person,
        platform_family: platform_family.to_owned(),
        settings: serde_json::to_string(settings)
            .map_err(|error| StorageError::Driver(Box::new(error)))?,
        csrf: app.secret(),
        expires_at: app.now() + lifetime,
        answered_at: None,
    })
    .await?;
    Ok(SignedIn {
        base: format!("/select/{id}"),
        page: String::new(),
        token,
        lifetime,
    })
}

/// A choice under way, of the person whose browser holds its token.
#[derive(Debug)]
pub struct Selection {
    /// The id.
    pub id: SelectionId,
    /// The tenant.
    pub registration: RegistrationId,
    /// The course that the units are for.
    pub course: CourseRecord,
    /// Name of the person who chooses; empty where privacy hides it.
    pub person_name: String,
    /// The platform's product: `moodle`, `canvas`; may be empty.
    pub platform_family: String,
    /// Token that forms carry.
    pub csrf: String,
    /// Whether it was answered already.
    pub answered: bool,
    /// What the centre sets for itself.
    pub overlays: Vec<Overlay>,
    settings: DeepLinkingSettings,
}

impl Selection {
    /// The selection of the browser with this token. None where there is no such
    /// selection, or it has expired.
    ///
    /// # Errors
    /// [`Problem::Storage`] where the database fails.
    pub async fn of(app: &App, id: SelectionId, token: &str) -> Result<Option<Self>, Problem> {
        let mut work = app.storage.read().await?;
        let Some(record) = work.selection(id, &digest(token)).await? else {
            return Ok(None);
        };
        if record.expires_at <= app.now() {
            return Ok(None);
        }
        let (Some(person), Some(course)) = (
            work.person(record.registration, record.person).await?,
            work.course(record.registration, record.course).await?,
        ) else {
            return Ok(None);
        };
        let settings =
            serde_json::from_str(&record.settings).map_err(|_| StorageError::Inconsistency {
                table: "selections",
                column: "settings_json",
            })?;
        Ok(Some(Self {
            id,
            registration: record.registration,
            course,
            person_name: person.name,
            platform_family: record.platform_family,
            csrf: record.csrf,
            answered: record.answered_at.is_some(),
            overlays: app.overlays_for(work.as_mut(), record.registration).await?,
            settings,
        }))
    }

    /// Whether the platform takes placements of this tool here at all.
    pub fn takes_units(&self) -> bool {
        self.settings
            .accept_types
            .iter()
            .any(|accepted| accepted == PLACEMENT)
    }

    /// Whether it takes several at once.
    pub fn takes_several(&self) -> bool {
        self.settings.accept_multiple == Some(true)
    }

    /// Whether it makes columns in its gradebook. One that leaves it open does.
    pub fn takes_grades(&self) -> bool {
        self.settings.accept_line_item != Some(false)
    }

    /// Whether it keeps to dates that come with a unit. Moodle looks at none.
    pub fn takes_dates(&self) -> bool {
        PlatformFamily::from_product_family_code(Some(&self.platform_family))
            != PlatformFamily::Moodle
    }

    /// Whether what is chosen can be asked to open in a window of its own.
    /// Moodle does as its own settings say.
    pub fn takes_windows(&self) -> bool {
        self.takes_dates()
            && self
                .settings
                .accept_presentation_document_targets
                .iter()
                .any(|target| target == "window")
    }

    /// The title that the platform proposes.
    pub fn proposed_title(&self) -> Option<&str> {
        self.settings.title.as_deref()
    }

    /// Where the answer goes.
    pub fn return_url(&self) -> &Url {
        &self.settings.return_url
    }
}

/// A unit that was chosen, and what the course should make of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// Id of the unit.
    pub unit: String,
    /// Its name in the course.
    pub title: String,
    /// The most points in the gradebook; none for an activity without a column.
    pub points: Option<f64>,
    /// From when learners can open it.
    pub opens: Option<DateTime<Utc>>,
    /// Until when learners can open it.
    pub closes: Option<DateTime<Utc>>,
    /// By when learners should hand in.
    pub hand_in_by: Option<DateTime<Utc>>,
    /// Whether it opens in a window of its own.
    pub new_window: bool,
}

/// What keeps a choice from being sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChoiceProblem {
    /// It has no title.
    NoTitle,
    /// The title is longer than [`LONGEST_TITLE`].
    LongTitle,
    /// The points are not more than nothing, or beyond any gradebook.
    Points,
    /// It closes before it opens.
    ClosesBeforeItOpens,
    /// Work would be due before learners can open the activity.
    DueBeforeItOpens,
    /// Work would be due when learners can no longer open the activity.
    DueAfterItCloses,
}

impl Choice {
    /// What keeps it from being sent.
    pub fn problems(&self) -> Vec<ChoiceProblem> {
        let before = |one: Option<DateTime<Utc>>, other: Option<DateTime<Utc>>| {
            one.zip(other).is_some_and(|(one, other)| one < other)
        };
        [
            (self.title.trim().is_empty(), ChoiceProblem::NoTitle),
            (
                self.title.chars().count() > LONGEST_TITLE,
                ChoiceProblem::LongTitle,
            ),
            (
                self.points
                    .is_some_and(|points| !(points > 0.0 && points <= 100_000.0)),
                ChoiceProblem::Points,
            ),
            (
                before(self.closes, self.opens),
                ChoiceProblem::ClosesBeforeItOpens,
            ),
            (
                before(self.hand_in_by, self.opens),
                ChoiceProblem::DueBeforeItOpens,
            ),
            (
                before(self.closes, self.hand_in_by),
                ChoiceProblem::DueAfterItCloses,
            ),
        ]
        .into_iter()
        .filter_map(|(holds, problem)| holds.then_some(problem))
        .collect()
    }
}

/// The points that a unit brings along: all its marks, else one, for a pass
/// counts as everything there is.
pub fn points_of(unit: &Unit) -> String {
    let maximum = unit.criteria().map(|criterion| criterion.maximum).sum();
    if unit.is_marked() && maximum > 0 {
        unit.marks(maximum)
    } else {
        "1".to_owned()
    }
}

/// What the browser posts to the platform.
#[derive(Debug)]
pub struct Answer {
    /// Where to.
    pub return_url: Url,
    /// The signed response, for the field [`lti::deep_linking::FORM_FIELD`].
    pub response: String,
}

/// Answers with what was chosen. A selection is answered once.
///
/// # Errors
/// [`Problem::Invalid`] where something cannot be sent as it is or the platform
/// does not take it, [`Problem::NotNow`] where it was answered before.
pub async fn answer(
    app: &App,
    selection: &Selection,
    choices: &[Choice],
) -> Result<Answer, Problem> {
    if choices.is_empty() {
        return Err(Problem::Invalid("Choose at least one unit.".to_owned()));
    }
    if choices.len() > 1 && !selection.takes_several() {
        return Err(Problem::Invalid(
            "Your course takes one unit at a time here. Choose one.".to_owned(),
        ));
    }
    for choice in choices {
        if app.units.unit(&choice.unit).is_none() {
            return Err(Problem::Invalid(
                "Choose from the units in the list.".to_owned(),
            ));
        }
        if !choice.problems().is_empty() {
            return Err(Problem::Invalid(format!(
                "Something about “{}” cannot be sent as it is. Go back and look at it.",
                choice.title
            )));
        }
    }
    let items = choices
        .iter()
        .map(|choice| ContentItem::LtiResourceLink(Box::new(item(app, selection, choice))))
        .collect();
    let titles: Vec<_> = choices.iter().map(|choice| choice.title.trim()).collect();
    let messages = ReturnMessages {
        message: Some(format!("Added: {}.", titles.join(", "))),
        ..ReturnMessages::default()
    };
    send(app, selection, DeepLinkingResponse { items, messages }).await
}

/// Answers with nothing: somebody changed their mind, or there is nothing that
/// could be chosen.
///
/// # Errors
/// [`Problem::NotNow`] where it was answered before.
pub async fn cancel(app: &App, selection: &Selection) -> Result<Answer, Problem> {
    let reason = if !selection.takes_units() {
        Some("Markbridge adds activities, and this place in the course does not take them.")
    } else if app.units.units().is_empty() {
        Some("No unit is installed in Markbridge yet.")
    } else {
        None
    };
    let messages = match reason {
        Some(reason) => ReturnMessages {
            error_message: Some(format!("{reason} Nothing was added.")),
            error_log: Some(reason.to_owned()),
            ..ReturnMessages::default()
        },
        None => ReturnMessages {
            message: Some("Nothing was added.".to_owned()),
            ..ReturnMessages::default()
        },
    };
    let items = Vec::new();
    send(app, selection, DeepLinkingResponse { items, messages }).await
}

async fn send(
    app: &App,
    selection: &Selection,
    answer: DeepLinkingResponse,
) -> Result<Answer, Problem> {
    // Before the transaction, for the ring may open one of its own.
    let key = app.keys.signing_key(selection.registration).await?;
    let mut work = app.storage.write().await?;
    let record = work
        .registration(selection.registration)
        .await?
        .filter(|record| !record.disabled)
        .ok_or(Problem::NotFound)?;
    let now = app.now();
    if !work
        .answer_selection(selection.registration, selection.id, now)
        .await?
    {
        return Err(Problem::NotNow(
            "What was chosen here has been sent to the course already.".to_owned(),
        ));
    }
    let signed = response(
        &platforms::registration(&record)?,
        &selection.course.deployment,
        &selection.settings,
        &answer,
        &key,
        now,
        &app.secret(),
    )
    .map_err(|error| Problem::Invalid(error.to_string()))?;
    work.save().await?;
    Ok(Answer {
        return_url: selection.settings.return_url.clone(),
        response: signed,
    })
}

/// What the platform makes of a choice. Moodle names its column after the
/// activity; Canvas wants the maximum in any case.
fn item(app: &App, selection: &Selection, choice: &Choice) -> LtiResourceLink {
    let period = |from, until| Some(Period { from, until });
    LtiResourceLink {
        url: Some(redirect_uri(app)),
        title: Some(choice.title.trim().to_owned()),
        window: (choice.new_window && selection.takes_windows()).then(|| Window {
            target_name: Some("_blank".to_owned()),
            ..Window::default()
        }),
        custom: custom(app, selection, choice),
        line_item: choice
            .points
            .filter(|_| selection.takes_grades())
            .map(|points| NewLineItem {
                label: Some(choice.title.trim().to_owned()),
                score_maximum: points,
                resource_id: Some(choice.unit.clone()),
                tag: Some(TAG.to_owned()),
                grades_released: None,
                submission_review: Some(SubmissionReview {
                    reviewable_status: Vec::new(),
                    label: Some("Open in Markbridge".to_owned()),
                    url: Some(redirect_uri(app)),
                    custom: BTreeMap::new(),
                }),
            }),
        available: period(choice.opens, choice.closes).filter(|_| selection.takes_dates()),
        submission: period(None, choice.hand_in_by).filter(|_| selection.takes_dates()),
        ..LtiResourceLink::default()
    }
}

/// Custom parameters of the launches to come. Those that begin with `$` are
/// variables, which a platform fills in at each launch or leaves as they are.
fn custom(app: &App, selection: &Selection, choice: &Choice) -> BTreeMap<String, String> {
    let mut custom: BTreeMap<String, String> = [
        ("context_history", "$Context.id.history"),
        ("resource_link_history", "$ResourceLink.id.history"),
        (
            "canvas_context_history",
            "$Canvas.course.previousContextIds.recursive",
        ),
        ("due", "$ResourceLink.submission.endDateTime"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    custom.insert("unit".to_owned(), choice.unit.clone());
    custom.insert(
        "link".to_owned(),
        URL_SAFE_NO_PAD.encode(app.random::<16>()),
    );
    // A copy of the course brings these along: they tell that it is one, and the date was the original's.
    if !selection.course.context.is_empty() {
        custom.insert("chosen_in".to_owned(), selection.course.context.clone());
    }
    if let Some(at) = choice.hand_in_by {
        custom.insert(
            "hand_in_by".to_owned(),
            at.to_rfc3339_opts(SecondsFormat::Secs, true),
        );
    }
    custom
}
