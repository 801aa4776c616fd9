//! Checks that most units share. The unit brings the data: criteria, prompts,
//! guidance on length, verbs; thresholds come from the settings in force.
//!
//! Each check returns findings in the order of the unit's criteria, written for
//! the assessor and, where it helps, for the learner. None of them judges.
//!
//! # Adding a check
//!
//! Write it as a method of [`Checks`], with the ids of its settings as
//! parameters, and name its rule in the first line of its documentation.
//!
//! Units in JavaScript and Python have a few of these checks (`javascript/` and
//! `python/` beside this crate's sources). What changes here changes there too:
//! a test of the host compares them to the byte.

mod artefacts;
mod attempts;
mod clients;
mod components;
mod cues;
mod header;
mod hours;
mod lists;
mod models;
mod pairs;
mod personal;
mod references;
mod repeats;
mod sections;
mod sessions;
mod supervision;
mod techniques;
mod template;
mod words;

pub use artefacts::{
    Artefacts, ClientDocuments, ClientFeedback, ClientGoals, ClientReflection, ClientTools,
};
pub use components::{Component, Enough};
pub use cues::CueRule;
pub use header::HeaderField;
pub use hours::HoursRule;
pub use lists::ListRule;
pub use models::{Model, ModelRule};
pub use pairs::PairRule;
pub use personal::PersonalRule;
pub use sessions::{Diary, DiaryFields, DiaryRule, DiarySettings, duration};
pub use supervision::SupervisionRule;
pub use techniques::{NamedTechniques, TechniqueRule};

use std::cell::OnceCell;

use self::template::Prompts;
use crate::lexicon::Text;
use crate::text::word_count;
use crate::wit;
use crate::{Block, Evidence, Section};

/// The evidence beside the unit, read once for all checks.
#[derive(Debug)]
pub struct Checks<'a> {
    evidence: Evidence<'a>,
    unit: &'a wit::Unit,
    context: &'a wit::Context,
    answers: Vec<Answer<'a>>,
}

/// What answers one criterion.
#[derive(Debug)]
struct Answer<'a> {
    criterion: &'a wit::Criterion,
    sections: Vec<Section<'a>>,
    /// Each block with its words, those of left-over template text taken off.
    blocks: Vec<(Block<'a>, u32)>,
    /// Left-over template text.
    left_over: Vec<&'a str>,
    left_over_places: Vec<wit::Place>,
    left_over_words: u32,
    /// The learner's own text, parted into words when it is first asked for.
    text: OnceCell<Text<'a>>,
}

impl<'a> Checks<'a> {
    /// The answer to a criterion, if something stands there.
    fn answer(&self, criterion: &str) -> Option<&Answer<'a>> {
        let mut answers = self.answers.iter();
        answers.find(|answer| answer.id() == criterion && !answer.text().is_empty())
    }

    /// Reads the evidence: which sections answer which criterion, and how many
    /// of their words are the template's.
    pub fn new(evidence: Evidence<'a>, unit: &'a wit::Unit, context: &'a wit::Context) -> Self {
        let prompts = Prompts::new(unit, context);
        let answers = unit
            .criteria()
            .map(|criterion| Answer::new(evidence, criterion, &prompts))
            .collect();
        Self {
            evidence,
            unit,
            context,
            answers,
        }
    }
}

impl<'a> Answer<'a> {
    fn new(evidence: Evidence<'a>, criterion: &'a wit::Criterion, prompts: &Prompts) -> Self {
        let mut answer = Self {
            criterion,
            sections: evidence.sections(&criterion.id).collect(),
            blocks: Vec::new(),
            left_over: Vec::new(),
            left_over_places: Vec::new(),
            left_over_words: 0,
            text: OnceCell::new(),
        };
        for section in answer.sections.clone() {
            for block in section.blocks() {
                let text = block.text();
                let mut template_words = 0;
                for range in template::template_ranges(text, prompts) {
                    let part = &text[range];
                    template_words += word_count(part);
                    answer.left_over.push(part);
                    answer.left_over_places.extend(block.document().place(part));
                }
                answer.left_over_words += template_words;
                answer
                    .blocks
                    .push((block, block.word_count().saturating_sub(template_words)));
            }
        }
        answer
    }

    fn id(&self) -> &'a str {
        &self.criterion.id
    }

    /// Its text without headings of criteria and left-over text of the template.
    fn text(&self) -> &Text<'a> {
        self.text.get_or_init(|| {
            let mut pieces = Vec::with_capacity(self.blocks.len());
            let mut left_over = self.left_over.iter().peekable();
            for (block, _) in &self.blocks {
                let mut rest = block.text();
                // Left-over text was collected in the order of the blocks.
                while let Some((before, after)) =
                    left_over.peek().and_then(|part| around(rest, part))
                {
                    pieces.push(before);
                    rest = after;
                    left_over.next();
                }
                pieces.push(rest);
            }
            Text::new(pieces)
        })
    }

    /// Where a slice of its text stands.
    fn place(&self, part: &str) -> Option<wit::Place> {
        let mut documents = self.sections.iter().map(|section| section.document());
        documents.find_map(|document| document.place(part))
    }

    /// Words as the host counted them, without those of the template.
    fn own_words(&self) -> u32 {
        let words: u32 = self
            .sections
            .iter()
            .map(|section| section.word_count())
            .sum();
        words.saturating_sub(self.left_over_words)
    }
}

/// What stands before and after `part` in `text`; `None` if it is no slice of it.
fn around<'a>(text: &'a str, part: &str) -> Option<(&'a str, &'a str)> {
    let start = (part.as_ptr() as usize).checked_sub(text.as_ptr() as usize)?;
    Some((text.get(..start)?, text.get(start + part.len()..)?))
}

/// A unit and texts for the tests of the checks.
#[cfg(test)]
mod sample {
    use crate::describe::{criterion, document_slot, field, outcome, unit, words};
    use crate::{testing, wit};

    pub(super) fn test_unit() -> wit::Unit {
        unit("test", "1.0.0", "1", "Test")
            .words(words(20, Some((10, 30)), "acme"))
            .outcome(
                outcome("1", "One")
                    .criterion(
                        criterion("1.1", &["describe"], "Describe the thing")
                            .words(words(10, None, "centre"))
                            .prompts(&[
                                "What is it?",
                                "Why is it that people have been doing this for so long?",
                            ]),
                    )
                    .criterion(criterion("1.2", &["identify"], "Identify the parts")),
            )
            .slot(document_slot("assignment", "Assignment", ""))
            .setting(
                field("least", "Least", "whole-number"),
                5.0,
                "heuristic",
                "free",
            )
            .setting(
                field("list_share", "Share", "number"),
                0.6,
                "heuristic",
                "free",
            )
            .setting(
                field("list_line_words", "Short", "whole-number"),
                6.0,
                "heuristic",
                "free",
            )
            .setting(
                field("list_item_words", "Long", "whole-number"),
                25.0,
                "heuristic",
                "free",
            )
    }

    /// The findings of one check as `criterion status`.
    pub(super) fn statuses(findings: &[wit::Finding]) -> Vec<String> {
        let shown = |finding: &wit::Finding| {
            format!(
                "{} {}",
                finding.criterion.as_deref().unwrap_or("-"),
                finding.status
            )
        };
        findings.iter().map(shown).collect()
    }

    pub(super) fn given(text: &str) -> wit::Evidence {
        testing::evidence_from_text(&test_unit(), "assignment", text)
    }
}
