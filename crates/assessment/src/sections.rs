//! Finding which part of a document answers which criterion, by its headings.
//!
//! A section runs from a criterion's heading to the next criterion's heading,
//! outcome's heading, reference list, appendix or declaration. Headings are
//! recognised by number (`AC 1.1`, `1.1.`, `A.C. 1.1:`) or by wording, whether
//! the file marks them as headings, they only look like it, or neither. The
//! rules are our heuristic after what learners' files show; people can correct
//! the result.

use std::collections::BTreeSet;

use crate::evidence::{Document, Section, block, style};
use crate::unit::Unit;

/// A heading has at most this many words; the longest criterion has 25.
const LONGEST_HEADING: u32 = 45;
/// How alike a heading without a number must be to a criterion's wording.
const ALIKE: f64 = 0.8;
/// How alike the rest of a numbered line must be where nothing else marks it as a heading.
const SOMEWHAT_ALIKE: f64 = 0.4;

/// What a block announces.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Mark {
    block: usize,
    kind: &'static str,
    id: String,
    found_by: &'static str,
}

/// The sections of a document, in its order. Blocks before the first heading
/// that was recognised are a section of the kind `front`.
pub fn find(unit: &Unit, document: &Document) -> Vec<Section> {
    let index = Index::of(unit);
    let body = document
        .read
        .part
        .iter()
        .take_while(|&&part| part == 0)
        .count();
    let marks: Vec<Mark> = (0..body)
        .filter_map(|at| index.mark(document, at))
        .collect();

    let mut sections = Vec::new();
    let first = marks.first().map_or(body, |mark| mark.block);
    if first > 0 {
        sections.push(section(document, "front", "", None, 0, first, "order"));
    }
    for (at, mark) in marks.iter().enumerate() {
        let end = marks.get(at + 1).map_or(body, |next| next.block);
        sections.push(section(
            document,
            mark.kind,
            &mark.id,
            Some(mark.block),
            mark.block + 1,
            end,
            mark.found_by,
        ));
    }
    drop_contents_lines(&mut sections);
    sections
}

/// A table of contents names each criterion too. A criterion's section without
/// any block does not count where the same criterion has text elsewhere.
fn drop_contents_lines(sections: &mut Vec<Section>) {
    let answered: BTreeSet<String> = sections
        .iter()
        .filter(|section| section.kind == "criterion" && section.end > section.start)
        .map(|section| section.id.clone())
        .collect();
    sections.retain(|section| {
        section.kind != "criterion"
            || section.end > section.start
            || !answered.contains(&section.id)
    });
}

fn section(
    document: &Document,
    kind: &str,
    id: &str,
    heading: Option<usize>,
    start: usize,
    end: usize,
    found_by: &str,
) -> Section {
    let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    Section {
        kind: kind.to_owned(),
        id: id.to_owned(),
        heading: heading.map(small),
        start: small(start),
        end: small(end),
        words: document.words[start..end].iter().sum(),
        found_by: found_by.to_owned(),
    }
}

