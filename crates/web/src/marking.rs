//! The mark sheet beside the evidence.

use assessment::evidence::Document;
use assessment::finding::{Finding, Place};
use assessment::ids::SubmissionId;
use assessment::overlay::with_unit;
use assessment::sheet::{Award, SheetEntry};
use assessment::unit::{Criterion, Unit};
use axum::extract::{Path, Query, State};
use axum::http::header::ACCEPT;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use serde_json::json;
use workflow::cohort::next_to_mark;
use workflow::marking::{
    CheckedSubmission, NewLine, SheetState, check_again, evaluate, judge_finding, open, record_mark,
};
use workflow::overlay::digest;
use workflow::visit::Visit;
use workflow::{App, Problem};

use crate::Web;
use crate::evidence::own_words;
use crate::failure::Failure;
use crate::forms::Fields;
use crate::frame::{base, frame};
use crate::marking_tables::{MarkingTables, OVERVIEW, row_place};
use crate::pages::{
    Band, ChangeView, ChangedSetting, Conflict, Detail, EvidencePart, FindingView, Highlight,
    Labelled, MarkSheet, MarkSheetOutcome, MarkSheetRow, Marking, MarkingCriterion, MarkingOutcome,
    Standing, Summary, blocks,
};
use crate::session::Session;
use crate::table::is_total;
use crate::wording::{clock, date, date_time, name, thousands};

/// The submission that the address names, opened for this assessor.
pub(crate) async fn opened(
    web: &Web,
    visit: &Visit,
    id: &str,
) -> Result<CheckedSubmission, Failure> {
    visit.assessor()?;
    let id: SubmissionId = id.parse().map_err(|_| Failure::not_found())?;
    Ok(open(web.app(), visit, id).await?)
}

pub(crate) async fn page(
    State(web): State<Web>,
    Session(visit): Session,
    Path((_, id)): Path<(String, String)>,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    let checked = opened(&web, &visit, &id).await?;
    web.page(&marking_page(&web, &visit, &checked, Fields(query).text("criterion")).await?)
}

