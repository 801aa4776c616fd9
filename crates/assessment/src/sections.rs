//! Finding which part of a document answers which criterion, by its headings.
//!
//! A section runs from a criterion's heading to the next criterion's heading,
//! outcome's heading, reference list, appendix or declaration. Headings are
//! recognised by number (`AC 1.1`, `1.1.`, `A.C. 1.1:`, `LO1 AC1`, `Task 1.1`,
//! `II.3`) or by wording, whether the file marks them as headings, they only
//! look like it, or neither. A cell of a table is a heading like any other. The
//! rules are our heuristic after what learners' files show. People correct the
//! result with [`PartMark`]s, which stand beside what was found.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::evidence::{Document, Section, block, style};
use crate::people::Role;
use crate::unit::Unit;

/// A heading has at most this many words; the longest criterion has 25.
const LONGEST_HEADING: u32 = 45;
/// How alike a heading without a number must be to a criterion's wording.
const ALIKE: f64 = 0.8;
/// How alike the rest of a numbered line must be where nothing else marks it as a heading.
const SOMEWHAT_ALIKE: f64 = 0.4;

/// Words that may stand before a criterion's number.
const PREFIXES: [&str; 10] = [
    "assessment criterion",
    "assessment criteria",
    "criterion",
    "criteria",
    "question",
    "answer",
    "task",
    "a.c.",
    "ac",
    "q",
];
/// So many headings one right after another are a list of contents, if each
/// stands again further down.
const HEADINGS_OF_A_CONTENTS_LIST: usize = 3;
/// A number alone in a cell is a heading where the next cell has so many words.
const WORDS_OF_AN_ANSWER_CELL: u32 = 5;
/// What a person says about a block: what begins there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartMark {
    /// The block.
    pub block: u32,
    /// What begins there.
    pub begins: Begins,
    /// As what the person says so.
    pub by: Role,
}

/// What begins at a block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Begins {
    /// The answer to these criteria.
    Answer(Vec<String>),
    /// Something that answers no criterion.
    NoAnswer,
    /// Nothing: the part before goes on.
    Nothing,
}

/// What a block announces.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Mark {
    block: usize,
    kind: &'static str,
    id: String,
    found_by: &'static str,
    /// Whether it is a lettered part of a criterion, such as `1.1b`.
    lettered: bool,
    /// Whether the block is the part's heading, which belongs to no count.
    heading: bool,
}

/// A criterion's number at the start of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Number<'a> {
    id: String,
    /// Whether a word such as "AC" stood before it.
    prefixed: bool,
    lettered: bool,
    /// What follows.
    rest: &'a str,
}

/// The sections of a document, in its order. Blocks before the first heading
/// that was recognised are a section of the kind `front`.
pub fn find(unit: &Unit, document: &Document) -> Vec<Section> {
    find_with(unit, document, &[])
}

/// The same with what people say about its blocks. Of two marks on one block
/// the later in the list counts. Where one part answers several criteria, there
/// is a section for each.
pub fn find_with(unit: &Unit, document: &Document, said: &[PartMark]) -> Vec<Section> {
    let index = Index::of(unit);
    let body = document
        .read
        .part
        .iter()
        .take_while(|&&part| part == 0)
        .count();
    let mut marks: Vec<Mark> = (0..body)
        .filter_map(|at| index.mark(document, at))
        .collect();
    drop_contents_list(&mut marks);
    // "1.1b" goes on with "1.1a".
    marks.dedup_by(|later, earlier| {
        later.lettered && later.kind == earlier.kind && later.id == earlier.id
    });
    for one in said {
        let at = one.block as usize;
        if at >= document.len() {
            continue;
        }
        let heading = index.mark(document, at).is_some() || looks_like_heading(document, at);
        marks.retain(|mark| mark.block != at);
        marks.extend(one.marks(heading));
    }
    marks.sort_by_key(|mark| mark.block);

    let mut sections = Vec::new();
    let first = marks.first().map_or(body, |mark| mark.block).min(body);
    if first > 0 {
        sections.push(section(document, "front", "", None, 0, first, "order"));
    }
    // From the end, so that each knows where the next begins. The body ends
    // before notes and text boxes, whoever marks something in those.
    let (mut next, mut after) = (document.len(), Vec::new());
    for (at, mark) in marks.iter().enumerate().rev() {
        let edge = if mark.block < body {
            body
        } else {
            document.len()
        };
        if let Some(following) = marks.get(at + 1)
            && following.block > mark.block
        {
            next = following.block;
        }
        let start = mark.block + usize::from(mark.heading);
        after.push(section(
            document,
            mark.kind,
            &mark.id,
            mark.heading.then_some(mark.block),
            start,
            next.min(edge).max(start),
            mark.found_by,
        ));
    }
    sections.extend(after.into_iter().rev());
    drop_contents_lines(&mut sections);
    sections
}