/// How a heading of a criterion is found, and its words.
type CriterionHeading = (&'static str, Vec<String>);

/// The unit's headings, folded once.
struct Index<'a> {
    criteria: Vec<(&'a str, Vec<CriterionHeading>)>,
    outcomes: Vec<(&'a str, Vec<Vec<String>>)>,
    declarations: Vec<Vec<String>>,
}

impl<'a> Index<'a> {
    fn of(unit: &'a Unit) -> Self {
        let criteria = unit
            .criteria()
            .map(|criterion| {
                let mut headings = vec![("wording", fold(&criterion.wording))];
                headings.extend(criterion.aliases.iter().map(|alias| ("alias", fold(alias))));
                (criterion.id.as_str(), headings)
            })
            .collect();
        let outcomes = unit
            .outcomes
            .iter()
            .map(|outcome| {
                let headings = std::iter::once(&outcome.title).chain(&outcome.aliases);
                (
                    outcome.id.as_str(),
                    headings.map(|heading| fold(heading)).collect(),
                )
            })
            .collect();
        let statements = unit
            .slots
            .iter()
            .map(|slot| &slot.statement)
            .filter(|statement| !statement.is_empty());
        Self {
            criteria,
            outcomes,
            declarations: statements.map(|statement| fold(statement)).collect(),
        }
    }

    fn mark(&self, document: &Document, at: usize) -> Option<Mark> {
        let kind = document.read.kind[at];
        if document.words[at] == 0 && document.label(at).is_empty() {
            return None;
        }
        if document.words[at] > LONGEST_HEADING {
            return None;
        }
        let text = document.block(at);
        let looks = document.read.style[at];
        let marked = matches!(kind, block::HEADING | block::TITLE)
            || looks & (style::BOLD | style::UNDERLINED | style::CAPITALS | style::LARGER) != 0;
        let mark = |kind, id: &str, found_by| {
            Some(Mark {
                block: at,
                kind,
                id: id.to_owned(),
                found_by,
            })
        };

        // The file's own numbering may hold the number, or the learner typed it.
        let (number, prefixed, rest) = leading_number(text)
            .or_else(|| {
                leading_number(document.label(at))
                    .map(|(number, prefixed, _)| (number, prefixed, text))
            })
            .map_or((None, false, text), |(number, prefixed, rest)| {
                (Some(number), prefixed, rest)
            });
        let words = fold(without_marks(rest));
        let words = words.as_slice();

        if let Some((id, headings)) = number
            .as_deref()
            .and_then(|number| self.criteria.iter().find(|(id, _)| *id == number))
        {
            let likeness = headings
                .iter()
                .map(|(_, heading)| alike(heading, words))
                .fold(0.0, f64::max);
            let bare = words.is_empty();
            if likeness >= SOMEWHAT_ALIKE
                || (prefixed && (marked || bare))
                || (marked && (bare || kind == block::HEADING))
            {
                return mark("criterion", id, "number");
            }
        }
        if kind == block::LIST_ITEM && !marked {
            return None;
        }
        let best = self
            .criteria
            .iter()
            .flat_map(|(id, headings)| {
                headings
                    .iter()
                    .map(move |(by, heading)| (alike(heading, words), *id, *by))
            })
            .max_by(|a, b| a.0.total_cmp(&b.0));
        if let Some((likeness, id, by)) = best
            && likeness >= ALIKE
            && number.is_none()
        {
            return mark("criterion", id, by);
        }
        let outcome = self.outcomes.iter().find(|(_, headings)| {
            headings
                .iter()
                .any(|heading| alike(heading, &without_outcome_prefix(words)) >= ALIKE)
        });
        if let Some((id, _)) = outcome {
            return mark("outcome", id, "wording");
        }
        if marked
            && let Some(id) = bare_outcome(words)
            && self.outcomes.iter().any(|(known, _)| *known == id)
        {
            return mark("outcome", id, "number");
        }
        if self.is_declaration(words, marked) {
            return mark("declaration", "", "wording");
        }
        if is_references(words) {
            return mark("references", "", "wording");
        }
        if marked
            && words
                .first()
                .is_some_and(|word| word == "appendix" || word == "appendices")
        {
            return mark("other", "", "wording");
        }
        None
    }

    fn is_declaration(&self, words: &[String], marked: bool) -> bool {
        let text = words.join(" ");
        (marked && (text == "declaration" || text == "declaration of authenticity"))
            || text.contains("this assignment is my own work")
            || text.contains("this is my own work")
            || self
                .declarations
                .iter()
                .any(|statement| alike(statement, words) >= ALIKE)
    }
}

fn is_references(words: &[String]) -> bool {
    matches!(
        words.join(" ").as_str(),
        "references"
            | "reference"
            | "reference list"
            | "list of references"
            | "bibliography"
            | "references and bibliography"
            | "sources"
            | "works cited"
            | "cyfeiriadau"
            | "llyfryddiaeth"
    )
}

/// A criterion's number at the start of a line, whether a word such as "AC"
/// stood before it, and what follows.
fn leading_number(text: &str) -> Option<(String, bool, &str)> {
    let mut rest = text.trim_start_matches(|c: char| {
        c.is_whitespace() || matches!(c, '(' | '[' | '•' | '*' | '#' | '-')
    });
    let mut prefixed = false;
    for prefix in [
        "assessment criterion",
        "assessment criteria",
        "criterion",
        "criteria",
        "a.c.",
        "ac",
    ] {
        if let Some(head) = rest.get(..prefix.len())
            && head.eq_ignore_ascii_case(prefix)
        {
            let tail = rest[prefix.len()..]
                .trim_start_matches(|c: char| c.is_whitespace() || matches!(c, ':' | '.' | '-'));
            if tail.starts_with(|c: char| c.is_ascii_digit()) {
                rest = tail;
                prefixed = true;
                break;
            }
        }
    }
    let major = digits(rest)?;
    let tail = rest[major.len()..].strip_prefix(['.', ','])?;
    let tail = tail.trim_start();
    let minor = digits(tail)?;
    let tail = &tail[minor.len()..];
    // "1.10 pounds" or "1.1.2" is another number; "1.1," and "1.1)" are not.
    let followed = tail.strip_prefix('.').unwrap_or(tail);
    if followed.starts_with(|c: char| c.is_ascii_digit() || c == '%') {
        return None;
    }
    let rest = followed.trim_start_matches(|c: char| {
        c.is_whitespace() || matches!(c, ')' | ']' | ':' | '-' | '–' | '—' | '.')
    });
    Some((format!("{major}.{minor}"), prefixed, rest))
}

fn digits(text: &str) -> Option<&str> {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    (1..=2).contains(&end).then(|| &text[..end])
}

/// A template's heading may end with its word guidance: "(400 words – 16 marks)".
fn without_marks(text: &str) -> &str {
    let trimmed = text.trim_end();
    match trimmed.rfind('(') {
        Some(open)
            if trimmed.ends_with(')') && trimmed[open..].chars().any(|c| c.is_ascii_digit()) =>
        {
            &trimmed[..open]
        }
        _ => trimmed,
    }
}

/// "Learning Outcome / Section 1: Understand …" without what stands before the title.
fn without_outcome_prefix(words: &[String]) -> Vec<String> {
    let skip = words
        .iter()
        .take_while(|word| {
            matches!(
                word.as_str(),
                "learning" | "outcome" | "section" | "lo" | "part" | "unit"
            ) || word.chars().all(|c| c.is_ascii_digit())
                || word
                    .strip_prefix("lo")
                    .is_some_and(|number| number.chars().all(|c| c.is_ascii_digit()))
        })
        .count();
    words[skip..].to_vec()
}

/// The number of a heading that is nothing but "Section 2" or "Learning Outcome 2".
fn bare_outcome(words: &[String]) -> Option<&str> {
    let (number, before) = words.split_last()?;
    let number = number.strip_prefix("lo").unwrap_or(number);
    let named = before.iter().all(|word| {
        matches!(
            word.as_str(),
            "learning" | "outcome" | "section" | "part" | "lo"
        )
    });
    let has_name = !before.is_empty() || words[0].starts_with("lo");
    (named && has_name && number.chars().all(|c| c.is_ascii_digit())).then_some(number)
}

/// Words in lower case without punctuation.
pub fn fold(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '’')
        .map(|word| word.trim_matches(['\'', '’']).to_lowercase())
        .filter(|word| !word.is_empty())
        .collect()
}

/// Dice's coefficient of two word lists, from 0 to 1, each word counted as often as it stands.
fn alike(a: &[String], b: &[String]) -> f64 {
    if a.is_empty() || b.is_empty() {
        return 0.0;
    }
    let mut left: Vec<&String> = b.iter().collect();
    let shared = a
        .iter()
        .filter(|word| {
            left.iter()
                .position(|other| other == word)
                .is_some_and(|at| {
                    left.swap_remove(at);
                    true
                })
        })
        .count();
    #[expect(
        clippy::cast_precision_loss,
        reason = "a heading has a few dozen words"
    )]
    let likeness = 2.0 * shared as f64 / (a.len() + b.len()) as f64;
    likeness
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_all_the_ways_people_write_them() {
        for (line, number, prefixed, rest) in [
            ("AC 1.1 Describe", "1.1", true, "Describe"),
            ("AC1.1: Describe", "1.1", true, "Describe"),
            ("A.C. 2.3 – Explain", "2.3", true, "Explain"),
            ("Assessment criterion 2.4", "2.4", true, ""),
            ("1.1 Describe", "1.1", false, "Describe"),
            ("1.1. Describe", "1.1", false, "Describe"),
            ("1.1) Describe", "1.1", false, "Describe"),
            ("(1.1) Describe", "1.1", false, "Describe"),
            ("2,4 Identify", "2.4", false, "Identify"),
        ] {
            assert_eq!(
                leading_number(line),
                Some((number.to_owned(), prefixed, rest)),
                "{line}"
            );
        }
        for line in [
            "1.1.2 Something",
            "Describe 1.1",
            "According to 1.1",
            "1.",
            "100.1",
            "1.1% of staff",
            "Accounts 1.1",
        ] {
            assert_eq!(leading_number(line), None, "{line}");
        }
    }

    #[test]
    fn word_guidance_after_a_heading_is_no_part_of_it() {
        assert_eq!(
            without_marks("Explain why (200 words – 8 marks)"),
            "Explain why "
        );
        assert_eq!(
            without_marks("Explain tools (including diagnostic tools)"),
            "Explain tools (including diagnostic tools)"
        );
    }
}
