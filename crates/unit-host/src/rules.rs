//! The rules of `unit.wit` that its types cannot express, held against what a
//! plugin says of its unit and what it answers.

use std::collections::BTreeSet;

use assessment::finding::{Finding, Place};
use assessment::sheet::{GradebookEntry, Outcome};
use assessment::unit::{Entry, Field, Setting, Slot, Unit, Value};

use crate::bindings::unit::markbridge::unit::types as wit;
use crate::error::CallFailure;

/// Sheet modes that the pages know.
const MODES: [&str; 2] = ["marks", "pass-referral"];
/// Kinds of slot that the pages know.
const SLOT_KINDS: [&str; 5] = ["document", "table", "form", "declaration", "attachment"];
const MOST_DOCUMENTS: usize = 64;
const MOST_TABLES: usize = 256;
const MOST_EVIDENCE_BYTES: usize = 6 << 20;
const MOST_FINDINGS: usize = 2_000;
const MOST_FINDING_BYTES: usize = 2 << 20;
const MOST_MESSAGE_BYTES: usize = 2_000;
const MOST_UNIT_BYTES: usize = 1 << 20;

/// The text as one line: control characters other than tab become spaces.
pub(crate) fn plain(text: String) -> String {
    if text.contains(is_forbidden) {
        text.replace(is_forbidden, " ")
    } else {
        text
    }
}

/// The beginning of a text, of at most this many bytes.
pub(crate) fn shortened(mut text: String, bytes: usize) -> String {
    text.truncate(text.floor_char_boundary(bytes));
    text
}

fn is_forbidden(character: char) -> bool {
    character.is_control() && character != '\t'
}

/// How much of something a description has, and how much there may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// What is counted, in the plural.
    pub what: &'static str,
    /// How much there is.
    pub count: usize,
    /// How much there may be (`unit` in `unit.wit`).
    pub limit: usize,
}

/// How near the description of a unit is to the limits of the interface.
///
/// # Errors
/// A text that is not plain, as a sentence without its full stop.
pub fn shares(unit: &Unit) -> Result<Vec<Share>, String> {
    let everything = serde_json::to_value(unit).map_err(|error| error.to_string())?;
    let share = |what, count, limit| Share { what, count, limit };
    Ok(vec![
        share(
            "bytes of text in all",
            texts(&everything, "unit")?,
            MOST_UNIT_BYTES,
        ),
        share("outcomes", unit.outcomes.len(), 60),
        share("criteria", unit.criteria().count(), 200),
        share("slots", unit.slots.len(), 40),
        share("settings", unit.settings.len(), 100),
    ])
}

