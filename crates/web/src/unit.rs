//! Where people arrive, the learner's start page, and the choice of a unit.

use assessment::people::Role;
use assessment::submission::State as Stands;
use assessment::unit::Slot;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use workflow::overlay::unit_in_force;
use workflow::submission::{OwnWork, missing, own_work};
use workflow::table::takes_rows;
use workflow::visit::{Visit, choose_unit};

use crate::Web;
use crate::evidence::checked_criteria;
use crate::failure::Failure;
use crate::forms::Fields;
use crate::frame::{base, frame};
use crate::pages::{
    CheckCount, ChooseUnit, CriterionRow, LearnerHome, NextStep, NotSetUp, SlotRow, Stage,
    UnitChoice,
};
use crate::session::Session;
use crate::wording::{and, date, date_time, thousands};

pub(crate) async fn start(Session(visit): Session) -> Redirect {
    let page = match (visit.actor.role, &visit.plugin) {
        (Role::Learner, _) => "unit",
        (Role::Assessor, Some(_)) => "cohort",
        (Role::Assessor, None) => "choose-unit",
    };
    Redirect::to(&format!("{}/{page}", base(&visit)))
}

/// Where the work stands, in the four steps that learners see.
pub(crate) fn stage(own: &OwnWork) -> Stage {
    match own.submission.as_ref().map(|submission| submission.state) {
        None | Some(Stands::Draft) => Stage::GettingReady,
        Some(Stands::Submitted | Stands::Checked) => Stage::HandedIn,
        Some(Stands::InAssessment | Stands::Assessed | Stands::Confirmed) => Stage::BeingMarked,
        Some(Stands::ResubmissionOpen | Stands::Achieved | Stands::ClosedNotAchieved) => {
            Stage::Result
        }
    }
}

pub(crate) async fn home(
    State(web): State<Web>,
    Session(visit): Session,
) -> Result<Response, Failure> {
    visit.learner()?;
    if visit.plugin.is_none() {
        return web.page(&NotSetUp {
            frame: frame(&web, &visit, "unit"),
        });
    }
    let own = own_work(web.app(), &visit).await?;
    web.page(&learner_home(&web, &visit, &own)?)
}

fn learner_home(web: &Web, visit: &Visit, own: &OwnWork) -> Result<LearnerHome, Failure> {
    let app = web.app();
    let unit = visit.unit()?;
    let stage = stage(own);
    let stands = own.submission.as_ref().map(|submission| submission.state);
    let next = match stands {
        None | Some(Stands::Draft) if own.files.iter().any(|file| file.failure.is_some()) => {
            NextStep::ReplaceFile
        }
        None | Some(Stands::Draft) if missing(unit, &own.files, &own.tables, true).is_empty() => {
            NextStep::HandIn
        }
        None | Some(Stands::Draft) => NextStep::AddEvidence,
        Some(Stands::Submitted | Stands::Checked) => NextStep::WaitOrTakeBack,
        Some(Stands::InAssessment | Stands::Assessed | Stands::Confirmed) => NextStep::Wait,
        Some(Stands::Achieved) => NextStep::SeePass,
        Some(Stands::ResubmissionOpen) => NextStep::SeeReferral,
        Some(Stands::ClosedNotAchieved) => NextStep::SeeClosed,
    };
    let marks = unit.sheet.modes.first().is_some_and(|mode| mode == "marks");
    let mut facts = vec![
        format!("Unit {}", unit.number),
        format!("Level {}", unit.level),
    ];
    facts.extend(unit.credit.map(|credit| format!("{credit} credits")));
    facts.extend(
        unit.guided_learning_hours
            .map(|hours| format!("{hours} guided learning hours")),
    );
    Ok(LearnerHome {
        frame: frame(web, visit, "unit"),
        facts,
        submission: own
            .submission
            .as_ref()
            .map_or(1, |submission| submission.number),
        submissions: app.centre.submissions,
        stage,
        handed_in: own
            .submission
            .as_ref()
            .and_then(|submission| submission.submitted_at)
            .map(|at| date_time(app, at)),
        released: own
            .submission
            .as_ref()
            .filter(|submission| submission.state.is_released())
            .map(|submission| date(app, submission.changed_at)),
        marking_days: None,
        hand_in_by: visit.activity.hand_in_by.map(|at| date_time(app, at)),
        next,
        checks: if stage == Stage::GettingReady {
            counts(unit, own)
        } else {
            Vec::new()
        },
        criteria: unit
            .criteria()
            .map(|criterion| CriterionRow {
                id: criterion.id.clone(),
                wording: criterion.wording.clone(),
                maximum: marks.then(|| unit.marks(criterion.maximum)),
                minimum: marks.then(|| unit.marks(criterion.minimum)),
                words: criterion
                    .words
                    .as_ref()
                    .map(|words| thousands(words.nominal)),
            })
            .collect(),
        maximum: marks
            .then(|| unit.marks(unit.criteria().map(|criterion| criterion.maximum).sum())),
        words: unit.words.as_ref().map(|words| thousands(words.nominal)),
        slots: unit
            .slots
            .iter()
            .filter(|slot| slot.kind != "declaration")
            .map(|slot| SlotRow {
                title: slot.title.clone(),
                help: slot.help.clone(),
                required: slot.required,
                given: given(own, slot),
            })
            .collect(),
        about: Vec::new(),
    })
}

