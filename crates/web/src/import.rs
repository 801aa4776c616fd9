//! Rows that come in from a file or by paste: what is in them, which column
//! serves which field, and taking them.

use std::collections::BTreeSet;

use assessment::evidence::{ReadColumn, ReadFailure};
use assessment::table::{Matching, best_fit, matching};
use assessment::unit::Slot;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use workflow::Problem;
use workflow::evidence::{Added, extensions};
use workflow::submission::own_work;
use workflow::table::{Acceptance, accept, paste as paste_rows, preview, put_away, slot_of};
use workflow::visit::Visit;

use crate::Web;
use crate::evidence::{kinds, not_added};
use crate::failure::Failure;
use crate::forms::Fields;
use crate::frame::{base, frame};
use crate::pages::{ImportPage, ImportProblem, ImportWays, Labelled, MatchedField};
use crate::session::Session;
use crate::table::{Asked, own_page, rows_address, version};

/// Most problems that are listed.
const MOST_PROBLEMS: usize = 100;
/// Cells of a column that are shown as examples, and the longest, in characters.
const SAMPLES: usize = 3;
const LONGEST_SAMPLE: usize = 60;
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// What the page says of how files come in.
pub(crate) fn import_ways(web: &Web, slot: &Slot) -> ImportWays {
    let app = web.app();
    let extensions = extensions(app, slot);
    ImportWays {
        accept: extensions.join(","),
        kinds: kinds(&extensions),
        largest: format!("{} MB", app.centre.largest_file / 1_000_000),
        ..ImportWays::default()
    }
}