/// Holds the description of a unit to the interface, and takes out of it what
/// this host does not know and may leave out.
///
/// # Errors
/// The first problem found, as a sentence without its full stop.
pub(crate) fn unit(unit: &mut Unit) -> Result<(), String> {
    for Share { what, count, limit } in shares(unit)? {
        at_most(count, limit, what)?;
    }

    id(&unit.id, "the unit's id")?;
    semver::Version::parse(&unit.version).map_err(|error| {
        format!(
            "the version `{}` is not like `1.2.0`: {error}",
            unit.version
        )
    })?;
    for (text, name) in [
        (&unit.language, "language"),
        (&unit.awarding_body, "awarding-body"),
        (&unit.title, "title"),
    ] {
        if text.trim().is_empty() {
            return Err(format!("the unit's `{name}` is empty"));
        }
    }

    some(&unit.outcomes, "outcome")?;
    unique(unit.outcomes.iter().map(|outcome| &outcome.id), "outcome")?;
    unique(unit.criteria().map(|criterion| &criterion.id), "criterion")?;
    for outcome in &unit.outcomes {
        some(&outcome.criteria, "criterion")
            .map_err(|error| format!("{error} in outcome `{}`", outcome.id))?;
    }
    for criterion in unit.criteria() {
        let name = &criterion.id;
        some(&criterion.verbs, "verb")
            .map_err(|error| format!("{error} for criterion `{name}`"))?;
        if criterion.wording.trim().is_empty() {
            return Err(format!("criterion `{name}` has no wording"));
        }
        if criterion.minimum > criterion.maximum {
            return Err(format!(
                "criterion `{name}` asks for {} parts of at most {}",
                criterion.minimum, criterion.maximum
            ));
        }
    }

    let modes = unit.sheet.modes.join("`, `");
    unit.sheet
        .modes
        .retain(|mode| MODES.contains(&mode.as_str()));
    if unit.sheet.modes.is_empty() {
        return Err(format!(
            "none of the sheet's modes is known here: it has `{modes}`; known are `marks` and `pass-referral`"
        ));
    }
    if !(1..=100).contains(&unit.sheet.parts_per_mark) {
        return Err(format!(
            "a mark has {} parts; there may be 1 to 100",
            unit.sheet.parts_per_mark
        ));
    }

    some(&unit.slots, "slot")?;
    unique(unit.slots.iter().map(|slot| &slot.id), "slot")?;
    for slot in &unit.slots {
        slot_rules(slot, unit).map_err(|error| format!("slot `{}`: {error}", slot.id))?;
    }
    unit.slots
        .retain(|slot| SLOT_KINDS.contains(&slot.kind.as_str()));
    some(&unit.slots, "slot of a kind that is known here")?;

    unique(
        unit.settings.iter().map(|setting| &setting.field.id),
        "setting",
    )?;
    for setting in &unit.settings {
        setting_rules(setting)
            .map_err(|error| format!("setting `{}`: {error}", setting.field.id))?;
    }
    unique(unit.rules.iter().map(|rule| &rule.id), "rule")?;
    for fact in &unit.facts {
        id(&fact.key, "a fact's key")?;
        value(&fact.value).map_err(|error| format!("fact `{}`: {error}", fact.key))?;
    }
    Ok(())
}

/// Bytes of all texts below a value. Texts are plain: the interface knows line
/// breaks only where evidence is passed.
fn texts(value: &serde_json::Value, path: &str) -> Result<usize, String> {
    use serde_json::Value as Json;
    match value {
        Json::String(text) if text.contains(is_forbidden) => Err(format!(
            "the text at `{path}` has a line break or another control character; make it one line"
        )),
        Json::String(text) => Ok(text.len()),
        Json::Array(items) => items
            .iter()
            .enumerate()
            .map(|(at, item)| texts(item, &format!("{path}[{at}]")))
            .sum(),
        Json::Object(fields) => fields
            .iter()
            .map(|(name, field)| texts(field, &format!("{path}.{name}")))
            .sum(),
        _ => Ok(0),
    }
}

fn slot_rules(slot: &Slot, unit: &Unit) -> Result<(), String> {
    if !SLOT_KINDS.contains(&slot.kind.as_str()) {
        return if slot.required {
            Err(format!(
                "it is required, but this host does not know the kind `{}`; install it on a newer version",
                slot.kind
            ))
        } else {
            Ok(())
        };
    }
    if let Some(missing) = slot
        .criteria
        .iter()
        .find(|criterion| unit.criterion(criterion).is_none())
    {
        return Err(format!("the unit has no criterion `{missing}`"));
    }
    if matches!(slot.kind.as_str(), "document" | "attachment") && slot.most_files == 0 {
        return Err("it takes files, but at most 0 of them".to_owned());
    }
    if slot.kind == "declaration" && slot.statement.trim().is_empty() {
        return Err("a declaration needs its statement".to_owned());
    }
    if matches!(slot.kind.as_str(), "table" | "form") {
        some(&slot.fields, "field")?;
    }
    // A table has at most 64 columns.
    at_most(slot.fields.len(), 64, "fields")?;
    unique(slot.fields.iter().map(|field| &field.id), "field")?;
    slot.fields.iter().try_for_each(field_rules)
}

