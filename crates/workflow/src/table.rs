//! Tables of a learner's evidence: rows that are typed, pasted or imported.
//!
//! Rows are kept as they were written. What they mean is read anew for each page
//! and each check, so that a correction of the matching reaches them all.

use assessment::evidence::{MOST_COLUMNS, MOST_ROWS, ReadFailure, ReadTable, Table};
use assessment::ids::{EvidenceId, SubmissionId};
use assessment::rows::Rows;
use assessment::table::{CellProblem, Matching, best_fit, matching, table};
use assessment::unit::{Slot, Unit};
use object_store::ObjectStoreExt;
use sha2::{Digest, Sha256};
use storage::submissions::{EvidenceRecord, SubmissionRecord};
use storage::table::{ImportRecord, TableRecord};
use storage::{StorageError, UnitOfWork};
use unit_host::{Content, FileToRead, UnitHost, Wanted};

use crate::evidence::{Added, NewFile, draft, forget, is_ours, path_of};
use crate::submission::OwnWork;
use crate::visit::Visit;
use crate::{App, Problem, checks};

/// Language that decides which of `03/04/2026` is the month.
pub(crate) const LOCALE: &str = "en-GB";
/// Most files that the rows of one table may come from.
const MOST_FILES: usize = 20;

/// What was written for a slot: rows as the checks see them, and what could not be read in them.
#[derive(Debug)]
pub struct ReadRows {
    /// The rows.
    pub table: Table,
    /// What could not be read, row by row.
    pub problems: Vec<CellProblem>,
}

/// Reads rows as they were written for a slot.
pub fn read_rows(slot: &Slot, rows: &Rows) -> ReadRows {
    let (table, problems) = table(slot, 0, &slot.title, &rows.read, &rows.matching, LOCALE);
    ReadRows { table, problems }
}

/// Reads the rows of a file for a slot, from the table in it that fits best.
/// `item` is which of the slot's tables it is.
///
/// # Errors
/// [`ReadFailure`] with its code and words.
pub async fn read_file(
    units: &UnitHost,
    slot: &Slot,
    item: u32,
    name: &str,
    bytes: Vec<u8>,
) -> Result<ReadRows, ReadFailure> {
    let tables = read(units, name, "", bytes).await?;
    let best = best_fit(slot, &tables).ok_or_else(no_rows)?;
    let (read, matching) = (&tables[best], matching(slot, &tables[best]));
    let (table, problems) = table(slot, item, name, read, &matching, LOCALE);
    Ok(ReadRows { table, problems })
}

/// Whether a slot takes rows: a table, or a form, which is a table of one row.
pub fn takes_rows(slot: &Slot) -> bool {
    matches!(slot.kind.as_str(), "table" | "form")
}

/// The slot of this id, if it takes rows.
///
/// # Errors
/// [`Problem::NotFound`] for anything else.
pub fn slot_of<'u>(unit: &'u Unit, slot: &str) -> Result<&'u Slot, Problem> {
    unit.slot(slot)
        .filter(|slot| takes_rows(slot))
        .ok_or(Problem::NotFound)
}

impl OwnWork {
    /// The table of a slot; none before the first row.
    pub fn table(&self, slot: &str) -> Option<&TableRecord> {
        self.tables.iter().find(|table| table.slot == slot)
    }
}

/// Fields of one row as they were typed: id and text.
pub type TypedRow = Vec<(String, String)>;

/// Writes a row that was typed: the one of this number, or a new one. Gives its
/// number, or what could not be read in it; then nothing is changed.
///
/// # Errors
/// [`Problem::Conflict`] where the table has moved on, [`Problem::NotFound`] for
/// a row that is not there, [`Problem::NotNow`] once the work is handed in.
pub async fn save_row(
    app: &App,
    visit: &Visit,
    slot: &str,
    version: i64,
    number: Option<u32>,
    typed: &TypedRow,
) -> Result<Result<u32, Vec<CellProblem>>, Problem> {
    let slot = slot_of(visit.unit()?, slot)?;
    // A form has one row; typing it anew changes that one.
    let mut change = Change::begin(app, visit, slot, Some(version)).await?;
    let number = number.or_else(|| {
        let form = slot.kind == "form";
        form.then(|| change.record.rows.last()).flatten()
    });
    if typed.iter().all(|(_, text)| text.trim().is_empty()) {
        return Err(Problem::Invalid(
            "There is nothing in this row yet. Fill in at least one field.".to_owned(),
        ));
    }
    let number = match change.record.rows.put(slot, number, typed, LOCALE) {
        Ok(number) => number.ok_or(Problem::NotFound)?,
        Err(problems) => return Ok(Err(problems)),
    };
    change.save(app, visit).await?;
    Ok(Ok(number))
}

