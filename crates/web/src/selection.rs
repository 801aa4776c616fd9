//! Choosing units for a course: the list, then title, points and dates, then a
//! look at it all, then the answer to the platform. What was typed travels from
//! page to page in the forms, so that nothing has to be kept in between.

use assessment::ids::SelectionId;
use assessment::people::shown_name;
use axum::extract::{FromRequestParts, Query, RawPathParams, State};
use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::http::request::Parts;
use axum::response::Response;
use chrono::{DateTime, NaiveDateTime, Utc};
use lti::deep_linking::FORM_FIELD;
use url::form_urlencoded;
use workflow::App;
use workflow::overlay::unit_in_force;
use workflow::selection::{
    Answer, Choice, ChoiceProblem, Selection, answer as send_answer, cancel as send_cancel,
    points_of,
};

use crate::failure::Failure;
use crate::forms::Fields;
use crate::pages::{
    Frame, HiddenField, Labelled, PreviewCriterion, PreviewSlot, ReviewedItem, SelectAnswer,
    SelectDetails, SelectError, SelectErrorKind, SelectField, SelectItem, SelectObstacle,
    SelectReview, SelectTakes, SelectUnits, SelectableUnit,
};
use crate::session::{SESSION, cookies};
use crate::wording::date_time;
use crate::{Web, content_policy};

/// The choice under way of the person who asks; without one, the page that says
/// how to begin again.
#[derive(Debug)]
pub(crate) struct Choosing(pub(crate) Selection);

impl FromRequestParts<Web> for Choosing {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Failure> {
        let path = RawPathParams::from_request_parts(parts, web)
            .await
            .map_err(|_| Failure::not_found())?;
        let id: SelectionId = path
            .iter()
            .find(|(name, _)| *name == "selection")
            .and_then(|(_, id)| id.parse().ok())
            .ok_or_else(Failure::not_found)?;
        for token in cookies(&parts.headers, SESSION) {
            if let Some(selection) = Selection::of(web.app(), id, token).await? {
                return if selection.answered {
                    Err(Failure::selection_answered())
                } else {
                    Ok(Self(selection))
                };
            }
        }
        Err(Failure::no_selection())
    }
}

/// Passes forms that carry the selection's token.
fn guard(fields: &Fields, selection: &Selection) -> Result<(), Failure> {
    fields
        .guard(&selection.csrf)
        .map_err(|_| Failure::no_selection())
}

/// Path that all links of the selection start with.
pub(crate) fn base(selection: &Selection) -> String {
    format!("/select/{}", selection.id)
}

fn frame(web: &Web, selection: &Selection) -> Frame {
    Frame {
        base: base(selection),
        stylesheet: web.0.stylesheet.clone(),
        script: web.0.script.clone(),
        unit_number: String::new(),
        unit_title: String::new(),
        who: shown_name(&selection.person_name, ""),
        nav: Vec::new(),
        return_url: None,
        return_target: "_self",
        csrf: selection.csrf.clone(),
        notice: None,
    }
}

pub(crate) async fn units(
    State(web): State<Web>,
    Choosing(selection): Choosing,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    web.page(&unit_list(&web, &selection, &Fields(query), false))
}

fn unit_list(web: &Web, selection: &Selection, query: &Fields, missing: bool) -> SelectUnits {
    let plugins = web.app().units.units();
    let obstacle = if !selection.takes_units() {
        Some(SelectObstacle::NotTaken)
    } else if plugins.is_empty() {
        Some(SelectObstacle::NothingInstalled)
    } else {
        None
    };
    let search = query.text("q").trim();
    let words: Vec<String> = search.split_whitespace().map(str::to_lowercase).collect();
    let chosen: Vec<&str> = query.all("unit").collect();
    let mut units = Vec::new();
    for plugin in &plugins {
        let unit = unit_in_force(plugin, &selection.overlays);
        let searched = format!(
            "{} {} level {} {}",
            unit.number, unit.title, unit.level, unit.awarding_body_name
        )
        .to_lowercase();
        let is_chosen = chosen.contains(&unit.id.as_str());
        // What is chosen stays in the list, or a search would take it back.
        if is_chosen || words.iter().all(|word| searched.contains(word)) {
            units.push(selectable(&unit, is_chosen));
        }
    }
    units.sort_by_key(|unit| !unit.chosen);
    SelectUnits {
        frame: frame(web, selection),
        course: selection.course.title.clone(),
        obstacle,
        several: selection.takes_several(),
        query: search.to_owned(),
        units,
        missing,
    }
}

