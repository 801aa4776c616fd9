//! Personal data of other people: places to look at before anything is handed in.

use std::collections::BTreeMap;
use std::ops::Range;

use super::Checks;
use crate::lexicon::Text;
use crate::lexicon::english::MONTHS;
use crate::reader::part;
use crate::text::counted;
use crate::{Block, Document, Status, finding, wit};

/// Letters that UK postcodes begin with (Royal Mail's postcode areas).
const POSTCODE_AREAS: &str = "AB AL B BA BB BD BH BL BN BR BS BT CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT DY E EC EH EN EX FK FY G GL GU GY HA HD HG HP HR HS HU HX IG IM IP IV JE KA KT KW KY L LA LD LE LL LN LS LU M ME MK ML N NE NG NN NP NR NW OL OX PA PE PH PL PO PR RG RH RM S SA SE SG SK SL SM SN SO SP SR SS ST SW SY TA TD TF TN TQ TR TS TW UB W WA WC WD WF WN WR WS WV YO ZE";
/// Letters that the second half of a postcode never holds.
const NOT_IN_A_POSTCODE: &str = "CIKMOV";
/// Letters that a National Insurance number never begins with.
const NOT_FIRST_IN_NI: &str = "DFIQUV";

/// What [`Checks::personal_data`] needs to tell names from other words. All in
/// lower case but the titles.
#[derive(Clone, Copy, Debug)]
pub struct PersonalRule<'a> {
    /// `Mr`, `Mrs`, `Dr`: a title and a name are a name.
    pub titles: &'a [&'a str],
    /// Given names that are common where the unit is taught.
    pub given_names: &'a [&'a str],
    /// Terms for people in a role: `my mentee` and a name are a name.
    pub roles: &'a [&'a str],
    /// Words besides months that are written with a capital and are no names.
    pub no_names: &'a [&'a str],
    /// Surnames of authors, who may be named.
    pub authors: &'a [&'a str],
}

/// A kind of personal data: how one and how many are called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Email,
    Telephone,
    Postcode,
    NationalInsurance,
    Name,
}

impl Kind {
    fn nouns(self) -> (&'static str, &'static str) {
        match self {
            Self::Email => ("e-mail address", "e-mail addresses"),
            Self::Telephone => ("telephone number", "telephone numbers"),
            Self::Postcode => ("postcode", "postcodes"),
            Self::NationalInsurance => ("National Insurance number", "National Insurance numbers"),
            Self::Name => ("likely name", "likely names"),
        }
    }
}