async fn marking_page(
    web: &Web,
    visit: &Visit,
    checked: &CheckedSubmission,
    current: &str,
) -> Result<Marking, Failure> {
    let app = web.app();
    let unit = &checked.unit;
    let state = evaluate(app, checked).await;
    let summary = Summary::new(unit, &state.sheet, &state.outcome);
    let documents: Vec<&Document> = checked
        .files
        .iter()
        .filter_map(|file| file.document.as_ref())
        .collect();
    let findings: &[Finding] = checked
        .check
        .as_ref()
        .map_or(&[], |check| &check.report.findings);
    let tables = MarkingTables::of(checked);
    let whole = findings
        .iter()
        .enumerate()
        .filter(|(_, finding)| finding.criterion.is_none());
    let changed = checked
        .earlier
        .as_ref()
        .map(|earlier| (earlier.submission.number, checked.changes(earlier)));
    let mut outcomes: Vec<MarkingOutcome> = unit
        .outcomes
        .iter()
        .map(|outcome| MarkingOutcome {
            id: outcome.id.clone(),
            title: outcome.title.clone(),
            criteria: outcome
                .criteria
                .iter()
                .filter_map(|criterion| Some((criterion, state.sheet.entry(&criterion.id)?)))
                .map(|(criterion, entry)| {
                    marking_criterion(
                        unit, checked, &tables, criterion, entry, &documents, findings,
                    )
                })
                .collect(),
        })
        .collect();
    if let Some((since, changes)) = &changed {
        for (criterion, change) in outcomes
            .iter_mut()
            .flat_map(|outcome| &mut outcome.criteria)
            .zip(changes)
        {
            criterion.change = Some(ChangeView::new(*since, change));
        }
    }
    let words: u32 = outcomes
        .iter()
        .flat_map(|outcome| &outcome.criteria)
        .map(|criterion| criterion.words)
        .sum();
    let mut facts = vec![format!(
        "Submission {} of {}",
        checked.submission.number, app.centre.submissions
    )];
    facts.extend(
        checked
            .submission
            .submitted_at
            .map(|at| format!("Handed in {}", date_time(app, at))),
    );
    facts.push(format!("{} words", thousands(words)));
    facts.extend(tables.facts());
    let names_criterion = unit.criterion(current).is_some();
    let current = unit
        .criterion(current)
        .or_else(|| {
            let open = summary
                .criteria
                .iter()
                .find(|criterion| criterion.state == Standing::Open)?;
            unit.criterion(&open.id)
        })
        .or_else(|| unit.criteria().next())
        .map(|criterion| criterion.id.clone())
        .unwrap_or_default();
    let signed = checked
        .standing()
        .filter(|_| !checked.submission.state.is_markable());
    let report = checked.check.as_ref().map(|check| &check.report);
    let mut failures: Vec<String> = report
        .into_iter()
        .flat_map(|report| &report.failures)
        .map(|failure| failure.message.clone())
        .collect();
    if state.failure.is_some() {
        failures.push(
            "The unit could not work the sheet out, so it cannot be signed for now. What you type is saved. Please tell your administrator."
                .to_owned(),
        );
    }
    let changed_since = checked.changed_since.iter().map(|change| ChangedSetting {
        title: change.title.clone(),
        checked_with: change.before.clone(),
        now: change.after.clone(),
    });
    let mut page = Marking {
        frame: frame(web, visit, "cohort"),
        submission: checked.submission.id.to_string(),
        learner: name(&checked.learner),
        facts,
        files: checked
            .files
            .iter()
            .map(|file| Labelled::new(&file.file_name, &file.id.to_string()))
            .collect(),
        tables: unit
            .slots
            .iter()
            .filter(|slot| {
                checked
                    .tables
                    .iter()
                    .any(|table| table.slot == slot.id && !table.rows.is_empty())
            })
            .map(|slot| Labelled::new(&slot.title, &slot.id))
            .collect(),
        overview: None,
        current,
        marks: state.sheet.mode == "marks",
        signed: signed.map(|decision| {
            format!(
                "{}, {}",
                decision.signed_name,
                date_time(app, decision.signed_at)
            )
        }),
        next_submission: next_to_mark(web.app(), visit, checked.submission.id)
            .await?
            .map(|next| next.to_string()),
        outcomes,
        whole: whole
            .enumerate()
            .map(|(at, (index, finding))| {
                finding_view(
                    checked,
                    index,
                    finding,
                    &letter(at),
                    format!("f-all-{}", letter(at)),
                    None,
                )
            })
            .collect(),
        failures,
        checks_ran: checked.checks_ran(),
        changed_since: changed_since.collect(),
        saved_at: checked
            .lines
            .iter()
            .map(|line| line.changed_at)
            .max()
            .map(|at| clock(app, at)),
        summary,
        error: None,
        conflict: None,
    };
    page.overview = tables.overview(&page);
    if page.overview.is_some() && !names_criterion {
        OVERVIEW.clone_into(&mut page.current);
    }
    Ok(page)
}

/// `A`, `B` … `Z`, `AA` …
pub(crate) fn letter(at: usize) -> String {
    let last = char::from(b'A' + u8::try_from(at % 26).unwrap_or(0));
    if at < 26 {
        last.to_string()
    } else {
        format!("{}{last}", letter(at / 26 - 1))
    }
}

