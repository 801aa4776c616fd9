//! Platforms, as administrators see and change them.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use url::Url;
use workflow::Problem;
use workflow::platforms::{
    Change, Overview, TypedPlatform, WrongField, add_by_page, all, change as change_platform, one,
};
use workflow::records::{NewDeployments, RegistrationRecord};
use workflow::register::{is_changeable, update};

use crate::Web;
use crate::admin::{AdminSession, frame, our_side};
use crate::diagnosis::parts;
use crate::failure::Failure;
use crate::forms::Fields;
use crate::pages::{
    AddField, AddPlatform, Notice, NoticeKind, Platform, PlatformRow, PlatformState, Platforms,
};
use crate::wording::{date, date_time};

fn state(record: &RegistrationRecord) -> PlatformState {
    if record.waiting {
        PlatformState::Waiting
    } else if record.disabled {
        PlatformState::Paused
    } else {
        PlatformState::InUse
    }
}

/// What administrators call it, else the issuer's host.
fn title(record: &RegistrationRecord) -> String {
    if !record.name.is_empty() {
        return record.name.clone();
    }
    Url::parse(&record.issuer)
        .ok()
        .and_then(|issuer| issuer.host_str().map(str::to_owned))
        .unwrap_or_else(|| record.issuer.clone())
}

pub(crate) async fn list(
    State(web): State<Web>,
    session: AdminSession,
) -> Result<Response, Failure> {
    let rows = all(web.app(), &session.0)
        .await?
        .into_iter()
        .map(|overview| PlatformRow {
            id: overview.record.id.to_string(),
            name: title(&overview.record),
            state: state(&overview.record),
            issuer: overview.record.issuer,
            client_id: overview.record.client_id,
            deployments: overview.deployments,
            last_launch: overview.last_launch.map(|at| date_time(web.app(), at)),
        })
        .collect();
    web.page(&Platforms {
        frame: frame(&web, &session, "platforms"),
        rows,
    })
}

pub(crate) async fn page(
    State(web): State<Web>,
    session: AdminSession,
    Path(id): Path<String>,
    Query(params): Query<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    let id = id.parse().map_err(|_| Failure::no_such_platform())?;
    let Overview {
        record,
        deployments,
        last_launch,
    } = one(web.app(), &session.0, id).await.map_err(failure)?;
    let mut frame = frame(&web, &session, "platforms");
    frame.notice = done(Fields(params).text("done"));
    let (diagnosis, failed_launches) = parts(&web, id).await?;
    let is_changeable = is_changeable(web.app(), id).await.map_err(Problem::from)?;
    web.page(&Platform {
        frame,
        id: record.id.to_string(),
        title: title(&record),
        state: state(&record),
        name: record.name,
        issuer: record.issuer,
        client_id: record.client_id,
        auth_url: record.auth_url,
        token_url: record.token_url,
        jwks_url: record.jwks_url,
        deployments,
        new_deployments: record.new_deployments.word(),
        last_launch: last_launch.map(|at| date_time(web.app(), at)),
        added: date(web.app(), record.created_at),
        is_changeable,
        diagnosis,
        failed_launches,
        ours: our_side(&web),
    })
}

/// What a change did, for the page that it leads back to.
fn done(change: &str) -> Option<Notice> {
    let title = match change {
        "added" => "The platform is added. People can open Markbridge from there now.",
        "approve" => "Approved. People can open Markbridge from there now.",
        "reject" => "Rejected. Nobody can open Markbridge from there.",
        "pause" => "Paused. Nobody can open Markbridge from there until you resume it.",
        "resume" => "Resumed. People can open Markbridge from there again.",
        "add-deployment" => "The deployment is added.",
        "remove-deployment" => "The deployment is removed.",
        "test" => "Tested.",
        "updated" => "Updated. The platform knows Markbridge as it is now.",
        "updated-in-part" => {
            "Updated. The platform did not grant every service that Markbridge asked for: test it, to see what works."
        }
        "name" | "new-deployments" => "Saved.",
        _ => return None,
    };
    Some(Notice {
        kind: NoticeKind::Met,
        title: title.to_owned(),
        text: String::new(),
    })
}