/// Removes a row; [`undo`] brings it back.
///
/// # Errors
/// As [`save_row`].
pub async fn remove_row(
    app: &App,
    visit: &Visit,
    slot: &str,
    version: i64,
    number: u32,
) -> Result<(), Problem> {
    let slot = slot_of(visit.unit()?, slot)?;
    let mut change = Change::begin(app, visit, slot, Some(version)).await?;
    if !change.record.rows.remove(number) {
        return Err(Problem::NotFound);
    }
    change.save(app, visit).await
}

/// Removes all rows; [`undo`] brings them back.
///
/// # Errors
/// As [`save_row`].
pub async fn remove_all(app: &App, visit: &Visit, slot: &str, version: i64) -> Result<(), Problem> {
    let slot = slot_of(visit.unit()?, slot)?;
    let mut change = Change::begin(app, visit, slot, Some(version)).await?;
    change.record.rows = Rows::default();
    change.save(app, visit).await
}

/// Takes the last change back.
///
/// # Errors
/// As [`save_row`].
pub async fn undo(app: &App, visit: &Visit, slot: &str, version: i64) -> Result<(), Problem> {
    let slot = slot_of(visit.unit()?, slot)?;
    let mut change = Change::begin(app, visit, slot, Some(version)).await?;
    let Some(before) = change.record.before.take() else {
        return Err(Problem::NotNow("There is nothing to undo.".to_owned()));
    };
    change.record.rows = before;
    change.began_from = None;
    change.save(app, visit).await
}

/// Rows from a spreadsheet, pasted into the page.
///
/// # Errors
/// As [`accept`].
pub async fn paste(app: &App, visit: &Visit, slot: &str, text: &str) -> Result<Added, Problem> {
    let slot = slot_of(visit.unit()?, slot)?;
    if slot.kind != "table" {
        return Err(Problem::NotFound);
    }
    let tables = match read(
        &app.units,
        "pasted.csv",
        "text/csv",
        text.as_bytes().to_vec(),
    )
    .await
    {
        Ok(tables) => tables,
        Err(failure) => return Ok(Added::Refused(failure)),
    };
    let mut change = Change::begin(app, visit, slot, None).await?;
    change.record.import = Some(ImportRecord {
        file: None,
        name: String::new(),
        tables,
    });
    change.save(app, visit).await?;
    Ok(Added::Read)
}

/// Reads a file for a table and lets it wait for [`accept`]; the rows that are
/// there stay as they are. A file on which our reader fails is kept as it is,
/// for a person can read it.
///
/// # Errors
/// [`Problem::NotNow`] once the work is handed in.
pub(crate) async fn import(
    app: &App,
    visit: &Visit,
    slot: &Slot,
    id: EvidenceId,
    file: NewFile,
    record: impl FnOnce(SubmissionId, Option<ReadFailure>) -> EvidenceRecord,
) -> Result<Added, Problem> {
    let read = read(&app.units, &file.name, &file.media_type, file.bytes.clone()).await;
    let (tables, failure) = match read {
        Ok(tables) => (Some(tables), None),
        Err(failure) if is_ours(&failure) => (None, Some(failure)),
        Err(failure) => return Ok(Added::Refused(failure)),
    };
    app.files
        .put(&path_of(visit.actor.registration, id), file.bytes.into())
        .await
        .map_err(Problem::Files)?;
    let kept = keep_import(app, visit, slot, tables, file.name, |submission| {
        record(submission, failure.clone())
    })
    .await;
    if kept.is_err() {
        // Nothing refers to the bytes, and they are a learner's.
        forget(app, visit, id).await;
    }
    kept?;
    Ok(failure.map_or(Added::Read, Added::Unread))
}