impl Checks<'_> {
    /// E-mail addresses, telephone numbers, postcodes, National Insurance numbers
    /// and likely names (rule `personal-data`), one finding for each kind in
    /// each answer. What was found is never repeated; the places show it. Names
    /// on the first page, in references and in page headers are left out.
    pub fn personal_data(&self, rule: &PersonalRule<'_>) -> Vec<wit::Finding> {
        let mut found: BTreeMap<(Kind, Option<&str>), Vec<wit::Place>> = BTreeMap::new();
        for document in self.evidence.documents() {
            for (kind, part) in in_document(document, rule) {
                if let Some(place) = document.place(part) {
                    let criterion = self.criterion_at(document, &place);
                    found.entry((kind, criterion)).or_default().push(place);
                }
            }
        }
        for slot in &self.unit.slots {
            for table in self.evidence.tables(&slot.id) {
                let texts = table
                    .inner()
                    .columns
                    .iter()
                    .filter(|column| column.numbers.is_empty());
                for column in texts {
                    let cells = || column.cells.split('\n');
                    let others = cells()
                        .enumerate()
                        .flat_map(|(row, cell)| found_in(cell).map(move |(kind, _)| (kind, row)));
                    let text = Text::new(cells());
                    let names = names_in(&text, rule, &Text::default()).into_iter();
                    let names = names.map(|name| (Kind::Name, text.piece(name.start)));
                    for (kind, row) in others.chain(names) {
                        let start = u32::try_from(row).unwrap_or(u32::MAX);
                        found.entry((kind, None)).or_default().push(wit::Place {
                            slot: slot.id.clone(),
                            item: table.inner().item,
                            start,
                            end: start.saturating_add(1),
                            column: (!column.id.is_empty()).then(|| column.id.clone()),
                        });
                    }
                }
            }
        }
        if found.is_empty() {
            return vec![finding(
                "personal-data",
                Status::Info,
                "We found no e-mail addresses, telephone numbers, postcodes or likely names.",
            )];
        }
        let report = |((kind, criterion), places): ((Kind, Option<&str>), Vec<wit::Place>)| {
            let number = u32::try_from(places.len()).unwrap_or(u32::MAX);
            let (one, many) = kind.nouns();
            let what = counted(number, one, many);
            let place = criterion.map_or(String::from("the evidence"), |id| format!("AC {id}"));
            let (it, its) = if number == 1 {
                ("it", "its")
            } else {
                ("them", "their")
            };
            let mut report = finding(
                "personal-data",
                Status::Look,
                format!("We found {what} in {place}. Please check that nobody can be recognised."),
            )
            .learner(format!(
                "We found {what} in {place}. You could take {it} out, or write a code such as “Client A” in {its} place, so that nobody can be recognised."
            ))
            .counted(f64::from(number), Some(0.0), many)
            .text("kind", one);
            if let Some(id) = criterion {
                report = report.criterion(id);
            }
            places.into_iter().fold(report, wit::Finding::at)
        };
        found.into_iter().map(report).collect()
    }

    /// The criterion whose answer holds the place.
    fn criterion_at(&self, document: Document<'_>, place: &wit::Place) -> Option<&str> {
        let section = document.sections().find(|section| {
            let whole = section.place();
            section.criterion().is_some() && whole.start <= place.start && place.end <= whole.end
        })?;
        let mut ids = self.unit.criteria().map(|criterion| criterion.id.as_str());
        ids.find(|id| Some(*id) == section.criterion())
    }
}

fn in_document<'a>(document: Document<'a>, rule: &PersonalRule<'_>) -> Vec<(Kind, &'a str)> {
    let mut found: Vec<(Kind, &str)> = document
        .blocks()
        .flat_map(|block| found_in(block.text()))
        .collect();
    // Names that belong: the learner's and the centre's, and those of authors.
    let (mut known, mut left_out) = (Vec::new(), Vec::new());
    // Where no heading was found, the whole text counts as the front.
    let has_answers = document
        .sections()
        .any(|section| section.criterion().is_some());
    for section in document.sections() {
        let kind = section.inner().kind.as_str();
        if matches!(kind, "references" | "declaration") || (kind == "front" && has_answers) {
            known.extend(section.blocks().map(Block::text));
            left_out.push(section.inner().start..section.inner().end);
        }
    }
    let known = Text::new(known);
    let blocks = (0..).zip(document.blocks()).filter(|(index, block)| {
        block.part() != part::HEADER && !left_out.iter().any(|range| range.contains(index))
    });
    let text = Text::new(blocks.map(|(_, block)| block.text()));
    let names = names_in(&text, rule, &known).into_iter();
    found.extend(names.map(|name| (Kind::Name, text.part(name))));
    found
}

/// Everything but names.
fn found_in(text: &str) -> impl Iterator<Item = (Kind, &str)> {
    // All others hold a digit, which most texts do not.
    let digits = text.bytes().any(|byte| byte.is_ascii_digit());
    let with_digits = || numbers(text).chain(postcodes(text).map(|part| (Kind::Postcode, part)));
    emails(text)
        .map(|part| (Kind::Email, part))
        .chain(digits.then(with_digits).into_iter().flatten())
}