fn marking_criterion(
    unit: &Unit,
    checked: &CheckedSubmission,
    tables: &MarkingTables<'_>,
    criterion: &Criterion,
    entry: &SheetEntry,
    documents: &[&Document],
    findings: &[Finding],
) -> MarkingCriterion {
    let of: Vec<(usize, &Finding)> = findings
        .iter()
        .enumerate()
        .filter(|(_, finding)| {
            finding.criterion.as_deref() == Some(criterion.id.as_str())
                && finding.rule != "section-words"
        })
        .collect();
    // Personal details are masked whichever criterion the finding is about.
    let mut highlights: Vec<(String, u32, Highlight)> = checked
        .check
        .iter()
        .flat_map(|check| check.report.personal_data())
        .map(|place| {
            let mask = Highlight {
                start: place.start,
                end: place.end,
                letter: String::new(),
                status: "look".to_owned(),
                place: String::new(),
                finding: String::new(),
                mask: true,
            };
            (place.slot.clone(), place.item, mask)
        })
        .collect();
    let rows = tables.rows(&criterion.id, &of);
    let has_row = |place: &String| {
        let mut rows = rows.iter().flat_map(|table| &table.rows);
        rows.any(|row| row.places.contains(place))
    };
    let mut views = Vec::new();
    for (at, (index, finding)) in of.iter().enumerate() {
        let letter = letter(at);
        let id = format!("f-{}-{letter}", criterion.id);
        let place_id = format!("p-{}-{letter}", criterion.id);
        // A finding about the whole section would paint everything; only narrower places are shown.
        let mut places = finding
            .places
            .iter()
            .filter(|place| {
                in_a_document(documents, place)
                    && place.end > place.start
                    && !is_whole_section(documents, &criterion.id, place)
            })
            .enumerate();
        let mut first = None;
        for (nth, place) in &mut places {
            let id_of_place = if nth == 0 {
                place_id.clone()
            } else {
                format!("{place_id}-{nth}")
            };
            first.get_or_insert_with(|| id_of_place.clone());
            highlights.push((
                place.slot.clone(),
                place.item,
                Highlight {
                    start: place.start,
                    end: place.end,
                    letter: letter.clone(),
                    status: finding.status.clone(),
                    place: id_of_place,
                    finding: id.clone(),
                    mask: false,
                },
            ));
        }
        let first = first.or_else(|| Some(row_place(&criterion.id, at)).filter(has_row));
        let mut view = finding_view(checked, *index, finding, &letter, id, first);
        if is_total(finding) {
            // What it counted stands beside the evidence.
            view.details.clear();
        }
        views.push(view);
    }
    let evidence: Vec<EvidencePart> = documents
        .iter()
        .flat_map(|document| {
            let own: Vec<Highlight> = highlights
                .iter()
                .filter(|(slot, item, _)| *slot == document.slot && *item == document.item)
                .map(|(_, _, highlight)| highlight.clone())
                .collect();
            document
                .sections_of(&criterion.id)
                .map(|section| EvidencePart {
                    file_name: document.file_name.clone(),
                    blocks: blocks(document, section.start as usize, section.end as usize, &own),
                })
                .collect::<Vec<_>>()
        })
        .collect();
    let of_criterion: Vec<&Finding> = findings
        .iter()
        .filter(|finding| finding.criterion.as_deref() == Some(criterion.id.as_str()))
        .collect();
    let words = own_words(&of_criterion).unwrap_or_else(|| {
        documents
            .iter()
            .flat_map(|document| document.sections_of(&criterion.id))
            .map(|section| section.words)
            .sum()
    });
    let line = checked
        .lines
        .iter()
        .find(|line| line.criterion == criterion.id);
    let carried = checked
        .earlier
        .as_ref()
        .and_then(|earlier| earlier.carried(unit, &criterion.id))
        .zip(line)
        .is_some_and(|(before, now)| before.award == now.award);
    let (mark, decision) = typed(unit, &entry.award);
    let marks = unit.is_marked();
    MarkingCriterion {
        id: criterion.id.clone(),
        title: short_title(criterion),
        wording: criterion.wording.clone(),
        verbs: verbs(&criterion.verbs),
        words,
        guide: criterion.words.as_ref().map(|words| words.nominal),
        evidence,
        time: tables.time(&criterion.id),
        tables: rows,
        findings: views,
        maximum: if marks {
            unit.marks(entry.maximum)
        } else {
            String::new()
        },
        minimum: if marks {
            unit.marks(entry.minimum)
        } else {
            String::new()
        },
        mark,
        decision,
        feedback: entry.feedback.clone(),
        band: entry.band.clone(),
        version: line.map_or(0, |line| line.version),
        carried,
        change: None,
        bands: bands(unit, criterion),
    }
}

fn in_a_document(documents: &[&Document], place: &Place) -> bool {
    documents
        .iter()
        .any(|document| document.slot == place.slot && document.item == place.item)
}

fn is_whole_section(documents: &[&Document], criterion: &str, place: &Place) -> bool {
    documents
        .iter()
        .filter(|document| document.slot == place.slot && document.item == place.item)
        .any(|document| {
            document.sections_of(criterion).any(|section| {
                let (first, last) = (section.start as usize, section.end as usize);
                first < last
                    && document.start[first] == place.start
                    && document.end[last - 1] == place.end
            })
        })
}

/// An award as it stands in the fields of the form: mark, decision.
pub(crate) fn typed(unit: &Unit, award: &Award) -> (String, String) {
    match award {
        Award::Undecided => (String::new(), String::new()),
        Award::Marks(parts) => (unit.marks(*parts), String::new()),
        Award::Decision(decision) => (String::new(), decision.clone()),
    }
}