/// Puts a file of a table into the draft, and lets what was read in it wait.
async fn keep_import(
    app: &App,
    visit: &Visit,
    slot: &Slot,
    tables: Option<Vec<ReadTable>>,
    name: String,
    record: impl FnOnce(SubmissionId) -> EvidenceRecord,
) -> Result<(), Problem> {
    let mut change = Change::begin(app, visit, slot, None).await?;
    let files = change.work.evidence(change.submission.id).await?;
    if files.iter().filter(|file| file.slot == slot.id).count() >= MOST_FILES {
        return Err(Problem::Invalid(format!(
            "The rows here come from {MOST_FILES} files already. Put what is new into one file and let it take the place of all rows."
        )));
    }
    let record = record(change.submission.id);
    change.work.add_evidence(&record).await?;
    if let Some(tables) = tables {
        change.record.import = Some(ImportRecord {
            file: Some(record.id),
            name,
            tables,
        });
    }
    change.save(app, visit).await
}

/// Which rows of an import are to count, and how.
#[derive(Debug)]
pub struct Acceptance {
    /// The sheet, from 0.
    pub sheet: usize,
    /// Which column serves which field.
    pub matching: Matching,
    /// Whether the rows take the place of those that are there.
    pub replace: bool,
}

/// The import that waits, as its rows would be, with what a person should see about them.
pub fn preview(
    slot: &Slot,
    import: &ImportRecord,
    sheet: usize,
    matching: &Matching,
) -> Option<(Rows, Vec<CellProblem>)> {
    let read = import.tables.get(sheet)?;
    let (mut rows, problems) = Rows::of(slot, read, matching, LOCALE);
    rows.files.extend(import.file);
    Some((rows, problems))
}

/// Takes the rows of the import that waits. Gives how many there are now.
///
/// # Errors
/// As [`save_row`]; [`Problem::Invalid`] where there would be too many rows.
pub async fn accept(
    app: &App,
    visit: &Visit,
    slot: &str,
    version: i64,
    acceptance: Acceptance,
) -> Result<usize, Problem> {
    let slot = slot_of(visit.unit()?, slot)?;
    let mut change = Change::begin(app, visit, slot, Some(version)).await?;
    let import = change.record.import.take().ok_or(Problem::Conflict)?;
    let (new, _) =
        preview(slot, &import, acceptance.sheet, &acceptance.matching).ok_or(Problem::NotFound)?;
    if acceptance.replace {
        change.record.rows = new;
    } else {
        change.record.rows.append(slot, new);
    }
    let rows = change.record.rows.len();
    change.save(app, visit).await?;
    Ok(rows)
}

/// Puts an import that waits away; the rows stay as they are.
///
/// # Errors
/// [`Problem::NotNow`] once the work is handed in.
pub async fn put_away(app: &App, visit: &Visit, slot: &str) -> Result<(), Problem> {
    let slot = slot_of(visit.unit()?, slot)?;
    let mut change = Change::begin(app, visit, slot, None).await?;
    change.record.import = None;
    change.save(app, visit).await
}

/// Reads the tables of a file in the sandbox.
async fn read(
    units: &UnitHost,
    name: &str,
    media_type: &str,
    bytes: Vec<u8>,
) -> Result<Vec<ReadTable>, ReadFailure> {
    let file = FileToRead {
        bytes,
        media_type: media_type.to_owned(),
        name: name.to_owned(),
        wanted: Wanted::Tables,
        locale: LOCALE.to_owned(),
    };
    match units.read(file).await? {
        Content::Tables(tables) if tables.iter().all(|table| table.row_count == 0) => {
            Err(no_rows())
        }
        Content::Tables(tables) => Ok(tables),
        Content::Document(_) => Err(ReadFailure {
            code: "reader-failed".to_owned(),
            message: "The reader gave a document where tables were asked for.".to_owned(),
        }),
    }
}

fn no_rows() -> ReadFailure {
    ReadFailure {
        code: "empty".to_owned(),
        message: "The file holds no rows.".to_owned(),
    }
}

/// A change of one table, in one transaction.
struct Change {
    work: Box<dyn UnitOfWork>,
    submission: SubmissionRecord,
    record: TableRecord,
    /// The rows before; none where they need not be kept.
    began_from: Option<Rows>,
}

impl Change {
    /// Begins a change of the learner's draft, from the version that the learner saw.
    async fn begin(
        app: &App,
        visit: &Visit,
        slot: &Slot,
        version: Option<i64>,
    ) -> Result<Self, Problem> {
        visit.learner()?;
        let mut work = app.storage.write().await?;
        let submission = draft(app, visit, work.as_mut()).await?;
        let tables = work.tables(submission.id).await?;
        let known = tables.into_iter().find(|table| table.slot == slot.id);
        let record = known.unwrap_or_else(|| none_yet(submission.id, &slot.id));
        if version.is_some_and(|version| version != record.version) {
            return Err(Problem::Conflict);
        }
        Ok(Self {
            work,
            submission,
            began_from: Some(record.rows.clone()),
            record,
        })
    }

