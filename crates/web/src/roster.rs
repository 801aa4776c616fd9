//! Who is in the course, who came and who went.

use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, Utc};
use workflow::App;
use workflow::records::{MemberRecord, ReadingRecord, RosterFilter};
use workflow::roster::{PAGE_SIZE, RosterView, ask, is_under_way, roster};
use workflow::visit::Visit;

use crate::Web;
use crate::failure::Failure;
use crate::forms::Fields;
use crate::frame::{base, frame};
use crate::pages::{MemberRow, Pager, ReadingRow, Roster, RosterPage, RosterState, RosterTile};
use crate::session::Session;
use crate::wording::{date, date_time, name, thousands};

pub(crate) async fn page(
    State(web): State<Web>,
    Session(visit): Session,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    let query = Fields(query);
    let app = web.app();
    let reading = query
        .text("reading")
        .parse()
        .ok()
        .and_then(DateTime::<Utc>::from_timestamp_millis);
    let (who, filter) = match (query.text("who"), reading) {
        ("came", Some(reading)) => ("came", RosterFilter::Came(reading)),
        ("went", Some(reading)) => ("went", RosterFilter::Went(reading)),
        ("gone", _) => ("gone", RosterFilter::Gone),
        _ => ("here", RosterFilter::Here),
    };
    let reading = reading.filter(|_| matches!(who, "came" | "went"));
    let reading_id = reading.map(id).unwrap_or_default();
    let search = query.text("q").trim();
    let number = query.text("page").parse().unwrap_or(1);
    let view = RosterView {
        who: filter,
        search,
        page: number,
    };
    let found = roster(app, &visit, view).await?;
    let tile = |who, count| RosterTile {
        who,
        count: thousands(count),
    };
    let kept = [("q", search), ("who", who), ("reading", &reading_id)];
    web.page(&RosterPage {
        frame: frame(&web, &visit, "roster"),
        course: visit.course.title.clone(),
        roster: panel(app, &visit, found.readings.first()),
        tiles: vec![tile("here", found.here), tile("gone", found.gone)],
        who,
        reading_at: reading.map_or_else(String::new, |at| date_time(app, at)),
        query: search.to_owned(),
        rows: found
            .members
            .iter()
            .map(|member| row(app, member))
            .collect(),
        pager: Pager::new(number, PAGE_SIZE, found.all, &kept),
        readings: found
            .readings
            .iter()
            .map(|reading| reading_row(app, reading))
            .collect(),
        reading: reading_id,
    })
}

/// A reading as addresses name it.
fn id(reading: DateTime<Utc>) -> String {
    reading.timestamp_millis().to_string()
}

fn row(app: &App, member: &MemberRecord) -> MemberRow {
    MemberRow {
        name: name(&member.person),
        role: member.role.word(),
        left: !member.present,
        first_seen: date(app, member.first_seen_at),
        last_seen: date(app, member.seen_at),
    }
}

fn reading_row(app: &App, reading: &ReadingRecord) -> ReadingRow {
    ReadingRow {
        id: id(reading.started_at),
        at: date_time(app, reading.started_at),
        complete: reading.complete,
        seen: thousands(reading.seen),
        came: some(reading.came),
        went: some(reading.went),
        problem: reading.problem.clone(),
    }
}

/// A number for people; none for nobody.
fn some(number: u32) -> Option<String> {
    (number > 0).then(|| thousands(number))
}

/// How the reading of the visit's roster stands; `last` is the last one that ended.
pub(crate) fn panel(app: &App, visit: &Visit, last: Option<&ReadingRecord>) -> Roster {
    let course = &visit.course;
    let reads_now = course
        .roster
        .lease_until
        .is_some_and(|until| until > app.now());
    Roster {
        state: if course.memberships_url.is_none() {
            RosterState::NotOffered
        } else if is_under_way(app, course) {
            RosterState::Reading
        } else if last.is_some_and(|last| !last.complete) {
            RosterState::Failed
        } else if course.roster.synced_at.is_none() {
            RosterState::NotYet
        } else {
            RosterState::Read
        },
        at: course.roster.synced_at.map(|at| date_time(app, at)),
        seen: reads_now.then(|| thousands(course.roster.seen)),
        came: last.and_then(|last| some(last.came)),
        went: last.and_then(|last| some(last.went)),
        problem: last.map_or_else(String::new, |last| last.problem.clone()),
    }
}

pub(crate) async fn sync(
    State(web): State<Web>,
    Session(visit): Session,
    fields: Fields,
) -> Result<Response, Failure> {
    fields.guard(&visit.csrf)?;
    ask(web.app(), &visit).await?;
    Ok(Redirect::to(&format!("{}/roster", base(&visit))).into_response())
}
