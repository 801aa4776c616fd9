//! The rows of a table: looking at them, typing, changing and deleting.

use std::collections::{BTreeMap, BTreeSet};

use assessment::evidence::Table;
use assessment::finding::{CheckReport, Finding, MASK, Place};
use assessment::rows::Rows;
use assessment::submission::State as Stands;
use assessment::table::CellProblem;
use assessment::unit::{Field, Slot, Unit};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::NaiveDate;
use serde::Deserialize;
use workflow::Problem;
use workflow::evidence::show_personal_data;
use workflow::marking::CheckedSubmission;
use workflow::records::{EvidenceRecord, TableRecord};
use workflow::submission::own_work;
use workflow::table::{
    TypedRow, read_rows, remove_all, remove_row as remove_one, save_row, slot_of,
    undo as undo_change,
};
use workflow::visit::Visit;

use crate::Web;
use crate::failure::Failure;
use crate::forms::Fields;
use crate::frame::{base, frame};
use crate::import::import_ways;
use crate::marking::opened;
use crate::pages::{
    ImportWays, Labelled, LookAt, Matrix, Notice, NoticeKind, Pager, RowField, RowForm, TablePage,
    TableRow, Total,
};
use crate::session::Session;
use crate::wording::{clock, name};

/// Rows on a page.
const ROWS_ON_A_PAGE: u32 = 200;
/// Most things to look at that are listed above the rows.
const MOST_LOOKS: usize = 40;
/// Most texts that are offered for a field, and the longest.
const MOST_SUGGESTIONS: usize = 20;
const LONGEST_SUGGESTION: usize = 60;
/// An example longer than this, in bytes, asks for a field of several lines.
const LONG_EXAMPLE: usize = 30;

/// What the address of a table's page says besides.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    page: u32,
    #[serde(default)]
    show: String,
    /// The row that is to be changed.
    edit: Option<u32>,
    /// The row that a new one begins like.
    like: Option<u32>,
    /// A new row is wanted.
    add: Option<u32>,
    /// The row that was changed just now.
    at: Option<u32>,
}

/// What a form brought back, where it could not be saved.
#[derive(Debug, Default)]
pub(crate) struct Refused {
    row: Option<u32>,
    typed: TypedRow,
    problems: Vec<CellProblem>,
    error: Option<String>,
}

/// A table with all that its page is drawn from.
struct Shown<'a> {
    unit: &'a Unit,
    slot: &'a Slot,
    record: Option<&'a TableRecord>,
    files: &'a [EvidenceRecord],
    findings: &'a [Finding],
    check_failed: bool,
    for_learner: bool,
    /// Cells that are not shown.
    masked: Vec<&'a Place>,
}