fn field_rules(field: &Field) -> Result<(), String> {
    let name = &field.id;
    let bounds = [field.minimum, field.maximum];
    if bounds.iter().flatten().any(|bound| !bound.is_finite()) {
        return Err(format!("a bound of `{name}` is not a finite number"));
    }
    if let [Some(minimum), Some(maximum)] = bounds
        && minimum > maximum
    {
        return Err(format!(
            "`{name}` goes from {minimum} to {maximum}, which leaves nothing"
        ));
    }
    if field.kind == "choice" {
        some(&field.choices, "choice").map_err(|error| format!("{error} for `{name}`"))?;
    }
    unique(field.choices.iter().map(|choice| &choice.id), "choice")
}

fn setting_rules(setting: &Setting) -> Result<(), String> {
    let field = &setting.field;
    field_rules(field)?;
    value(&setting.standard)?;
    let fits = match (&setting.standard, field.kind.as_str()) {
        (Value::Number(number), "whole-number") => number.fract() == 0.0,
        (Value::Number(_), "number" | "date" | "time" | "duration")
        | (Value::Flag(_), "yes-no") => true,
        (Value::Text(text), "choice") => field.choices.iter().any(|choice| choice.id == *text),
        (Value::Text(_), kind) => !matches!(
            kind,
            "whole-number" | "number" | "date" | "time" | "duration" | "yes-no"
        ),
        _ => false,
    };
    if !fits {
        return Err(format!(
            "its standard value is not of its kind `{}`",
            field.kind
        ));
    }
    if let Value::Number(number) = setting.standard
        && (field.minimum.is_some_and(|minimum| number < minimum)
            || field.maximum.is_some_and(|maximum| number > maximum))
    {
        return Err(format!("its standard value {number} is out of its bounds"));
    }
    Ok(())
}

/// Holds what people handed in to what a plugin is promised, and the evidence of
/// the earlier submission too. Files and rows were held to their own limits when
/// they were read; together they may be more.
pub(crate) fn evidence(
    evidence: &wit::Evidence,
    earlier: Option<&wit::Evidence>,
) -> Result<(), CallFailure> {
    let earlier = earlier.map(|earlier| (earlier, " of the earlier submission"));
    [(evidence, "")]
        .into_iter()
        .chain(earlier)
        .try_for_each(|(evidence, whose)| {
            let (documents, tables) = (evidence.documents.len(), evidence.tables.len());
            let bytes = evidence_bytes(evidence);
            at_most(documents, MOST_DOCUMENTS, &format!("documents{whose}"))
                .and_then(|()| at_most(tables, MOST_TABLES, &format!("tables{whose}")))
                .and_then(|()| {
                    let what = format!("bytes of text in all{whose}");
                    at_most(bytes, MOST_EVIDENCE_BYTES, &what)
                })
        })
        .map_err(|message| CallFailure::TooMuchEvidence { message })
}

fn evidence_bytes(evidence: &wit::Evidence) -> usize {
    let documents = evidence
        .documents
        .iter()
        .map(|document| document.text.len() + document.labels.len());
    let columns = evidence.tables.iter().flat_map(|table| &table.columns);
    let columns = columns.map(|column| column.cells.len() + column.written.len());
    documents.chain(columns).sum()
}

