//! What went wrong, as a page that a person understands, with a short reference
//! that stands in the log too.

use assessment::ids::RegistrationId;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::ACCEPT;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use lti::deep_linking::ReturnMessages;
use lti::{GuardError, RegistrationError};
use serde_json::json;
use workflow::Problem;
use workflow::diagnosis;
use workflow::launch::{FailedLaunch, LaunchProblem, WayBack};
use workflow::register::RegisterProblem;

use crate::Web;
use crate::frame::return_target;
use crate::pages::{ErrorPage, Labelled, RenderError};

/// Something that ends a request. It becomes a page, or JSON for the script, in [`show`].
#[derive(Debug, Clone)]
pub(crate) struct Failure(Box<Facts>);

#[derive(Debug, Clone)]
struct Facts {
    status: StatusCode,
    title: &'static str,
    lead: String,
    steps: Vec<&'static str>,
    /// Code and internal context, for the log; none where nothing is wrong on our side.
    log: Option<(&'static str, String)>,
    details: Vec<(&'static str, String)>,
    /// Of a launch that failed, whose it was and the reason for administrators.
    failed_launch: Option<(Option<RegistrationId>, String)>,
    /// Where the course is, if known.
    way_back: Option<WayBack>,
}

const OPEN_AGAIN: &str = "Open the activity again from your course.";
const TELL: &str = "If it happens again, give your centre the reference below.";

impl Failure {
    fn new(
        status: StatusCode,
        title: &'static str,
        lead: impl Into<String>,
        steps: &[&'static str],
    ) -> Self {
        Self(Box::new(Facts {
            status,
            title,
            lead: lead.into(),
            steps: steps.to_vec(),
            log: None,
            details: Vec::new(),
            failed_launch: None,
            way_back: None,
        }))
    }

    /// The same, with a line in the log and a reference on the page.
    fn logged(mut self, code: &'static str, error: &dyn std::error::Error) -> Self {
        self.0.log = Some((code, chain(error)));
        self
    }

    pub(crate) fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "There is no such page",
            "It may have been taken away, or it belongs to somebody else.",
            &[OPEN_AGAIN],
        )
    }

    /// Somebody kept or reloaded an address to which only forms and platforms send.
    pub(crate) fn only_sent_to() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "This address opens no page",
            "Your course or a button sends to it. What was saved is still there.",
            &[OPEN_AGAIN],
        )
    }

    pub(crate) fn no_session() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "Please open the activity again",
            "For your safety a visit ends after some hours, or when you open the activity as somebody else. Everything that was saved is still there.",
            &[
                "Go back to your course.",
                "Open the activity again by its own link.",
            ],
        )
    }

    pub(crate) fn no_cookies() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "Your browser keeps no cookies",
            "We need one cookie, only to keep you signed in, and your browser did not keep it even in a window of its own. Everything that was saved is still there.",
            &[
                "In your browser’s settings, allow cookies for this page, or use another browser.",
                OPEN_AGAIN,
            ],
        )
    }

    pub(crate) fn no_administrator() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "Please sign in as administrator",
            "These pages are for whoever looks after Markbridge. A visit ends after 12 hours, or when somebody signs out.",
            &[
                "On the machine where Markbridge runs, make a link with `markbridge admin link`.",
                "Open the link in this browser within 15 minutes.",
            ],
        )
    }

    pub(crate) fn no_selection() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "Please choose again from your course",
            "For your safety a choice stays open for an hour, in the browser and for the person that began it. Nothing was added to the course.",
            &["Go back to your course.", "Choose content there again."],
        )
    }

    pub(crate) fn selection_answered() -> Self {
        Self::new(
            StatusCode::CONFLICT,
            "This was sent to your course already",
            "A choice goes to the course once, so that nothing is added twice.",
            &[
                "Go back to your course and look whether it is there.",
                "If it is not, or if something is to be added, choose content there again.",
            ],
        )
    }

    pub(crate) fn no_such_admin_page() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "There is no such page",
            "The address may have a slip in it.",
            &["Go to the list of platforms, at /admin/platforms, and on from there."],
        )
    }

    pub(crate) fn no_such_platform() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "There is no such platform",
            "No registration has this id.",
            &["Go to the list of platforms, at /admin/platforms, and choose one there."],
        )
    }

    pub(crate) fn bad_form(lead: &str) -> Self {
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "This could not be used",
            lead,
            &["Go back, change it, and send it again."],
        )
    }

    pub(crate) fn template(error: &RenderError) -> Self {
        Self::ours().logged("template", error)
    }

    fn ours() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "Something went wrong on our side",
            "What was saved before is safe. What you did last may not have been kept.",
            &["Try once more in a minute.", TELL],
        )
    }

    pub(crate) fn launch(failed: impl Into<FailedLaunch>) -> Self {
        use LaunchProblem as P;
        use lti::launch::LaunchError as E;
        let again = [
            "Go back to your course.",
            "Open the activity again by its own link, not by “Back” or a bookmark.",
            TELL,
        ];
        let admin = [
            "Give your administrator the reference below.",
            "They will find the reason under it among the launches that failed.",
        ];
        let FailedLaunch {
            registration,
            way_back,
            problem,
        } = failed.into();
        let (status, title, lead, steps): (_, _, &str, &[&'static str]) = match &problem {
            P::Platform(_) => reported(problem.code()),
            P::StateUnknown | P::Token(E::Expired { .. } | E::TooOld { .. } | E::NonceMismatch) => {
                (
                    StatusCode::BAD_REQUEST,
                    "This page could not be opened this time",
                    "The link from your course was already used once, or was open for too long, so for safety it does not work again. Your work is safe; nothing was lost.",
                    &again,
                )
            }
            P::OtherBrowser => (
                StatusCode::BAD_REQUEST,
                "This visit began in another browser",
                "To keep others out, we leave a small mark in your browser when you come from your course. The mark that came back is not the one of this visit. Your work is safe.",
                &again,
            ),
            P::ArrivalUnknown => (
                StatusCode::BAD_REQUEST,
                "This way in has been used already",
                "It works once, and for a few minutes. Your work is safe; nothing was lost.",
                &again,
            ),
            P::NothingToReview => (
                StatusCode::NOT_FOUND,
                "There is nothing to review here yet",
                "Nobody has opened this activity in Markbridge so far, so no work has been handed in.",
                &[
                    "Open the activity once by its own link in the course.",
                    "When learners have handed in, their work opens from the gradebook.",
                ],
            ),
            P::Token(E::KeySet(_)) => (
                StatusCode::BAD_GATEWAY,
                "Your course did not answer us",
                "We could not check with your course that it was really you. Your work is safe.",
                &[
                    "Wait a minute.",
                    "Open the activity again from your course.",
                    TELL,
                ],
            ),
            P::NoPart(_) => (
                StatusCode::FORBIDDEN,
                "Your role in this course has no part here",
                "This activity is for learners who hand in work and for the staff who mark it. Your course gave you another role.",
                &[
                    "If you should mark here, ask your administrator for a teaching role in the course.",
                ],
            ),
            P::NotOffered => (
                StatusCode::NOT_IMPLEMENTED,
                "This kind of link is not offered yet",
                "Your course asked for something that this version cannot do. Activities in the course work as before.",
                &admin,
            ),
            P::MayNotSelect(_) => (
                StatusCode::FORBIDDEN,
                "Choosing content is for those who teach",
                "Your role in this course does not allow you to add activities. Nothing was added.",
                &[
                    "If you should add activities, ask your administrator for a teaching role in the course.",
                ],
            ),
            P::Storage(_) => return Self::ours().logged(problem.code(), &problem),
            P::Login(_) | P::Missing(_) => (
                StatusCode::BAD_REQUEST,
                "This page is opened from a course",
                "It was opened without what a course sends along, so we do not know who you are.",
                &["Go to your course.", "Open the activity there.", TELL],
            ),
            P::UnknownPlatform { .. }
            | P::Disabled
            | P::UnknownDeployment(_)
            | P::ForeignTarget(_)
            | P::Token(_) => (
                StatusCode::FORBIDDEN,
                "Your course and Markbridge are not connected properly",
                "We could not make sure that this visit comes from a course we know. It is nothing you did, and your work is safe.",
                &admin,
            ),
        };
        let mut details = vec![("Reason", problem.code().to_owned())];
        match &problem {
            P::UnknownPlatform { issuer, client_id } => {
                details.push(("Issuer", issuer.clone()));
                details.push(("Client id", client_id.clone()));
            }
            P::UnknownDeployment(deployment) => details.push(("Deployment", deployment.clone())),
            P::ForeignTarget(target) => details.push(("Target", target.clone())),
            P::Platform(error) => details.push(("Platform’s code", error.clone())),
            P::Token(error) => details.push(("Meaning", error.to_string())),
            _ => {}
        }
        let mut failure = Self::new(status, title, lead, steps).logged(problem.code(), &problem);
        failure.0.details = details;
        failure.0.failed_launch = Some((registration, problem.reason()));
        failure.0.way_back = way_back;
        failure
    }
}