pub(crate) async fn page(
    State(web): State<Web>,
    Session(visit): Session,
    Path((_, slot)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    visit.learner()?;
    web.page(&own_page(&web, &visit, &slot, &asked, None).await?)
}

pub(crate) async fn own_page(
    web: &Web,
    visit: &Visit,
    slot: &str,
    asked: &Asked,
    refused: Option<&Refused>,
) -> Result<TablePage, Failure> {
    let app = web.app();
    let unit = visit.unit()?;
    let slot = slot_of(unit, slot)?;
    let own = own_work(app, visit).await?;
    let report = own.check.as_ref().map(|check| &check.report);
    let shown = Shown {
        unit,
        slot,
        record: own.table(&slot.id),
        files: &own.files,
        findings: report.map_or(&[], |report| &report.findings),
        check_failed: report.is_some_and(|report| !report.failures.is_empty()),
        for_learner: true,
        masked: Vec::new(),
    };
    let submission = own.submission.as_ref();
    let can_change = submission.is_none_or(|submission| submission.state == Stands::Draft);
    let mut page = shown.page(web, visit, asked, can_change, refused);
    page.slot = format!("{}/evidence/{}", base(visit), slot.id);
    page.address = format!("{}/rows", page.slot);
    page.back = format!("{}/evidence", base(visit));
    page.facts.insert(
        0,
        format!(
            "Submission {} of {}",
            submission.map_or(1, |submission| submission.number),
            app.centre.submissions
        ),
    );
    Ok(page)
}

/// The rows of a submission, for its assessor.
pub(crate) async fn submitted(
    State(web): State<Web>,
    Session(visit): Session,
    Path((_, id, slot)): Path<(String, String, String)>,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    let checked = opened(&web, &visit, &id).await?;
    submitted_page(&web, &visit, &checked, &slot, &asked, true)
}

/// The same with personal details shown, which is put on record.
pub(crate) async fn personal(
    State(web): State<Web>,
    Session(visit): Session,
    Path((_, id, slot)): Path<(String, String, String)>,
    Query(asked): Query<Asked>,
    fields: Fields,
) -> Result<Response, Failure> {
    fields.guard(&visit.csrf)?;
    let checked = opened(&web, &visit, &id).await?;
    let shown = submitted_page(&web, &visit, &checked, &slot, &asked, false)?;
    let what = format!("rows of {slot}");
    show_personal_data(web.app(), &visit, checked.submission.id, &what).await?;
    Ok(shown)
}

fn submitted_page(
    web: &Web,
    visit: &Visit,
    checked: &CheckedSubmission,
    slot: &str,
    asked: &Asked,
    masked: bool,
) -> Result<Response, Failure> {
    let unit = &checked.unit;
    let slot = slot_of(unit, slot)?;
    let report = checked.check.as_ref().map(|check| &check.report);
    let shown = Shown {
        unit,
        slot,
        record: checked.tables.iter().find(|table| table.slot == slot.id),
        files: &checked.files,
        findings: report.map_or(&[], |report| &report.findings),
        check_failed: report.is_some_and(|report| !report.failures.is_empty()),
        for_learner: false,
        masked: report
            .into_iter()
            .flat_map(CheckReport::personal_data)
            .filter(|place| masked && place.column.is_some() && place.slot == slot.id)
            .collect(),
    };
    let mut page = shown.page(web, visit, asked, false, None);
    page.masked = shown.masked.len();
    page.learner = name(&checked.learner);
    page.back = format!("{}/submissions/{}", base(visit), checked.submission.id);
    page.address = format!("{}/rows/{}", page.back, slot.id);
    web.page(&page)
}

impl Shown<'_> {
    fn page(
        &self,
        web: &Web,
        visit: &Visit,
        asked: &Asked,
        can_change: bool,
        refused: Option<&Refused>,
    ) -> TablePage {
        let app = web.app();
        let none = Rows::default();
        let rows = self.record.map_or(&none, |record| &record.rows);
        let read = read_rows(self.slot, rows);
        let table = &read.table;
        let notes = self.notes(table, &read.problems);
        let is_form = self.slot.kind == "form";
        let look_only = asked.show == "look";
        let numbers: Vec<u32> = table
            .source_row
            .iter()
            .copied()
            .filter(|number| !look_only || notes.contains_key(number))
            .collect();
        let wanted = asked.edit.or(refused.and_then(|refused| refused.row));
        let at = wanted.or(asked.at);
        let at = at.and_then(|wanted| numbers.iter().position(|number| *number == wanted));
        let all = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
        let page = at
            .and_then(|at| u32::try_from(at).ok())
            .map_or(asked.page, |at| at / ROWS_ON_A_PAGE + 1)
            .clamp(1, all.div_ceil(ROWS_ON_A_PAGE).max(1));
        let first = (page as usize - 1) * ROWS_ON_A_PAGE as usize;
        let on_page: Vec<u32> = numbers
            .iter()
            .copied()
            .skip(first)
            .take(ROWS_ON_A_PAGE as usize)
            .collect();
        let address = |number: u32| {
            if on_page.contains(&number) {
                format!("#row-{number}")
            } else {
                let at = table.source_row.iter().position(|row| *row == number);
                let page = at.unwrap_or(0) / ROWS_ON_A_PAGE as usize + 1;
                format!("?page={page}#row-{number}")
            }
        };
        let (mut look, found) = self.looks(table, &read.problems, &address);
        let look_more = look.len().saturating_sub(MOST_LOOKS);
        look.truncate(MOST_LOOKS);
        let short: Vec<usize> = (0..self.slot.fields.len())
            .filter(|at| is_short(&self.slot.fields[*at]))
            .collect();
        let cells = Cells::of(table, &self.masked);
        let form_of = |number: Option<u32>, like: Option<u32>| {
            let mine = refused.filter(|refused| refused.row == number);
            self.form(rows, &cells, number, like, mine)
        };
        let shown_rows: Vec<TableRow> = if is_form { &[] } else { on_page.as_slice() }
            .iter()
            .map(|&number| TableRow {
                number,
                look: notes.contains_key(&number),
                cells: short
                    .iter()
                    .map(|&at| cells.shown(at, number, &self.slot.fields[at]))
                    .collect(),
                more: self.more(&cells, table, number, &short),
                notes: notes.get(&number).cloned().unwrap_or_default(),
                form: (can_change && wanted == Some(number)).then(|| form_of(Some(number), None)),
            })
            .collect();
        let is_new = asked.add.is_some()
            || asked.like.is_some()
            || rows.is_empty()
            || is_form
            || refused.is_some_and(|refused| refused.row.is_none());
        let number_of_form = is_form.then(|| rows.last()).flatten();
        let kept = [("show", asked.show.as_str())];
        TablePage {
            frame: frame(web, visit, &format!("evidence/{}/rows", self.slot.id)),
            not_done: None,
            address: String::new(),
            slot: String::new(),
            id: self.slot.id.clone(),
            title: self.slot.title.clone(),
            help: self.slot.help.clone(),
            learner: String::new(),
            masked: 0,
            back: String::new(),
            facts: if is_form {
                Vec::new()
            } else {
                let count = table.row_count;
                vec![format!(
                    "{count} {}",
                    if count == 1 { "row" } else { "rows" }
                )]
            },
            saved_at: self.record.map(|record| clock(app, record.changed_at)),
            can_change,
            is_form,
            version: self.record.map_or(0, |record| record.version),
            can_undo: can_change && self.record.is_some_and(|record| record.before.is_some()),
            waiting: can_change && self.record.is_some_and(|record| record.import.is_some()),
            files: self
                .files
                .iter()
                .filter(|file| {
                    file.slot == self.slot.id
                        && (rows.files.contains(&file.id) || file.failure.is_some())
                })
                .map(|file| Labelled::new(&file.file_name, &file.id.to_string()))
                .collect(),
            totals: self
                .findings_here()
                .filter(|finding| is_total(finding))
                .filter_map(|finding| {
                    Total::of(finding, self.title_of(&finding.rule), self.words(finding)?)
                })
                .collect(),
            matrix: self
                .findings
                .iter()
                .find_map(|finding| Matrix::of(finding, self.title_of(&finding.rule))),
            look,
            look_more,
            found,
            check_failed: self.check_failed,
            columns: short
                .iter()
                .map(|&at| self.slot.fields[at].title.clone())
                .collect(),
            has_more: shown_rows.iter().any(|row| !row.more.is_empty()),
            rows: shown_rows,
            all_rows: table.row_count,
            look_only,
            pager: Pager::new(page, ROWS_ON_A_PAGE, all, &kept),
            new_row: (can_change && is_new).then(|| form_of(number_of_form, asked.like)),
            ways: if can_change {
                import_ways(web, self.slot)
            } else {
                ImportWays::default()
            },
        }
    }

    fn title_of<'r>(&'r self, rule: &'r str) -> &'r str {
        self.unit.rule(rule).map_or(rule, |rule| &rule.title)
    }

    /// A finding in words for whoever looks; none where they do not see it.
    fn words<'r>(&self, finding: &'r Finding) -> Option<&'r str> {
        if self.for_learner {
            finding.learner_message.as_deref()
        } else {
            Some(&finding.message)
        }
    }

    /// The findings that are about this table: those that point into it, those that
    /// count time, which is kept in tables, and what is said of the same criterion
    /// without pointing anywhere.
    fn findings_here(&self) -> impl Iterator<Item = &Finding> {
        let counted: BTreeSet<&str> = self
            .findings
            .iter()
            .filter(|finding| is_total(finding))
            .filter_map(|finding| finding.criterion.as_deref())
            .collect();
        self.findings.iter().filter(move |finding| {
            let beside = finding.places.is_empty()
                && finding
                    .criterion
                    .as_deref()
                    .is_some_and(|criterion| counted.contains(criterion));
            if beside {
                return true;
            }
            finding
                .places
                .iter()
                .any(|place| place.slot == self.slot.id)
                || is_total(finding)
        })
    }

    /// What there is to look at, with the rows; and what else was looked for.
    fn looks(
        &self,
        table: &Table,
        problems: &[CellProblem],
        address: &impl Fn(u32) -> String,
    ) -> (Vec<LookAt>, Vec<LookAt>) {
        let link = |number: u32| Labelled::new(&number.to_string(), &address(number));
        let mut look = Vec::new();
        for problem in problems {
            look.push(LookAt {
                id: format!("look-{}", look.len() + 1),
                status: "look".to_owned(),
                text: self.sentence(problem),
                rows: match problem.source_row {
                    0 => Vec::new(),
                    number => vec![link(number)],
                },
            });
        }
        let mut found = Vec::new();
        for (at, finding) in self.findings_here().enumerate() {
            let Some(words) = self.words(finding) else {
                continue;
            };
            let view = LookAt {
                id: format!("finding-{at}"),
                status: finding.status.clone(),
                text: words.to_owned(),
                rows: self.rows_of(finding, table).map(link).collect(),
            };
            match finding.status.as_str() {
                "not-applicable" => {}
                "found" | "info" if is_total(finding) => {}
                "found" | "info" => found.push(LookAt {
                    rows: Vec::new(),
                    ..view
                }),
                // The count itself stands beside the list already.
                _ if is_total(finding) && finding.places.is_empty() => {}
                _ => look.push(view),
            }
        }
        (look, found)
    }

    /// `Minutes, “an hour”: write 60 or 1 h.`
    fn sentence(&self, problem: &CellProblem) -> String {
        let field = self
            .slot
            .fields
            .iter()
            .find(|field| field.id == problem.field);
        match (field, problem.written.as_str()) {
            (None, _) => problem.message.clone(),
            (Some(field), "") => format!("{}: {}", field.title, problem.message),
            (Some(field), written) => format!("{}, “{written}”: {}", field.title, problem.message),
        }
    }

    /// Numbers of the rows that a finding points at, each once.
    fn rows_of<'t>(&self, finding: &Finding, table: &'t Table) -> impl Iterator<Item = u32> + 't {
        let places = finding.places.iter().filter(|place| {
            place.slot == self.slot.id && place.item == table.item && place.start < place.end
        });
        let rows: BTreeSet<u32> = places
            .flat_map(|place| place.start..place.end.min(table.row_count))
            .collect();
        rows.into_iter()
            .filter_map(|row| table.source_row.get(row as usize).copied())
    }

    /// What is said of each row: words, and the address of the finding.
    fn notes(&self, table: &Table, problems: &[CellProblem]) -> BTreeMap<u32, Vec<Labelled>> {
        let mut notes: BTreeMap<u32, Vec<Labelled>> = BTreeMap::new();
        for problem in problems.iter().filter(|problem| problem.source_row > 0) {
            let words = self.sentence(problem);
            let row = notes.entry(problem.source_row).or_default();
            row.push(Labelled::new(&words, ""));
        }
        for (at, finding) in self.findings_here().enumerate() {
            let silent = matches!(finding.status.as_str(), "found" | "info" | "not-applicable");
            if silent || self.words(finding).is_none() {
                continue;
            }
            for row in self.rows_of(finding, table) {
                notes.entry(row).or_default().push(Labelled::new(
                    self.title_of(&finding.rule),
                    &format!("#finding-{at}"),
                ));
            }
        }
        notes
    }

    /// The fields of a row that have no column of their own on the page.
    fn more(
        &self,
        cells: &Cells<'_>,
        table: &Table,
        number: u32,
        short: &[usize],
    ) -> Vec<Labelled> {
        (0..table.columns.len())
            .filter(|at| !short.contains(at))
            .filter_map(|at| {
                let column = &table.columns[at];
                let field = self.slot.fields.get(at);
                let text = cells.written(at, number);
                let title = field.map_or(column.title.as_str(), |field| &field.title);
                (!text.is_empty()).then(|| Labelled::new(title, &text))
            })
            .collect()
    }

    fn form(
        &self,
        rows: &Rows,
        cells: &Cells<'_>,
        number: Option<u32>,
        like: Option<u32>,
        refused: Option<&Refused>,
    ) -> RowForm {
        let fields = self.slot.fields.iter().enumerate().map(|(at, field)| {
            let typed = refused.map(|refused| {
                let typed = refused.typed.iter().find(|(id, _)| *id == field.id);
                typed.map(|(_, text)| text.clone()).unwrap_or_default()
            });
            let from = number.or(like).or_else(|| {
                // A new row begins as the last one did, for the next session is often like it.
                rows.last().filter(|_| repeats(field))
            });
            let from = from.filter(|_| number.is_some() || !is_long(field));
            let value = typed.unwrap_or_else(|| {
                from.map(|row| cells.typed(at, row, field, rows))
                    .unwrap_or_default()
            });
            let error = refused.and_then(|refused| {
                let problem = refused
                    .problems
                    .iter()
                    .find(|problem| problem.field == field.id)?;
                Some(problem.message.clone())
            });
            RowField {
                id: field.id.clone(),
                title: field.title.clone(),
                help: help(field),
                input: input(field, &value),
                required: field.required,
                choices: choices(field, &value),
                suggestions: suggestions(field, cells, at),
                value,
                error,
            }
        });
        let whole = refused.and_then(|refused| {
            let left_out = refused
                .problems
                .iter()
                .find(|problem| problem.field.is_empty());
            let left_out = left_out.map(|problem| problem.message.clone());
            refused.error.clone().or(left_out)
        });
        RowForm {
            row: number,
            fields: fields.collect(),
            error: whole,
        }
    }
}

