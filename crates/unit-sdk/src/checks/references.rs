//! Citations against the list of references.

use super::Checks;
use super::components::as_number;
use crate::lexicon::Text;
use crate::lexicon::english::MONTHS;
use crate::reader::part;
use crate::text::counted;
use crate::{Block, Status, finding, wit};

/// Words besides months that stand before a year without being an author.
const NO_AUTHORS: [&str; 12] = [
    "spring", "summer", "autumn", "winter", "in", "since", "from", "until", "by", "during",
    "before", "after",
];
/// Longest text in brackets that is a citation, in bytes.
const LONGEST_CITATION: usize = 120;

/// A citation such as `(EMCC, 2021)` or `Clutterbuck (2014)`.
struct Citation<'a> {
    author: &'a str,
    part: &'a str,
}

impl Checks<'_> {
    /// Whether citations have a list of references with their authors, and a
    /// list has citations (rule `references`). For information only. Footnotes
    /// and endnotes count as a list.
    pub fn references(&self) -> Vec<wit::Finding> {
        let mut citations = Vec::new();
        for answer in &self.answers {
            for (block, _) in &answer.blocks {
                let found = citations_in(block.text());
                citations.extend(found.map(|citation| (block.document(), citation)));
            }
        }
        let mut list = Vec::new();
        let mut places = Vec::new();
        for document in self.evidence.documents() {
            for section in document
                .sections()
                .filter(|section| section.inner().kind == "references")
            {
                list.extend(section.blocks().map(Block::text));
                places.push(section.place());
            }
            let notes = document.blocks().filter(|block| block.part() == part::NOTE);
            list.extend(notes.map(Block::text));
        }
        let entries = Text::new(list.iter().copied());
        let unlisted: Vec<_> = citations
            .iter()
            .filter(|(_, citation)| entries.hits(&[citation.author]).is_empty())
            .collect();
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let cited = counted(number(citations.len()), "citation", "citations");
        let report = match (citations.is_empty(), entries.is_empty()) {
            (true, true) => finding(
                "references",
                Status::Info,
                "We found no citations and no list of references.",
            ),
            (true, false) => finding(
                "references",
                Status::Info,
                "There is a list of references. We could not find citations in the answers.",
            )
            .learner("We found your list of references and could not find citations in your answers. You could say where you used each source, such as “(Author, 2020)”."),
            (false, true) => finding(
                "references",
                Status::Info,
                format!("We found {cited} and could not find a list of references."),
            )
            .learner(format!("We found {cited} and could not find a list of references. You could add one at the end, under the heading “References”.")),
            (false, false) if unlisted.is_empty() => finding(
                "references",
                Status::Found,
                format!("The list of references names the authors of all citations ({cited})."),
            )
            .learner("We found the authors that you cite in your list of references."),
            (false, false) => {
                let missing = counted(number(unlisted.len()), "citation", "citations");
                finding(
                    "references",
                    Status::Info,
                    format!("We found {cited}. We could not find the author of {missing} in the list of references."),
                )
                .learner(format!("We could not find the author of {missing} in your list of references. You could add the source there."))
            }
        };
        let listed = as_number(citations.len() - unlisted.len());
        let report = report.counted(listed, Some(as_number(citations.len())), "citations");
        if unlisted.is_empty() {
            let cited = citations
                .iter()
                .filter_map(|(document, citation)| document.place(citation.part));
            places.extend(cited);
        } else {
            places = unlisted
                .iter()
                .filter_map(|(document, citation)| document.place(citation.part))
                .collect();
        }
        vec![places.into_iter().fold(report, wit::Finding::at)]
    }
}

/// Every bracket with a year in it, with its author inside or right before it.
fn citations_in(text: &str) -> impl Iterator<Item = Citation<'_>> {
    let brackets = text.match_indices('(').filter_map(move |(open, _)| {
        let longest = text.floor_char_boundary(open + LONGEST_CITATION);
        let length = text[open..longest].find(')')?;
        Some((open, open + length))
    });
    brackets.flat_map(move |(open, close)| {
        let inside = &text[open + 1..close];
        inside.split(';').filter_map(move |one| {
            let year = year_at(one)?;
            let author = first_author(&one[..year]).or_else(|| {
                one[..year]
                    .trim()
                    .is_empty()
                    .then(|| author_before(&text[..open]))?
            })?;
            Some(Citation {
                author,
                part: &text[open..=close],
            })
        })
    })
}

