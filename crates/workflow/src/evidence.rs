//! The learner's files: adding, reading in the sandbox, removing.

use std::collections::BTreeMap;

use assessment::evidence::{Document, ReadFailure};
use assessment::finding::Place;
use assessment::ids::{EvidenceId, RegistrationId, SubmissionId};
use assessment::people::{Actor, Role};
use assessment::sections;
use assessment::submission::State;
use assessment::unit::{Slot, Unit};
use object_store::ObjectStoreExt;
use object_store::path::Path;
use sha2::{Digest, Sha256};
use storage::UnitOfWork;
use storage::courses::PersonRecord;
use storage::mapping::PartMarkRecord;
use storage::submissions::{CheckRecord, EvidenceRecord, PluginRecord, SubmissionRecord};
use unit_host::{Content, FileToRead, UnitHost, UnitPlugin, Wanted};

use crate::visit::Visit;
use crate::{App, Problem, checks, mapping, table};

/// A file as the browser sent it.
#[derive(Debug)]
pub struct NewFile {
    /// The unit's slot.
    pub slot: String,
    /// Its name; folders are cut off.
    pub name: String,
    /// Media type that the browser named; may be wrong.
    pub media_type: String,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// What became of a file that was sent.
#[derive(Debug)]
pub enum Added {
    /// It is in and was read.
    Read,
    /// It is in, but only people can read it: a scan, or a file on which our
    /// reader failed. The learner may hand it in.
    Unread(ReadFailure),
    /// It was not taken, and what was there before stays.
    Refused(ReadFailure),
}

/// Adds a file to the learner's draft, in place of the one before where the
/// slot takes one file, and runs the checks.
///
/// # Errors
/// [`Problem::NotNow`] once the work is handed in, [`Problem::Invalid`] for a
/// slot that takes no such file, an empty file or one that is too large.
pub async fn add(app: &App, visit: &Visit, file: NewFile) -> Result<Added, Problem> {
    visit.learner()?;
    let unit = visit.unit()?;
    let slot = unit
        .slot(&file.slot)
        .filter(|slot| matches!(slot.kind.as_str(), "document" | "table"))
        .ok_or_else(|| Problem::Invalid("This unit has no place for such a file.".to_owned()))?;
    let name = plain_name(&file.name);
    if file.bytes.is_empty() {
        return Err(Problem::Invalid(format!(
            "“{name}” is empty (0 bytes). Save it again in your word processor, then choose it once more."
        )));
    }
    if file.bytes.len() > app.centre.largest_file {
        return Err(too_large(app));
    }
    // Nothing is read or stored for work that is handed in already.
    let mut work = app.storage.read().await?;
    own_draft(visit, work.as_mut()).await?;
    drop(work);
    let digest = format!("{:x}", Sha256::digest(&file.bytes));
    let size = u64::try_from(file.bytes.len()).unwrap_or(u64::MAX);
    let now = app.now();
    let id = EvidenceId::new(now, app.random());
    let media_type = file.media_type.clone();
    let file_name = name.clone();
    let record = |submission, document, failure| EvidenceRecord {
        id,
        submission,
        slot: slot.id.clone(),
        file_name,
        media_type,
        bytes: size,
        digest,
        added_at: now,
        document,
        failure,
        typed: false,
    };
    if slot.kind == "table" {
        let file = NewFile { name, ..file };
        return table::import(app, visit, slot, id, file, |submission, failure| {
            record(submission, None, failure)
        })
        .await;
    }
    let read = read(
        &app.units,
        unit,
        &slot.id,
        0,
        &name,
        &file.media_type,
        file.bytes.clone(),
    )
    .await;
    let (document, failure) = match read {
        Ok(document) => (Some(document), None),
        Err(failure) if is_ours(&failure) => (None, Some(failure)),
        Err(failure) => return Ok(Added::Refused(failure)),
    };

    app.files
        .put(&path_of(visit.actor.registration, id), file.bytes.into())
        .await
        .map_err(Problem::Files)?;
    let kept = keep(app, visit, slot, |submission| {
        record(submission, document, failure.clone())
    })
    .await;
    if kept.is_err() {
        // Nothing refers to the bytes, and they are a learner's.
        forget(app, visit, id).await;
    }
    checks::run_and_keep(app, visit, &kept?).await?;
    Ok(failure.map_or(Added::Read, Added::Unread))
}

/// Puts a file into the draft, in place of the one before where the slot takes
/// one file.
async fn keep(
    app: &App,
    visit: &Visit,
    slot: &Slot,
    record: impl FnOnce(SubmissionId) -> EvidenceRecord,
) -> Result<SubmissionRecord, Problem> {
    let mut work = app.storage.write().await?;
    let submission = draft(app, visit, work.as_mut()).await?;
    // Typed text stands beside the files and takes none of their places.
    let files = work.evidence(submission.id).await?;
    let there = files.iter().filter(|old| old.slot == slot.id && !old.typed);
    let mut replaced = Vec::new();
    if slot.most_files <= 1 {
        for old in there {
            work.remove_evidence(submission.id, old.id).await?;
            replaced.push(old.id);
        }
    } else if there.count() >= slot.most_files as usize {
        return Err(Problem::Invalid(format!(
            "{} files are the most here. Remove one first.",
            slot.most_files
        )));
    }
    work.add_evidence(&record(submission.id)).await?;
    let submission = changed(app, work.as_mut(), submission).await?;
    work.save().await?;
    for old in replaced {
        forget(app, visit, old).await;
    }
    Ok(submission)
}

/// Removes a file from the learner's draft and runs the checks again.
///
/// # Errors
/// [`Problem::NotFound`] for a file that is not in the draft,
/// [`Problem::NotNow`] once the work is handed in.
pub async fn remove(app: &App, visit: &Visit, id: EvidenceId) -> Result<(), Problem> {
    visit.learner()?;
    visit.plugin()?;
    let mut work = app.storage.write().await?;
    let submission = draft(app, visit, work.as_mut()).await?;
    let files = work.evidence(submission.id).await?;
    let removed = files
        .iter()
        .find(|file| file.id == id)
        .ok_or(Problem::NotFound)?;
    work.remove_evidence(submission.id, id).await?;
    if removed.typed {
        work.remove_typed_answers(submission.id, &removed.slot)
            .await?;
    }
    let submission = changed(app, work.as_mut(), submission).await?;
    work.save().await?;
    if !removed.typed {
        forget(app, visit, id).await;
    }
    checks::run_and_keep(app, visit, &submission).await?;
    Ok(())
}

/// Runs the checks over the draft as it stands, as often as the learner wants.
///
/// # Errors
/// [`Problem::NotNow`] once the work is handed in.
pub async fn check_again(app: &App, visit: &Visit) -> Result<(), Problem> {
    visit.learner()?;
    let mut work = app.storage.read().await?;
    let submission = own_draft(visit, work.as_mut())
        .await?
        .ok_or(Problem::NotFound)?;
    drop(work);
    checks::run_and_keep(app, visit, &submission).await?;
    Ok(())
}

/// A submission's files as checks and pages see them: its documents counted in
/// their slot, with what people said about their parts as far as `role` sees it.
pub(crate) async fn load(
    work: &mut dyn UnitOfWork,
    unit: Option<&Unit>,
    submission: &SubmissionRecord,
    role: Role,
) -> Result<Vec<EvidenceRecord>, Problem> {
    let mut files = work.evidence(submission.id).await?;
    let said = work.part_marks(submission.id).await?;
    let mut items = BTreeMap::<String, u32>::new();
    for file in &mut files {
        let Some(document) = &mut file.document else {
            continue;
        };
        let item = items.entry(file.slot.clone()).or_default();
        document.item = *item;
        *item += 1;
        if let Some(unit) = unit {
            let of_file =
                mapping::seen_by(&said, submission, role).filter(|one| one.evidence == file.id);
            mapping::apply(unit, document, of_file);
        }
    }
    Ok(files)
}

/// Writes down that the draft changed.
async fn changed(
    app: &App,
    work: &mut dyn UnitOfWork,
    submission: SubmissionRecord,
) -> Result<SubmissionRecord, Problem> {
    let record = SubmissionRecord {
        changed_at: app.now(),
        ..submission
    };
    work.update_submission(&record).await?;
    Ok(SubmissionRecord {
        version: record.version + 1,
        ..record
    })
}

/// A file of a submission that this person may see: the learner their own, an
/// assessor what was handed in.
///
/// # Errors
/// [`Problem::NotFound`] for anything else.
pub async fn find(app: &App, visit: &Visit, id: EvidenceId) -> Result<Found, Problem> {
    let actor = &visit.actor;
    let mut work = app.storage.read().await?;
    let file = work
        .evidence_file(actor.registration, id)
        .await?
        .ok_or(Problem::NotFound)?;
    let submission = work
        .submission(actor.registration, file.submission)
        .await?
        .ok_or(Problem::NotFound)?;
    let allowed = submission.activity == actor.activity
        && match actor.role {
            Role::Learner => submission.person == actor.person,
            Role::Assessor => {
                submission.state.is_with_assessor() && submission.person != actor.person
            }
        };
    if !allowed {
        return Err(Problem::NotFound);
    }
    let learner = work
        .person(actor.registration, submission.person)
        .await?
        .ok_or(Problem::NotFound)?;
    let unit = visit.unit.as_ref();
    let file = load(work.as_mut(), unit, &submission, actor.role)
        .await?
        .into_iter()
        .find(|file| file.id == id)
        .ok_or(Problem::NotFound)?;
    let marks = work.part_marks(submission.id).await?;
    let mut said = Vec::new();
    for one in mapping::seen_by(&marks, &submission, actor.role).filter(|one| one.evidence == id) {
        let by = work.person(actor.registration, one.by).await?;
        said.push(Said {
            mark: one.clone(),
            name: by.map(|by| by.name).unwrap_or_default(),
        });
    }
    let check = match actor.role {
        Role::Learner => work.check(submission.id).await?,
        Role::Assessor => checks::for_assessor(work.as_mut(), &submission).await?,
    };
    Ok(Found {
        file,
        learner,
        submission,
        check,
        said,
    })
}

/// A file that somebody may see.
#[derive(Debug)]
pub struct Found {
    /// The file, with its sections as this person sees them.
    pub file: EvidenceRecord,
    /// Whose it is.
    pub learner: PersonRecord,
    /// The submission it belongs to.
    pub submission: SubmissionRecord,
    /// What the checks found, as this person sees it.
    pub check: Option<CheckRecord>,
    /// What was said about its parts, as far as this person sees it.
    pub said: Vec<Said>,
}

/// What somebody said about a part of a file.
#[derive(Debug)]
pub struct Said {
    /// What, as what, and when.
    pub mark: PartMarkRecord,
    /// Who; may be empty.
    pub name: String,
}

impl Found {
    /// Whether the unit points at personal details in this file, or in rows of
    /// the slot that it was given for.
    pub fn has_personal_data(&self) -> bool {
        self.check
            .iter()
            .flat_map(|check| check.report.personal_data())
            .any(|place| place.slot == self.file.slot)
    }

