//! What has changed since the earlier submission.

use std::collections::BTreeMap;

use super::{Answer, Checks};
use crate::text::counted;
use crate::{Evidence, Status, finding, wit};

impl Checks<'_> {
    /// Whether each referred criterion's answer was changed, and which answers
    /// that had met their criterion were (rule `changes`). Nothing for a first
    /// submission.
    pub fn changes(&self, previous: Option<&wit::Attempt>) -> Vec<wit::Finding> {
        let Some(previous) = previous else {
            return Vec::new();
        };
        let before = Checks::new(Evidence::new(&previous.evidence), self.unit, self.context);
        let mut findings = Vec::new();
        for (old, new) in before.answers.iter().zip(&self.answers) {
            let id = new.id();
            let decided = previous
                .decisions
                .iter()
                .find(|decision| decision.criterion == id);
            let Some(met) = decided.and_then(|decision| decision.met) else {
                continue;
            };
            let same = words_of(old).eq(words_of(new));
            let (added, gone) = (more_in(new, old), more_in(old, new));
            let added_shown = counted(added, "word", "words");
            let gone_shown = counted(gone, "word", "words");
            let what = format!("{added_shown} added, {gone_shown} taken out");
            let report = match (met, same) {
                (true, true) => continue,
                (false, true) => finding(
                    "changes",
                    Status::Look,
                    format!("AC {id} was referred, and its text is the same as in submission {}.", previous.number),
                )
                .learner(format!("Your assessor referred AC {id}. Its text is still the same as in submission {}.", previous.number)),
                (false, false) => finding(
                    "changes",
                    Status::Found,
                    format!("AC {id} was referred and has changed: {what}."),
                )
                .learner(format!("We found changes in AC {id}: {what}.")),
                (true, false) => finding(
                    "changes",
                    Status::Look,
                    format!("AC {id} was met before and has changed: {what}."),
                )
                .learner(format!("AC {id} was met before, and you have changed it: {what}. Your assessor will read it again.")),
            };
            let places = new.sections.iter().map(|section| section.place());
            let report = report
                .criterion(id)
                .counted(f64::from(added), None, "words added")
                .number("words_taken_out", f64::from(gone));
            findings.push(places.fold(report, wit::Finding::at));
        }
        findings
    }
}

fn words_of<'t>(answer: &'t Answer<'_>) -> impl Iterator<Item = &'t str> {
    let text = answer.text();
    (0..text.len()).map(|index| text.word(index))
}

/// How many words stand in `new` that `old` does not have as often. Words that
/// only moved do not count.
fn more_in(new: &Answer<'_>, old: &Answer<'_>) -> u32 {
    let mut left: BTreeMap<&str, u32> = BTreeMap::new();
    for word in words_of(old) {
        *left.entry(word).or_default() += 1;
    }
    let mut more = 0;
    for word in words_of(new) {
        match left.get_mut(word) {
            Some(count) if *count > 0 => *count -= 1,
            _ => more += 1,
        }
    }
    more
}

#[cfg(test)]
mod tests {
    use crate::checks::Checks;
    use crate::checks::sample::{given, statuses, test_unit};
    use crate::{Evidence, testing, wit};

    #[test]
    fn a_resubmission_is_compared_with_what_was_decided() {
        let unit = test_unit();
        let context = testing::context(&unit);
        let check = |now: &str, met: [Option<bool>; 2]| {
            let decisions = ["1.1", "1.2"].into_iter().zip(met);
            let previous = wit::Attempt {
                number: 1,
                submitted: 20_600,
                evidence: given(
                    "AC 1.1 Describe the thing\nIt is a big thing.\nAC 1.2 Identify the parts\nA door, and a lock.",
                ),
                decisions: decisions
                    .map(|(criterion, met)| wit::CriterionOutcome {
                        criterion: criterion.into(),
                        met,
                    })
                    .collect(),
            };
            let evidence = given(now);
            Checks::new(Evidence::new(&evidence), &unit, &context).changes(Some(&previous))
        };
        let moved = "AC 1.1 Describe the thing\nIt is a BIG thing!\nAC 1.2 Identify the parts\nA door, and a lock, and two keys.";
        let findings = check(moved, [Some(false), Some(false)]);
        assert_eq!(statuses(&findings), ["1.1 look", "1.2 found"]);
        assert!(
            findings[0].message.contains("the same as in submission 1"),
            "{}",
            findings[0].message
        );
        assert!(
            findings[1]
                .message
                .ends_with("3 words added, 0 words taken out."),
            "{}",
            findings[1].message
        );
        assert_eq!(
            statuses(&check(moved, [Some(true), Some(true)])),
            ["1.2 look"]
        );
        assert!(check(moved, [None, None]).is_empty());
        let evidence = given(moved);
        assert!(
            Checks::new(Evidence::new(&evidence), &unit, &context)
                .changes(None)
                .is_empty()
        );
    }
}
