//! How long the sections are. Guidance only.

use super::{Answer, Checks};
use crate::text::{counted, with_commas};
use crate::{Status, finding, wit};

impl Checks<'_> {
    /// Words of each section against the guidance on length (rule `section-words`).
    ///
    /// Left-over template text is not counted. The target is the setting
    /// `words_` with the criterion's id, else the centre's guidance, else the unit's.
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
            let centres = self.context.centre_words(Some(id));
            let guidance = centres.as_ref().or(answer.criterion.words.as_ref());
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
        let least = self.context.threshold(least_words);
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

    /// Words of all sections together against the guidance for the whole
    /// submission (rule `total-words`).
    pub fn total_words(&self) -> Vec<wit::Finding> {
        let words: u32 = self.answers.iter().map(Answer::own_words).sum();
        let left_out: u32 = self
            .answers
            .iter()
            .map(|answer| answer.left_over_words)
            .sum();
        let centres = self.context.centre_words(None);
        let guidance = centres.as_ref().or(self.unit.words.as_ref());
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

#[cfg(test)]
mod tests {
    use crate::checks::Checks;
    use crate::checks::sample::{given, statuses, test_unit};
    use crate::describe::field;
    use crate::{Evidence, testing, wit};

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

    #[test]
    fn a_centre_has_its_own_guidance_on_length() {
        let unit = test_unit();
        let mut context = testing::context(&unit);
        let counts = |counts: &[(&str, f64)]| {
            let named = |(name, number): &(&str, f64)| wit::NamedNumber {
                name: (*name).into(),
                number: *number,
            };
            wit::Value::Counts(counts.iter().map(named).collect())
        };
        for (key, value) in [
            (
                "words",
                counts(&[("nominal", 90.0), ("low", 80.0), ("high", 1000.0)]),
            ),
            ("words.1.1", counts(&[("nominal", 70.0)])),
            ("words.1.2", wit::Value::Number(60.0)),
        ] {
            let key = key.into();
            context.more.push(wit::Entry { key, value });
        }
        let evidence = given("AC 1.1 Describe the thing\nOne.\nAC 1.2 Identify the parts\nTwo.");
        let checks = Checks::new(Evidence::new(&evidence), &unit, &context);
        let total = &checks.total_words()[0];
        assert!(
            total.message.contains("Between 80 and 1,000"),
            "{}",
            total.message
        );
        assert_eq!(total.source, "centre");
        let wanted: Vec<_> = checks
            .section_words()
            .into_iter()
            .map(|finding| finding.measure.and_then(|measure| measure.wanted))
            .collect();
        assert_eq!(
            wanted,
            [Some(70.0), None],
            "what is no guidance counts for nothing"
        );
    }
}