/// Holds findings to the interface. Places that do not exist are dropped, and the
/// plugin's author is told so.
pub(crate) fn findings(
    findings: Vec<wit::Finding>,
    evidence: &wit::Evidence,
    unit: &Unit,
    log: Vec<String>,
    tell: &mut dyn FnMut(String),
) -> Result<Vec<Finding>, CallFailure> {
    let too_much = |message, log| Err(CallFailure::TooMuchOutput { message, log });
    let count = findings.len();
    if count > MOST_FINDINGS {
        let message = format!("{count} findings; there may be {MOST_FINDINGS}");
        return too_much(message, log);
    }
    let findings: Vec<Finding> = findings.into_iter().map(Finding::from).collect();
    let bytes = findings.iter().map(finding_bytes).sum::<usize>();
    if bytes > MOST_FINDING_BYTES {
        let message = format!("{bytes} bytes of findings; there may be {MOST_FINDING_BYTES}");
        return too_much(message, log);
    }
    findings
        .into_iter()
        .enumerate()
        .map(|(at, found)| {
            let name = shortened(plain(found.rule.clone()), 64);
            let places = found.places.len();
            let which = || format!("finding {} (rule `{name}`)", at + 1);
            let kept = finding(found, evidence, unit).map_err(|problem| CallFailure::Invalid {
                message: format!("{}: {problem}", which()),
            })?;
            let dropped = places - kept.places.len();
            if dropped > 0 {
                tell(format!(
                    "{}: {dropped} of {places} places are not in the evidence and are left out",
                    which()
                ));
            }
            Ok(kept)
        })
        .collect()
}

fn finding(mut finding: Finding, evidence: &wit::Evidence, unit: &Unit) -> Result<Finding, String> {
    id(&finding.rule, "the rule")?;
    if let Some(criterion) = &finding.criterion
        && unit.criterion(criterion).is_none()
    {
        let known = unit.criteria().map(|criterion| criterion.id.as_str());
        return Err(none_of("criterion", criterion, known));
    }
    at_most(
        finding.message.len(),
        MOST_MESSAGE_BYTES,
        "bytes of message",
    )?;
    let for_learner = finding.learner_message.as_ref().map_or(0, String::len);
    at_most(
        for_learner,
        MOST_MESSAGE_BYTES,
        "bytes of message for the learner",
    )?;
    at_most(finding.places.len(), 100, "places")?;
    entries(&finding.details)?;
    if let Some(measure) = &mut finding.measure {
        if !measure.counted.is_finite() || measure.wanted.is_some_and(|wanted| !wanted.is_finite())
        {
            return Err("what was counted or wanted is not a finite number".to_owned());
        }
        measure.unit = plain(std::mem::take(&mut measure.unit));
        if let Some(setting) = &measure.setting
            && !unit.settings.iter().any(|known| known.field.id == *setting)
        {
            let known = unit.settings.iter().map(|known| known.field.id.as_str());
            return Err(none_of("setting", setting, known));
        }
    }
    finding.places.retain(|place| exists(place, evidence));
    finding.status = plain(finding.status);
    finding.source = plain(finding.source);
    finding.message = plain(finding.message);
    finding.learner_message = finding.learner_message.map(plain);
    finding.details = finding.details.into_iter().map(plain_entry).collect();
    Ok(finding)
}

/// An id that is none of the unit's, with those that are.
fn none_of<'a>(what: &str, id: &str, known: impl Iterator<Item = &'a str>) -> String {
    let id = shortened(plain(id.to_owned()), 64);
    let known: Vec<&str> = known.collect();
    match known.as_slice() {
        [] => format!("the unit has no {what} `{id}`; it has none"),
        known => {
            let known = shortened(known.join(", "), 1_000);
            format!("the unit has no {what} `{id}`; it has {known}")
        }
    }
}

fn exists(place: &Place, evidence: &wit::Evidence) -> bool {
    let (start, end) = (place.start as usize, place.end as usize);
    let document = evidence
        .documents
        .iter()
        .find(|document| document.slot == place.slot && document.item == place.item);
    if let Some(document) = document {
        return place.column.is_none() && document.text.get(start..end).is_some();
    }
    evidence
        .tables
        .iter()
        .find(|table| table.slot == place.slot && table.item == place.item)
        .is_some_and(|table| {
            start <= end
                && place.end <= table.row_count
                && place
                    .column
                    .as_ref()
                    .is_none_or(|id| table.columns.iter().any(|column| column.id == *id))
        })
}

