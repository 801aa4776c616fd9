//! Pairs: problems that each want an answer close by, such as barriers and the
//! strategies against them.

use super::Checks;
use super::components::as_number;
use crate::lexicon::Concept;
use crate::text::counted;
use crate::{Status, finding, wit};

/// What [`Checks::pairs`] looks for.
#[derive(Clone, Copy, Debug)]
pub struct PairRule<'a> {
    /// Id of the rule.
    pub id: &'a str,
    /// The criterion.
    pub criterion: &'a str,
    /// What comes first, with the noun for one and for several: `barrier`, `barriers`.
    pub first: Concept<'a>,
    /// The noun for several.
    pub first_many: &'a str,
    /// What should follow, with its noun: `strategy`.
    pub second: Concept<'a>,
    /// Setting: within how many sentences it should follow.
    pub within: &'a str,
    /// Setting: how many pairs are enough.
    pub least: &'a str,
    /// Who asks for it.
    pub source: &'a str,
    /// What the learner could do, as a sentence that begins with “You could”.
    pub advice: &'a str,
}

impl Checks<'_> {
    /// Whether each sentence that names the first is followed by one that names
    /// the second (the rule's own id). Cells of a table row follow each other
    /// as sentences do. The places are the sentences without a partner, or, if
    /// there are none, all that name the first.
    pub fn pairs(&self, rule: &PairRule<'_>) -> Vec<wit::Finding> {
        let Some(answer) = self.answer(rule.criterion) else {
            return Vec::new();
        };
        let within = self.context.threshold(rule.within);
        let least = self.context.threshold(rule.least);
        let text = answer.text();
        let sentences = |concept| {
            let hits = text.hits_of(concept);
            let mut numbers: Vec<usize> = hits.iter().map(|hit| hit.sentence).collect();
            numbers.dedup();
            numbers
        };
        let (first, second) = (sentences(&rule.first), sentences(&rule.second));
        let has_partner = |&sentence: &usize| {
            second
                .iter()
                .any(|other| *other >= sentence && as_number(other - sentence) <= within)
        };
        let (paired, alone): (Vec<usize>, Vec<usize>) =
            first.iter().copied().partition(has_partner);
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let (id, one, many, partner) = (
            rule.criterion,
            rule.first.name,
            rule.first_many,
            rule.second.name,
        );
        let status = if first.is_empty() || second.is_empty() {
            Status::NotFound
        } else if as_number(paired.len()) < least || !alone.is_empty() {
            Status::Look
        } else {
            Status::Found
        };
        let (assessor, learner) = if first.is_empty() {
            (
                format!(
                    "We could not find {many} in AC {id}. They may stand there in other words."
                ),
                format!("We could not find {many} in AC {id}. {}", rule.advice),
            )
        } else {
            let speak = if first.len() == 1 { "speaks" } else { "speak" };
            let sentences = counted(number(first.len()), "sentence", "sentences");
            let close = counted_number(within);
            let says = format!(
                "In AC {id}, {sentences} {speak} of {many}. For {} of {} a {partner} stands in the same or the next {close}.",
                paired.len(),
                first.len(),
            );
            let learner = if alone.is_empty() {
                says.clone()
            } else {
                let rest = counted(number(alone.len()), one, many);
                format!(
                    "{says} We could not find a {partner} close to {rest}. {}",
                    rule.advice
                )
            };
            (says, learner)
        };
        let report = finding(rule.id, status, assessor)
            .learner(learner)
            .criterion(id)
            .source(rule.source)
            .counted(as_number(paired.len()), Some(least), "pairs")
            .setting(rule.least)
            .number("without_partner", as_number(alone.len()));
        let pointed = if alone.is_empty() { paired } else { alone };
        let places = pointed
            .into_iter()
            .filter_map(|sentence| answer.place(text.part(text.words_of(sentence))));
        vec![places.fold(report, wit::Finding::at)]
    }
}

/// `sentence`, `2 sentences`.
fn counted_number(sentences: f64) -> String {
    if sentences <= 1.0 {
        "sentence".into()
    } else {
        format!("{sentences} sentences")
    }
}