fn emails(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices('@').filter_map(|(at, _)| {
        let is_local = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '+');
        let before = text[..at].trim_end_matches(is_local).len();
        let after = &text[at + 1..];
        let host = after
            .find(|c: char| !(c.is_alphanumeric() || matches!(c, '.' | '-')))
            .unwrap_or(after.len());
        let host = after[..host].trim_end_matches(['.', '-']);
        (before < at && host.contains('.')).then(|| &text[before..=at + host.len()])
    })
}

/// Telephone and National Insurance numbers.
fn numbers(text: &str) -> impl Iterator<Item = (Kind, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let start =
                at + text[at..].find(|c: char| c.is_ascii_digit() || c == '+' || c == '(')?;
            let run = text[start..]
                .find(|c: char| {
                    !(c.is_ascii_digit() || matches!(c, '+' | '(' | ')' | ' ' | '-' | '\u{a0}'))
                })
                .unwrap_or(text.len() - start);
            let part = text[start..start + run].trim_end_matches(|c: char| !c.is_ascii_digit());
            at = start + run.max(1);
            let digits: String = part.chars().filter(char::is_ascii_digit).collect();
            let inside_word = text[..start].ends_with(char::is_alphanumeric);
            let national = match digits.strip_prefix("44") {
                Some(rest) if part.contains('+') => rest.trim_start_matches('0').len() + 1,
                _ if digits.starts_with("0044") => digits.len() - 3,
                _ if digits.starts_with('0') => digits.len(),
                _ => 0,
            };
            let real = digits.bytes().any(|digit| digit != b'0');
            if matches!(national, 10 | 11) && !inside_word && real {
                return Some((Kind::Telephone, part));
            }
            if digits.len() == 6
                && let Some(whole) = national_insurance(text, start, start + part.len())
            {
                return Some((Kind::NationalInsurance, whole));
            }
        }
    })
}

/// Two letters before the six digits and one after them: `QQ 12 34 56 C`.
fn national_insurance(text: &str, start: usize, end: usize) -> Option<&str> {
    let before = text[..start].trim_end();
    let mut letters = before.char_indices().rev();
    let (_, second) = letters.next()?;
    let (from, first) = letters.next()?;
    let after = text[end..].trim_start();
    let suffix = after.chars().next()?;
    let alone = !before[..from].ends_with(char::is_alphanumeric)
        && !after[suffix.len_utf8()..].starts_with(char::is_alphanumeric);
    let valid = first.is_ascii_uppercase()
        && second.is_ascii_uppercase()
        && !NOT_FIRST_IN_NI.contains(first)
        && !NOT_FIRST_IN_NI.contains(second)
        && second != 'O'
        && ('A'..='D').contains(&suffix);
    (alone && valid).then(|| &text[from..=text.len() - after.len()])
}

fn postcodes(text: &str) -> impl Iterator<Item = &str> {
    let starts = text.char_indices().filter(|&(at, character)| {
        character.is_ascii_uppercase() && !text[..at].ends_with(char::is_alphanumeric)
    });
    starts.filter_map(|(start, _)| {
        let rest = &text[start..];
        let area = rest.bytes().take_while(u8::is_ascii_uppercase).count();
        let district = rest[area..]
            .bytes()
            .take_while(u8::is_ascii_alphanumeric)
            .count();
        let known = || {
            POSTCODE_AREAS
                .split(' ')
                .any(|known| known == &rest[..area])
        };
        let outward = &rest[..area + district];
        // Written without a space, the second half belongs to the same run.
        let (outward, gap) = if district > 3 && outward.is_char_boundary(outward.len() - 3) {
            (&outward[..outward.len() - 3], 0)
        } else {
            (
                outward,
                usize::from(rest[outward.len()..].starts_with([' ', '\u{a0}'])),
            )
        };
        let gap_bytes = if gap == 1 {
            rest[outward.len()..].chars().next()?.len_utf8()
        } else {
            0
        };
        let inward = rest
            .get(outward.len() + gap_bytes..outward.len() + gap_bytes + 3)?
            .as_bytes();
        let end = outward.len() + gap_bytes + 3;
        let half = &outward.as_bytes()[area..];
        let valid = (1..=2).contains(&half.len())
            && half[0].is_ascii_digit()
            && (half.len() == 1 || half[1].is_ascii_digit() || half[1].is_ascii_uppercase())
            && inward[0].is_ascii_digit()
            && inward[1..].iter().all(|&letter| {
                letter.is_ascii_uppercase() && !NOT_IN_A_POSTCODE.contains(char::from(letter))
            })
            && known();
        (valid && !rest[end..].starts_with(char::is_alphanumeric)).then(|| &rest[..end])
    })
}

