//! Invitations, as administrators make and take them back.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, Utc};
use url::Url;
use workflow::invitations::{NewInvitation, STANDARD_HOURS, all, invite, revoke as revoke_it};
use workflow::records::InvitationRecord;

use crate::Web;
use crate::admin::{AdminSession, frame};
use crate::failure::Failure;
use crate::forms::Fields;
use crate::pages::{InvitationRow, InvitationState, Invitations, Lifetime};
use crate::wording::date_time;

/// Lifetimes to choose from: hours, and how people say it.
const LIFETIMES: [(u32, &str); 5] = [
    (1, "1 hour"),
    (24, "1 day"),
    (STANDARD_HOURS, "3 days"),
    (7 * 24, "1 week"),
    (30 * 24, "30 days"),
];

pub(crate) async fn page(
    State(web): State<Web>,
    session: AdminSession,
) -> Result<Response, Failure> {
    shown(&web, &session, None).await
}

async fn shown(web: &Web, session: &AdminSession, link: Option<Url>) -> Result<Response, Failure> {
    let now = web.app().now();
    let rows = all(web.app(), &session.0)
        .await?
        .into_iter()
        .map(|record| row(web, record, now))
        .collect();
    web.page(&Invitations {
        frame: frame(web, session, "invitations"),
        link: link.map(String::from),
        lifetimes: LIFETIMES
            .map(|(hours, words)| Lifetime {
                hours,
                words,
                chosen: hours == STANDARD_HOURS,
            })
            .to_vec(),
        rows,
    })
}

fn row(web: &Web, record: InvitationRecord, now: DateTime<Utc>) -> InvitationRow {
    let at = |time| date_time(web.app(), time);
    let (state, at) = match record.used_at {
        Some(used) => (InvitationState::Used, at(used)),
        None if record.revoked => (InvitationState::Revoked, String::new()),
        None if record.expires_at <= now => (InvitationState::Ended, at(record.expires_at)),
        None => (InvitationState::Open, at(record.expires_at)),
    };
    InvitationRow {
        id: record.id.to_string(),
        note: record.note,
        allow_http: record.allow_http,
        approve_first: record.approve_first,
        made: date_time(web.app(), record.created_at),
        state,
        at,
        registration: record.registration.map(|id| id.to_string()),
    }
}

pub(crate) async fn make(
    State(web): State<Web>,
    session: AdminSession,
    fields: Fields,
) -> Result<Response, Failure> {
    session.guard(&fields)?;
    let hours = LIFETIMES
        .iter()
        .map(|(hours, _)| *hours)
        .find(|hours| fields.text("hours") == hours.to_string())
        .ok_or_else(|| {
            Failure::bad_form("Choose from the list how long the invitation may be used.")
        })?;
    let note = fields.text("note").trim();
    if note.chars().count() > 200 {
        return Err(Failure::bad_form(
            "The name is longer than 200 letters. Shorten it.",
        ));
    }
    let new = NewInvitation {
        note: note.to_owned(),
        hours,
        allow_http: fields.ticked("allow_http"),
        approve_first: fields.ticked("approve_first"),
    };
    let link = invite(web.app(), &session.0, &new).await?;
    // The link is shown here and nowhere else, so there is no page to redirect to.
    shown(&web, &session, Some(link)).await
}

pub(crate) async fn revoke(
    State(web): State<Web>,
    session: AdminSession,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Response, Failure> {
    session.guard(&fields)?;
    let id = id.parse().map_err(|_| Failure::no_such_admin_page())?;
    revoke_it(web.app(), &session.0, id).await?;
    Ok(Redirect::to("/admin/invitations").into_response())
}