/// Takes out headings that stand in a list of contents.
fn drop_contents_list(marks: &mut Vec<Mark>) {
    let mut at = 0;
    while at < marks.len() {
        let run = marks[at..]
            .windows(2)
            .take_while(|pair| pair[1].block == pair[0].block + 1)
            .count()
            + 1;
        let stands_again = |mark: &Mark| {
            let mut later = marks[at + run..].iter();
            later.any(|other| (other.kind, &other.id) == (mark.kind, &mark.id))
        };
        if run >= HEADINGS_OF_A_CONTENTS_LIST && marks[at..at + run].iter().all(stands_again) {
            marks.drain(at..at + run);
        } else {
            at += run;
        }
    }
}

impl PartMark {
    /// What the sections are cut by.
    fn marks(&self, heading: bool) -> Vec<Mark> {
        let mark = |kind, id: &str| Mark {
            block: self.block as usize,
            kind,
            id: id.to_owned(),
            found_by: self.by.word(),
            lettered: false,
            heading,
        };
        match &self.begins {
            Begins::Answer(criteria) => criteria.iter().map(|id| mark("criterion", id)).collect(),
            Begins::NoAnswer => vec![mark("other", "")],
            Begins::Nothing => Vec::new(),
        }
    }
}

/// Whether a block that a person marked is the heading of the part, and not
/// its first paragraph.
fn looks_like_heading(document: &Document, at: usize) -> bool {
    let looks = document.read.style[at];
    matches!(document.read.kind[at], block::HEADING | block::TITLE)
        || (document.words[at] <= LONGEST_HEADING
            && looks & (style::BOLD | style::UNDERLINED | style::CAPITALS | style::LARGER) != 0)
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
        if is_contents_line(text) {
            return None;
        }
        // The file's own numbering may hold the number, or the learner typed it.
        let number = leading_number(text).or_else(|| {
            let label = leading_number(document.label(at))?;
            Some(Number {
                rest: text,
                ..label
            })
        });
        let rest = number.as_ref().map_or(text, |number| number.rest);
        let prefixed = number.as_ref().is_some_and(|number| number.prefixed);
        let lettered = number.as_ref().is_some_and(|number| number.lettered);
        let words = fold(without_marks(rest));
        let words = words.as_slice();
        let mark = |kind, id: &str, found_by| {
            Some(Mark {
                block: at,
                kind,
                id: id.to_owned(),
                found_by,
                lettered,
                heading: true,
            })
        };

        if let Some((id, headings)) = number
            .as_ref()
            .and_then(|number| self.criteria.iter().find(|(id, _)| *id == number.id))
        {
            let likeness = headings
                .iter()
                .map(|(_, heading)| alike(heading, words))
                .fold(0.0, f64::max);
            let bare = words.is_empty();
            if likeness >= SOMEWHAT_ALIKE
                || (prefixed && (marked || bare))
                || (marked && (bare || kind == block::HEADING))
                || (bare && is_question_cell(document, at))
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
                    .map(move |(by, heading)| (alike(heading, without_task(words)), *id, *by))
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
            return mark("outcome", &id, "number");
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

/// A criterion's number at the start of a line.
fn leading_number(text: &str) -> Option<Number<'_>> {
    let rest = text.trim_start_matches(|c: char| {
        c.is_whitespace() || matches!(c, '(' | '[' | '•' | '*' | '#' | '-')
    });
    if let Some(number) = outcome_and_criterion(rest) {
        return Some(number);
    }
    let after = PREFIXES
        .iter()
        .find_map(|prefix| after_prefix(rest, prefix));
    let (prefixed, rest) = after.map_or((false, rest), |after| (true, after));
    let (major, tail) = numeral(rest)?;
    let tail = tail.strip_prefix(['.', ','])?.trim_start();
    let (minor, tail) = numeral(tail)?;
    // One that is spelt in Roman numerals alone may as well be "I.v.".
    let roman = !rest.starts_with(|c: char| c.is_ascii_digit());
    if roman && !prefixed && !rest.starts_with(|c: char| c.is_ascii_uppercase()) {
        return None;
    }
    number(major, minor, prefixed, tail)
}

/// `LO1 AC1`, `LO 1, AC 1.1`, `Outcome 1 Criterion 2`.
fn outcome_and_criterion(text: &str) -> Option<Number<'_>> {
    let after = ["learning outcome", "outcome", "lo"]
        .iter()
        .find_map(|prefix| after_prefix(text, prefix))?;
    let (major, tail) = numeral(after)?;
    let tail = tail.trim_start_matches(|c: char| !c.is_alphanumeric());
    let after = PREFIXES
        .iter()
        .find_map(|prefix| after_prefix(tail, prefix))?;
    let (first, tail) = numeral(after)?;
    let second = tail.strip_prefix('.').and_then(numeral);
    match second {
        Some((minor, tail)) => number(first, minor, true, tail),
        None => number(major, first, true, tail),
    }
}

