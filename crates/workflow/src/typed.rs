//! Text that a learner types into the page where a file cannot be read, or
//! instead of one. Each save makes a document of it, with the criteria as its
//! headings, so that everything else treats it as any other file.

use assessment::evidence::{Document, ReadDocument, block};
use assessment::ids::EvidenceId;
use assessment::sections;
use assessment::unit::{Criterion, Slot, Unit};
use sha2::{Digest, Sha256};
use storage::UnitOfWork;
use storage::submissions::{EvidenceRecord, SubmissionRecord};
use storage::typed::TypedAnswerRecord;

use crate::evidence::{draft, own_draft};
use crate::visit::Visit;
use crate::{App, Problem};

/// The longest answer to a criterion, in bytes: some 16,000 words.
const LONGEST_ANSWER: usize = 100_000;
/// Bullets that people type; each counts only with white space behind it.
const BULLETS: [char; 5] = ['•', '*', '-', '–', '·'];
/// What typed text is called among files.
const FILE_NAME: &str = "Typed text";

/// An answer as the learner saves it.
#[derive(Debug)]
pub struct NewAnswer {
    /// The unit's slot.
    pub slot: String,
    /// The criterion.
    pub criterion: String,
    /// The text.
    pub text: String,
    /// The version that the learner began from; 0 for a new one.
    pub version: i64,
}

/// The document slot of this name, for typing.
///
/// # Errors
/// [`Problem::NotFound`] where the unit has none.
pub fn slot<'a>(unit: &'a Unit, id: &str) -> Result<&'a Slot, Problem> {
    unit.slot(id)
        .filter(|slot| slot.kind == "document")
        .ok_or(Problem::NotFound)
}

/// The criteria that a slot serves, in the unit's order.
pub fn served<'a>(unit: &'a Unit, slot: &'a Slot) -> impl Iterator<Item = &'a Criterion> {
    unit.criteria()
        .filter(|criterion| slot.criteria.is_empty() || slot.criteria.contains(&criterion.id))
}

/// What the learner has typed for a slot of their draft.
///
/// # Errors
/// [`Problem::NotNow`] once the work is handed in.
pub async fn answers(
    app: &App,
    visit: &Visit,
    slot: &str,
) -> Result<Vec<TypedAnswerRecord>, Problem> {
    visit.learner()?;
    let mut work = app.storage.read().await?;
    let Some(submission) = own_draft(visit, work.as_mut()).await? else {
        return Ok(Vec::new());
    };
    let mut answers = work.typed_answers(submission.id).await?;
    answers.retain(|answer| answer.slot == slot);
    Ok(answers)
}

/// An answer after it was saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SavedAnswer {
    /// Its new version.
    pub version: i64,
    /// Its words, as they are counted everywhere.
    pub words: u32,
}

/// Saves an answer while it is typed. The checks wait until the learner asks
/// for them or hands in.
///
/// # Errors
/// [`Problem::Conflict`] where it was saved in another window since;
/// [`Problem::Invalid`] for far too much text; [`Problem::NotNow`] once the
/// work is handed in.
pub async fn save(app: &App, visit: &Visit, new: NewAnswer) -> Result<SavedAnswer, Problem> {
    visit.learner()?;
    let unit = visit.unit()?;
    let slot = slot(unit, &new.slot)?;
    if !served(unit, slot).any(|criterion| criterion.id == new.criterion) {
        return Err(Problem::NotFound);
    }
    if new.text.len() > LONGEST_ANSWER {
        return Err(Problem::Invalid(
            "This is longer than 100,000 characters, which is more than we can keep in one answer. Shorten it, and it will be saved."
                .to_owned(),
        ));
    }
    let mut work = app.storage.write().await?;
    let submission = draft(app, visit, work.as_mut()).await?;
    let answer = TypedAnswerRecord {
        submission: submission.id,
        slot: slot.id.clone(),
        criterion: new.criterion,
        text: plain(&new.text),
        version: new.version,
    };
    let version = work.put_typed_answer(&answer).await?;
    let record = put_document(app, unit, slot, work.as_mut(), &submission).await?;
    work.update_submission(&SubmissionRecord {
        changed_at: app.now(),
        ..submission
    })
    .await?;
    work.save().await?;
    let words = record
        .and_then(|record| record.document)
        .map_or(0, |document| {
            document
                .sections_of(&answer.criterion)
                .map(|section| section.words)
                .sum()
        });
    Ok(SavedAnswer { version, words })
}