pub(crate) async fn paste(
    State(web): State<Web>,
    Session(visit): Session,
    Path((_, slot)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, Failure> {
    fields.guard(&visit.csrf)?;
    let text = fields.text("text");
    let answer = if text.trim().is_empty() {
        Added::Refused(ReadFailure {
            code: "empty".to_owned(),
            message: String::new(),
        })
    } else {
        paste_rows(web.app(), &visit, &slot, text).await?
    };
    match answer {
        Added::Refused(failure) => refuse(&web, &visit, &slot, "", &failure, text).await,
        Added::Read | Added::Unread(_) => {
            let address = format!("{}/evidence/{slot}/import", base(&visit));
            Ok(Redirect::to(&address).into_response())
        }
    }
}

/// The page again, with why an import was not taken. Nothing is lost by it.
pub(crate) async fn refuse(
    web: &Web,
    visit: &Visit,
    slot: &str,
    file: &str,
    failure: &ReadFailure,
    pasted: &str,
) -> Result<Response, Failure> {
    let mut page = own_page(web, visit, slot, &Asked::default(), None).await?;
    let words = not_added(file, failure, false);
    let (title, text) = match (file, failure.code.as_str()) {
        ("", "empty") => (
            "There are no rows in what you pasted",
            "Copy the cells in your spreadsheet, with their headings, and paste them once more.",
        ),
        ("", _) => (
            "We could not read what you pasted as rows",
            "Copy the cells in your spreadsheet, with their headings. If that does not help, import the file itself.",
        ),
        (_, "empty") => (
            words.title.as_str(),
            "We found no rows in it. Look whether it is the right file, and whether the rows stand in a table.",
        ),
        (_, "unsupported") => (
            words.title.as_str(),
            "We cannot read rows from this kind of file. Save it as one of the kinds named below, or paste the rows.",
        ),
        _ => (words.title.as_str(), words.text.as_str()),
    };
    page.ways.refused = Some(Labelled::new(title, text));
    pasted.clone_into(&mut page.ways.pasted);
    Ok((StatusCode::UNPROCESSABLE_ENTITY, web.page(&page)?).into_response())
}

/// The sheet of an import that is asked for.
#[derive(Debug, Deserialize)]
pub(crate) struct AskedSheet {
    #[serde(default)]
    sheet: Option<usize>,
}

pub(crate) async fn page(
    State(web): State<Web>,
    Session(visit): Session,
    Path((_, slot)): Path<(String, String)>,
    Query(asked): Query<AskedSheet>,
) -> Result<Response, Failure> {
    visit.learner()?;
    match import_page(&web, &visit, &slot, asked.sheet, None).await? {
        Some(page) => web.page(&page),
        None => Ok(Redirect::to(&rows_address(&visit, &slot)).into_response()),
    }
}

/// The import that waits; none where there is none.
async fn import_page(
    web: &Web,
    visit: &Visit,
    slot: &str,
    sheet: Option<usize>,
    corrected: Option<Matching>,
) -> Result<Option<ImportPage>, Failure> {
    let app = web.app();
    let unit = visit.unit()?;
    let slot = slot_of(unit, slot)?;
    let own = own_work(app, visit).await?;
    let Some(record) = own.table(&slot.id) else {
        return Ok(None);
    };
    let Some(import) = &record.import else {
        return Ok(None);
    };
    // Where nobody chose, the sheet that serves most fields.
    let chosen = sheet.filter(|sheet| *sheet < import.tables.len());
    let Some(sheet) = chosen.or_else(|| best_fit(slot, &import.tables)) else {
        return Ok(None);
    };
    let read = &import.tables[sheet];
    let matching = corrected.unwrap_or_else(|| matching(slot, read));
    let Some((rows, problems)) = preview(slot, import, sheet, &matching) else {
        return Ok(None);
    };
    let heading = |at: usize| match read.columns[at].heading.as_str() {
        "" => format!("Column {}", at + 1),
        heading => heading.to_owned(),
    };
    let title_of = |field: &str| {
        let field = slot.fields.iter().find(|known| known.id == field);
        field.map(|field| field.title.clone()).unwrap_or_default()
    };
    let fields = slot.fields.iter().map(|field| {
        let column = matching.column(&field.id).map(|column| column as usize);
        let column = column.filter(|column| *column < read.columns.len());
        MatchedField {
            id: field.id.clone(),
            title: field.title.clone(),
            required: field.required,
            column: column.map(|column| column.to_string()).unwrap_or_default(),
            samples: column
                .map(|column| samples(&read.columns[column]))
                .unwrap_or_default(),
            unreadable: problems
                .iter()
                .filter(|problem| problem.field == field.id && problem.source_row > 0)
                .count(),
        }
    });
    let served: BTreeSet<usize> = slot
        .fields
        .iter()
        .filter_map(|field| matching.column(&field.id).map(|column| column as usize))
        .collect();
    let shown = problems
        .iter()
        .take(MOST_PROBLEMS)
        .map(|problem| ImportProblem {
            row: if problem.source_row == 0 {
                String::new()
            } else {
                problem.source_row.to_string()
            },
            field: title_of(&problem.field),
            written: problem.written.clone(),
            message: problem.message.clone(),
        });
    Ok(Some(ImportPage {
        frame: frame(web, visit, &format!("evidence/{}/rows", slot.id)),
        address: rows_address(visit, &slot.id),
        slot: format!("{}/evidence/{}", base(visit), slot.id),
        title: slot.title.clone(),
        name: import.name.clone(),
        sheets: import
            .tables
            .iter()
            .enumerate()
            .map(|(at, sheet)| {
                let title = match sheet.title.as_str() {
                    "" => format!("Table {}", at + 1),
                    title => title.to_owned(),
                };
                let rows = if sheet.row_count == 1 { "row" } else { "rows" };
                Labelled::new(&title, &format!("{} {rows}", sheet.row_count))
            })
            .collect(),
        sheet,
        fields: fields.collect(),
        columns: (0..read.columns.len())
            .map(|at| Labelled::new(&heading(at), &at.to_string()))
            .collect(),
        others: (0..read.columns.len())
            .filter(|at| !served.contains(at))
            .map(heading)
            .collect(),
        rows: rows.len(),
        rows_now: record.rows.len(),
        known: rows.known_in(&record.rows, slot),
        problems_more: problems.len().saturating_sub(MOST_PROBLEMS),
        problems: shown.collect(),
        version: record.version,
        conflict: false,
    }))
}

/// The first cells of a column that say something.
fn samples(column: &ReadColumn) -> Vec<String> {
    let written = if column.written.is_empty() {
        &column.cells
    } else {
        &column.written
    };
    let shortened = |cell: &str| match cell.char_indices().nth(LONGEST_SAMPLE) {
        Some((end, _)) => format!("{}…", &cell[..end]),
        None => cell.to_owned(),
    };
    written
        .split('\n')
        .filter(|cell| !cell.trim().is_empty())
        .take(SAMPLES)
        .map(shortened)
        .collect()
}

pub(crate) async fn take(
    State(web): State<Web>,
    Session(visit): Session,
    Path((_, slot)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, Failure> {
    fields.guard(&visit.csrf)?;
    let app = web.app();
    let rows = rows_address(&visit, &slot);
    let wish = fields.text("do");
    if wish == "cancel" {
        put_away(app, &visit, &slot).await?;
        return Ok(Redirect::to(&rows).into_response());
    }
    let sheet = fields.text("sheet").parse().unwrap_or(0);
    let matching = chosen(&fields);
    if matches!(wish, "add" | "replace") {
        let acceptance = Acceptance {
            sheet,
            matching: matching.clone(),
            replace: wish == "replace",
        };
        match accept(app, &visit, &slot, version(&fields)?, acceptance).await {
            Ok(_) => return Ok(Redirect::to(&rows).into_response()),
            Err(Problem::Conflict) => {}
            Err(problem) => return Err(problem.into()),
        }
    }
    match import_page(&web, &visit, &slot, Some(sheet), Some(matching)).await? {
        Some(mut page) if wish == "look" => {
            page.conflict = false;
            web.page(&page)
        }
        Some(mut page) => {
            page.conflict = true;
            Ok((StatusCode::CONFLICT, web.page(&page)?).into_response())
        }
        None => Ok(Redirect::to(&rows).into_response()),
    }
}

/// The matching as the form brings it back. A column serves one field, so what
/// the learner changed counts before what only stayed as it was.
fn chosen(fields: &Fields) -> Matching {
    let choices: Vec<(&str, &str, bool)> = fields
        .0
        .iter()
        .filter_map(|(key, column)| {
            let field = key.strip_prefix("column-")?;
            let was = fields.text(&format!("was-{field}"));
            Some((field, column.as_str(), was != column))
        })
        .collect();
    let mut matching = Matching::default();
    for now in [false, true] {
        for (field, column, _) in choices.iter().filter(|(_, _, changed)| *changed == now) {
            matching.choose(field, column.parse().ok(), "learner");
        }
    }
    matching
}

/// The template that learners fill in, as a workbook with typed columns.
pub(crate) async fn template(
    Session(visit): Session,
    Path((_, slot)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let unit = visit.unit()?;
    let slot = slot_of(unit, &slot)?;
    let content = assessment::table::template(slot).ok_or_else(Failure::not_found)?;
    let name = format!("{}-{}.xlsx", unit.id, slot.id);
    Ok(download(&name, XLSX, content))
}

/// The same as comma-separated text.
pub(crate) async fn template_csv(
    Session(visit): Session,
    Path((_, slot)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let unit = visit.unit()?;
    let slot = slot_of(unit, &slot)?;
    let content = slot.import_template().ok_or_else(Failure::not_found)?;
    let name = format!("{}-{}.csv", unit.id, slot.id);
    Ok(download(
        &name,
        "text/csv; charset=utf-8",
        content.into_bytes(),
    ))
}

fn download(name: &str, media_type: &'static str, content: Vec<u8>) -> Response {
    (
        [
            (CONTENT_TYPE, media_type.to_owned()),
            (
                CONTENT_DISPOSITION,
                format!("attachment; filename=\"{name}\""),
            ),
        ],
        content,
    )
        .into_response()
}