/// What follows the word `prefix`, if a numeral does.
fn after_prefix<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let head = text.get(..prefix.len())?;
    let tail = text[prefix.len()..]
        .trim_start_matches(|c: char| c.is_whitespace() || matches!(c, ':' | '.' | '-'));
    let parted = tail.len() < text.len() - prefix.len();
    let follows =
        tail.starts_with(|c: char| c.is_ascii_digit()) || (parted && numeral(tail).is_some());
    (head.eq_ignore_ascii_case(prefix) && follows).then_some(tail)
}

/// A number of one or two digits, or a Roman one up to XII, and what follows.
fn numeral(text: &str) -> Option<(u32, &str)> {
    const ROMAN: [&str; 12] = [
        "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii",
    ];
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    if end > 0 {
        return (end <= 2).then(|| Some((text[..end].parse().ok()?, &text[end..])))?;
    }
    let end = text
        .find(|c: char| !c.is_alphanumeric())
        .unwrap_or(text.len());
    let value = (1..)
        .zip(ROMAN)
        .find(|(_, roman)| text[..end].eq_ignore_ascii_case(roman))?;
    Some((value.0, &text[end..]))
}

fn number(major: u32, minor: u32, prefixed: bool, tail: &str) -> Option<Number<'_>> {
    let mut letters = tail.chars();
    let lettered = letters.next().is_some_and(|c| c.is_ascii_lowercase())
        && !letters.next().is_some_and(char::is_alphanumeric);
    let tail = if lettered { &tail[1..] } else { tail };
    // "1.10 pounds" or "1.1.2" is another number; "1.1," and "1.1)" are not.
    let followed = tail.strip_prefix('.').unwrap_or(tail);
    if followed.starts_with(|c: char| c.is_ascii_digit() || c == '%') {
        return None;
    }
    let rest = followed.trim_start_matches(|c: char| {
        c.is_whitespace() || matches!(c, ')' | ']' | ':' | '-' | '–' | '—' | '.' | '|')
    });
    Some(Number {
        id: format!("{major}.{minor}"),
        prefixed,
        lettered,
        rest,
    })
}

/// A line that ends with dots or a tab and the number of a page.
fn is_contents_line(text: &str) -> bool {
    let text = text.trim_end();
    let before = text.trim_end_matches(|c: char| c.is_ascii_digit());
    let leader = before.trim_end_matches(' ');
    before.len() < text.len()
        && (leader.ends_with('\t') || leader.ends_with("..") || leader.ends_with('…'))
}

