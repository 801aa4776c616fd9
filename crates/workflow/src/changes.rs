//! What a resubmission changes: for each criterion the text of the earlier
//! submission against the new one, word by word.

use assessment::finding::CheckReport;
use assessment::people::Role;
use assessment::sheet::Award;
use assessment::unit::Unit;
use imara_diff::{Algorithm, Diff, InternedInput};
use storage::UnitOfWork;
use storage::marking::{DecisionRecord, FindingVerdictRecord, SheetLineRecord};
use storage::submissions::{CheckRecord, EvidenceRecord, SubmissionRecord};
use storage::table::TableRecord;

use crate::checks::for_assessor;
use crate::evidence::load;
use crate::redaction::{merged, personal_details, pieces};
use crate::{App, Problem};

/// The submission before another one, with what was decided.
#[derive(Debug)]
pub struct Earlier {
    /// The submission.
    pub submission: SubmissionRecord,
    /// Its files.
    pub files: Vec<EvidenceRecord>,
    /// Its rows.
    pub tables: Vec<TableRecord>,
    /// What the checks found in them, for those who mark.
    pub check: Option<CheckRecord>,
    /// The decision that stands.
    pub decision: Option<DecisionRecord>,
    /// What assessors thought of its findings.
    pub verdicts: Vec<FindingVerdictRecord>,
}

impl Earlier {
    /// Whether a criterion was met then; none where it was not decided.
    pub fn met(&self, criterion: &str) -> Option<bool> {
        let decision = self.decision.as_ref()?;
        decision
            .outcome
            .criteria
            .iter()
            .find(|outcome| outcome.criterion == criterion)?
            .met
    }

    /// The mark of a criterion that was met, which the next sheet begins with.
    pub fn carried(&self, unit: &Unit, criterion: &str) -> Option<SheetLineRecord> {
        let decision = self.decision.as_ref()?;
        let entry = decision.sheet.entry(criterion)?;
        let fits = match &entry.award {
            Award::Undecided => false,
            Award::Marks(marks) => {
                let now = unit.criterion(criterion)?;
                *marks <= now.maximum && *marks >= now.minimum
            }
            Award::Decision(_) => true,
        };
        let same_mode = unit.sheet.modes.first() == Some(&decision.sheet.mode);
        if self.met(criterion) != Some(true) || !fits || !same_mode {
            return None;
        }
        Some(SheetLineRecord {
            submission: self.submission.id,
            criterion: criterion.to_owned(),
            award: entry.award.clone(),
            feedback: entry.feedback.clone(),
            band: entry.band.clone(),
            version: 0,
            changed_by: decision.signed_by,
            changed_at: decision.signed_at,
        })
    }
}

/// The submission before this one; none before the first.
pub(crate) async fn earlier(
    work: &mut dyn UnitOfWork,
    unit: &Unit,
    submission: &SubmissionRecord,
) -> Result<Option<Earlier>, Problem> {
    let Some(number) = submission
        .number
        .checked_sub(1)
        .filter(|number| *number > 0)
    else {
        return Ok(None);
    };
    let Some(earlier) = work
        .numbered_submission(submission.activity, submission.person, number)
        .await?
    else {
        return Ok(None);
    };
    let check = for_assessor(work, &earlier).await?;
    Ok(Some(Earlier {
        files: load(work, Some(unit), &earlier, Role::Assessor).await?,
        tables: work.tables(earlier.id).await?,
        check,
        decision: work.standing_decision(earlier.id).await?,
        verdicts: work.finding_verdicts(earlier.id).await?,
        submission: earlier,
    }))
}

/// Begins the sheet of a resubmission with the marks of what was met before.
/// The assessor may change each.
pub(crate) async fn carry_forward(
    app: &App,
    work: &mut dyn UnitOfWork,
    unit: &Unit,
    submission: &SubmissionRecord,
) -> Result<(), Problem> {
    let Some(earlier) = earlier(work, unit, submission).await? else {
        return Ok(());
    };
    // Work that was taken back and handed in again has its lines already.
    if !work.sheet_lines(submission.id).await?.is_empty() {
        return Ok(());
    }
    for criterion in unit.criteria() {
        if let Some(line) = earlier.carried(unit, &criterion.id) {
            work.put_sheet_line(&SheetLineRecord {
                submission: submission.id,
                changed_at: app.now(),
                ..line
            })
            .await?;
        }
    }
    Ok(())
}

/// What changed in the answer to a criterion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The criterion.
    pub criterion: String,
    /// Whether it was met in the earlier submission; none where it was not decided.
    pub met: Option<bool>,
    /// Words that are new.
    pub added: u32,
    /// Words that are gone.
    pub removed: u32,
    /// Both texts in one, in order; empty where nothing changed.
    pub pieces: Vec<Piece>,
}