fn finding_bytes(finding: &Finding) -> usize {
    let texts = [
        Some(&finding.rule),
        finding.criterion.as_ref(),
        Some(&finding.status),
        Some(&finding.message),
        finding.learner_message.as_ref(),
        Some(&finding.source),
    ];
    let places = finding
        .places
        .iter()
        .map(|place| place.slot.len() + place.column.as_ref().map_or(0, String::len));
    texts.into_iter().flatten().map(String::len).sum::<usize>()
        + places.sum::<usize>()
        + finding.details.iter().map(entry_bytes).sum::<usize>()
}

fn entry_bytes(entry: &Entry) -> usize {
    let value = match &entry.value {
        Value::Flag(_) | Value::Number(_) => 8,
        Value::Text(text) => text.len(),
        Value::Texts(texts) => texts.iter().map(String::len).sum(),
        Value::Counts(counts) => counts.iter().map(|(name, _)| name.len() + 8).sum(),
        Value::Grid(rows) => rows.iter().flatten().map(String::len).sum(),
    };
    entry.key.len() + value
}

/// Holds an outcome to the interface; the sheet holds it to its marks.
pub(crate) fn outcome(outcome: wit::ResultSheet) -> Result<Outcome, String> {
    let mut outcome = Outcome::from(outcome);
    at_most(outcome.reasons.len(), 50, "reasons")?;
    for reason in &outcome.reasons {
        at_most(reason.len(), MOST_MESSAGE_BYTES, "bytes in a reason")?;
    }
    at_most(outcome.label.len(), 200, "bytes of label")?;
    entries(&outcome.details)?;
    if let (Some(total), Some(maximum)) = (outcome.total, outcome.maximum)
        && total > maximum
    {
        return Err(format!("the total {total} is more than {maximum}"));
    }
    outcome.label = plain(outcome.label);
    outcome.reasons = outcome.reasons.into_iter().map(plain).collect();
    outcome.details = outcome.details.into_iter().map(plain_entry).collect();
    Ok(outcome)
}

/// Holds a gradebook entry to the interface.
pub(crate) fn gradebook(entry: wit::GradebookEntry) -> Result<GradebookEntry, String> {
    let GradebookEntry {
        score,
        maximum,
        comment,
    } = entry.into();
    if !maximum.is_finite() || maximum <= 0.0 {
        return Err(format!(
            "the score is out of {maximum}; that must be more than 0"
        ));
    }
    if !(0.0..=maximum).contains(&score) {
        return Err(format!("the score {score} is not between 0 and {maximum}"));
    }
    at_most(comment.len(), 1_000, "bytes of comment")?;
    Ok(GradebookEntry {
        score,
        maximum,
        comment: plain(comment),
    })
}

fn entries(entries: &[Entry]) -> Result<(), String> {
    at_most(entries.len(), 50, "details")?;
    unique(entries.iter().map(|entry| &entry.key), "detail")?;
    entries.iter().try_for_each(|entry| {
        value(&entry.value).map_err(|error| format!("detail `{}`: {error}", entry.key))
    })
}

fn plain_entry(entry: Entry) -> Entry {
    let value = match entry.value {
        Value::Text(text) => Value::Text(plain(text)),
        Value::Texts(texts) => Value::Texts(texts.into_iter().map(plain).collect()),
        Value::Counts(counts) => Value::Counts(
            counts
                .into_iter()
                .map(|(name, number)| (plain(name), number))
                .collect(),
        ),
        Value::Grid(rows) => Value::Grid(
            rows.into_iter()
                .map(|row| row.into_iter().map(plain).collect())
                .collect(),
        ),
        other => other,
    };
    Entry {
        key: entry.key,
        value,
    }
}