/// Whether a finding counts time that is asked for. A rule of thumb compares, and
/// counts nothing.
pub(crate) fn is_total(finding: &Finding) -> bool {
    let measure = finding.measure.as_ref();
    measure.is_some_and(|measure| measure.unit == "minutes") && finding.source != "heuristic"
}

/// Whether a field is text.
fn is_text(field: &Field) -> bool {
    !matches!(
        field.kind.as_str(),
        "date" | "time" | "duration" | "whole-number" | "number" | "yes-no" | "choice"
    )
}

/// Whether a field wants room for some sentences, which its example tells too.
pub(crate) fn is_long(field: &Field) -> bool {
    field.kind == "long-text" || (is_text(field) && field.example.len() > LONG_EXAMPLE)
}

/// Whether a field has a column of its own on the page.
fn is_short(field: &Field) -> bool {
    !is_text(field) || (field.required && !is_long(field))
}

/// Whether a new row begins with what the last one says.
fn repeats(field: &Field) -> bool {
    match field.kind.as_str() {
        "date" | "choice" => true,
        "time" | "duration" | "whole-number" | "number" | "yes-no" => false,
        _ => is_text(field) && is_short(field),
    }
}

fn input(field: &Field, value: &str) -> &'static str {
    let is_time = value.len() == 5 && value.as_bytes()[2] == b':';
    match field.kind.as_str() {
        _ if is_long(field) => "long-text",
        "choice" | "yes-no" => "choice",
        "whole-number" | "number" => "number",
        // A browser's own field shows nothing of what it cannot read.
        "date" if value.is_empty() || value.parse::<NaiveDate>().is_ok() => "date",
        "time" if value.is_empty() || is_time => "time",
        _ => "text",
    }
}

