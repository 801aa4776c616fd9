//! Techniques in use: what the text gives examples of, and what the rows name.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use super::sessions::{Diary, Session, duration, minutes, number, small};
use crate::lexicon::{Concept, Text};
use crate::text::{Run, and, counted, runs};
use crate::{Block, Status, finding, wit};

/// A technique that should be in use.
#[derive(Clone, Copy, Debug)]
pub struct TechniqueRule<'a> {
    /// Rule.
    pub rule: &'a str,
    /// Criterion.
    pub criterion: &'a str,
    /// The technique.
    pub technique: Concept<'a>,
    /// Terms beside something that really happened. A client or a row of the
    /// diary beside it is an example too.
    pub examples: &'a [&'a str],
}

/// Models and techniques that have names of their own.
#[derive(Clone, Copy, Debug)]
pub struct NamedTechniques<'a> {
    /// Rule.
    pub rule: &'a str,
    /// Criterion.
    pub criterion: &'a str,
    /// The models.
    pub models: &'a [Concept<'a>],
}

impl<'a> Diary<'a> {
    /// Whether the text gives an example of the technique, and how many rows
    /// with how many clients name it.
    pub fn technique(&self, rule: &TechniqueRule<'_>) -> wit::Finding {
        let name = rule.technique.name;
        let sections = self.sections_of(rule.criterion).unwrap_or_default();
        let named_in = self.rows_that_do(&rule.technique);
        let rows: Vec<&Session<'_>> = self
            .practice()
            .filter(|row| named_in.contains(&row.at))
            .collect();
        if sections.is_empty() && rows.is_empty() {
            return self
                .unanswered(rule.rule, rule.criterion, name)
                .findings
                .swap_remove(0);
        }
        let (mut places, mut named, mut examples) = (Vec::new(), 0_usize, 0_usize);
        for section in &sections {
            let text = Text::new(section.blocks().map(Block::text));
            let sentences: BTreeSet<usize> = text
                .hits_of(&rule.technique)
                .iter()
                .map(|hit| hit.sentence)
                .collect();
            for sentence in sentences {
                let part = text.part(text.words_of(sentence));
                let is_example = !Text::new([part]).hits(rule.examples).is_empty()
                    || !self.clients.in_text(part).is_empty()
                    || self.rows_named_in(part).next().is_some();
                named += 1;
                examples += usize::from(is_example);
                places.extend(section.document().place(part));
            }
        }
        let clients: BTreeSet<usize> = rows
            .iter()
            .flat_map(|row| row.clients.iter().copied())
            .collect();
        let status = if examples > 0 || !rows.is_empty() {
            Status::Found
        } else if named > 0 {
            Status::Look
        } else {
            Status::NotFound
        };
        let in_text = match (named, examples) {
            (0, _) => format!("We could not find {name} in AC {}", rule.criterion),
            (_, 0) => format!(
                "AC {} names {name}, but we could not find an example",
                rule.criterion
            ),
            (_, 1) => format!("AC {} gives an example of {name}", rule.criterion),
            _ => format!("AC {} gives {examples} examples of {name}", rule.criterion),
        };
        let message = format!(
            "{in_text}. {} of the diary, with {}, {} it.",
            counted(small(rows.len()), "row", "rows"),
            counted(small(clients.len()), "client", "clients"),
            if rows.len() == 1 { "names" } else { "name" },
        );
        let learner = if status == Status::Found {
            message.clone()
        } else {
            format!("{message} You could say in which session you used it, and what came of it.")
        };
        let report = finding(rule.rule, self.soften(status), message)
            .learner(learner)
            .criterion(rule.criterion)
            .source(self.rule.source)
            .counted(number(examples), Some(1.0), "examples")
            .number("rows", number(rows.len()))
            .number("clients", number(clients.len()));
        let field = Some(self.rule.fields.tools);
        places.extend(rows.iter().map(|row| row.place(field)));
        places.into_iter().fold(report, wit::Finding::at)
    }