/// A run of text in a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Whether it stands in both texts, in the new one, or in the old one.
    pub kind: PieceKind,
    /// Its text; line breaks part paragraphs.
    pub text: String,
}

/// In which of the texts a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PieceKind {
    /// In both.
    Kept,
    /// In the new one.
    Added,
    /// In the old one.
    Removed,
}

/// What changed, for each criterion in the unit's order. Places that a report
/// calls personal details do not appear in it.
pub fn changes(
    unit: &Unit,
    earlier: &Earlier,
    files: &[EvidenceRecord],
    report: Option<&CheckReport>,
) -> Vec<Change> {
    let reported = earlier.check.as_ref().map(|check| &check.report);
    unit.criteria()
        .map(|criterion| {
            let pieces = compare(
                &answer(&earlier.files, reported, &criterion.id),
                &answer(files, report, &criterion.id),
            );
            let words = |kind| {
                let count: usize = pieces
                    .iter()
                    .filter(|piece| piece.kind == kind)
                    .map(|piece| piece.text.split_whitespace().count())
                    .sum();
                u32::try_from(count).unwrap_or(u32::MAX)
            };
            let (added, removed) = (words(PieceKind::Added), words(PieceKind::Removed));
            Change {
                criterion: criterion.id.clone(),
                met: earlier.met(&criterion.id),
                added,
                removed,
                pieces: if added + removed == 0 {
                    Vec::new()
                } else {
                    pieces
                },
            }
        })
        .collect()
}

/// The blocks that answer a criterion, as lines.
fn answer(files: &[EvidenceRecord], report: Option<&CheckReport>, criterion: &str) -> String {
    let mut lines = Vec::new();
    for document in files.iter().filter_map(|file| file.document.as_ref()) {
        let personal = merged(personal_details(document, report).collect());
        for section in document.sections_of(criterion) {
            for block in section.start as usize..section.end as usize {
                let block = document.start[block] as usize..document.end[block] as usize;
                let pieces = pieces(&document.read.text, block, &personal);
                let line: String = pieces.into_iter().map(|piece| piece.text).collect();
                lines.push(line);
            }
        }
    }
    lines.join("\n")
}

/// Two texts in one: words are compared, line breaks are kept.
fn compare(before: &str, after: &str) -> Vec<Piece> {
    let (old, new): (Vec<&str>, Vec<&str>) = (tokens(before), tokens(after));
    let mut input = InternedInput::default();
    input.update_before(old.iter().copied());
    input.update_after(new.iter().copied());
    let diff = Diff::compute(Algorithm::Histogram, &input);
    let mut pieces = Vec::new();
    let mut at = 0;
    for hunk in diff.hunks() {
        push(
            &mut pieces,
            PieceKind::Kept,
            &new[at..hunk.after.start as usize],
        );
        let gone = hunk.before.start as usize..hunk.before.end as usize;
        push(&mut pieces, PieceKind::Removed, &old[gone]);
        at = hunk.after.end as usize;
        push(
            &mut pieces,
            PieceKind::Added,
            &new[hunk.after.start as usize..at],
        );
    }
    push(&mut pieces, PieceKind::Kept, &new[at..]);
    pieces
}

/// Words, and line breaks as tokens of their own.
fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    for (at, line) in text.split('\n').enumerate() {
        if at > 0 {
            tokens.push("\n");
        }
        tokens.extend(line.split_whitespace());
    }
    tokens
}

fn push(pieces: &mut Vec<Piece>, kind: PieceKind, tokens: &[&str]) {
    let mut text = String::new();
    for token in tokens {
        if *token != "\n" && !text.is_empty() && !text.ends_with('\n') {
            text.push(' ');
        }
        text.push_str(token);
    }
    if !text.is_empty() {
        pieces.push(Piece { kind, text });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(before: &str, after: &str) -> String {
        compare(before, after)
            .iter()
            .map(|piece| match piece.kind {
                PieceKind::Kept => piece.text.clone(),
                PieceKind::Added => format!("+[{}]", piece.text),
                PieceKind::Removed => format!("-[{}]", piece.text),
            })
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn words_are_compared_and_not_lines() {
        assert_eq!(shown("", ""), "");
        assert_eq!(shown("one  two", "one two"), "one two");
        assert_eq!(
            shown("the role of a mentor", "the remit of a good mentor"),
            "the -[role] +[remit] of a +[good] mentor"
        );
        assert_eq!(shown("", "all new"), "+[all new]");
        assert_eq!(shown("all gone", ""), "-[all gone]");
        assert_eq!(
            shown("first\nsecond", "first\nadded\nsecond").replace('\n', "/"),
            "first/ +[added/] second"
        );
    }
}