/// Where a year from 1900 to 2099 stands, as a word of its own (`2004a` is one).
fn year_at(text: &str) -> Option<usize> {
    let starts = text.match_indices(['1', '2']).map(|(at, _)| at);
    starts.into_iter().find(|&at| {
        let before = text[..at].chars().next_back();
        let digits = text[at..].bytes().take_while(u8::is_ascii_digit).count();
        digits == 4
            && matches!(&text[at..at + 2], "19" | "20")
            && !before.is_some_and(char::is_alphanumeric)
    })
}

/// `EMCC, ` or `see Clutterbuck and Lane, `: the first word that may be a name.
fn first_author(before: &str) -> Option<&str> {
    let mut words = before.split(|c: char| !c.is_alphanumeric() && !matches!(c, '\'' | '’' | '-'));
    words.find(|word| may_be_author(word))
}

/// `As Honey and Mumford `: the surname of the first author at the end.
fn author_before(before: &str) -> Option<&str> {
    let mut author = None;
    let mut joined = true;
    for word in before.split_whitespace().rev().take(8) {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
        joined |= word.ends_with(',');
        if matches!(bare, "and" | "et" | "al" | "") {
            joined = true;
        } else if joined && may_be_author(bare) {
            let possessive = bare.strip_suffix("’s").or(bare.strip_suffix("'s"));
            author = Some(possessive.unwrap_or(bare));
            joined = false;
        } else {
            break;
        }
    }
    author
}

fn may_be_author(word: &str) -> bool {
    let lower = word.to_lowercase();
    word.chars().next().is_some_and(char::is_uppercase)
        && word.chars().count() > 1
        && !NO_AUTHORS.contains(&lower.as_str())
        && !MONTHS.contains(&lower.as_str())
}

#[cfg(test)]
mod tests {
    use super::citations_in;
    use crate::checks::Checks;
    use crate::checks::sample::{given, test_unit};
    use crate::{Evidence, testing};

    #[test]
    fn citations_have_an_author_and_a_year() {
        for (text, expected) in [
            ("Standards exist (EMCC, 2021) for this.", vec!["EMCC"]),
            (
                "As Clutterbuck (2014) says, and Honey and Mumford (1986).",
                vec!["Clutterbuck", "Honey"],
            ),
            (
                "Egan et al. (2004a, p. 12) and (see Kram 1985; Lane, 2006)",
                vec!["Egan", "Kram", "Lane"],
            ),
            ("Clutterbuck’s (2014) model", vec!["Clutterbuck"]),
            (
                "We began (May 2024) with ten people (since 2019) in room (2014b).",
                vec![],
            ),
            ("Room (Floor 12) and the year 2014.", vec![]),
            ("A bracket ((((( that (Kram, 1985", vec![]),
            ("It was so in March (2020) and (2021).", vec![]),
        ] {
            let found: Vec<&str> = citations_in(text).map(|citation| citation.author).collect();
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn citations_and_the_list_are_held_against_each_other() {
        let unit = test_unit();
        let context = testing::context(&unit);
        let check = |text: &str| {
            let evidence = given(text);
            let mut found = Checks::new(Evidence::new(&evidence), &unit, &context).references();
            let finding = found.remove(0);
            (
                finding.status,
                finding.places.len(),
                finding.learner_message.is_some(),
            )
        };
        let heading = "AC 1.1 Describe the thing\n";
        assert_eq!(
            check(&format!(
                "{heading}It is (EMCC, 2021).\nReferences\nEMCC (2021) Code."
            )),
            ("found".into(), 2, true)
        );
        assert_eq!(
            check(&format!(
                "{heading}It is (EMCC, 2021), (Kram, 1985).\nReferences\nEMCC (2021) Code."
            )),
            ("info".into(), 1, true)
        );
        assert_eq!(
            check(&format!("{heading}It is (EMCC, 2021).")),
            ("info".into(), 1, true)
        );
        assert_eq!(
            check(&format!("{heading}It is.\nReferences\nA book.")),
            ("info".into(), 1, true)
        );
        assert_eq!(
            check(&format!("{heading}It is.")),
            ("info".into(), 0, false)
        );
    }
}