/// The wording without the verbs it begins with, so that criteria can be told
/// apart in a narrow list: `The purpose of workplace mentoring`.
fn short_title(criterion: &Criterion) -> String {
    let wording = &criterion.wording;
    let first = criterion.verbs.first().map(String::as_str);
    let rest = [
        Some(verbs(&criterion.verbs)),
        first.map(|verb| verbs(&[verb.to_owned()])),
    ]
    .into_iter()
    .flatten()
    .filter(|beginning| !beginning.is_empty())
    .find_map(|beginning| wording.strip_prefix(&beginning)?.strip_prefix(' '));
    capital(rest.unwrap_or(wording))
}

fn capital(text: &str) -> String {
    let mut text = text.to_owned();
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    text
}

/// `Describe and define`.
fn verbs(verbs: &[String]) -> String {
    capital(&crate::wording::and(verbs))
}

fn bands(unit: &Unit, criterion: &Criterion) -> Vec<Band> {
    criterion
        .descriptors
        .iter()
        .map(|descriptor| Band {
            code: descriptor.band.clone(),
            label: descriptor.label.clone(),
            around: descriptor
                .around
                .filter(|_| unit.is_marked())
                .map(|parts| {
                    let marks = unit.marks(parts);
                    if parts == criterion.minimum {
                        marks
                    } else {
                        format!("about {marks}")
                    }
                })
                .unwrap_or_default(),
            texts: descriptor.texts.clone(),
            provisional: descriptor.provisional,
            source: descriptor.source.clone(),
            centre_source: unit
                .centre_source(&format!("criterion:{}.{}", criterion.id, descriptor.band))
                .unwrap_or_default()
                .to_owned(),
        })
        .collect()
}

fn finding_view(
    checked: &CheckedSubmission,
    index: usize,
    finding: &Finding,
    letter: &str,
    id: String,
    place: Option<String>,
) -> FindingView {
    let status = match finding.status.as_str() {
        known @ ("found" | "look" | "not-found" | "not-applicable" | "info") => known,
        _ => "look",
    };
    let setting = finding
        .measure
        .as_ref()
        .and_then(|measure| checked.unit.setting(measure.setting.as_deref()?));
    // A plugin may name the source that its text has; who set the value counts.
    let source = setting.map_or(&finding.source, |setting| &setting.source);
    let about = match (setting, &finding.criterion) {
        (Some(setting), _) => format!("setting:{}", setting.field.id),
        (None, Some(criterion)) => format!("criterion:{criterion}.words"),
        (None, None) => "unit.words".to_owned(),
    };
    FindingView {
        key: checked.finding_keys.get(index).cloned().unwrap_or_default(),
        letter: letter.to_owned(),
        id,
        status: status.to_owned(),
        message: finding.message.clone(),
        place,
        details: finding.details.iter().map(Detail::from_entry).collect(),
        threshold: setting.map_or(String::new(), |setting| {
            with_unit(&setting.standard, &setting.field.unit)
        }),
        centre_source: checked
            .unit
            .centre_source(&about)
            .filter(|_| source == "centre")
            .unwrap_or_default()
            .to_owned(),
        source: source.clone(),
        verdict: checked
            .verdict(index)
            .map(|verdict| verdict.verdict.clone())
            .unwrap_or_default(),
    }
}

pub(crate) fn wants_json(headers: &HeaderMap) -> bool {
    headers
        .get(ACCEPT)
        .is_some_and(|accept| accept == "application/json")
}