/// The limits of `value` in `unit.wit`.
fn value(value: &Value) -> Result<(), String> {
    match value {
        Value::Flag(_) => Ok(()),
        Value::Number(number) => finite(*number),
        Value::Text(text) => at_most(text.len(), 4_096, "bytes of text"),
        Value::Texts(texts) => at_most(texts.len(), 1_000, "texts"),
        Value::Counts(counts) => {
            at_most(counts.len(), 1_000, "counts")?;
            counts.iter().try_for_each(|(_, number)| finite(*number))
        }
        Value::Grid(rows) => {
            at_most(rows.len(), 200, "rows")?;
            let width = rows.first().map_or(0, Vec::len);
            at_most(width, 32, "cells in a row")?;
            if rows.iter().any(|row| row.len() != width) {
                return Err("its rows are not all as long as the first".to_owned());
            }
            Ok(())
        }
    }
}

fn finite(number: f64) -> Result<(), String> {
    if number.is_finite() {
        Ok(())
    } else {
        Err("a number in it is not finite".to_owned())
    }
}

/// Ids of `unit.wit`: at most 64 bytes of `a-z A-Z 0-9 . - _`.
fn id(id: &str, what: &str) -> Result<(), String> {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    if (1..=64).contains(&id.len()) && id.bytes().all(known) {
        Ok(())
    } else {
        let id = shortened(plain(id.to_owned()), 64);
        Err(format!(
            "{what} `{id}` is not an id: 1 to 64 of a-z, A-Z, 0-9, `.`, `-` and `_`"
        ))
    }
}

fn unique<'a>(ids: impl Iterator<Item = &'a String>, what: &str) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    for one in ids {
        id(one, &format!("the {what}"))?;
        if !seen.insert(one) {
            return Err(format!("there are two of the {what} `{one}`"));
        }
    }
    Ok(())
}

fn some<T>(items: &[T], what: &str) -> Result<(), String> {
    if items.is_empty() {
        Err(format!("there is no {what}; at least one is needed"))
    } else {
        Ok(())
    }
}