/// What a person reads where the platform reports an error instead of a launch:
/// status, title, meaning and steps.
fn reported(
    code: &str,
) -> (
    StatusCode,
    &'static str,
    &'static str,
    &'static [&'static str],
) {
    match code {
        "launch-used" => (
            StatusCode::BAD_REQUEST,
            "This page could not be opened this time",
            "Your course says that this way in was already used once, or has ended. That happens after “Back”, “Reload” or a second click. Your work is safe; nothing was lost.",
            &[
                "Go back to your course.",
                "Open the activity again by its own link, and click once.",
                TELL,
            ],
        ),
        "login-required" => (
            StatusCode::FORBIDDEN,
            "Please sign in to your course again",
            "Your course says that you are not signed in there any more, or that somebody else is. Your work is safe.",
            &[
                "Go to your course and sign in there as yourself.",
                "Open the activity again by its own link.",
                TELL,
            ],
        ),
        "access-denied" => (
            StatusCode::FORBIDDEN,
            "Your course did not let you through",
            "It says that whoever is signed in there now may not open this activity. Often another person, or another account of yours, is signed in in the same browser. Your work is safe.",
            &[
                "Sign out of your course, and sign in again as yourself.",
                "Open the activity again by its own link.",
                "If it stays like this, ask your teacher whether you may open the activity, and give your centre the reference below.",
            ],
        ),
        "tool-not-allowed" => (
            StatusCode::FORBIDDEN,
            "Markbridge is not switched on for your course",
            "Your course says that Markbridge may not be opened from it at present. It is nothing you did, and your work is safe. Opening it again will not help.",
            &[
                "Tell your teacher or your centre’s administrator, with the reference below.",
                "Open the activity again when they say that it is put right.",
            ],
        ),
        "login-refused" => (
            StatusCode::BAD_GATEWAY,
            "Your course and Markbridge are not connected properly",
            "Your course did not understand how we asked who you are. It is nothing you did, and your work is safe.",
            &[
                "Open the activity once more by its own link in the course.",
                "If this page comes again, give your administrator the reference below.",
            ],
        ),
        "platform-unavailable" => (
            StatusCode::BAD_GATEWAY,
            "Your course cannot open it at the moment",
            "Your course says that it has trouble of its own. Your work is safe.",
            &[
                "Wait some minutes.",
                "Open the activity again by its own link in the course.",
                TELL,
            ],
        ),
        _ => (
            StatusCode::BAD_GATEWAY,
            "Your course did not open this page",
            "It reported an error instead of telling us who you are. Your work is safe; nothing was lost.",
            &[
                "Go back to your course, and open the activity again by its own link.",
                "If this page comes again, give your centre the reference below.",
            ],
        ),
    }
}