/// Likely names: a title and a name, a common given name and a surname, a role
/// and a name, two names and a role. `known` holds names that belong. Each is
/// the range of its words.
fn names_in(text: &Text<'_>, rule: &PersonalRule<'_>, known: &Text<'_>) -> Vec<Range<usize>> {
    let adjacent = |index: usize| {
        // Only white space or a full stop after a title between the two words.
        let (left, right) = (text.part(index..index + 1), text.part(index + 1..index + 2));
        let between = (right.as_ptr() as usize).checked_sub(left.as_ptr() as usize + left.len());
        text.piece(index) == text.piece(index + 1) && between.is_some_and(|bytes| bytes <= 2)
    };
    let follows = |index: usize| {
        index + 1 < text.len()
            && adjacent(index)
            && text.sentence(index) == text.sentence(index + 1)
    };
    let is_name = |index: usize| {
        let source = text.part(index..index + 1);
        let mut letters = source.chars();
        letters.next().is_some_and(char::is_uppercase)
            && letters.next().is_some_and(char::is_lowercase)
            && !rule.no_names.contains(&text.word(index))
            && !MONTHS.contains(&text.word(index))
            && !rule.authors.contains(&text.word(index))
    };
    // The run of names from `start`, joined by "ap", "van" and their like.
    let run = move |start: usize| {
        let mut end = start;
        while end < text.len() && end < start + 4 && (end == start || follows(end - 1)) {
            let joins = matches!(
                text.word(end),
                "ap" | "ab" | "ferch" | "van" | "de" | "bin" | "binti" | "al"
            ) && end > start
                && follows(end)
                && is_name(end + 1);
            if !is_name(end) && !joins {
                break;
            }
            end += 1;
        }
        start..end
    };
    let given = |index: usize| rule.given_names.contains(&text.word(index));
    let mut found: Vec<Range<usize>> = Vec::new();
    for index in 0..text.len() {
        let titled =
            rule.titles.contains(&text.part(index..index + 1)) && follows_title(text, index);
        if titled && index + 1 < text.len() && is_name(index + 1) {
            found.push(index..run(index + 1).end);
        }
        if is_name(index) && run(index).len() > 1 && given(index) {
            found.push(run(index));
        }
    }
    for role in text.hits(rule.roles) {
        // A role with a capital is a heading or a title such as "Mentor Skills".
        let after = role.words.end;
        let lower = role.part.starts_with(char::is_lowercase);
        let mut name = after;
        if name < text.len() && matches!(text.word(name), "called" | "named" | "is" | "was") {
            name += 1;
        }
        let same = name < text.len()
            && text.sentence(name) == role.sentence
            && text.piece(name) == text.piece(after - 1);
        if lower && same && is_name(name) {
            let names = run(name);
            if names.len() > 1 || given(name) || (name == after && follows(after - 1)) {
                found.push(names);
            }
        }
    }
    found.sort_by_key(|range| (range.start, std::cmp::Reverse(range.end)));
    let mut end = 0;
    found.retain(|range| {
        let free = range.start >= end;
        if free {
            end = range.end;
        }
        free
    });
    found.retain(|name| known.is_empty() || known.hits(&[text.part(name.clone())]).is_empty());
    found
}

