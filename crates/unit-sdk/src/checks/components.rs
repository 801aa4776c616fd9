//! What an answer should speak of, component by component.

use super::{Answer, Checks};
use crate::lexicon::{Concept, Hit};
use crate::text::{and, counted, quoted};
use crate::{Status, finding, wit};

/// Most of a learner's words that a message shows.
const WORDS_SHOWN: usize = 5;
/// Most places for each concept, so that each of them is pointed at.
const PLACES_OF_A_CONCEPT: usize = 12;

/// Something that the answer to a criterion should hold. Its id is the rule's.
#[derive(Clone, Copy, Debug)]
pub struct Component<'a> {
    /// Id, unique in the unit: `stakeholders`.
    pub id: &'a str,
    /// The criterion.
    pub criterion: &'a str,
    /// Title in a few words: `Stakeholders`.
    pub title: &'a str,
    /// What it is, as it reads after “We could not find”: `people with an interest`.
    pub what: &'a str,
    /// The things that may be spoken of.
    pub concepts: &'a [Concept<'a>],
    /// How many of them are enough.
    pub enough: Enough<'a>,
    /// Terms of which one must stand close by; none if empty.
    pub near: &'a [&'a str],
    /// Who asks for it: the awarding body's code, `centre` or `heuristic`.
    pub source: &'a str,
    /// What the learner could do, as a sentence that begins with “You could”.
    pub advice: &'a str,
}

/// How many of a component's concepts are enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enough<'a> {
    /// Any one.
    One,
    /// Every one.
    All,
    /// As many as the setting of this id says.
    Setting(&'a str),
}

impl Component<'_> {
    /// The rule for the help page, drawn from the component's own data.
    pub fn rule(&self) -> wit::Rule {
        let terms = self.concepts.iter().filter_map(|one| one.terms.first());
        let mut shown: Vec<&str> = terms.copied().collect();
        if let [only] = self.concepts {
            shown = only.terms.to_vec();
        }
        shown.truncate(8);
        let mut help = vec![format!(
            "AC {}: looks for {}, by words such as {}.",
            self.criterion,
            self.what,
            quoted(shown)
        )];
        if self.concepts.len() > 1 {
            let names: Vec<&str> = self.concepts.iter().map(|one| one.name).collect();
            let enough = match self.enough {
                Enough::One => "Any one of these is enough",
                Enough::All => "All of these are looked for",
                Enough::Setting(_) => "The setting says how many of these are enough",
            };
            help.push(format!("{enough}: {}.", names.join(", ")));
        }
        if !self.near.is_empty() {
            let cues = self.near.iter().copied().take(6).collect();
            help.push(format!(
                "A word such as {} must stand in the same or a neighbouring sentence.",
                quoted(cues)
            ));
        }
        help.push("A star stands for any ending. It may be there in other words, so please read before you decide.".into());
        wit::Rule {
            id: self.id.into(),
            title: self.title.into(),
            help: help.join(" "),
        }
    }
}

impl Checks<'_> {
    /// Whether the answers speak of what they should (one rule for each
    /// component). `near` is the setting that says how many sentences are close
    /// by, for components that have cues. Nothing for a criterion without an answer.
    pub fn components(&self, components: &[Component<'_>], near: &str) -> Vec<wit::Finding> {
        let anywhere = components.iter().all(|component| component.near.is_empty());
        let within = if anywhere {
            0.0
        } else {
            self.context.threshold(near)
        };
        let answered = components
            .iter()
            .filter_map(|component| Some((component, self.answer(component.criterion)?)));
        answered
            .map(|(component, answer)| self.component(component, answer, within))
            .collect()
    }

    fn component(
        &self,
        component: &Component<'_>,
        answer: &Answer<'_>,
        within: f64,
    ) -> wit::Finding {
        let cues = answer.text().hits(component.near);
        let is_near = |hit: &Hit<'_>| {
            let mut distances = cues.iter().map(|cue| cue.sentence.abs_diff(hit.sentence));
            component.near.is_empty() || distances.any(|distance| as_number(distance) <= within)
        };
        let (mut found, mut not_found) = (Vec::new(), Vec::new());
        for concept in component.concepts {
            let mut hits = answer.text().hits_of(concept);
            hits.retain(is_near);
            if hits.is_empty() {
                not_found.push(concept.name);
            } else {
                found.push((concept.name, hits));
            }
        }
        let setting = match component.enough {
            Enough::Setting(id) => Some(id),
            Enough::One | Enough::All => None,
        };
        let wanted = match component.enough {
            Enough::One => 1.0,
            Enough::All => as_number(component.concepts.len()),
            Enough::Setting(id) => self.context.threshold(id),
        };
        let number = as_number(found.len());
        let names = and(&found.iter().map(|(name, _)| *name).collect::<Vec<_>>());
        let (id, title, what) = (component.criterion, component.title, component.what);
        let one = component.concepts.len() == 1;
        let (status, assessor, learner) = if found.is_empty() {
            (
                Status::NotFound,
                format!(
                    "{title}: we could not find {what} in AC {id}. It may stand there in other words."
                ),
                format!("We could not find {what} in AC {id}. {}", component.advice),
            )
        } else if one {
            let hits = &found[0].1;
            let places = counted(
                u32::try_from(hits.len()).unwrap_or(u32::MAX),
                "place",
                "places",
            );
            (
                Status::Found,
                format!("{title}: found in AC {id}, in {places} ({}).", shown(hits)),
                format!("We found {what} in AC {id}."),
            )
        } else if number >= wanted {
            (
                Status::Found,
                format!("{title}: AC {id} speaks of {names}."),
                format!("We found {what} in AC {id}: {names}."),
            )
        } else if component.enough == Enough::All {
            let others = and(&not_found);
            (
                Status::Look,
                format!("{title}: AC {id} speaks of {names}. We could not find {others}."),
                format!(
                    "In AC {id} we found {names}. We could not find {others}. {}",
                    component.advice
                ),
            )
        } else {
            (
                Status::Look,
                format!("{title}: AC {id} speaks of {names}; {wanted} or more are looked for."),
                format!("In AC {id} we found {names}. {}", component.advice),
            )
        };
        let mut report = finding(component.id, status, assessor)
            .learner(learner)
            .criterion(id)
            .source(component.source);
        if one {
            let hits: usize = found.iter().map(|(_, hits)| hits.len()).sum();
            report = report.counted(as_number(hits), Some(wanted), "places");
        } else {
            report = report.counted(number, Some(wanted), "of those looked for");
        }
        if let Some(setting) = setting {
            report = report.setting(setting);
        }
        let hits = found
            .iter()
            .flat_map(|(_, hits)| hits.iter().take(PLACES_OF_A_CONCEPT));
        let places = hits.filter_map(|hit| answer.place(hit.part));
        places.fold(report, wit::Finding::at)
    }
}

/// The learner's words, each once.
pub(super) fn shown(hits: &[Hit<'_>]) -> String {
    let mut words: Vec<String> = Vec::new();
    for hit in hits {
        let word = hit.part.to_lowercase();
        if !words.contains(&word) {
            words.push(word);
        }
    }
    let more = words.len() > WORDS_SHOWN;
    words.truncate(WORDS_SHOWN);
    let shown = quoted(words.iter().map(String::as_str).collect());
    if more {
        format!("{shown} and others")
    } else {
        shown
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a text has far fewer than 2^53 words"
)]
pub(super) fn as_number(count: usize) -> f64 {
    count as f64
}