/// What there is for a slot: its rows, or the names of its files.
fn given(own: &OwnWork, slot: &Slot) -> Vec<String> {
    let rows = own.table(&slot.id).map_or(0, |table| table.rows.len());
    if takes_rows(slot) && rows > 0 {
        let word = if rows == 1 { "row" } else { "rows" };
        return vec![format!("{rows} {word}")];
    }
    let files = own
        .files
        .iter()
        .filter(|file| file.slot == slot.id && (!takes_rows(slot) || file.failure.is_some()));
    files.map(|file| file.file_name.clone()).collect()
}

/// Criteria counted by the most telling thing that the checks say about them.
fn counts(unit: &assessment::unit::Unit, own: &OwnWork) -> Vec<CheckCount> {
    let mut groups: [(&str, Vec<String>); 4] = [
        ("found", Vec::new()),
        ("look", Vec::new()),
        ("not-found", Vec::new()),
        ("no-heading", Vec::new()),
    ];
    for criterion in checked_criteria(unit, own) {
        let has = |status: &str| {
            criterion
                .findings
                .iter()
                .any(|finding| finding.status == status)
        };
        let group = if criterion.no_heading {
            3
        } else if has("not-found") {
            2
        } else {
            usize::from(has("look"))
        };
        groups[group].1.push(criterion.id);
    }
    groups
        .into_iter()
        .filter(|(_, criteria)| !criteria.is_empty())
        .map(|(status, criteria)| CheckCount {
            status: status.to_owned(),
            count: criteria.len(),
            criteria: and(&criteria),
        })
        .collect()
}

pub(crate) async fn choose(
    State(web): State<Web>,
    Session(visit): Session,
) -> Result<Response, Failure> {
    visit.assessor()?;
    web.page(&choices(&web, &visit, false))
}

fn choices(web: &Web, visit: &Visit, missing: bool) -> ChooseUnit {
    let units = web.app().units.units();
    ChooseUnit {
        frame: frame(web, visit, "choose-unit"),
        units: units
            .iter()
            .map(|plugin| {
                let unit = unit_in_force(plugin, &visit.overlays);
                UnitChoice {
                    id: unit.id.clone(),
                    number: unit.number.clone(),
                    title: unit.title.clone(),
                    level: format!("Level {}", unit.level),
                    awarding_body: unit.awarding_body_name.clone(),
                }
            })
            .collect(),
        missing,
    }
}

pub(crate) async fn chosen(
    State(web): State<Web>,
    Session(visit): Session,
    fields: Fields,
) -> Result<Response, Failure> {
    fields.guard(&visit.csrf)?;
    visit.assessor()?;
    if fields.text("unit").is_empty() {
        return web.page(&choices(&web, &visit, true));
    }
    choose_unit(web.app(), &visit, fields.text("unit")).await?;
    Ok(Redirect::to(&format!("{}/cohort", base(&visit))).into_response())
}