fn at_most(count: usize, limit: usize, what: &str) -> Result<(), String> {
    if count > limit {
        Err(format!("there are {count} {what}; there may be {limit}"))
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use assessment::unit::{Criterion, LearningOutcome, SheetRules};

    use super::*;

    fn good() -> Unit {
        let text = str::to_owned;
        Unit {
            id: text("demo-1"),
            version: text("1.0.0"),
            language: text("en-GB"),
            awarding_body: text("demo"),
            awarding_body_name: text("Demo Body"),
            number: text("1"),
            edition: String::new(),
            task_edition: String::new(),
            title: text("A unit"),
            level: text("3"),
            credit: None,
            guided_learning_hours: None,
            words: None,
            provenance: Vec::new(),
            outcomes: vec![LearningOutcome {
                id: text("1"),
                title: text("Understand something"),
                aliases: Vec::new(),
                indicative_content: Vec::new(),
                prompts: Vec::new(),
                criteria: vec![Criterion {
                    id: text("1.1"),
                    wording: text("Describe something"),
                    verbs: vec![text("describe")],
                    aliases: Vec::new(),
                    maximum: 2,
                    minimum: 1,
                    words: None,
                    descriptors: Vec::new(),
                    prompts: Vec::new(),
                }],
            }],
            sheet: SheetRules {
                modes: vec![text("marks")],
                parts_per_mark: 1,
                notes: Vec::new(),
            },
            slots: vec![Slot {
                id: text("assignment"),
                kind: text("document"),
                title: text("Assignment"),
                help: String::new(),
                required: true,
                most_files: 1,
                criteria: Vec::new(),
                fields: Vec::new(),
                statement: String::new(),
            }],
            settings: vec![Setting {
                field: Field {
                    id: text("most"),
                    title: text("Most words"),
                    aliases: Vec::new(),
                    help: String::new(),
                    kind: text("whole-number"),
                    unit: String::new(),
                    required: false,
                    minimum: Some(0.0),
                    maximum: Some(10.0),
                    choices: Vec::new(),
                    example: String::new(),
                },
                standard: Value::Number(5.0),
                source: text("heuristic"),
                overlay: text("free"),
            }],
            rules: Vec::new(),
            facts: Vec::new(),
        }
    }

    /// So many of the first, each with an id of its own.
    fn repeat<T: Clone>(items: &mut Vec<T>, count: usize, name: fn(&mut T, String)) {
        let first = items[0].clone();
        items.resize(count, first);
        for (at, item) in items.iter_mut().enumerate() {
            name(item, format!("n{at}"));
        }
    }

    #[test]
    fn a_unit_that_breaks_a_rule_is_told_which() {
        type Break = fn(&mut Unit);
        let breaks: [(Break, &str); 25] = [
            (|unit| unit.id = "a b".to_owned(), "the unit's id `a b`"),
            (|unit| unit.id = "x".repeat(65), "is not an id"),
            (|unit| unit.version = "1.0".to_owned(), "the version `1.0`"),
            (|unit| unit.title = String::new(), "`title` is empty"),
            (|unit| unit.title = "A\nunit".to_owned(), "at `unit.title`"),
            (|unit| unit.outcomes.clear(), "no outcome"),
            (|unit| unit.outcomes[0].criteria.clear(), "no criterion"),
            (
                |unit| {
                    let twin = unit.outcomes[0].criteria[0].clone();
                    unit.outcomes[0].criteria.push(twin);
                },
                "two of the criterion `1.1`",
            ),
            (|unit| unit.outcomes[0].criteria[0].verbs.clear(), "no verb"),
            (
                |unit| unit.outcomes[0].criteria[0].minimum = 3,
                "asks for 3 parts of at most 2",
            ),
            (
                |unit| unit.sheet.modes = vec!["stars".to_owned()],
                "it has `stars`",
            ),
            (|unit| unit.sheet.parts_per_mark = 0, "0 parts"),
            (|unit| unit.sheet.parts_per_mark = 101, "101 parts"),
            (|unit| unit.slots.clear(), "no slot"),
            (
                |unit| "hologram".clone_into(&mut unit.slots[0].kind),
                "does not know the kind `hologram`",
            ),
            (
                |unit| "declaration".clone_into(&mut unit.slots[0].kind),
                "needs its statement",
            ),
            (
                |unit| unit.slots[0].criteria.push("9.9".to_owned()),
                "no criterion `9.9`",
            ),
            (
                |unit| unit.settings[0].standard = Value::Number(0.5),
                "not of its kind",
            ),
            (
                |unit| unit.settings[0].standard = Value::Number(11.0),
                "out of its bounds",
            ),
            (
                |unit| repeat(&mut unit.outcomes, 61, |outcome, id| outcome.id = id),
                "61 outcomes",
            ),
            (
                |unit| {
                    let criteria = &mut unit.outcomes[0].criteria;
                    repeat(criteria, 201, |criterion, id| criterion.id = id);
                },
                "201 criteria",
            ),
            (
                |unit| repeat(&mut unit.slots, 41, |slot, id| slot.id = id),
                "41 slots",
            ),
            (
                |unit| repeat(&mut unit.settings, 101, |setting, id| setting.field.id = id),
                "101 settings",
            ),
            (
                |unit| {
                    let field = unit.settings[0].field.clone();
                    unit.slots[0].kind = "table".to_owned();
                    unit.slots[0].fields = vec![field];
                    repeat(&mut unit.slots[0].fields, 65, |field, id| field.id = id);
                },
                "65 fields",
            ),
            (
                |unit| unit.edition = "x".repeat(1 << 20),
                "bytes of text in all",
            ),
        ];
        assert_eq!(unit(&mut good()), Ok(()));
        for (damage, expected) in breaks {
            let mut damaged = good();
            damage(&mut damaged);
            let problem = unit(&mut damaged).expect_err(expected);
            assert!(problem.contains(expected), "{problem}");
        }
    }

    #[test]
    fn what_this_host_does_not_know_is_left_out_where_it_may_be() {
        let mut newer = good();
        newer.sheet.modes.insert(0, "stars".to_owned());
        let mut optional = newer.slots[0].clone();
        "hologram".clone_into(&mut optional.id);
        "hologram".clone_into(&mut optional.kind);
        optional.required = false;
        newer.slots.push(optional);
        assert_eq!(unit(&mut newer), Ok(()));
        assert_eq!(newer, good());
    }

    #[test]
    fn values_have_limits() {
        let long = |count: usize| vec!["x".to_owned(); count];
        for (good, bad) in [
            (Value::Number(1.0), Value::Number(f64::INFINITY)),
            (
                Value::Text("x".repeat(4_096)),
                Value::Text("x".repeat(4_097)),
            ),
            (Value::Texts(long(1_000)), Value::Texts(long(1_001))),
            (
                Value::Counts(vec![(String::new(), 1.0); 1_000]),
                Value::Counts(vec![(String::new(), f64::NAN)]),
            ),
            (
                Value::Counts(Vec::new()),
                Value::Counts(vec![(String::new(), 1.0); 1_001]),
            ),
            (
                Value::Grid(vec![long(32); 200]),
                Value::Grid(vec![long(32); 201]),
            ),
            (Value::Grid(vec![long(32)]), Value::Grid(vec![long(33)])),
            (Value::Grid(Vec::new()), Value::Grid(vec![long(2), long(3)])),
        ] {
            assert_eq!(value(&good), Ok(()), "{good:?}");
            assert!(value(&bad).is_err(), "{bad:?}");
        }
    }

    fn found() -> Finding {
        Finding {
            rule: "rule".to_owned(),
            criterion: None,
            status: "found".to_owned(),
            message: "x".repeat(MOST_MESSAGE_BYTES),
            learner_message: Some("x".repeat(MOST_MESSAGE_BYTES)),
            source: "heuristic".to_owned(),
            measure: None,
            places: vec![
                Place {
                    slot: "assignment".to_owned(),
                    item: 0,
                    start: 0,
                    end: 0,
                    column: None,
                };
                100
            ],
            details: (0..50)
                .map(|at| Entry {
                    key: format!("key-{at}"),
                    value: Value::Flag(true),
                })
                .collect(),
        }
    }

    #[test]
    fn a_finding_has_limits() {
        type Break = fn(&mut Finding);
        let none = wit::Evidence {
            slots: Vec::new(),
            documents: Vec::new(),
            tables: Vec::new(),
        };
        let kept = finding(found(), &none, &good()).expect("up to the limits");
        assert_eq!(kept.places, [], "places in no document are dropped");
        let breaks: [(Break, &str); 7] = [
            (|found| found.rule = "a rule".to_owned(), "not an id"),
            (
                |found| found.criterion = Some("9.9".to_owned()),
                "no criterion `9.9`; it has 1.1",
            ),
            (|found| found.message.push('x'), "2001 bytes of message"),
            (
                |found| found.learner_message = Some("x".repeat(2_001)),
                "for the learner",
            ),
            (
                |found| found.places.push(found.places[0].clone()),
                "101 places",
            ),
            (
                |found| found.details.push(found.details[0].clone()),
                "51 details",
            ),
            (
                |found| {
                    found.measure = Some(assessment::finding::Measure {
                        counted: 1.0,
                        wanted: Some(f64::INFINITY),
                        unit: String::new(),
                        setting: None,
                    });
                },
                "not a finite number",
            ),
        ];
        for (damage, expected) in breaks {
            let mut damaged = found();
            damage(&mut damaged);
            let problem = finding(damaged, &none, &good()).expect_err(expected);
            assert!(problem.contains(expected), "{problem}");
        }
    }
}