    /// Which models text and rows name.
    pub fn named_techniques(&self, rule: &NamedTechniques<'_>) -> wit::Finding {
        let sections = self.sections_of(rule.criterion).unwrap_or_default();
        let mut places = Vec::new();
        let mut names = Vec::new();
        let texts: Vec<Text<'_>> = sections
            .iter()
            .map(|section| Text::new(section.blocks().map(Block::text)))
            .collect();
        for model in rule.models {
            let mut found = false;
            for (section, text) in sections.iter().zip(&texts) {
                let hits = text.hits_of(model);
                found |= !hits.is_empty();
                places.extend(
                    hits.first()
                        .and_then(|hit| section.document().place(hit.part)),
                );
            }
            let named_in = self.rows_that_do(model);
            let row = self.practice().find(|row| named_in.contains(&row.at));
            if let Some(row) = row {
                found = true;
                places.push(row.place(Some(self.rule.fields.tools)));
            }
            if found {
                names.push(model.name);
            }
        }
        if names.is_empty() && sections.is_empty() && self.practice().next().is_none() {
            return self
                .unanswered(rule.rule, rule.criterion, "models by name")
                .findings
                .swap_remove(0);
        }
        let (status, message) = if names.is_empty() {
            (
                Status::Look,
                "We could not find a model or technique by its name.".to_owned(),
            )
        } else {
            (
                Status::Found,
                format!(
                    "We found these models and techniques by name: {}.",
                    and(&names)
                ),
            )
        };
        let learner = if names.is_empty() {
            format!("{message} You could name the ones that you used.")
        } else {
            message.clone()
        };
        let report = finding(rule.rule, status, message)
            .learner(learner)
            .criterion(rule.criterion)
            .counted(number(names.len()), Some(1.0), "models")
            .texts("models", names.iter().map(|name| (*name).to_owned()));
        places.into_iter().fold(report, wit::Finding::at)
    }

    /// Hours that the text of `criterion` claims, beside those of the diary
    /// (rule `hours-claimed`). Nothing where either is missing.
    pub fn hours_claimed(&self, criterion: &str) -> Option<wit::Finding> {
        self.practice().next()?;
        let sections = self.sections_of(criterion)?;
        let claims = sections.iter().flat_map(|section| {
            let text = section.text();
            hours_in(text)
                .into_iter()
                .map(move |(part, seconds)| (section.document(), part, seconds))
        });
        let (document, part, claimed) = claims.max_by_key(|(_, _, seconds)| *seconds)?;
        let total = self.total();
        let status = match claimed.cmp(&total) {
            Ordering::Greater => Status::Look,
            Ordering::Equal => Status::Found,
            Ordering::Less => Status::Info,
        };
        let message = format!(
            "AC {criterion} speaks of {}; the diary shows {}.",
            duration(claimed),
            duration(total)
        );
        let learner = if status == Status::Look {
            format!("{message} You could check the text or the diary.")
        } else {
            message.clone()
        };
        let report = finding("hours-claimed", status, message)
            .learner(learner)
            .criterion(criterion)
            .counted(minutes(claimed), Some(minutes(total)), "minutes");
        Some(
            document
                .place(part)
                .into_iter()
                .fold(report, wit::Finding::at),
        )
    }

    /// The rows of practice whose reference a text names, whole and in the same capitals.
    pub(super) fn rows_named_in<'s>(
        &'s self,
        text: &'s str,
    ) -> impl Iterator<Item = &'s Session<'a>> {
        let words: BTreeSet<&str> = runs(text).into_iter().map(|run| run.text).collect();
        self.practice()
            .filter(move |row| words.contains(row.reference))
    }
}

/// `39 hours 15 minutes`, `7.5 hrs`, `36 h`: each with its seconds.
fn hours_in(text: &str) -> Vec<(&str, i64)> {
    let runs = runs(text);
    let is = |at: usize, words: &[&str]| {
        runs.get(at)
            .is_some_and(|run| words.contains(&run.text.to_lowercase().as_str()))
    };
    let figure = |run: &Run<'_>| {
        run.text
            .parse::<i64>()
            .ok()
            .filter(|number| *number < 100_000)
    };
    let mut found = Vec::new();
    for (at, run) in runs.iter().enumerate() {
        let Some(hours) = figure(run) else { continue };
        let (mut next, mut seconds) = (at + 1, hours * 3600);
        if runs.get(at).is_some_and(|run| run.before == "." && at > 0) {
            continue;
        }
        if let Some(tenths) = runs.get(next).filter(|run| run.before == ".")
            && tenths.text.len() <= 2
            && let Some(part) = figure(tenths)
        {
            let whole = if tenths.text.len() == 1 { 10 } else { 100 };
            seconds += part * 3600 / whole;
            next += 1;
        }
        if !is(next, &["hours", "hour", "hrs", "hr", "h"]) {
            continue;
        }
        let mut last = next;
        let and = usize::from(is(next + 1, &["and"]));
        if let Some(minutes) = runs.get(next + 1 + and).and_then(figure)
            && is(next + 2 + and, &["minutes", "minute", "mins", "min", "m"])
        {
            seconds += minutes * 60;
            last = next + 2 + and;
        }
        found.push((&text[run.start..runs[last].end()], seconds));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_found_as_people_write_them() {
        let found = hours_in(
            "39 hours 15 minutes: A 11 hours, B 7.5 hrs, C 10.25 h and 36+ hours and 59 min",
        );
        let seconds: Vec<i64> = found.iter().map(|(_, seconds)| *seconds / 60).collect();
        assert_eq!(seconds, [2355, 660, 450, 615, 2219]);
        assert_eq!(found[0].0, "39 hours 15 minutes");
        assert!(hours_in("in 36 sessions, 9 of 16").is_empty());
    }
}
