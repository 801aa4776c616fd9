//! Lists where prose is asked for.

use super::Checks;
use crate::reader::kind;
use crate::{Block, Status, finding, wit};

/// Verbs that ask for connected prose, where a bare list is worth a look.
const PROSE_VERBS: [&str; 2] = ["describe", "explain"];

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

impl Checks<'_> {
    /// Sections that are mostly a list where the verb asks for prose
    /// (rule `merely-listed`).
    pub fn merely_listed(&self, rule: ListRule<'_>) -> Vec<wit::Finding> {
        let wanted = self.context.threshold(rule.share);
        let short_line = self.context.threshold(rule.short_line);
        let long_item = self.context.threshold(rule.long_item);
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

#[cfg(test)]
mod tests {
    use super::ListRule;
    use crate::checks::Checks;
    use crate::checks::sample::{given, statuses, test_unit};
    use crate::{Evidence, testing};

    const RULE: ListRule<'_> = ListRule {
        share: "list_share",
        short_line: "list_line_words",
        long_item: "list_item_words",
    };

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
}