pub(crate) async fn save(
    State(web): State<Web>,
    Session(visit): Session,
    Path((_, id)): Path<(String, String)>,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, Failure> {
    fields.guard(&visit.csrf)?;
    let app = web.app();
    let checked = opened(&web, &visit, &id).await?;
    let criterion = fields.text("criterion").to_owned();
    let line = NewLine {
        criterion: criterion.clone(),
        award: fields
            .get("mark")
            .or_else(|| fields.get("decision"))
            .unwrap_or_default()
            .to_owned(),
        // Browsers send line ends as two characters.
        feedback: fields.text("feedback").replace("\r\n", "\n"),
        band: fields.text("band").to_owned(),
        version: fields.text("version").parse().map_err(|_| {
            Failure::bad_form("The form was sent without its version. Load the page again.")
        })?,
    };
    let saved = record_mark(app, &visit, &checked, line).await;
    let address =
        |criterion: &str| format!("{}/submissions/{id}?criterion={criterion}", base(&visit));
    match saved {
        Ok(version) => {
            let checked = opened(&web, &visit, &id).await?;
            if wants_json(&headers) {
                let unit = &checked.unit;
                let SheetState { sheet, outcome, .. } = evaluate(app, &checked).await;
                let summary = Summary::new(unit, &sheet, &outcome);
                let body = json!({ "version": version, "saved_at": clock(app, app.now()), "sheet": summary });
                return Ok(axum::Json(body).into_response());
            }
            let next = fields
                .get("next")
                .filter(|next| !next.is_empty())
                .unwrap_or(&criterion);
            Ok(Redirect::to(&address(next)).into_response())
        }
        Err(Problem::Conflict) => {
            let checked = opened(&web, &visit, &id).await?;
            let conflict = conflict(&web, &checked, &criterion).ok_or_else(Failure::not_found)?;
            if wants_json(&headers) {
                return Ok((
                    StatusCode::CONFLICT,
                    axum::Json(json!({ "conflict": conflict })),
                )
                    .into_response());
            }
            let mut page = marking_page(&web, &visit, &checked, &criterion).await?;
            page.conflict = Some(conflict);
            keep_typed(&mut page, &criterion, &fields);
            Ok((StatusCode::CONFLICT, web.page(&page)?).into_response())
        }
        Err(Problem::Invalid(error)) if !wants_json(&headers) => {
            let mut page = marking_page(&web, &visit, &checked, &criterion).await?;
            page.error = Some(error);
            keep_typed(&mut page, &criterion, &fields);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, web.page(&page)?).into_response())
        }
        Err(problem) => Err(problem.into()),
    }
}

/// Leaves in the form what was typed, where it could not be saved.
fn keep_typed(page: &mut Marking, criterion: &str, fields: &Fields) {
    for line in page
        .outcomes
        .iter_mut()
        .flat_map(|outcome| &mut outcome.criteria)
        .filter(|line| line.id == criterion)
    {
        fields.text("mark").clone_into(&mut line.mark);
        fields.text("decision").clone_into(&mut line.decision);
        fields.text("feedback").clone_into(&mut line.feedback);
        fields.text("band").clone_into(&mut line.band);
    }
}

fn conflict(web: &Web, checked: &CheckedSubmission, criterion: &str) -> Option<Conflict> {
    let line = checked
        .lines
        .iter()
        .find(|line| line.criterion == criterion)?;
    let (mark, decision) = typed(&checked.unit, &line.award);
    Some(Conflict {
        criterion: criterion.to_owned(),
        by: checked
            .markers
            .get(&line.changed_by)
            .filter(|name| !name.is_empty())
            .cloned()
            .unwrap_or_else(|| "Another assessor".to_owned()),
        at: clock(web.app(), line.changed_at),
        mark,
        decision,
        feedback: line.feedback.clone(),
        band: line.band.clone(),
        version: line.version,
    })
}