fn help(field: &Field) -> String {
    let example = match field.kind.as_str() {
        "duration" => "In minutes, or as 1 h 30.",
        _ => "",
    };
    if field.help.is_empty() {
        example.to_owned()
    } else {
        field.help.clone()
    }
}

fn choices(field: &Field, value: &str) -> Vec<Labelled> {
    let mut choices: Vec<Labelled> = match field.kind.as_str() {
        "choice" => field
            .choices
            .iter()
            .map(|choice| Labelled::new(&choice.title, &choice.id))
            .collect(),
        "yes-no" => vec![Labelled::new("Yes", "yes"), Labelled::new("No", "no")],
        _ => return Vec::new(),
    };
    if !value.is_empty() && choices.iter().all(|choice| choice.text != value) {
        choices.push(Labelled::new(value, value));
    }
    choices
}

/// What was written in other rows of a text field, if that is short and comes again.
fn suggestions(field: &Field, cells: &Cells<'_>, at: usize) -> Vec<String> {
    if !is_text(field) || is_long(field) {
        return Vec::new();
    }
    let known: BTreeSet<&str> = cells.columns[at]
        .0
        .iter()
        .copied()
        .filter(|text| !text.is_empty() && text.len() <= LONGEST_SUGGESTION)
        .collect();
    if known.len() > MOST_SUGGESTIONS {
        return Vec::new();
    }
    known.into_iter().map(str::to_owned).collect()
}

