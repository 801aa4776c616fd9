//! Models that an answer names, and the stages that they consist of.

use super::Checks;
use super::components::as_number;
use crate::lexicon::{Concept, Hit};
use crate::text::and;
use crate::{Status, finding, wit};

/// A model such as GROW.
#[derive(Clone, Copy, Debug)]
pub struct Model<'a> {
    /// Its name and the terms for it.
    pub name: Concept<'a>,
    /// Its stages in order; empty where authors differ about them.
    pub stages: &'a [Concept<'a>],
}

/// What [`Checks::models`] looks for.
#[derive(Clone, Copy, Debug)]
pub struct ModelRule<'a> {
    /// Id of the rule for the name.
    pub named: &'a str,
    /// Id of the rule for the stages.
    pub stages: &'a str,
    /// The criterion.
    pub criterion: &'a str,
    /// The models that are known.
    pub models: &'a [Model<'a>],
    /// Terms for a model or stages of any other kind.
    pub other: Concept<'a>,
    /// Setting: how many stages of one model are enough.
    pub least: &'a str,
    /// Who asks for it.
    pub source: &'a str,
    /// What the learner could do about the name, beginning with “You could”.
    pub name_advice: &'a str,
    /// What the learner could do about the stages, beginning with “You could”.
    pub stages_advice: &'a str,
}

impl Checks<'_> {
    /// Which models an answer names, and how many stages of the best described
    /// one it speaks of (two rules). Where only a model that is not known seems
    /// to be named, both are worth a look.
    pub fn models(&self, rule: &ModelRule<'_>) -> Vec<wit::Finding> {
        let Some(answer) = self.answer(rule.criterion) else {
            return Vec::new();
        };
        let (text, id) = (answer.text(), rule.criterion);
        let found: Vec<(&Model<'_>, Vec<Hit<'_>>)> = rule
            .models
            .iter()
            .map(|model| (model, text.hits_of(&model.name)))
            .filter(|(_, hits)| !hits.is_empty())
            .collect();
        let others = text.hits_of(&rule.other);
        let names: Vec<&str> = found.iter().map(|(model, _)| model.name.name).collect();
        let (status, assessor, learner) = if !names.is_empty() {
            let names = and(&names);
            (
                Status::Found,
                format!("AC {id} names {names}."),
                format!("In AC {id} we found {names}."),
            )
        } else if others.is_empty() {
            (
                Status::NotFound,
                format!("We could not find the name of a model in AC {id}."),
                format!(
                    "We could not find the name of a model in AC {id}. {}",
                    rule.name_advice
                ),
            )
        } else {
            (
                Status::Look,
                format!("AC {id} speaks of a model or stages, but we do not know which."),
                format!(
                    "AC {id} speaks of a model, but we could not find its name. {}",
                    rule.name_advice
                ),
            )
        };
        let name_places = found.iter().flat_map(|(_, hits)| hits).chain(&others);
        let places = name_places.filter_map(|hit| answer.place(hit.part));
        let report = finding(rule.named, status, assessor)
            .learner(learner)
            .criterion(id)
            .source(rule.source)
            .counted(as_number(found.len()), Some(1.0), "models");
        let mut findings = vec![places.fold(report, wit::Finding::at)];
        findings.extend(self.stages(rule, &found, &others));
        findings
    }

    fn stages(
        &self,
        rule: &ModelRule<'_>,
        named: &[(&Model<'_>, Vec<Hit<'_>>)],
        others: &[Hit<'_>],
    ) -> Option<wit::Finding> {
        let answer = self.answer(rule.criterion)?;
        let id = rule.criterion;
        let least = self.context.threshold(rule.least);
        let described = named.iter().filter(|(model, _)| !model.stages.is_empty());
        let with_stages = described.map(|(model, _)| {
            let stages = model.stages.iter();
            let hits = stages.map(|stage| (stage.name, answer.text().hits_of(stage)));
            let found: Vec<(&str, Vec<Hit<'_>>)> =
                hits.filter(|(_, hits)| !hits.is_empty()).collect();
            (*model, found)
        });
        // The first of those that are described equally well.
        let best = with_stages.reduce(|best, next| {
            if next.1.len() > best.1.len() {
                next
            } else {
                best
            }
        });
        let Some((model, stages)) = best else {
            let report = if others.is_empty() {
                return None;
            } else {
                finding(
                    rule.stages,
                    Status::Look,
                    format!(
                        "We do not know the stages of the model in AC {id}. Please look whether they are explained."
                    ),
                )
            };
            let places = others.iter().filter_map(|hit| answer.place(hit.part));
            return Some(places.fold(report.criterion(id).source(rule.source), wit::Finding::at));
        };
        let (name, all) = (model.name.name, model.stages.len());
        let found = and(&stages.iter().map(|(name, _)| *name).collect::<Vec<_>>());
        let wanted = least.min(as_number(all));
        let (status, assessor) = if stages.is_empty() {
            (
                Status::NotFound,
                format!("We could not find stages of {name} in AC {id}."),
            )
        } else {
            let status = if as_number(stages.len()) < wanted {
                Status::Look
            } else {
                Status::Found
            };
            (
                status,
                format!(
                    "AC {id} speaks of {} of {all} stages of {name}: {found}.",
                    stages.len()
                ),
            )
        };
        let learner = if status == Status::Found {
            assessor.clone()
        } else {
            format!("{assessor} {}", rule.stages_advice)
        };
        let report = finding(rule.stages, status, assessor)
            .learner(learner)
            .criterion(id)
            .source(rule.source)
            .counted(as_number(stages.len()), Some(wanted), "stages")
            .setting(rule.least);
        let places = stages
            .iter()
            .flat_map(|(_, hits)| hits.iter().take(5))
            .filter_map(|hit| answer.place(hit.part));
        Some(places.fold(report, wit::Finding::at))
    }
}