fn selectable(unit: &assessment::unit::Unit, chosen: bool) -> SelectableUnit {
    let has_marks = unit.is_marked();
    let mut facts = vec![
        unit.awarding_body_name.clone(),
        format!("Level {}", unit.level),
    ];
    facts.extend(unit.credit.map(|credit| format!("{credit} credits")));
    SelectableUnit {
        id: unit.id.clone(),
        number: unit.number.clone(),
        title: unit.title.clone(),
        facts,
        chosen,
        marks: has_marks.then(|| points_of(unit)),
        criteria: unit
            .criteria()
            .map(|criterion| PreviewCriterion {
                id: criterion.id.clone(),
                wording: criterion.wording.clone(),
                marks: has_marks.then(|| {
                    format!(
                        "{} of {} needed",
                        unit.marks(criterion.minimum),
                        unit.marks(criterion.maximum)
                    )
                }),
            })
            .collect(),
        slots: unit
            .slots
            .iter()
            .filter(|slot| slot.kind != "declaration")
            .map(|slot| PreviewSlot {
                title: slot.title.clone(),
                required: slot.required,
            })
            .collect(),
    }
}

/// The fields of what was just chosen, filled in as the units say.
pub(crate) async fn details(
    State(web): State<Web>,
    Choosing(selection): Choosing,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    let query = Fields(query);
    let app = web.app();
    let plugins: Vec<_> = query
        .all("unit")
        .filter_map(|unit| app.units.unit(unit))
        .take(if selection.takes_several() {
            usize::MAX
        } else {
            1
        })
        .collect();
    if plugins.is_empty() || !selection.takes_units() {
        return web.page(&unit_list(&web, &selection, &query, true));
    }
    let only_one = plugins.len() == 1;
    let items = plugins
        .iter()
        .map(|plugin| {
            let unit = unit_in_force(plugin, &selection.overlays);
            SelectItem {
                unit: unit.id.clone(),
                unit_name: format!("{} {}", unit.number, unit.title),
                // A title that the platform proposes is for one activity.
                title: selection
                    .proposed_title()
                    .filter(|title| only_one && !title.trim().is_empty())
                    .unwrap_or(&unit.title)
                    .to_owned(),
                graded: true,
                points: points_of(&unit),
                opens: String::new(),
                closes: String::new(),
                due: String::new(),
                new_window: false,
                errors: Vec::new(),
            }
        })
        .collect();
    web.page(&details_page(&web, &selection, items))
}

fn details_page(web: &Web, selection: &Selection, items: Vec<SelectItem>) -> SelectDetails {
    let chosen = items.iter().map(|item| ("unit", &item.unit));
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(chosen)
        .finish();
    SelectDetails {
        frame: frame(web, selection),
        back: format!("?{query}"),
        items,
        takes: SelectTakes {
            grades: selection.takes_grades(),
            dates: selection.takes_dates(),
            windows: selection.takes_windows(),
        },
        time_zone: web.app().centre.time_zone.name().to_owned(),
    }
}

/// The fields once more, as they were typed.
pub(crate) async fn change(
    State(web): State<Web>,
    Choosing(selection): Choosing,
    fields: Fields,
) -> Result<Response, Failure> {
    guard(&fields, &selection)?;
    let items = typed(web.app(), &selection, &fields);
    web.page(&details_page(&web, &selection, items))
}

pub(crate) async fn review(
    State(web): State<Web>,
    Choosing(selection): Choosing,
    fields: Fields,
) -> Result<Response, Failure> {
    guard(&fields, &selection)?;
    let mut items = typed(web.app(), &selection, &fields);
    let choices = match read(web.app(), &selection, &mut items) {
        Some(choices) if !choices.is_empty() => choices,
        Some(_) => return web.page(&unit_list(&web, &selection, &Fields::default(), true)),
        None => return web.page(&details_page(&web, &selection, items)),
    };
    let Fields(fields) = fields;
    web.page(&SelectReview {
        frame: frame(&web, &selection),
        items: choices
            .iter()
            .zip(&items)
            .map(|(choice, item)| ReviewedItem {
                title: choice.title.clone(),
                facts: facts(web.app(), &selection, choice, item),
            })
            .collect(),
        fields: fields
            .into_iter()
            .filter(|(name, _)| name != "csrf")
            .map(|(name, value)| HiddenField { name, value })
            .collect(),
        platform_family: selection.platform_family.to_lowercase(),
    })
}

fn facts(app: &App, selection: &Selection, choice: &Choice, item: &SelectItem) -> Vec<Labelled> {
    let gradebook = match choice.points {
        Some(_) => format!("A column of {} points", item.points.trim()),
        None => "No column; results show in Markbridge only".to_owned(),
    };
    let mut facts = vec![
        Labelled::new("Unit", &item.unit_name),
        Labelled::new("Gradebook", &gradebook),
    ];
    for (label, time) in [
        ("Hand in by", choice.hand_in_by),
        ("Open from", choice.opens),
        ("Open until", choice.closes),
    ] {
        facts.extend(time.map(|time| Labelled::new(label, &date_time(app, time))));
    }
    if selection.takes_windows() {
        let opens = if choice.new_window {
            "A window of its own"
        } else {
            "The course’s page"
        };
        facts.push(Labelled::new("Opens in", opens));
    }
    facts
}

