//! The last steps of a launch that no cookie proves: the secret out of the
//! platform's storage, or a window of its own.

use assessment::people::Role;
use axum::extract::{Query, State};
use axum::http::header::{LOCATION, ORIGIN, REFERRER_POLICY, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use workflow::arrival::{Arrived, SignedIn, Unproven, arrived, enter, own_window};
use workflow::launch::LaunchProblem;

use crate::Web;
use crate::failure::Failure;
use crate::forms::Fields;
use crate::frame::base;
use crate::pages::OwnWindow;
use crate::selection::{Choosing, base as selection_base};
use crate::session::{Session, session_cookie};

/// The address of a page below a session's path.
pub(crate) fn address(base: &str, page: &str) -> String {
    if page.is_empty() {
        base.to_owned()
    } else {
        format!("{base}/{page}")
    }
}

/// Hands the session to the browser and sends it on.
pub(crate) fn signed_in_at(signed_in: &SignedIn, location: &str) -> Response {
    let cookie = session_cookie(
        &signed_in.base,
        &signed_in.token,
        signed_in.lifetime.num_seconds(),
    );
    (
        StatusCode::SEE_OTHER,
        [(LOCATION, location.to_owned()), (SET_COOKIE, cookie)],
    )
        .into_response()
}

/// Passes forms of our own pages only: a code is good for whoever has it, and
/// somebody else's page could bring one of its own here, which would sign a
/// stranger in to its visit.
fn from_own_page(web: &Web, headers: &HeaderMap) -> Result<(), Failure> {
    let own = web.app().public_url.origin().ascii_serialization();
    if headers.get(ORIGIN).is_some_and(|origin| *origin == own) {
        Ok(())
    } else {
        Err(Failure::launch(LaunchProblem::OtherBrowser))
    }
}

/// The page that offers a window, and asks the platform's storage first where there is one.
pub(crate) fn offer_window(web: &Web, unproven: Unproven) -> Result<Response, Failure> {
    let role = match unproven.role {
        Role::Learner => "learner",
        Role::Assessor => "assessor",
    };
    let mut page = web.page(&OwnWindow {
        stylesheet: web.0.stylesheet.clone(),
        script: web.0.arrival_script.clone(),
        code: unproven.code,
        minutes: unproven.minutes,
        place: unproven.place,
        who: if unproven.name.is_empty() {
            format!("You are signed in to your course as {role}.")
        } else {
            format!("You are {}, {role}.", unproven.name)
        },
        exchange: unproven.storage,
    })?;
    // Without any referrer the browser would not say either that its form is ours.
    page.headers_mut()
        .insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    Ok(page)
}

/// The secret that the platform's storage gave back.
pub(crate) async fn proof(
    State(web): State<Web>,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, Failure> {
    from_own_page(&web, &headers)?;
    let secret = fields.text("secret");
    let (signed_in, code) = enter(web.app(), fields.text("code"), Some(secret))
        .await
        .map_err(Failure::launch)?;
    let location = format!("{}/arrived?code={code}", signed_in.base);
    Ok(signed_in_at(&signed_in, &location))
}

/// The code that a new window brings.
pub(crate) async fn window(
    State(web): State<Web>,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, Failure> {
    from_own_page(&web, &headers)?;
    let (signed_in, code) = enter(web.app(), fields.text("code"), None)
        .await
        .map_err(Failure::launch)?;
    let location = format!("{}/arrived?window=1&code={code}", signed_in.base);
    Ok(signed_in_at(&signed_in, &location))
}

/// Where a browser shows whether it kept its session's cookie.
pub(crate) async fn arrive(
    State(web): State<Web>,
    session: Result<Session, Failure>,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    let path = session.map(|Session(visit)| base(&visit));
    arrive_at(&web, path, &Fields(query)).await
}

/// The same for somebody who came to choose content.
pub(crate) async fn arrive_to_choose(
    State(web): State<Web>,
    choosing: Result<Choosing, Failure>,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    let path = choosing.map(|Choosing(selection)| selection_base(&selection));
    arrive_at(&web, path, &Fields(query)).await
}

async fn arrive_at(
    web: &Web,
    path: Result<String, Failure>,
    query: &Fields,
) -> Result<Response, Failure> {
    let outcome = arrived(web.app(), query.text("code"), path.is_ok())
        .await
        .map_err(Failure::launch)?;
    match (outcome, path) {
        (Arrived::Page(page), Ok(path)) => Ok(see_other(&address(&path, &page))),
        // A window of its own was the last way.
        (Arrived::NoCookie(_), _) if query.ticked("window") => Err(Failure::no_cookies()),
        (Arrived::NoCookie(unproven), _) => offer_window(web, unproven),
        (Arrived::Page(_), Err(failure)) => Err(failure),
    }
}

fn see_other(location: &str) -> Response {
    (StatusCode::SEE_OTHER, [(LOCATION, location.to_owned())]).into_response()
}

/// A window of its own for somebody who is signed in within the course's page.
pub(crate) async fn own(
    State(web): State<Web>,
    Session(visit): Session,
) -> Result<Response, Failure> {
    let unproven = own_window(web.app(), &visit).await?;
    offer_window(&web, unproven)
}