pub(crate) async fn judge(
    State(web): State<Web>,
    Session(visit): Session,
    Path((_, id)): Path<(String, String)>,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, Failure> {
    fields.guard(&visit.csrf)?;
    let app = web.app();
    let checked = opened(&web, &visit, &id).await?;
    let (finding, verdict) = (fields.text("finding"), fields.text("verdict"));
    judge_finding(app, &visit, &checked, finding, verdict).await?;
    if wants_json(&headers) {
        return Ok(axum::Json(json!({ "saved_at": clock(app, app.now()) })).into_response());
    }
    Ok(Redirect::to(&format!(
        "{}/submissions/{id}?criterion={}",
        base(&visit),
        fields.text("criterion")
    ))
    .into_response())
}

pub(crate) async fn check(
    State(web): State<Web>,
    Session(visit): Session,
    Path((_, id)): Path<(String, String)>,
    fields: Fields,
) -> Result<Redirect, Failure> {
    fields.guard(&visit.csrf)?;
    let checked = opened(&web, &visit, &id).await?;
    check_again(web.app(), &visit, &checked).await?;
    Ok(Redirect::to(&format!("{}/submissions/{id}", base(&visit))))
}

pub(crate) async fn sheet(
    State(web): State<Web>,
    Session(visit): Session,
    Path((_, id)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let app = web.app();
    let checked = opened(&web, &visit, &id).await?;
    let unit = &checked.unit;
    let signed = checked.standing();
    let (sheet, outcome) = if let Some(decision) = signed {
        (decision.sheet.clone(), decision.outcome.clone())
    } else {
        let state = evaluate(app, &checked).await;
        (state.sheet, state.outcome)
    };
    let summary = Summary::new(unit, &sheet, &outcome);
    let mut proof = vec![format!(
        "Unit {} {}, digest {}",
        checked.plugin.identity().id,
        checked.plugin.identity().version,
        checked.plugin.identity().digest
    )];
    proof.extend(
        checked
            .files
            .iter()
            .map(|file| format!("Evidence {}, SHA-256 {}", file.file_name, file.digest)),
    );
    proof.extend(checked.tables.iter().map(|table| {
        let title = unit
            .slot(&table.slot)
            .map_or(&table.slot, |slot| &slot.title);
        format!(
            "{title}, {} rows, SHA-256 {}",
            table.rows.len(),
            table.digest
        )
    }));
    let set = checked
        .check
        .as_ref()
        .and_then(|check| check.overlays.as_ref());
    proof.extend(set.filter(|set| !set.is_empty()).map(|set| {
        let sources: Vec<_> = set.iter().map(|overlay| overlay.source.as_str()).collect();
        format!(
            "Set by the centre: {}, SHA-256 {}",
            sources.join("; "),
            digest(set)
        )
    }));
    proof.extend(signed.map(|decision| format!("Sheet SHA-256 {}", decision.sheet_digest)));
    web.page(&MarkSheet {
        frame: frame(&web, &visit, ""),
        learner: name(&checked.learner),
        back: format!("{}/submissions/{}", base(&visit), checked.submission.id),
        awarding_body: unit.awarding_body_name.clone(),
        number: checked.submission.number,
        submissions: app.centre.submissions,
        head: sheet_head(app, &visit, &checked),
        notes: unit.sheet.notes.clone(),
        declared: checked.submission.declared_at.map(|at| date_time(app, at)),
        script_use_refused: checked.submission.refuses_script_use,
        outcomes: unit
            .outcomes
            .iter()
            .map(|outcome| MarkSheetOutcome {
                id: outcome.id.clone(),
                title: outcome.title.clone(),
                rows: outcome
                    .criteria
                    .iter()
                    .filter_map(|criterion| {
                        let entry = sheet.entry(&criterion.id)?;
                        let standing =
                            summary.criteria.iter().find(|row| row.id == criterion.id)?;
                        Some(MarkSheetRow {
                            id: criterion.id.clone(),
                            wording: criterion.wording.clone(),
                            bands: bands(unit, criterion),
                            mark: standing.awarded.clone(),
                            maximum: if sheet.mode == "marks" {
                                unit.marks(entry.maximum)
                            } else {
                                String::new()
                            },
                            minimum: if sheet.mode == "marks" {
                                unit.marks(entry.minimum)
                            } else {
                                String::new()
                            },
                            state: standing.state,
                            feedback: entry.feedback.clone(),
                        })
                    })
                    .collect(),
            })
            .collect(),
        marks: sheet.mode == "marks",
        total: summary
            .total
            .as_ref()
            .zip(summary.maximum.as_ref())
            .map(|(total, maximum)| format!("{total} / {maximum}")),
        verdict_words: summary.verdict_words,
        signed_by: signed.map(|decision| decision.signed_name.clone()),
        signed_on: signed
            .map(|decision| date(app, decision.signed_at))
            .unwrap_or_default(),
        proof,
    })
}

/// Head of the sheet; the reference of an official one stands first.
fn sheet_head(app: &App, visit: &Visit, checked: &CheckedSubmission) -> Vec<Labelled> {
    let reference = &checked.unit.task_edition;
    let mut head = Vec::new();
    if !reference.is_empty() {
        head.push(Labelled::new("Reference", reference));
    }
    head.extend([
        Labelled::new("Centre", &app.centre.name),
        Labelled::new("Course", &visit.course.title),
        Labelled::new("Learner", &name(&checked.learner)),
    ]);
    head
}