/// The cells of a table, parted once: as read and as written.
pub(crate) struct Cells<'t> {
    columns: Vec<(Vec<&'t str>, Vec<&'t str>)>,
    rows: BTreeMap<u32, usize>,
    /// Column and row of cells that are not shown.
    masked: BTreeSet<(usize, usize)>,
}

impl<'t> Cells<'t> {
    pub(crate) fn of(table: &'t Table, masked: &[&Place]) -> Self {
        let columns = table.columns.iter().map(|column| {
            let written = if column.written.is_empty() {
                &column.cells
            } else {
                &column.written
            };
            (
                column.cells.split('\n').collect(),
                written.split('\n').collect(),
            )
        });
        let masked = masked.iter().flat_map(|place| {
            let at = table
                .columns
                .iter()
                .position(|column| Some(&column.id) == place.column.as_ref());
            at.into_iter().flat_map(|at| {
                (place.start..place.end.min(table.row_count)).map(move |row| (at, row as usize))
            })
        });
        Self {
            masked: masked.collect(),
            columns: columns.collect(),
            rows: table
                .source_row
                .iter()
                .enumerate()
                .map(|(row, number)| (*number, row))
                .collect(),
        }
    }

    fn cell(&self, at: usize, number: u32) -> (&'t str, &'t str) {
        let row = self.rows.get(&number).copied();
        if row.is_some_and(|row| self.masked.contains(&(at, row))) {
            return ("", MASK);
        }
        let column = self.columns.get(at);
        column
            .zip(row)
            .and_then(|((read, written), row)| Some((*read.get(row)?, *written.get(row)?)))
            .unwrap_or_default()
    }

