//! Whether everything works between us and a platform, for administrators.

use assessment::ids::RegistrationId;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use workflow::Problem;
use workflow::diagnosis::{Standing, examine, failed_launches, last, next_step};

use crate::Web;
use crate::admin::AdminSession;
use crate::failure::Failure;
use crate::forms::Fields;
use crate::pages::{Diagnosis, FailedLaunchRow, FailedLaunches};
use crate::wording::date_time;

/// How many failed launches are shown, of the platform and of strangers.
const SHOWN: u32 = 10;

/// The parts of a platform's page.
///
/// # Errors
/// [`Problem::Storage`] where the database fails.
pub(crate) async fn parts(
    web: &Web,
    id: RegistrationId,
) -> Result<(Diagnosis, FailedLaunches), Problem> {
    let app = web.app();
    let last = last(app, id).await?;
    let count = |standing| last.as_ref().map_or(0, |last| last.count(standing));
    let diagnosis = Diagnosis {
        tested: last.as_ref().map(|last| date_time(app, last.at)),
        works: count(Standing::Works),
        look: count(Standing::Look),
        fails: count(Standing::Fails),
        probes: last.map(|last| last.probes).unwrap_or_default(),
    };
    let launches = FailedLaunches {
        own: rows(web, Some(id)).await?,
        strangers: rows(web, None).await?,
    };
    Ok((diagnosis, launches))
}

async fn rows(web: &Web, of: Option<RegistrationId>) -> Result<Vec<FailedLaunchRow>, Problem> {
    let launches = failed_launches(web.app().storage.as_ref(), &[of], SHOWN).await?;
    let row = |launch: workflow::records::FailedLaunchRecord| FailedLaunchRow {
        when: date_time(web.app(), launch.at),
        reference: launch.reference,
        what: launch.reason,
        next: next_step(&launch.code).to_owned(),
    };
    Ok(launches.into_iter().map(row).collect())
}

pub(crate) async fn test(
    State(web): State<Web>,
    session: AdminSession,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Response, Failure> {
    session.guard(&fields)?;
    let id = id.parse().map_err(|_| Failure::no_such_platform())?;
    match examine(web.app(), id).await {
        Ok(_) => Ok(Redirect::to(&format!("/admin/platforms/{id}?done=test")).into_response()),
        Err(Problem::NotFound) => Err(Failure::no_such_platform()),
        Err(problem) => Err(problem.into()),
    }
}
