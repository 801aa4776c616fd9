//! Questions of the template and placeholders that were left in.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ops::Range;

use super::Checks;
use crate::text::{Folded, counted, word_count};
use crate::{Status, finding, wit};

/// A shorter prompt counts only where a block begins with it, since learners
/// may well use such few words in a sentence of their own.
const LETTERS_OF_A_LONG_PROMPT: usize = 40;
/// So many letters of a long prompt tell where it is worth comparing.
const FIRST_LETTERS: usize = 8;
/// First words that give a bracketed text away as a placeholder.
const PLACEHOLDER_VERBS: [&str; 11] = [
    "add", "click", "complete", "delete", "enter", "insert", "put", "replace", "type", "write",
    "your",
];
/// What word processors put into an empty field, folded: “Click or tap here to
/// enter text.”
const FIELD_PLACEHOLDERS: [&str; 3] = [
    "clickortapheretoentertext",
    "clickheretoentertext",
    "chooseanitem",
];
/// Longest placeholder in words; longer brackets are the learner's own.
const WORDS_OF_A_PLACEHOLDER: u32 = 12;

impl Checks<'_> {
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
}

/// The unit's prompts and those of the centre's own template.
pub(super) struct Prompts {
    /// The longest first, so that one which begins another does not hide it.
    all: Vec<Folded>,
    /// Where the long ones stand among them, by their first letters.
    long: BTreeMap<[u8; FIRST_LETTERS], Vec<usize>>,
}

impl Prompts {
    pub(super) fn new(unit: &wit::Unit, context: &wit::Context) -> Self {
        let outcomes = unit.outcomes.iter().flat_map(|outcome| &outcome.prompts);
        let criteria = unit.criteria().flat_map(|criterion| &criterion.prompts);
        let mut all: Vec<Folded> = outcomes
            .chain(criteria)
            .chain(context.centre_prompts())
            .map(|prompt| Folded::new(prompt))
            .collect();
        all.retain(|prompt| !prompt.is_empty());
        all.sort_by_key(|prompt| Reverse(prompt.as_str().len()));
        let mut long: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        for (at, prompt) in all.iter().enumerate() {
            if prompt.as_str().len() >= LETTERS_OF_A_LONG_PROMPT
                && let Some(first) = prompt.as_str().as_bytes().first_chunk()
            {
                long.entry(*first).or_default().push(at);
            }
        }
        Self { all, long }
    }
}

/// Template text in one block: prompts one after another at its beginning, long
/// prompts and bracketed placeholders anywhere.
pub(super) fn template_ranges(text: &str, prompts: &Prompts) -> Vec<Range<usize>> {
    let folded = Folded::new(text);
    let mut ranges = placeholders(text, &folded);
    let mut at = 0;
    while let Some((range, after)) = prompts
        .all
        .iter()
        .find_map(|prompt| folded.match_at(prompt, text, at))
    {
        ranges.push(range);
        at = after;
    }
    for at in folded.word_starts() {
        let first = folded.as_str().as_bytes()[at..].first_chunk();
        let alike = first.and_then(|first| prompts.long.get(first));
        let alike = alike.into_iter().flatten();
        ranges.extend(
            alike.filter_map(|long| Some(folded.match_at(&prompts.all[*long], text, at)?.0)),
        );
    }
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

/// Bracketed texts that ask to be replaced: `[Type your answer here]`, `<insert date>`.
fn placeholders(text: &str, folded: &Folded) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    if FIELD_PLACEHOLDERS.contains(&folded.as_str()) {
        found.push(0..text.len());
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
    use crate::checks::Checks;
    use crate::checks::sample::{given, statuses, test_unit};
    use crate::{Evidence, testing};

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
    fn questions_of_the_centres_template_are_left_over_too() {
        let unit = test_unit();
        let mut context = testing::context(&unit);
        let evidence = given("AC 1.1 Describe the thing\nWhat is it? What do we call it? A thing.");
        let left_over = |context: &crate::wit::Context| {
            let findings =
                Checks::new(Evidence::new(&evidence), &unit, context).left_over_prompts();
            findings[0].measure.as_ref().map(|measure| measure.counted)
        };
        assert_eq!(left_over(&context), Some(1.0));
        context.more.push(crate::wit::Entry {
            key: "prompts".into(),
            value: crate::wit::Value::Texts(vec!["What do we call it?".into()]),
        });
        assert_eq!(
            left_over(&context),
            Some(2.0),
            "the unit's own count as before"
        );
    }
}