    /// A cell as it was written, with its line breaks.
    fn written(&self, at: usize, number: u32) -> String {
        self.cell(at, number).1.replace('\u{2028}', "\n")
    }

    /// A cell for people: dates and choices in one manner, what could not be read
    /// as it was written.
    pub(crate) fn shown(&self, at: usize, number: u32, field: &Field) -> String {
        let (read, written) = self.cell(at, number);
        let shown = match field.kind.as_str() {
            "date" => read
                .parse::<NaiveDate>()
                .ok()
                .map(|date| date.format("%-d %b %Y").to_string()),
            "choice" => field
                .choices
                .iter()
                .find(|choice| choice.id == read)
                .map(|choice| choice.title.clone()),
            "time" | "duration" | "whole-number" | "number" | "yes-no" => {
                Some(read.to_owned()).filter(|read| !read.is_empty())
            }
            _ => None,
        };
        shown.unwrap_or_else(|| written.replace('\u{2028}', "\n"))
    }

    /// A cell as it stands in a form.
    fn typed(&self, at: usize, number: u32, field: &Field, rows: &Rows) -> String {
        let (read, _) = self.cell(at, number);
        match field.kind.as_str() {
            "date" | "time" | "choice" | "yes-no" if !read.is_empty() => read.to_owned(),
            _ => rows.written(number, &field.id),
        }
    }
}