    /// Keeps the change, lets go of files that it left behind, and runs the
    /// checks where there are other rows than before.
    async fn save(mut self, app: &App, visit: &Visit) -> Result<(), Problem> {
        if self.record.rows.read.is_too_large() {
            return Err(Problem::Invalid(format!(
                "That would be more than {MOST_ROWS} rows, {MOST_COLUMNS} columns or 4 MB of text, which is the most that a table can hold. Nothing was changed."
            )));
        }
        let changed = self.began_from.as_ref() != Some(&self.record.rows);
        if changed {
            self.record.before = self.began_from.take();
            self.record.digest = digest(&self.record.rows);
        }
        self.record.changed_at = app.now();
        self.work.put_table(&self.record).await?;
        let left = remove_unused(self.work.as_mut(), &self.record).await?;
        self.work
            .update_submission(&SubmissionRecord {
                changed_at: app.now(),
                ..self.submission.clone()
            })
            .await?;
        self.work.save().await?;
        for id in left {
            forget(app, visit, id).await;
        }
        if changed {
            checks::run_and_keep(app, visit, &self.submission).await?;
        }
        Ok(())
    }
}

fn none_yet(submission: SubmissionId, slot: &str) -> TableRecord {
    TableRecord {
        submission,
        slot: slot.to_owned(),
        rows: Rows::default(),
        before: None,
        import: None,
        digest: digest(&Rows::default()),
        version: 0,
        changed_at: chrono::DateTime::UNIX_EPOCH,
    }
}

/// Removes the files that neither the rows, nor those before, nor a waiting
/// import come from. Files that only people can read stay.
async fn remove_unused(
    work: &mut dyn UnitOfWork,
    record: &TableRecord,
) -> Result<Vec<EvidenceId>, StorageError> {
    let before = record.before.iter().flat_map(|rows| &rows.files);
    let waiting = record
        .import
        .iter()
        .filter_map(|import| import.file.as_ref());
    let used: Vec<EvidenceId> = record
        .rows
        .files
        .iter()
        .chain(before)
        .chain(waiting)
        .copied()
        .collect();
    let mut removed = Vec::new();
    for file in work.evidence(record.submission).await? {
        if file.slot == record.slot && file.failure.is_none() && !used.contains(&file.id) {
            work.remove_evidence(record.submission, file.id).await?;
            removed.push(file.id);
        }
    }
    Ok(removed)
}

/// Leaves of a submission's tables what is handed in: the rows, and the files
/// that they come from. Gives the files that are not needed any more.
pub(crate) async fn freeze(
    work: &mut dyn UnitOfWork,
    submission: SubmissionId,
) -> Result<Vec<EvidenceId>, StorageError> {
    let mut removed = Vec::new();
    for mut record in work.tables(submission).await? {
        if record.before.is_some() || record.import.is_some() {
            record.before = None;
            record.import = None;
            work.put_table(&record).await?;
            removed.extend(remove_unused(work, &record).await?);
        }
    }
    Ok(removed)
}

/// Copies the tables of a submission to the next; `files` tells the new id of each file.
pub(crate) async fn copy(
    work: &mut dyn UnitOfWork,
    from: SubmissionId,
    to: SubmissionId,
    files: &[(EvidenceId, EvidenceId)],
) -> Result<(), StorageError> {
    for mut record in work.tables(from).await? {
        for id in &mut record.rows.files {
            if let Some((_, new)) = files.iter().find(|(old, _)| old == id) {
                *id = *new;
            }
        }
        record.submission = to;
        record.version = 0;
        work.put_table(&record).await?;
    }
    Ok(())
}

/// SHA-256 of what was written. Where it came from is no part of it, so that a
/// copy for the next submission has the same.
fn digest(rows: &Rows) -> String {
    let mut digest = Sha256::new();
    for column in &rows.read.columns {
        for text in [&column.heading, &column.cells, &column.written] {
            digest.update(text.len().to_le_bytes());
            digest.update(text);
        }
        digest.update(&column.kind);
    }
    for row in &rows.read.source_row {
        digest.update(row.to_le_bytes());
    }
    format!("{:x}", digest.finalize())
}