impl Failure {
    /// What the platform's administrator reads where a registration did not come about.
    pub(crate) fn register(problem: &RegisterProblem) -> Self {
        use RegisterProblem as P;
        const NEW_INVITATION: &[&str] = &[
            "Ask the administrator of Markbridge for a new invitation.",
            "Start again from your platform’s page for adding tools, with the new link.",
        ];
        let (status, title, lead, steps): (_, _, &str, &[&'static str]) = match problem {
            P::Storage(_) => return Self::ours().logged(problem.code(), &problem),
            P::Platform(error) => return Self::register_with_platform(problem, error),
            P::InvitationUnknown => (
                StatusCode::FORBIDDEN,
                "This registration needs an invitation",
                "The link carries no invitation that was made here. Part of it may have been lost when it was copied.",
                &[
                    "Copy the whole link that you were given, and start again from your platform’s page for adding tools.",
                    "If that does not help, ask the administrator of Markbridge for a new invitation.",
                ],
            ),
            P::InvitationEnded => (
                StatusCode::FORBIDDEN,
                "This invitation has ended",
                "Invitations are open for a limited time, so that a link that lies about lets nobody in.",
                NEW_INVITATION,
            ),
            P::InvitationUsed => (
                StatusCode::FORBIDDEN,
                "This invitation was used before",
                "Each invitation registers one platform. If that was yours, there is nothing left to do.",
                NEW_INVITATION,
            ),
            P::InvitationRevoked => (
                StatusCode::FORBIDDEN,
                "This invitation was taken back",
                "The administrator of Markbridge has taken it back.",
                NEW_INVITATION,
            ),
            P::InvitationLost => (
                StatusCode::CONFLICT,
                "The invitation was used or taken back in the meantime",
                "While your platform registered Markbridge, the invitation was used by somebody else or taken back, or the button was pressed twice. Nothing was kept here this time.",
                &[
                    "Look at your platform’s list of tools: where Markbridge is there twice, remove the newer one.",
                    "If Markbridge does not open from your courses, ask its administrator for a new invitation.",
                ],
            ),
            P::IssuerChanged { .. } => (
                StatusCode::CONFLICT,
                "Another platform answered",
                "The platform that answers now is not the one that this page showed you, so nothing was registered.",
                &["Start again from your platform’s page for adding tools."],
            ),
            P::NothingToChange { .. } => (
                StatusCode::CONFLICT,
                "There is nothing to update here",
                "Your platform asks to update a registration that Markbridge does not have, so nothing was changed.",
                &[
                    "Start again, and choose to register Markbridge as a new tool.",
                    "Remove the old one from your platform’s list of tools afterwards.",
                ],
            ),
            P::NotChangeable | P::TokenLost(_) => return Self::update(problem),
            P::KnownAlready { .. } => (
                StatusCode::CONFLICT,
                "Your platform is registered already",
                "It gave Markbridge a client id that is registered here. So that nobody can take a registration over, nothing was changed.",
                &[
                    "If Markbridge opens from your courses, there is nothing left to do.",
                    "If it does not, remove Markbridge from your platform’s list of tools and start again.",
                ],
            ),
        };
        let mut failure = Self::new(status, title, lead, steps).logged(problem.code(), problem);
        failure.0.details = vec![("Reason", problem.code().to_owned())];
        match problem {
            P::NothingToChange { issuer, client_id } | P::KnownAlready { issuer, client_id } => {
                failure.0.details.push(("Issuer", issuer.clone()));
                failure.0.details.push(("Client id", client_id.clone()));
            }
            P::IssuerChanged { shown, now } => {
                failure.0.details.push(("Shown", shown.clone()));
                failure.0.details.push(("Answers now", now.clone()));
            }
            _ => {}
        }
        failure
    }

    /// What an administrator of ours reads where a registration could not be
    /// brought up to date on its platform.
    pub(crate) fn update(problem: &RegisterProblem) -> Self {
        use RegisterProblem as P;
        const BY_PLATFORM: &str =
            "Start the change on the platform’s own page for tools instead, with a new invitation.";
        let (status, lead, steps): (_, String, &[&'static str]) = match problem {
            P::Storage(_) => return Self::ours().logged(problem.code(), &problem),
            P::NotChangeable => (
                StatusCode::CONFLICT,
                "The platform gave us no means of changing this registration from here.".to_owned(),
                &[BY_PLATFORM],
            ),
            P::TokenLost(_) => (
                StatusCode::CONFLICT,
                "The platform’s token for it was sealed with another seal key than the one in use now, so it cannot be read any more.".to_owned(),
                &[BY_PLATFORM],
            ),
            P::IssuerChanged { shown, now } => (
                StatusCode::CONFLICT,
                format!("At the platform’s address another one answers now: it calls itself {now}, and not {shown}. Nothing was changed."),
                &[
                    "Ask the platform’s administrator whether it has moved.",
                    "If it has, register it anew by an invitation.",
                ],
            ),
            P::NothingToChange { .. } => (
                StatusCode::CONFLICT,
                "The platform answered with another client id than ours. Nothing was changed here.".to_owned(),
                &[
                    "Ask the platform’s administrator whether Markbridge is still among its tools.",
                    BY_PLATFORM,
                ],
            ),
            P::Platform(RegistrationError::UnknownOutcome(_)) => (
                StatusCode::BAD_GATEWAY,
                "The connection was lost before the platform answered. It may have taken the change, or not.".to_owned(),
                &["Update the registration once more.", BY_PLATFORM],
            ),
            P::Platform(error) => (
                StatusCode::BAD_GATEWAY,
                format!("{error}."),
                &[
                    "Try again in some minutes. Nothing was changed here.",
                    BY_PLATFORM,
                ],
            ),
            _ => (
                StatusCode::BAD_GATEWAY,
                "Nothing was changed here.".to_owned(),
                &[BY_PLATFORM],
            ),
        };
        let title = "The registration could not be updated";
        let mut failure = Self::new(status, title, lead, steps).logged(problem.code(), problem);
        failure.0.details = vec![("Reason", problem.code().to_owned())];
        failure
    }

    fn register_with_platform(problem: &RegisterProblem, error: &RegistrationError) -> Self {
        use RegistrationError as E;
        const START_AGAIN: &str = "Start again from your platform’s page for adding tools. Your invitation is still good.";
        const BY_HAND: &str =
            "If it stays like this, register Markbridge by hand; its administrator knows how.";
        let (status, title, steps): (_, _, &[&'static str]) = match error {
            E::Missing(_) | E::Malformed(_) => (
                StatusCode::BAD_REQUEST,
                "This page is opened by a course platform",
                &[
                    "Copy the link of your invitation.",
                    "In your platform, open the page for adding tools, and paste the link there.",
                ],
            ),
            E::NotAnAddress => (
                StatusCode::BAD_REQUEST,
                "Your platform sent an address that is none",
                &[START_AGAIN, BY_HAND],
            ),
            E::Guard(GuardError::Scheme(_)) => (
                StatusCode::FORBIDDEN,
                "Your platform has no https address",
                &[
                    "Set up https for your platform, then start again.",
                    "If it is on a network that both sides trust, ask the administrator of Markbridge for an invitation that allows plain http.",
                ],
            ),
            E::Guard(GuardError::NotPublic(_)) => (
                StatusCode::FORBIDDEN,
                "Your platform is on a private network",
                &[
                    "Ask the administrator of Markbridge to allow it: `registration.allow_private_addresses` in the settings.",
                    START_AGAIN,
                ],
            ),
            E::Guard(GuardError::UnknownHost(_)) => (
                StatusCode::BAD_GATEWAY,
                "Your platform’s name is not known here",
                &["Check the address of your platform.", START_AGAIN],
            ),
            E::Guard(GuardError::Credentials | GuardError::NoHost) => (
                StatusCode::BAD_REQUEST,
                "Your platform sent an address that cannot be used",
                &[START_AGAIN, BY_HAND],
            ),
            E::Unreachable(_) => (
                StatusCode::BAD_GATEWAY,
                "Your platform could not be reached",
                &[
                    "Make sure that the machine of Markbridge may call your platform.",
                    START_AGAIN,
                ],
            ),
            E::UnknownOutcome(_) => (
                StatusCode::BAD_GATEWAY,
                "Your platform did not finish its answer",
                &[
                    "Look at your platform’s list of tools, and remove Markbridge if it is there now.",
                    START_AGAIN,
                ],
            ),
            E::Redirects => (
                StatusCode::BAD_GATEWAY,
                "Your platform sends us in circles",
                &[START_AGAIN, BY_HAND],
            ),
            E::TooLarge => (
                StatusCode::BAD_GATEWAY,
                "Your platform answered with too much",
                &[START_AGAIN, BY_HAND],
            ),
            E::NotJson(_) => (
                StatusCode::BAD_GATEWAY,
                "Your platform answered with something else",
                &[START_AGAIN, BY_HAND],
            ),
            E::Incomplete(_) => (
                StatusCode::BAD_GATEWAY,
                "Your platform does not say enough about itself",
                &["Register Markbridge by hand; its administrator knows how."],
            ),
            E::ForeignIssuer { .. } => (
                StatusCode::FORBIDDEN,
                "This address may not speak for that platform",
                &[
                    "If the address and the platform belong together, ask the administrator of Markbridge to add the host to `registration.issuer_hosts` in the settings.",
                    "If you do not know the address, stop here and tell the administrator.",
                ],
            ),
            E::TokenUsed { .. } => (
                StatusCode::CONFLICT,
                "This page was used before",
                &[
                    "Look at your platform’s list of tools: Markbridge may be there already.",
                    START_AGAIN,
                ],
            ),
            E::TokenRefused { .. } => (
                StatusCode::BAD_GATEWAY,
                "Your platform did not let us register",
                &[START_AGAIN, BY_HAND],
            ),
            E::Refused { .. } => (
                StatusCode::BAD_GATEWAY,
                "Your platform refused the registration",
                &[
                    "Look at the reason above, and change it on your platform if you can.",
                    START_AGAIN,
                    BY_HAND,
                ],
            ),
            E::NoClientId(_) => (
                StatusCode::BAD_GATEWAY,
                "Your platform did not finish the registration",
                &[
                    "Look at your platform’s list of tools, and remove Markbridge if it is there now.",
                    BY_HAND,
                ],
            ),
            _ => (
                StatusCode::BAD_GATEWAY,
                "The registration did not come about",
                &[START_AGAIN, BY_HAND],
            ),
        };
        let mut failure =
            Self::new(status, title, format!("{error}."), steps).logged(problem.code(), problem);
        failure.0.details = vec![("Reason", problem.code().to_owned())];
        failure
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        match problem {
            Problem::NotFound => Self::not_found(),
            Problem::NotAllowed => Self::new(
                StatusCode::FORBIDDEN,
                "This is not for your role",
                "Your role in this course does not allow this.",
                &["If it should, ask your administrator about your role in the course."],
            ),
            Problem::NotNow(lead) => Self::new(
                StatusCode::CONFLICT,
                "This cannot be done now",
                lead,
                &["Go back and look at where it stands."],
            ),
            Problem::Invalid(lead) => Self::bad_form(&lead),
            Problem::Conflict => Self::new(
                StatusCode::CONFLICT,
                "Somebody else changed this first",
                "While you had it open, it was changed elsewhere. Nothing was overwritten.",
                &["Go back and load the page again to see both."],
            ),
            problem @ Problem::Unit(_) => Self::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "The unit could not work this out",
                "What you typed is saved. The unit’s plugin did not answer as it should.",
                &["Try once more in a minute.", TELL],
            )
            .logged("unit", &problem),
            problem @ (Problem::Storage(_) | Problem::Files(_)) => {
                Self::ours().logged("internal", &problem)
            }
        }
    }
}

/// An error with its sources, for the log.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = self.0.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Turns a [`Failure`] into a page, or into JSON where the script asked.
pub(crate) async fn show(State(web): State<Web>, request: Request<Body>, next: Next) -> Response {
    let wants_json = request
        .headers()
        .get(ACCEPT)
        .is_some_and(|accept| accept == "application/json");
    let mut response = next.run(request).await;
    let Some(Failure(failure)) = response.extensions_mut().remove::<Failure>() else {
        return response;
    };
    let reference = failure.log.as_ref().map(|(code, context)| {
        let reference = reference(web.app().random());
        if failure.status.is_server_error() {
            tracing::error!(reference, code, "{context}");
        } else {
            tracing::warn!(reference, code, "{context}");
        }
        reference
    });
    if let (Some(reference), Some((code, _)), Some((registration, reason))) =
        (&reference, &failure.log, &failure.failed_launch)
    {
        diagnosis::remember(web.app(), reference, *registration, code, reason).await;
    }
    if wants_json {
        let body = axum::Json(
            json!({ "error": failure.lead, "steps": failure.steps, "reference": reference }),
        );
        return (failure.status, body).into_response();
    }
    let mut details: Vec<Labelled> = failure
        .details
        .iter()
        .map(|(label, text)| Labelled::new(label, text))
        .collect();
    if !details.is_empty() {
        details.push(Labelled::new(
            "When",
            &web.app()
                .now()
                .format("%-d %B %Y, %H:%M:%S UTC")
                .to_string(),
        ));
    }
    let page = ErrorPage {
        stylesheet: web.0.stylesheet.clone(),
        title: failure.title.to_owned(),
        lead: failure.lead,
        steps: failure
            .steps
            .iter()
            .map(|step| (*step).to_owned())
            .collect(),
        return_target: failure
            .way_back
            .as_ref()
            .map_or("_self", |back| return_target(&back.platform_family)),
        return_url: failure.way_back.map(|back| {
            let log = match (&failure.log, &reference) {
                (Some((code, _)), Some(reference)) => Some(format!("{code}, {reference}")),
                _ => None,
            };
            let messages = ReturnMessages {
                error_message: Some(failure.title.to_owned()),
                error_log: log,
                ..ReturnMessages::default()
            };
            messages.added_to(&back.url).into()
        }),
        reference,
        details,
    };
    match web.page(&page) {
        Ok(page) => (failure.status, page).into_response(),
        Err(_) => (failure.status, failure.title).into_response(),
    }
}

/// Eight characters that can be read out over the telephone.
fn reference(random: [u8; 8]) -> String {
    const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let mut text: String = random
        .iter()
        .map(|byte| char::from(LETTERS[usize::from(byte % 32)]))
        .collect();
    text.insert(4, '-');
    text
}
