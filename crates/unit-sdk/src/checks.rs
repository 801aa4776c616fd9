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

use std::cmp::Reverse;
use std::ops::Range;

use crate::reader::kind;
use crate::text::{Folded, counted, with_commas, word_count};
use crate::wit;
use crate::{Block, Evidence, Section, Status, finding};

/// Verbs that ask for connected prose, where a bare list is worth a look.
const PROSE_VERBS: [&str; 2] = ["describe", "explain"];
/// A shorter prompt counts only where a block begins with it, since learners
/// may well use such few words in a sentence of their own.
const LETTERS_OF_A_LONG_PROMPT: usize = 40;
/// First words that give a bracketed text away as a placeholder.
const PLACEHOLDER_VERBS: [&str; 11] = [
    "add", "click", "complete", "delete", "enter", "insert", "put", "replace", "type", "write",
    "your",
];
/// What word processors put into an empty field.
const FIELD_PLACEHOLDERS: [&str; 3] = [
    "click or tap here to enter text",
    "click here to enter text",
    "choose an item",
];
/// Longest placeholder in words; longer brackets are the learner's own.
const WORDS_OF_A_PLACEHOLDER: u32 = 12;

/// What [`Checks::merely_listed`] takes for a list. Each threshold is the id of a setting.
#[derive(Clone, Copy, Debug)]
pub struct ListRule<'a> {
    /// Share of a section's words, from 0 to 1, above which it is worth a look.
    pub share: &'a str,
    /// A line of at most so many words looks like a list item.
    pub short_line: &'a str,
    /// A list item of more words than this is taken for prose.
    pub long_item: &'a str,
}

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
}