pub(crate) fn rows_address(visit: &Visit, slot: &str) -> String {
    format!("{}/evidence/{slot}/rows", base(visit))
}

pub(crate) fn version(fields: &Fields) -> Result<i64, Failure> {
    fields.text("version").parse().map_err(|_| {
        Failure::bad_form("The form was sent without its version. Load the page again.")
    })
}

fn row(fields: &Fields) -> Option<u32> {
    fields.text("row").parse().ok()
}

pub(crate) async fn save(
    State(web): State<Web>,
    Session(visit): Session,
    Path((_, slot)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, Failure> {
    fields.guard(&visit.csrf)?;
    let typed: TypedRow = fields
        .0
        .iter()
        .filter_map(|(key, text)| Some((key.strip_prefix("field-")?.to_owned(), text.clone())))
        .collect();
    let row = row(&fields);
    let saved = save_row(web.app(), &visit, &slot, version(&fields)?, row, &typed).await;
    let (status, problems, error) = match saved {
        Ok(Ok(number)) => {
            let address = rows_address(&visit, &slot);
            return Ok(Redirect::to(&format!("{address}?at={number}#row-{number}")).into_response());
        }
        Ok(Err(problems)) => (StatusCode::UNPROCESSABLE_ENTITY, problems, None),
        Err(Problem::Invalid(error)) => (StatusCode::UNPROCESSABLE_ENTITY, Vec::new(), Some(error)),
        Err(Problem::Conflict) => (StatusCode::CONFLICT, Vec::new(), Some(CHANGED.to_owned())),
        Err(problem) => return Err(problem.into()),
    };
    let refused = Refused {
        row,
        typed,
        problems,
        error,
    };
    let page = own_page(&web, &visit, &slot, &Asked::default(), Some(&refused)).await?;
    Ok((status, web.page(&page)?).into_response())
}

/// What is said where two windows change one table.
const CHANGED: &str = "The table was changed in another window meanwhile, so this was not saved. What you typed is still here: look at the rows, then save it once more.";

pub(crate) async fn remove_row(
    State(web): State<Web>,
    Session(visit): Session,
    Path((_, slot)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, Failure> {
    fields.guard(&visit.csrf)?;
    let number = row(&fields).ok_or_else(Failure::not_found)?;
    let removed = remove_one(web.app(), &visit, &slot, version(&fields)?, number).await;
    changed(&web, &visit, &slot, removed).await
}

pub(crate) async fn remove_rows(
    State(web): State<Web>,
    Session(visit): Session,
    Path((_, slot)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, Failure> {
    fields.guard(&visit.csrf)?;
    let removed = remove_all(web.app(), &visit, &slot, version(&fields)?).await;
    changed(&web, &visit, &slot, removed).await
}

pub(crate) async fn undo(
    State(web): State<Web>,
    Session(visit): Session,
    Path((_, slot)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, Failure> {
    fields.guard(&visit.csrf)?;
    let undone = undo_change(web.app(), &visit, &slot, version(&fields)?).await;
    changed(&web, &visit, &slot, undone).await
}

/// The page after a change, or as somebody else left it.
async fn changed(
    web: &Web,
    visit: &Visit,
    slot: &str,
    done: Result<(), Problem>,
) -> Result<Response, Failure> {
    match done {
        Ok(()) => Ok(Redirect::to(&rows_address(visit, slot)).into_response()),
        Err(Problem::Conflict) => {
            let mut page = own_page(web, visit, slot, &Asked::default(), None).await?;
            page.not_done = Some(Notice {
                kind: NoticeKind::Look,
                title: "The table was changed in another window".to_owned(),
                text: "Nothing was done. These are the rows as they are now.".to_owned(),
            });
            Ok((StatusCode::CONFLICT, web.page(&page)?).into_response())
        }
        Err(problem) => Err(problem.into()),
    }
}