    /// The places in this document that the unit calls personal details.
    pub fn personal_data(&self) -> Vec<&Place> {
        let Some(document) = &self.file.document else {
            return Vec::new();
        };
        self.check
            .iter()
            .flat_map(|check| check.report.personal_data())
            .filter(|place| place.is_in(document))
            .collect()
    }
}

/// Writes down that an assessor saw personal details of a submission.
///
/// # Errors
/// [`Problem::NotAllowed`] for anybody but an assessor.
pub async fn show_personal_data(
    app: &App,
    visit: &Visit,
    submission: SubmissionId,
    what: &str,
) -> Result<(), Problem> {
    let actor = visit.assessor()?;
    let mut work = app.storage.write().await?;
    app.remember(
        work.as_mut(),
        actor,
        submission,
        "personal-data-shown",
        what,
    )
    .await?;
    work.save().await?;
    Ok(())
}

/// The bytes of a file as they were sent.
///
/// # Errors
/// [`Problem::Files`] where the store fails.
pub async fn bytes(app: &App, visit: &Visit, file: &EvidenceRecord) -> Result<Vec<u8>, Problem> {
    if file.typed {
        let text = file.document.as_ref().map(|document| &document.read.text);
        return Ok(text.cloned().unwrap_or_default().into_bytes());
    }
    let got = app
        .files
        .get(&path_of(visit.actor.registration, file.id))
        .await
        .map_err(Problem::Files)?;
    Ok(got.bytes().await.map_err(Problem::Files)?.to_vec())
}

/// Endings of the files that the installed readers take for a slot: `.docx`, `.odt`.
pub fn extensions(app: &App, slot: &Slot) -> Vec<String> {
    let wanted = if table::takes_rows(slot) {
        Wanted::Tables
    } else {
        Wanted::Document
    };
    let readers = app.units.readers();
    let mut extensions: Vec<String> = readers
        .iter()
        .filter(|reader| reader.gives().contains(&wanted))
        .flat_map(|reader| reader.extensions())
        .map(|extension| format!(".{extension}"))
        .collect();
    extensions.sort();
    extensions.dedup();
    extensions
}

/// What a learner is told of a file that is too large.
fn too_large(app: &App) -> Problem {
    Problem::Invalid(format!(
        "The file is larger than {} MB. Large files are mostly pictures: make them smaller or leave them out, then choose the file again.",
        app.centre.largest_file / 1_000_000
    ))
}

/// Failures after which the file still counts, since a person may read it: the
/// defect is on our side, or the text is in a picture.
pub(crate) fn is_ours(failure: &ReadFailure) -> bool {
    matches!(
        failure.code.as_str(),
        "image-only" | "took-too-long" | "out-of-memory" | "reader-failed"
    )
}

/// Reads a file in the sandbox and finds the unit's sections in it. `item` is
/// which of the slot's documents it is.
///
/// # Errors
/// [`ReadFailure`] with its code and words.
pub async fn read(
    units: &UnitHost,
    unit: &Unit,
    slot: &str,
    item: u32,
    name: &str,
    media_type: &str,
    bytes: Vec<u8>,
) -> Result<Document, ReadFailure> {
    let file = FileToRead {
        bytes,
        media_type: media_type.to_owned(),
        name: name.to_owned(),
        wanted: Wanted::Document,
        locale: table::LOCALE.to_owned(),
    };
    let broken = |message: String| ReadFailure {
        code: "reader-failed".to_owned(),
        message,
    };
    let Content::Document(read) = units.read(file).await? else {
        return Err(broken(
            "The reader gave tables where a document was asked for.".to_owned(),
        ));
    };
    let mut document =
        Document::new(slot, item, name, read).map_err(|error| broken(error.to_string()))?;
    document.sections = sections::find(unit, &document);
    Ok(document)
}

/// The learner's draft; begun where there is nothing yet.
pub(crate) async fn draft(
    app: &App,
    visit: &Visit,
    work: &mut dyn UnitOfWork,
) -> Result<SubmissionRecord, Problem> {
    if let Some(record) = own_draft(visit, work).await? {
        return Ok(record);
    }
    let record = new_draft(app, &visit.actor, 1);
    work.add_submission(&record).await?;
    Ok(record)
}

/// The learner's draft; none before the first file.
pub(crate) async fn own_draft(
    visit: &Visit,
    work: &mut dyn UnitOfWork,
) -> Result<Option<SubmissionRecord>, Problem> {
    let latest = work
        .latest_submission(visit.actor.activity, visit.actor.person)
        .await?;
    if latest
        .as_ref()
        .is_some_and(|record| record.state != State::Draft)
    {
        return Err(Problem::NotNow(
            "Your work is handed in and kept exactly as you sent it. To change it, take it back first.".to_owned(),
        ));
    }
    Ok(latest)
}

/// A new submission of this learner, not yet kept.
pub(crate) fn new_draft(app: &App, actor: &Actor, number: u32) -> SubmissionRecord {
    let now = app.now();
    SubmissionRecord {
        id: SubmissionId::new(now, app.random()),
        registration: actor.registration,
        activity: actor.activity,
        person: actor.person,
        number,
        state: State::Draft,
        refuses_script_use: false,
        declared_at: None,
        submitted_at: None,
        plugin: None,
        version: 1,
        changed_at: now,
    }
}

pub(crate) fn plugin_record(plugin: &UnitPlugin) -> PluginRecord {
    let identity = plugin.identity();
    PluginRecord {
        id: identity.id.clone(),
        version: identity.version.clone(),
        digest: identity.digest.clone(),
    }
}

/// Where a file's bytes are. Each has a place of its own, so that removing one
/// never takes away another's.
pub(crate) fn path_of(registration: RegistrationId, id: EvidenceId) -> Path {
    Path::from(format!("{registration}/{id}"))
}

/// Deletes the bytes of a file that is no longer in any submission. What cannot
/// be deleted now is only left over: the record is gone already.
pub(crate) async fn forget(app: &App, visit: &Visit, id: EvidenceId) {
    if let Err(error) = app
        .files
        .delete(&path_of(visit.actor.registration, id))
        .await
    {
        tracing::warn!(evidence.id = %id, %error, "the bytes of a removed file could not be deleted");
    }
}

/// A file's name without folders and control characters, at most 200 characters.
fn plain_name(name: &str) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = name.chars().filter(|c| !c.is_control()).take(200).collect();
    if name.trim().is_empty() {
        "file".to_owned()
    } else {
        name.trim().to_owned()
    }
}