impl<'a> Checks<'a> {
    /// Reads the evidence: which sections answer which criterion, and how many
    /// of their words are the template's.
    pub fn new(evidence: Evidence<'a>, unit: &'a wit::Unit, context: &'a wit::Context) -> Self {
        let prompts = folded_prompts(unit);
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

    /// Whether each criterion has its section (rule `section-found`).
    pub fn section_found(&self) -> Vec<wit::Finding> {
        let mut findings = Vec::new();
        for answer in &self.answers {
            let id = answer.id();
            let sections = answer.sections.len();
            let report = match answer.sections.as_slice() {
                [] => self.missing(id),
                [only] if only.mapped_by_people() => {
                    found(format!("AC {id} was mapped to its text by hand."), id)
                }
                [_] => found(format!("AC {id} has a section under its heading."), id),
                _ if has_duplicate(&answer.sections) => finding(
                    "section-found",
                    Status::Look,
                    format!(
                        "AC {id} has {sections} sections. Please look which of them answers it."
                    ),
                )
                .learner(format!(
                    "We found {sections} headings for AC {id}. If that is a slip, keep one of them."
                )),
                _ => found(format!("AC {id} is answered in {sections} places."), id),
            };
            let places = answer.sections.iter().map(|section| section.place());
            findings.push(places.fold(report.criterion(id), wit::Finding::at));
        }
        findings
    }

    /// Whether the sections stand in the unit's order (rule `order`). Nothing
    /// where fewer than two sections have headings.
    pub fn order(&self) -> Vec<wit::Finding> {
        let rank = |id: &str| {
            self.unit
                .criteria()
                .position(|criterion| criterion.id == id)
        };
        let mut seen = 0;
        let mut late = Vec::new();
        for document in self.evidence.documents() {
            let mut furthest: Option<(usize, &str)> = None;
            for section in document
                .sections()
                .filter(|section| !section.mapped_by_people())
            {
                let Some((id, rank)) = section.criterion().and_then(|id| Some((id, rank(id)?)))
                else {
                    continue;
                };
                seen += 1;
                match furthest {
                    Some((before, before_id)) if rank < before => {
                        late.push((id, before_id, section.place()));
                    }
                    _ => furthest = Some((rank, id)),
                }
            }
        }
        if seen < 2 {
            return Vec::new();
        }
        if late.is_empty() {
            return vec![finding(
                "order",
                Status::Found,
                "The sections stand in the unit's order.",
            )];
        }
        let report = |(id, before, place): (&str, &str, wit::Place)| {
            finding("order", Status::Look, format!("AC {id} stands after AC {before}."))
                .criterion(id)
                .learner(format!(
                    "AC {id} comes after AC {before} in your work. You may leave it so; your assessor has been told."
                ))
                .at(place)
        };
        late.into_iter().map(report).collect()
    }

    /// Words of each section against the guidance on length (rule `section-words`).
    ///
    /// Left-over template text is not counted. The target is the setting
    /// `words_` with the criterion's id, else the unit's own guidance.
    pub fn section_words(&self) -> Vec<wit::Finding> {
        let mut findings = Vec::new();
        for answer in &self.answers {
            let Some(first) = answer.sections.first() else {
                continue;
            };
            let id = answer.id();
            let words = answer.own_words();
            let setting = format!("words_{id}");
            let target = self.context.number(&setting);
            let guidance = answer.criterion.words.as_ref();
            let wanted = target.or(guidance.map(|guidance| f64::from(guidance.nominal)));
            let source = match self.context.setting(&setting) {
                Some(setting) => &setting.source,
                None => guidance.map_or("heuristic", |guidance| &guidance.source),
            };
            let about = wanted.map_or(String::new(), |wanted| {
                format!(" The guidance is about {wanted}.")
            });
            let words_shown = counted(words, "word", "words");
            let mut report = finding(
                "section-words",
                Status::Info,
                format!(
                    "AC {id} has {words_shown}.{about}{}",
                    not_counted(answer.left_over_words)
                ),
            )
            .learner(format!(
                "We counted {words_shown} for AC {id}.{about} Length is only a guide."
            ))
            .criterion(id)
            .source(source)
            .counted(f64::from(words), wanted, "words")
            .at(first.place());
            if target.is_some() {
                report = report.setting(&setting);
            }
            if answer.left_over_words > 0 {
                report = report.number("template_words", f64::from(answer.left_over_words));
            }
            findings.push(report);
        }
        findings
    }

    /// Sections with hardly any words of the learner's own (rule `section-empty`):
    /// fewer than the setting `least_words`.
    pub fn section_empty(&self, least_words: &str) -> Vec<wit::Finding> {
        let least = self.context.number(least_words).unwrap_or(0.0);
        let mut findings = Vec::new();
        for answer in &self.answers {
            let words = answer.own_words();
            let Some(first) = answer.sections.first().filter(|_| f64::from(words) < least) else {
                continue;
            };
            let id = answer.id();
            let (assessor, learner) = if words == 0 {
                (
                    format!("AC {id} has a heading and no text of the learner's own below it."),
                    format!("We found the heading of AC {id}, but no answer below it."),
                )
            } else {
                let words = counted(words, "word", "words");
                (
                    format!("AC {id} has only {words}."),
                    format!("We found the heading of AC {id}, but only {words} below it."),
                )
            };
            let assessor = assessor + &not_counted(answer.left_over_words);
            let report = finding("section-empty", Status::Look, assessor).learner(learner);
            findings.push(
                report
                    .criterion(id)
                    .counted(f64::from(words), Some(least), "words")
                    .setting(least_words)
                    .at(first.place()),
            );
        }
        findings
    }

    /// Questions of the template and placeholders that were left in
    /// (rule `left-over-prompts`), one finding for each criterion that has some.
    pub fn left_over_prompts(&self) -> Vec<wit::Finding> {
        let mut findings = Vec::new();
        for answer in &self.answers {
            if answer.left_over.is_empty() {
                continue;
            }
            let id = answer.id();
            let number = u32::try_from(answer.left_over.len()).unwrap_or(u32::MAX);
            let texts = counted(number, "text", "texts");
            let report = finding(
                "left-over-prompts",
                Status::Look,
                format!(
                    "AC {id} still has {texts} of the template ({}). The word count leaves them out.",
                    counted(answer.left_over_words, "word", "words"),
                ),
            )
            .learner(format!(
                "AC {id} still has {texts} of the template. You can take them out; we do not count their words."
            ))
            .criterion(id)
            .counted(f64::from(number), Some(0.0), "texts")
            .texts("texts", answer.left_over.iter().map(|text| (*text).to_owned()));
            let places = answer.left_over_places.iter().cloned();
            findings.push(places.fold(report, wit::Finding::at));
        }
        findings
    }

    /// Sections that are mostly a list where the verb asks for prose
    /// (rule `merely-listed`).
    pub fn merely_listed(&self, rule: ListRule<'_>) -> Vec<wit::Finding> {
        let wanted = self.context.number(rule.share).unwrap_or(1.0);
        let short_line = self.context.number(rule.short_line).unwrap_or(0.0);
        let long_item = self.context.number(rule.long_item).unwrap_or(f64::MAX);
        let mut findings = Vec::new();
        for answer in &self.answers {
            let verbs = &answer.criterion.verbs;
            let Some(verb) = verbs
                .iter()
                .find(|verb| PROSE_VERBS.contains(&verb.as_str()))
            else {
                continue;
            };
            let is_listed = |(block, words): &&(Block<'_>, u32)| {
                let item = block.is_list_item() || begins_with_list_mark(block.text());
                let words = f64::from(*words);
                words > 0.0 && (words <= short_line || (item && words <= long_item))
            };
            // A heading inside a section is a short line and no list.
            let prose = || {
                answer
                    .blocks
                    .iter()
                    .filter(|(block, _)| block.kind() != kind::HEADING)
            };
            let all: u32 = prose().map(|(_, words)| words).sum();
            let listed: u32 = prose().filter(is_listed).map(|(_, words)| words).sum();
            let share = f64::from(listed) / f64::from(all.max(1));
            if share <= wanted {
                continue;
            }
            let (id, percent) = (answer.id(), (share * 100.0).round());
            let report = finding(
                "merely-listed",
                Status::Look,
                format!(
                    "AC {id} is mostly a list: {percent} % of its words stand in list items or very short lines. The verb is “{verb}”."
                ),
            )
            .learner(format!(
                "AC {id} is mostly a list. The task asks you to {verb}: for each point, say in a sentence or two how or why."
            ))
            .criterion(id)
            .counted(share, Some(wanted), "share of words")
            .setting(rule.share);
            let places = prose().filter(is_listed).map(|(block, _)| block.place());
            findings.push(places.fold(report, wit::Finding::at));
        }
        findings
    }

    /// Words of all sections together against the guidance for the whole
    /// submission (rule `total-words`).
    pub fn total_words(&self) -> Vec<wit::Finding> {
        let words: u32 = self.answers.iter().map(Answer::own_words).sum();
        let left_out: u32 = self
            .answers
            .iter()
            .map(|answer| answer.left_over_words)
            .sum();
        let guidance = self.unit.words.as_ref();
        let about = guidance.map_or(String::new(), |guidance| {
            match (guidance.low, guidance.high) {
                (Some(low), Some(high)) => format!(
                    " Between {} and {} are suggested; other lengths cost nothing.",
                    with_commas(low),
                    with_commas(high)
                ),
                _ => format!(" About {} are suggested.", with_commas(guidance.nominal)),
            }
        });
        let total = counted(words, "word", "words");
        let report = finding(
            "total-words",
            Status::Info,
            format!(
                "The sections have {total} in all. Headings, references and the declaration are not counted.{about}{}",
                not_counted(left_out)
            ),
        )
        .learner(format!("We counted {total} in all.{about}"))
        .source(guidance.map_or("heuristic", |guidance| &guidance.source))
        .counted(
            f64::from(words),
            guidance.map(|guidance| f64::from(guidance.nominal)),
            "words",
        );
        vec![report]
    }

    fn missing(&self, id: &str) -> wit::Finding {
        let serves = |slot: &&wit::Slot| {
            let for_criterion =
                slot.criteria.is_empty() || slot.criteria.iter().any(|served| served == id);
            slot.kind == "document" && for_criterion
        };
        let slots = self.unit.slots.iter().filter(serves);
        let states: Vec<&str> = slots.map(|slot| self.evidence.state(&slot.id)).collect();
        if states
            .iter()
            .any(|state| !matches!(*state, "given" | "empty" | "waived"))
        {
            let message = format!(
                "No section for AC {id} was found, and some of the files could not be read. Please look in the files."
            );
            return finding("section-found", Status::Look, message);
        }
        if states.contains(&"waived") {
            let message = format!("AC {id} is shown by other evidence that was agreed.");
            return finding("section-found", Status::NotApplicable, message);
        }
        finding(
            "section-found",
            Status::NotFound,
            format!("No heading for AC {id} was found. Its text may stand under another heading."),
        )
        .learner(format!(
            "We could not find a heading for AC {id}. If your answer is there, start its heading with “AC {id}”."
        ))
    }
}

impl<'a> Answer<'a> {
    fn new(evidence: Evidence<'a>, criterion: &'a wit::Criterion, prompts: &[Folded]) -> Self {
        let mut answer = Self {
            criterion,
            sections: evidence.sections(&criterion.id).collect(),
            blocks: Vec::new(),
            left_over: Vec::new(),
            left_over_places: Vec::new(),
            left_over_words: 0,
        };
        for section in answer.sections.clone() {
            for block in section.blocks() {
                let text = block.text();
                let mut template_words = 0;
                for range in template_ranges(text, prompts) {
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

fn found(message: String, id: &str) -> wit::Finding {
    finding("section-found", Status::Found, message)
        .learner(format!("We found your answer to AC {id}."))
}

/// The unit's prompts, the longest first, so that one which begins another does not hide it.
fn folded_prompts(unit: &wit::Unit) -> Vec<Folded> {
    let outcomes = unit.outcomes.iter().flat_map(|outcome| &outcome.prompts);
    let criteria = unit.criteria().flat_map(|criterion| &criterion.prompts);
    let mut folded: Vec<Folded> = outcomes
        .chain(criteria)
        .map(|prompt| Folded::new(prompt))
        .collect();
    folded.retain(|prompt| !prompt.is_empty());
    folded.sort_by_key(|prompt| Reverse(prompt.as_str().len()));
    folded
}

/// Template text in one block: prompts one after another at its beginning, long
/// prompts and bracketed placeholders anywhere.
fn template_ranges(text: &str, prompts: &[Folded]) -> Vec<Range<usize>> {
    let folded = Folded::new(text);
    let mut ranges = placeholders(text, &folded);
    let mut at = 0;
    while let Some((range, after)) = prompts
        .iter()
        .find_map(|prompt| folded.match_at(prompt, text, at))
    {
        ranges.push(range);
        at = after;
    }
    let long = prompts
        .iter()
        .filter(|prompt| prompt.as_str().len() >= LETTERS_OF_A_LONG_PROMPT);
    ranges.extend(long.flat_map(|prompt| folded.matches(prompt, text)));
    ranges.sort_by_key(|range| (range.start, Reverse(range.end)));
    let mut end = 0;
    ranges.retain(|range| {
        let free = range.start >= end;
        if free {
            end = range.end;
        }
        free
    });
    ranges
}

fn not_counted(left_out: u32) -> String {
    if left_out == 0 {
        return String::new();
    }
    format!(
        " {} of the template are not counted.",
        counted(left_out, "word", "words")
    )
}

/// Several headings for one criterion in one document. Several files, or text
/// that people mapped, are no slip.
fn has_duplicate(sections: &[Section<'_>]) -> bool {
    let mut seen = Vec::new();
    for section in sections
        .iter()
        .filter(|section| !section.mapped_by_people())
    {
        let document = section.document();
        let key = (document.slot(), document.inner().item);
        if seen.contains(&key) {
            return true;
        }
        seen.push(key);
    }
    false
}

/// `- `, `• `, `* `, `1. `, `a) ` and their like, typed by hand.
fn begins_with_list_mark(text: &str) -> bool {
    let Some((first, rest)) = text.trim_start().split_once([' ', '\t']) else {
        return false;
    };
    if rest.trim().is_empty() {
        return false;
    }
    if matches!(
        first,
        "-" | "–" | "—" | "•" | "*" | "o" | "·" | "▪" | "‣" | "►" | "→" | "✓" | "✔"
    ) {
        return true;
    }
    let numbered = first
        .strip_suffix(['.', ')'])
        .map(|number| number.trim_start_matches('('));
    numbered.is_some_and(|number| {
        let digits = !number.is_empty()
            && number.len() <= 3
            && number.bytes().all(|byte| byte.is_ascii_digit());
        let letter = number.len() == 1 && number.bytes().all(|byte| byte.is_ascii_lowercase());
        let roman =
            (1..=4).contains(&number.len()) && number.bytes().all(|byte| b"ivx".contains(&byte));
        digits || letter || roman
    })
}

/// Bracketed texts that ask to be replaced: `[Type your answer here]`, `<insert date>`.
fn placeholders(text: &str, folded: &Folded) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for placeholder in FIELD_PLACEHOLDERS {
        if folded.as_str() == Folded::new(placeholder).as_str() {
            found.push(0..text.len());
        }
    }
    for (open, close) in [('[', ']'), ('<', '>'), ('{', '}')] {
        let mut from = 0;
        while let Some(start) = text[from..].find(open).map(|at| from + at) {
            let Some(end) = text[start..]
                .find(close)
                .map(|at| start + at + close.len_utf8())
            else {
                break;
            };
            let inside = text[start + 1..end - 1].trim();
            let first = inside
                .split_whitespace()
                .next()
                .unwrap_or("")
                .to_lowercase();
            if PLACEHOLDER_VERBS.contains(&first.as_str())
                && word_count(inside) <= WORDS_OF_A_PLACEHOLDER
            {
                found.push(start..end);
            }
            from = end;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::describe::{criterion, document_slot, field, outcome, unit, words};
    use crate::testing;

    const RULE: ListRule<'_> = ListRule {
        share: "list_share",
        short_line: "list_line_words",
        long_item: "list_item_words",
    };

    fn test_unit() -> wit::Unit {
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
    fn statuses(findings: &[wit::Finding]) -> Vec<String> {
        let shown = |finding: &wit::Finding| {
            format!(
                "{} {}",
                finding.criterion.as_deref().unwrap_or("-"),
                finding.status
            )
        };
        findings.iter().map(shown).collect()
    }

    fn given(text: &str) -> wit::Evidence {
        testing::evidence_from_text(&test_unit(), "assignment", text)
    }

    #[test]
    fn sections_are_found_missing_or_duplicate() {
        let unit = test_unit();
        let context = testing::context(&unit);
        let evidence = given("AC 1.1 Describe the thing\nIt is.\nAC 1.1 again\nIt was.");
        let findings = Checks::new(Evidence::new(&evidence), &unit, &context).section_found();
        assert_eq!(statuses(&findings), ["1.1 look", "1.2 not-found"]);
        assert_eq!(findings[0].places.len(), 2);
        let learner = findings[1].learner_message.as_deref().unwrap_or("");
        assert!(
            learner.starts_with("We could not find a heading for AC 1.2."),
            "{learner}"
        );
    }

    #[test]
    fn unreadable_and_waived_evidence_is_not_reported_as_missing() {
        let unit = test_unit();
        let context = testing::context(&unit);
        for (state, expected) in [
            ("unreadable", "1.1 look"),
            ("from-a-later-version", "1.1 look"),
            ("waived", "1.1 not-applicable"),
            ("empty", "1.1 not-found"),
        ] {
            let mut evidence = given("");
            evidence.slots[0].state = state.into();
            let findings = Checks::new(Evidence::new(&evidence), &unit, &context).section_found();
            assert_eq!(statuses(&findings)[0], expected, "{state}");
        }
    }

    #[test]
    fn order_is_by_headings_only() {
        let unit = test_unit();
        let context = testing::context(&unit);
        let mut evidence =
            given("AC 1.2 Identify the parts\nOne.\nAC 1.1 Describe the thing\nTwo.");
        assert_eq!(
            statuses(&Checks::new(Evidence::new(&evidence), &unit, &context).order()),
            ["1.1 look"]
        );
        evidence.documents[0].sections[0].found_by = "assessor".into();
        assert!(
            Checks::new(Evidence::new(&evidence), &unit, &context)
                .order()
                .is_empty()
        );
        let evidence = given("AC 1.1 Describe the thing\nTwo.\nAC 1.2 Identify the parts\nOne.");
        assert_eq!(
            statuses(&Checks::new(Evidence::new(&evidence), &unit, &context).order()),
            ["- found"]
        );
    }

    #[test]
    fn prompts_are_found_in_other_case_and_punctuation_and_not_counted() {
        let unit = test_unit();
        let context = testing::context(&unit);
        let text = "AC 1.1 Describe the thing\n\
            WHAT IS IT - It is a thing, and I ask myself what is it good for.\n\
            First: why is it that people have been doing this for so long. They have to.\n\
            [Type your answer here] [see page 2]";
        let evidence = given(text);
        let findings = Checks::new(Evidence::new(&evidence), &unit, &context).left_over_prompts();
        assert_eq!(statuses(&findings), ["1.1 look"]);
        let found: Vec<&str> = findings[0]
            .places
            .iter()
            .map(|place| &evidence.documents[0].text[place.start as usize..place.end as usize])
            .collect();
        assert_eq!(
            found,
            [
                "WHAT IS IT",
                "why is it that people have been doing this for so long",
                "[Type your answer here]",
            ]
        );
        let words = Checks::new(Evidence::new(&evidence), &unit, &context).section_words();
        let measure = words[0].measure.as_ref().expect("words are counted");
        assert_eq!((measure.counted, measure.wanted), (21.0, Some(10.0)));
        assert_eq!(words[0].source, "centre");
    }

    #[test]
    fn a_centre_may_set_the_target() {
        let mut unit = test_unit();
        unit = unit.setting(
            field("words_1.2", "Words", "whole-number"),
            50.0,
            "centre",
            "free",
        );
        let evidence = given("AC 1.2 Identify the parts\nOne and two.");
        let findings =
            Checks::new(Evidence::new(&evidence), &unit, &testing::context(&unit)).section_words();
        let measure = findings[0].measure.as_ref().expect("words are counted");
        assert_eq!(
            (measure.wanted, measure.setting.as_deref()),
            (Some(50.0), Some("words_1.2"))
        );
    }

    #[test]
    fn nearly_empty_sections_are_worth_a_look() {
        let unit = test_unit();
        let context = testing::context(&unit);
        let evidence = given(
            "AC 1.1 Describe the thing\nWhat is it?\nAC 1.2 Identify the parts\nOne two three four five.",
        );
        let findings =
            Checks::new(Evidence::new(&evidence), &unit, &context).section_empty("least");
        assert_eq!(statuses(&findings), ["1.1 look"]);
        assert!(findings[0].message.contains("no text of the learner's own"));
        let evidence = given("AC 1.2 Identify the parts\nOne two three four.");
        let findings =
            Checks::new(Evidence::new(&evidence), &unit, &context).section_empty("least");
        assert_eq!(findings[0].message, "AC 1.2 has only 4 words.");
    }

    #[test]
    fn lists_are_worth_a_look_only_where_prose_is_asked_for() {
        let unit = test_unit();
        let context = testing::context(&unit);
        let check = |text: &str| {
            let evidence = given(text);
            statuses(&Checks::new(Evidence::new(&evidence), &unit, &context).merely_listed(RULE))
        };
        let item = "• It is safe because everyone who works there knows the way out and has walked it with a colleague at least once in the last year.";
        assert_eq!(
            check("AC 1.1 Describe the thing\n• A door\n• A lock"),
            ["1.1 look"]
        );
        assert_eq!(
            check("AC 1.1 Describe the thing\n1. A door of wood and iron with a lock\n2. A lock"),
            ["1.1 look"]
        );
        assert_eq!(
            check("AC 1.1 Describe the thing\nA door\nA lock"),
            ["1.1 look"]
        );
        assert!(check(&format!("AC 1.1 Describe the thing\n{item}\n{item}")).is_empty());
        assert!(check("AC 1.1 Describe the thing\nA door is what one opens before one goes through.\n• A lock").is_empty());
        assert!(check("AC 1.2 Identify the parts\n• A door\n• A lock").is_empty());
        assert!(check("AC 1.1 Describe the thing").is_empty());
    }

    #[test]
    fn the_total_is_the_sum_of_the_sections() {
        let unit = test_unit();
        let context = testing::context(&unit);
        let evidence = given(
            "Front page words\nAC 1.1 Describe the thing\nOne two.\nAC 1.2 Identify the parts\nThree.\nReferences\nA book.",
        );
        let findings = Checks::new(Evidence::new(&evidence), &unit, &context).total_words();
        let measure = findings[0].measure.as_ref().expect("words are counted");
        assert_eq!((measure.counted, measure.wanted), (3.0, Some(20.0)));
        assert!(findings[0].message.contains("Between 10 and 30"));
        assert_eq!(findings[0].source, "acme");
    }
}