/// Whether the word after a title stands right behind it, with or without a full stop.
fn follows_title(text: &Text<'_>, index: usize) -> bool {
    index + 1 < text.len()
        && text.piece(index) == text.piece(index + 1)
        && text.sentence(index) == text.sentence(index + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lexicon::mentoring::PERSONAL_DATA;

    fn parts(text: &str) -> Vec<(Kind, &str)> {
        found_in(text).collect()
    }

    #[test]
    fn addresses_and_numbers() {
        for (text, expected) in [
            (
                "Write to a.b-c@example.org, please.",
                vec![(Kind::Email, "a.b-c@example.org")],
            ),
            (
                "Call 01632 960 417 or (01632) 960417.",
                vec![
                    (Kind::Telephone, "01632 960 417"),
                    (Kind::Telephone, "(01632) 960417"),
                ],
            ),
            (
                "+44 7700 900123 or 0044 1632 960001",
                vec![
                    (Kind::Telephone, "+44 7700 900123"),
                    (Kind::Telephone, "0044 1632 960001"),
                ],
            ),
            (
                "He lives in LL57 2DG, she in SW1A1AA.",
                vec![(Kind::Postcode, "LL57 2DG"), (Kind::Postcode, "SW1A1AA")],
            ),
            (
                "NI number AB 12 34 56 C, AB123456D.",
                vec![
                    (Kind::NationalInsurance, "AB 12 34 56 C"),
                    (Kind::NationalInsurance, "AB123456D"),
                ],
            ),
            (
                "Centre 000000, AC 1.1, 10 July 2026, 2026-07-10, 01/02/2026.",
                vec![],
            ),
            (
                "@home, 12 @ 3, a@b, unit 8577-304, D3.05, 0.5 1234567890",
                vec![],
            ),
            (
                "Room B12 3rd floor, page A4 2CV, XX1 1AA, 60 of 100",
                vec![],
            ),
        ] {
            assert_eq!(parts(text), expected, "{text}");
        }
    }

    #[test]
    fn likely_names() {
        let names = |text: &'static str| {
            let text = Text::new([text]);
            let found = names_in(&text, &PERSONAL_DATA, &Text::default()).into_iter();
            found.map(|name| text.part(name)).collect::<Vec<_>>()
        };
        for (text, expected) in [
            ("My mentee Jane Smith wanted to lead.", vec!["Jane Smith"]),
            (
                "I met Mr. Jones and Mrs Patel-Roe.",
                vec!["Mr. Jones", "Mrs Patel-Roe"],
            ),
            (
                "My first mentee, called Siân, and Rhys ap Gwilym came.",
                vec!["Siân", "Rhys ap Gwilym"],
            ),
            (
                "I asked my line manager Zyta Kowalska about it.",
                vec!["Zyta Kowalska"],
            ),
            ("My mentee is Tomasz.", vec!["Tomasz"]),
            (
                "Client A met Mentee B and the Line Manager in Human Resources.",
                vec![],
            ),
            (
                "David Clutterbuck and Honey and Mumford wrote about it.",
                vec![],
            ),
            (
                "On Monday my mentee Monday plan changed; the mentor in June will mark it.",
                vec![],
            ),
            (
                "Mentee Development and Mentor Skills at Calderfold Bakery",
                vec![],
            ),
            ("I will ask. Mark the page, then Grant leave.", vec![]),
        ] {
            assert_eq!(names(text), expected, "{text}");
        }
    }

    #[test]
    fn names_that_belong_are_left_out() {
        let known = Text::new(["Candidate name: Jane Smith"]);
        let text = Text::new(["I, Jane Smith, met Mary Jones."]);
        let found = names_in(&text, &PERSONAL_DATA, &known).into_iter();
        let found: Vec<&str> = found.map(|name| text.part(name)).collect();
        assert_eq!(found, ["Mary Jones"]);
    }
}