/// Makes the document anew from all answers of a slot; none where all are empty.
async fn put_document(
    app: &App,
    unit: &Unit,
    slot: &Slot,
    work: &mut dyn UnitOfWork,
    submission: &SubmissionRecord,
) -> Result<Option<EvidenceRecord>, Problem> {
    let answers = work.typed_answers(submission.id).await?;
    let before = work
        .evidence(submission.id)
        .await?
        .into_iter()
        .find(|file| file.typed && file.slot == slot.id);
    if let Some(before) = &before {
        work.remove_evidence(submission.id, before.id).await?;
    }
    let read = written(unit, slot, &answers);
    if read.kind.is_empty() {
        return Ok(None);
    }
    let now = app.now();
    let text = read.text.clone();
    let mut document = Document::new(&slot.id, 0, FILE_NAME, read).map_err(|error| {
        tracing::error!(%error, "typed text did not make a document");
        Problem::Invalid("This text could not be kept.".to_owned())
    })?;
    document.sections = sections::find(unit, &document);
    let record = EvidenceRecord {
        id: before.map_or_else(|| EvidenceId::new(now, app.random()), |before| before.id),
        submission: submission.id,
        slot: slot.id.clone(),
        file_name: FILE_NAME.to_owned(),
        media_type: "text/plain; charset=utf-8".to_owned(),
        bytes: u64::try_from(text.len()).unwrap_or(u64::MAX),
        digest: format!("{:x}", Sha256::digest(text.as_bytes())),
        added_at: now,
        document: Some(document),
        failure: None,
        typed: true,
    };
    work.add_evidence(&record).await?;
    Ok(Some(record))
}

/// The answers as a document: each criterion that has one is a heading with its
/// number and wording, and each line below it a paragraph or list item.
fn written(unit: &Unit, slot: &Slot, answers: &[TypedAnswerRecord]) -> ReadDocument {
    let mut read = ReadDocument::default();
    let (mut lines, mut labels) = (Vec::new(), Vec::new());
    let mut add = |kind, label: &'static str, text: String| {
        read.kind.push(kind);
        read.level.push(u8::from(kind != block::PARAGRAPH));
        read.style.push(0);
        read.part.push(0);
        labels.push(label);
        lines.push(text);
    };
    for criterion in served(unit, slot) {
        let Some(answer) = answers.iter().find(|answer| {
            answer.slot == slot.id
                && answer.criterion == criterion.id
                && !answer.text.trim().is_empty()
        }) else {
            continue;
        };
        let heading = format!("{} {}", criterion.id, criterion.wording);
        add(block::HEADING, "", heading);
        for line in answer.text.lines().map(str::trim) {
            match line.strip_prefix(BULLETS) {
                _ if line.is_empty() => {}
                Some(rest) if rest.starts_with(char::is_whitespace) => {
                    add(block::LIST_ITEM, "•", rest.trim().to_owned());
                }
                _ => add(block::PARAGRAPH, "", line.to_owned()),
            }
        }
    }
    read.text = lines.join("\n");
    if labels.iter().any(|label| !label.is_empty()) {
        read.labels = labels.join("\n");
    }
    read
}

/// Text as pages may hold it: line ends of one kind, no control characters.
fn plain(text: &str) -> String {
    text.replace("\r\n", "\n")
        .chars()
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
        .collect()
}