/// The chosen units as their fields were typed; those that are not installed are left out.
fn typed(app: &App, selection: &Selection, fields: &Fields) -> Vec<SelectItem> {
    fields
        .all("unit")
        .enumerate()
        .filter_map(|(at, unit)| {
            let plugin = app.units.unit(unit)?;
            let unit = unit_in_force(&plugin, &selection.overlays);
            let text = |name: &str| fields.text(&format!("{name}-{at}")).to_owned();
            Some(SelectItem {
                unit: unit.id.clone(),
                unit_name: format!("{} {}", unit.number, unit.title),
                title: text("title"),
                graded: fields.ticked(&format!("graded-{at}")),
                points: text("points"),
                opens: text("opens"),
                closes: text("closes"),
                due: text("due"),
                new_window: fields.ticked(&format!("window-{at}")),
                errors: Vec::new(),
            })
        })
        .collect()
}

/// What was typed as choices. None where something is wrong; the items then say what.
fn read(app: &App, selection: &Selection, items: &mut [SelectItem]) -> Option<Vec<Choice>> {
    let mut choices = Vec::new();
    for item in items.iter_mut() {
        let mut wrong = Vec::new();
        let mut time = |field, text: &str| {
            time(app, text).unwrap_or_else(|| {
                wrong.push((field, SelectErrorKind::Time));
                None
            })
        };
        let hand_in_by = time(SelectField::Due, &item.due);
        let opens = time(SelectField::Opens, &item.opens);
        let closes = time(SelectField::Closes, &item.closes);
        let points = (selection.takes_grades() && item.graded)
            // What is no number fails the rule for points as nought does.
            .then(|| item.points.trim().replace(',', ".").parse().unwrap_or(0.0));
        let choice = Choice {
            unit: item.unit.clone(),
            title: item.title.trim().to_owned(),
            points,
            opens,
            closes,
            hand_in_by,
            new_window: item.new_window,
        };
        wrong.extend(choice.problems().into_iter().map(error));
        for (field, kind) in wrong {
            // The first thing that is wrong with a field is told.
            if item.errors.iter().all(|error| error.field != field) {
                item.errors.push(SelectError { field, kind });
            }
        }
        choices.push(choice);
    }
    items
        .iter()
        .all(|item| item.errors.is_empty())
        .then_some(choices)
}

fn error(problem: ChoiceProblem) -> (SelectField, SelectErrorKind) {
    match problem {
        ChoiceProblem::NoTitle => (SelectField::Title, SelectErrorKind::Empty),
        ChoiceProblem::LongTitle => (SelectField::Title, SelectErrorKind::Long),
        ChoiceProblem::Points => (SelectField::Points, SelectErrorKind::Number),
        ChoiceProblem::ClosesBeforeItOpens => {
            (SelectField::Closes, SelectErrorKind::ClosesBeforeItOpens)
        }
        ChoiceProblem::DueBeforeItOpens => (SelectField::Due, SelectErrorKind::DueBeforeItOpens),
        ChoiceProblem::DueAfterItCloses => (SelectField::Due, SelectErrorKind::DueAfterItCloses),
    }
}

/// A time at the centre; `Some(None)` where none was typed. Browsers that know no
/// such field send what was typed, with a space between day and time.
#[expect(
    clippy::option_option,
    reason = "nothing typed and nothing understood are different"
)]
fn time(app: &App, text: &str) -> Option<Option<DateTime<Utc>>> {
    let text = text.trim().replacen(' ', "T", 1);
    if text.is_empty() {
        return Some(None);
    }
    let time = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(&text, format).ok())?;
    // Of an hour that comes twice the first counts; one that is skipped is no time.
    let time = time.and_local_timezone(app.centre.time_zone).earliest()?;
    Some(Some(time.to_utc()))
}

pub(crate) async fn answer(
    State(web): State<Web>,
    Choosing(selection): Choosing,
    fields: Fields,
) -> Result<Response, Failure> {
    guard(&fields, &selection)?;
    let mut items = typed(web.app(), &selection, &fields);
    let Some(choices) = read(web.app(), &selection, &mut items) else {
        return web.page(&details_page(&web, &selection, items));
    };
    let answer = send_answer(web.app(), &selection, &choices).await?;
    back_to_the_course(&web, &selection, answer)
}

pub(crate) async fn cancel(
    State(web): State<Web>,
    Choosing(selection): Choosing,
    fields: Fields,
) -> Result<Response, Failure> {
    guard(&fields, &selection)?;
    let answer = send_cancel(web.app(), &selection).await?;
    back_to_the_course(&web, &selection, answer)
}

/// The one page whose form may go to the platform, and to no other site.
fn back_to_the_course(
    web: &Web,
    selection: &Selection,
    answer: Answer,
) -> Result<Response, Failure> {
    let policy = content_policy(&answer.return_url.origin().ascii_serialization());
    let mut response = web.page(&SelectAnswer {
        frame: frame(web, selection),
        return_url: answer.return_url.to_string(),
        field: FORM_FIELD,
        response: answer.response,
    })?;
    if let Ok(policy) = policy.parse() {
        response
            .headers_mut()
            .insert(CONTENT_SECURITY_POLICY, policy);
    }
    Ok(response)
}
