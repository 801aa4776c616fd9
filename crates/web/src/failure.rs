//! What went wrong, as a page that a person understands, with a short reference
//! that stands in the log too.

use assessment::ids::RegistrationId;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::ACCEPT;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use workflow::Problem;
use workflow::diagnosis;
use workflow::launch::{FailedLaunch, LaunchProblem};

use crate::Web;
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
            "They will find the reason beside it in the log.",
        ];
        let FailedLaunch {
            registration,
            problem,
        } = failed.into();
        let (status, title, lead, steps): (_, _, &str, &[&'static str]) = match &problem {
            P::StateUnknown
            | P::Platform { .. }
            | P::Token(E::Expired { .. } | E::TooOld { .. } | E::NonceMismatch) => (
                StatusCode::BAD_REQUEST,
                "This page could not be opened this time",
                "The link from your course was already used once, or was open for too long, so for safety it does not work again. Your work is safe; nothing was lost.",
                &again,
            ),
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
            P::Platform { error, .. } => details.push(("Platform’s code", error.clone())),
            P::Token(error) => details.push(("Meaning", error.to_string())),
            _ => {}
        }
        let mut failure = Self::new(status, title, lead, steps).logged(problem.code(), &problem);
        failure.0.details = details;
        failure.0.failed_launch = Some((registration, problem.reason()));
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
        reference,
        return_url: None,
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
