//! Meetings with the supervisor: rows of the diary and what the text says of them.

use std::collections::BTreeMap;

use super::sessions::{Diary, Session, duration, list, minutes, number, small};
use crate::dates;
use crate::lexicon::Text;
use crate::text::{counted, runs};
use crate::{Block, Status, finding, wit};

/// Meetings only in this last part of the period are worth a look: they came too
/// late to change much. Our own rule of thumb.
const LATE_SHARE: f64 = 0.75;

/// How supervision was used.
#[derive(Clone, Copy, Debug)]
pub struct SupervisionRule<'a> {
    /// Rule.
    pub rule: &'a str,
    /// Criterion.
    pub criterion: &'a str,
    /// Terms for what was challenged.
    pub challenged: &'a [&'a str],
    /// Terms for what was changed.
    pub changed: &'a [&'a str],
    /// Terms by which a later row speaks of supervision.
    pub supervision: &'a [&'a str],
    /// Setting: how many records are asked for.
    pub least_records: &'a str,
    /// Setting: minutes of supervision that are asked for.
    pub least_minutes: &'a str,
}

/// A meeting: its day, its row, and what is said of it.
#[derive(Default)]
struct Record<'a> {
    row: Option<usize>,
    texts: Vec<&'a str>,
    places: Vec<wit::Place>,
}