pub(crate) async fn change(
    State(web): State<Web>,
    session: AdminSession,
    Path((id, change)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, Failure> {
    session.guard(&fields)?;
    let id = id.parse().map_err(|_| Failure::no_such_platform())?;
    if change == "update" {
        let withheld = update(web.app(), id)
            .await
            .map_err(|problem| Failure::update(&problem))?;
        let done = if withheld.is_empty() {
            "updated"
        } else {
            "updated-in-part"
        };
        return Ok(Redirect::to(&format!("/admin/platforms/{id}?done={done}")).into_response());
    }
    let what = match change.as_str() {
        "name" => Change::Name(fields.text("name").to_owned()),
        "approve" => Change::Approve,
        "reject" => Change::Reject,
        "pause" => Change::Pause,
        "resume" => Change::Resume,
        "add-deployment" => Change::AddDeployment(fields.text("deployment").to_owned()),
        "remove-deployment" => Change::RemoveDeployment(fields.text("deployment").to_owned()),
        "new-deployments" => NewDeployments::from_word(fields.text("new_deployments"))
            .map(Change::NewDeployments)
            .ok_or_else(|| {
                Failure::bad_form("Choose what becomes of new deployments from the list.")
            })?,
        _ => return Err(Failure::no_such_admin_page()),
    };
    change_platform(web.app(), &session.0, id, what)
        .await
        .map_err(failure)?;
    Ok(Redirect::to(&format!("/admin/platforms/{id}?done={change}")).into_response())
}

fn failure(problem: Problem) -> Failure {
    match problem {
        Problem::NotFound => Failure::no_such_platform(),
        problem => problem.into(),
    }
}

pub(crate) async fn add_page(
    State(web): State<Web>,
    session: AdminSession,
) -> Result<Response, Failure> {
    web.page(&adding(&web, &session, &TypedPlatform::default(), &[]))
}

pub(crate) async fn add(
    State(web): State<Web>,
    session: AdminSession,
    fields: Fields,
) -> Result<Response, Failure> {
    session.guard(&fields)?;
    let own = |name: &str| fields.text(name).trim().to_owned();
    let typed = TypedPlatform {
        issuer: own("issuer"),
        client_id: own("client_id"),
        deployment: own("deployment"),
        auth_url: own("auth_url"),
        token_url: own("token_url"),
        jwks_url: own("jwks_url"),
    };
    let wrong = match typed.read() {
        Ok(new) => match add_by_page(web.app(), &session.0, &new).await {
            Ok(id) => {
                return Ok(
                    Redirect::to(&format!("/admin/platforms/{id}?done=added")).into_response()
                );
            }
            Err(Problem::Conflict) => vec![WrongField::Known],
            Err(problem) => return Err(problem.into()),
        },
        Err(wrong) => wrong,
    };
    let page = web.page(&adding(&web, &session, &typed, &wrong))?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

fn adding(
    web: &Web,
    session: &AdminSession,
    typed: &TypedPlatform,
    wrong: &[WrongField],
) -> AddPlatform {
    let fields = [
        ("issuer", &typed.issuer, WrongField::Issuer),
        ("client_id", &typed.client_id, WrongField::ClientId),
        ("deployment", &typed.deployment, WrongField::Deployment),
        ("auth_url", &typed.auth_url, WrongField::AuthUrl),
        ("token_url", &typed.token_url, WrongField::TokenUrl),
        ("jwks_url", &typed.jwks_url, WrongField::JwksUrl),
    ];
    AddPlatform {
        frame: frame(web, session, "platforms"),
        fields: fields
            .map(|(name, value, field)| AddField {
                name,
                value: value.clone(),
                wrong: wrong.contains(&field),
            })
            .to_vec(),
        known: wrong.contains(&WrongField::Known),
        ours: our_side(web),
    }
}
