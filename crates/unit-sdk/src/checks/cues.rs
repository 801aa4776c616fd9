//! Cues: words that show that an answer does what its verb asks for, or that
//! it speaks of the learner's own setting.

use super::Checks;
use super::components::{as_number, shown};
use crate::text::counted;
use crate::{Status, finding, wit};

/// What [`Checks::cues`] looks for.
#[derive(Clone, Copy, Debug)]
pub struct CueRule<'a> {
    /// Id of the rule.
    pub id: &'a str,
    /// Command verbs of the criteria concerned; all criteria if empty.
    pub verbs: &'a [&'a str],
    /// What it is, as it reads after “We could not find”: `words that give reasons`.
    pub what: &'a str,
    /// The cues.
    pub terms: &'a [&'a str],
    /// Setting: how many of them are enough.
    pub least: &'a str,
    /// What the learner could do, as a sentence that begins with “You could”.
    pub advice: &'a str,
}

impl Checks<'_> {
    /// Whether each answer has cues of a kind (the rule's own id). Fewer than
    /// wanted are worth a look; nothing where there is no answer.
    pub fn cues(&self, rule: &CueRule<'_>) -> Vec<wit::Finding> {
        let least = self.context.threshold(rule.least);
        let mut findings = Vec::new();
        for answer in &self.answers {
            let verbs = &answer.criterion.verbs;
            let concerned = rule.verbs.is_empty()
                || verbs.iter().any(|verb| rule.verbs.contains(&verb.as_str()));
            if !concerned || answer.text().is_empty() {
                continue;
            }
            let (id, what) = (answer.id(), rule.what);
            let hits = answer.text().hits(rule.terms);
            let number = u32::try_from(hits.len()).unwrap_or(u32::MAX);
            let places = counted(number, "place", "places");
            let report = if hits.is_empty() {
                finding(
                    rule.id,
                    Status::Look,
                    format!("We could not find {what} in AC {id}."),
                )
                .learner(format!(
                    "We could not find {what} in AC {id}. {}",
                    rule.advice
                ))
            } else if as_number(hits.len()) < least {
                finding(
                    rule.id,
                    Status::Look,
                    format!("AC {id} has {what} in {places} only ({}).", shown(&hits)),
                )
                .learner(format!(
                    "We found {what} in AC {id} in {places} only. {}",
                    rule.advice
                ))
            } else {
                // The learner hears only of what could be added.
                finding(
                    rule.id,
                    Status::Found,
                    format!("AC {id} has {what} in {places} ({}).", shown(&hits)),
                )
            };
            let report = report
                .criterion(id)
                .counted(f64::from(number), Some(least), "places")
                .setting(rule.least);
            let places = hits.iter().filter_map(|hit| answer.place(hit.part));
            findings.push(places.fold(report, wit::Finding::at));
        }
        findings
    }
}