impl<'a> Diary<'a> {
    /// Records of supervision: how many, when, what was challenged and changed,
    /// and which later rows come back to it.
    pub fn supervision_used(&self, rule: &SupervisionRule<'_>) -> wit::Finding {
        let sections = self.sections_of(rule.criterion).unwrap_or_default();
        let meetings: Vec<&Session<'a>> = self.supervision().collect();
        if sections.is_empty() && meetings.is_empty() {
            let mut unanswered =
                self.unanswered(rule.rule, rule.criterion, "records of supervision");
            return unanswered.findings.swap_remove(0);
        }
        let mut records: BTreeMap<i32, Record<'a>> = BTreeMap::new();
        let mut undated = 0;
        for (at, meeting) in meetings.iter().enumerate() {
            let Some(day) = meeting.day else {
                undated += 1;
                continue;
            };
            let record = records.entry(day).or_default();
            record.row = Some(at);
            record.texts.extend(meeting.texts());
            record.places.push(meeting.place(None));
        }
        let mut before_any = Vec::new();
        let mut later_rows = Vec::new();
        for section in &sections {
            let text = Text::new(section.blocks().map(Block::text));
            let mut current = None;
            for sentence in 0..text.sentences() {
                let part = text.part(text.words_of(sentence));
                // A whole month is not the day of a meeting, and a later day is a plan.
                let day = dates::find(part, self.near())
                    .iter()
                    .find(|date| date.first == date.last && date.first <= self.context.today_day)
                    .map(|date| date.first);
                current = day.or(current);
                match current {
                    Some(day) => {
                        let record = records.entry(day).or_default();
                        record.texts.push(part);
                        record.places.extend(section.document().place(part));
                    }
                    None => before_any.push(part),
                }
                later_rows.extend(self.rows_named_in(part));
            }
        }
        // What stands before the first date speaks of all meetings.
        for record in records.values_mut() {
            record.texts.extend(&before_any);
        }

        let first = records.keys().next().copied();
        let references: Vec<&str> = meetings.iter().map(|meeting| meeting.reference).collect();
        let names_a_meeting = |text: &&str| {
            let mut words = runs(text).into_iter();
            words.any(|word| references.contains(&word.text))
        };
        let said_in = self.rows_that_say(rule.supervision);
        // In whatever capitals, so that few rows are left to be looked at closely.
        let lower: Vec<String> = references.iter().map(|name| name.to_lowercase()).collect();
        let lower: Vec<&str> = lower.iter().map(String::as_str).collect();
        let may_name = self.rows_that_say(&lower);
        later_rows.extend(self.practice().filter(|row| {
            said_in.contains(&row.at)
                || (may_name.contains(&row.at) && row.texts().iter().any(names_a_meeting))
        }));
        later_rows.retain(|row| row.day > first);
        let mut links: Vec<(Option<i32>, String, wit::Place)> = later_rows
            .into_iter()
            .map(|row| (row.day, row.label(), row.place(None)))
            .collect();
        links.sort_by(|one, other| (one.0, &one.1).cmp(&(other.0, &other.1)));
        links.dedup_by(|one, other| one.1 == other.1);

        let count = records.len() + undated;
        let speaks = |record: &Record<'_>, terms: &[&str]| {
            !Text::new(record.texts.iter().copied())
                .hits(terms)
                .is_empty()
        };
        let shown = |lacks: &dyn Fn(&Record<'_>) -> bool| -> Vec<String> {
            let lacking = records.iter().filter(|(_, record)| lacks(record));
            lacking.map(|(day, _)| dates::shown(*day)).collect()
        };
        let unchallenged = shown(&|record| !speaks(record, rule.challenged));
        let unchanged = shown(&|record| !speaks(record, rule.changed));
        let days: Vec<String> = shown(&|_| true);
        let wanted = self.number(rule.least_records);
        let time = self.seconds_of(self.rule.supervision_kind);
        let wanted_minutes = self.number(rule.least_minutes);
        let mut notes = Vec::new();
        if !unchallenged.is_empty() {
            notes.push(format!(
                "we could not find what was challenged on {}",
                list(&unchallenged)
            ));
        }
        if !unchanged.is_empty() {
            notes.push(format!(
                "we could not find what was changed after {}",
                list(&unchanged)
            ));
        }
        if let (Some((begin, end)), Some(earliest)) = (self.period(), first) {
            let late = f64::from(end - begin) * LATE_SHARE;
            if f64::from(earliest - begin) > late {
                notes.push("all of it stands at the end of the period".to_owned());
            }
            if records.keys().all(|day| *day < begin || *day > end) {
                notes.push("none of it lies between the first and the last session".to_owned());
            }
        }
        let too_little_time = minutes(time) < wanted_minutes;
        if too_little_time {
            notes.push(format!(
                "the diary shows {} of supervision, and {} are asked for",
                duration(time),
                duration(seconds(wanted_minutes))
            ));
        }
        let status = if count == 0 {
            Status::NotFound
        } else if number(count) < wanted || !notes.is_empty() {
            Status::Look
        } else {
            Status::Found
        };
        let on_days = if days.is_empty() {
            String::new()
        } else {
            format!(" ({})", list(&days))
        };
        let asked_for = if number(count) < wanted {
            format!("; {wanted} are asked for")
        } else {
            String::new()
        };
        let mut sentences = vec![format!(
            "We found {} of supervision{on_days}{asked_for}.",
            counted(small(count), "record", "records")
        )];
        sentences.extend(notes.iter().map(|note| format!("{}.", capital(note))));
        let learner = if status == Status::Found {
            sentences.join(" ")
        } else {
            format!(
                "{} You could say for each meeting when it was, what was challenged and what you changed.",
                sentences.join(" ")
            )
        };
        if !links.is_empty() {
            let labels: Vec<String> = links.iter().map(|(_, label, _)| label.clone()).collect();
            sentences.push(format!(
                "Later rows that come back to it: {}.",
                list(&labels)
            ));
        }
        let report = finding(rule.rule, self.soften(status), sentences.join(" "))
            .learner(learner)
            .criterion(rule.criterion)
            .source(self.source(rule.least_records))
            .counted(number(count), Some(wanted), "records")
            .setting(rule.least_records)
            .number("minutes", minutes(time))
            .texts("days", days)
            .texts(
                "later_rows",
                links.iter().map(|(_, label, _)| label.clone()),
            );
        let places = records.into_values().flat_map(|record| record.places);
        let places = places.chain(links.into_iter().map(|(_, _, place)| place));
        places.fold(report, wit::Finding::at)
    }
}

fn seconds(minutes: f64) -> i64 {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a setting’s bounds keep it small"
    )]
    let seconds = (minutes * 60.0).round() as i64;
    seconds
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).collect()
}