/// A cell whose neighbour holds an answer.
fn is_question_cell(document: &Document, at: usize) -> bool {
    let is_cell = |at: usize| document.read.kind.get(at) == Some(&block::TABLE_CELL);
    is_cell(at) && is_cell(at + 1) && document.words[at + 1] >= WORDS_OF_AN_ANSWER_CELL
}

/// "Task 3: Explain …" without what stands before the wording.
fn without_task(words: &[String]) -> &[String] {
    let is_task = words
        .first()
        .is_some_and(|word| matches!(word.as_str(), "task" | "question" | "q" | "answer"));
    let numbered = words
        .get(1)
        .is_some_and(|word| word.chars().all(|c| c.is_ascii_digit()));
    if is_task && numbered {
        &words[2..]
    } else {
        words
    }
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

/// The number of a heading that is nothing but "Section 2" or "Learning Outcome II".
fn bare_outcome(words: &[String]) -> Option<String> {
    let (number, before) = words.split_last()?;
    let number = number.strip_prefix("lo").unwrap_or(number);
    let named = before.iter().all(|word| {
        matches!(
            word.as_str(),
            "learning" | "outcome" | "section" | "part" | "lo"
        )
    });
    let has_name = !before.is_empty() || words[0].starts_with("lo");
    let (number, rest) = numeral(number)?;
    (named && has_name && rest.is_empty()).then(|| number.to_string())
}

/// Words in lower case without punctuation.
pub fn fold(text: &str) -> Vec<String> {
    words(text).map(str::to_lowercase).collect()
}

/// Whether [`fold`] makes these words of the text; it makes none to see.
pub(crate) fn folds_to(text: &str, folded: &[String]) -> bool {
    let lower =
        |word: &str, folded: &String| word.chars().flat_map(char::to_lowercase).eq(folded.chars());
    let mut folded = folded.iter();
    words(text).all(|word| folded.next().is_some_and(|folded| lower(word, folded)))
        && folded.next().is_none()
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '’')
        .map(|word| word.trim_matches(['\'', '’']))
        .filter(|word| !word.is_empty())
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
            ("Criterion 1.1 – Describe", "1.1", true, "Describe"),
            ("Task 1.1: Describe", "1.1", true, "Describe"),
            ("Question 2.1", "2.1", true, ""),
            ("Q1.2 Explain", "1.2", true, "Explain"),
            ("LO1 AC1 Describe", "1.1", true, "Describe"),
            ("LO 2, AC 2.3 – Explain", "2.3", true, "Explain"),
            ("Learning Outcome 1 / Criterion 4", "1.4", true, ""),
            ("1.1 Describe", "1.1", false, "Describe"),
            ("1.1. Describe", "1.1", false, "Describe"),
            ("1.1) Describe", "1.1", false, "Describe"),
            ("1.1a) Describe", "1.1", false, "Describe"),
            ("1.1 | Describe", "1.1", false, "Describe"),
            ("(1.1) Describe", "1.1", false, "Describe"),
            ("2,4 Identify", "2.4", false, "Identify"),
            ("II.3 Explain", "2.3", false, "Explain"),
            ("AC ii.iv Identify", "2.4", true, "Identify"),
            ("LO I AC II Explain", "1.2", true, "Explain"),
        ] {
            let found = leading_number(line).map(|found| (found.id, found.prefixed, found.rest));
            assert_eq!(found, Some((number.to_owned(), prefixed, rest)), "{line}");
        }
        for line in [
            "1.1.2 Something",
            "Describe 1.1",
            "According to 1.1",
            "1.",
            "100.1",
            "1.1% of staff",
            "Accounts 1.1",
            "I.e. this",
            "i.v. drips",
            "LO1 Understand",
            "Active 1",
            "Task 1",
            "Quality 1.1",
        ] {
            assert_eq!(leading_number(line), None, "{line}");
        }
    }

    #[test]
    fn lines_of_a_contents_list_are_known_by_their_page() {
        for (line, is_one) in [
            ("1.1 Describe the plan\t3", true),
            ("1.1 Describe the plan ....... 12", true),
            ("1.1 Describe the plan … 3", true),
            ("1.1 Describe the plan 3", false),
            ("1.1", false),
        ] {
            assert_eq!(is_contents_line(line), is_one, "{line}");
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
