//! What a centre sets for itself, laid over a unit as its plugin describes it.
//!
//! A centre may put in its own texts, raise what the awarding body asks for, and
//! give marks to a sheet that prints none. It can neither touch the wording of a
//! criterion nor lower a minimum. What does not fit is refused with the reason.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::unit::{Criterion, Descriptor, Field, Provenance, Setting, Unit, Value, WordGuidance};

/// A setting of this name and a criterion's id holds the words to aim at there,
/// as the checks that units share read it.
const WORDS_SETTING: &str = "words_";
/// The `source` code of what a centre set, which is the basis of its provenance too.
const CENTRE: &str = "centre";
/// Longest text, in bytes: what the interface of plugins takes.
const LONGEST_TEXT: usize = 4_096;
/// Most marks for a criterion; our own bound, far above any sheet.
const MOST_MARKS: f64 = 10_000.0;

/// What a centre sets for one unit, as a file of its own says.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Overlay {
    /// Id of the unit.
    pub unit: String,
    /// Where the centre has it from, shown beside what it set.
    pub source: String,
    /// The platforms it is for, each by issuer, client id or name; empty: all.
    #[serde(default)]
    pub platforms: Vec<String>,
    /// The unit's title on pages.
    #[serde(default)]
    pub title: Option<String>,
    /// Guidance on the length of the whole submission.
    #[serde(default)]
    pub words: Option<OverlayWords>,
    /// The mark sheet.
    #[serde(default)]
    pub sheet: OverlaySheet,
    /// Values of the unit's settings, by id.
    #[serde(default)]
    pub settings: BTreeMap<String, OverlayValue>,
    /// What is set for learning outcomes.
    #[serde(default)]
    pub outcomes: Vec<OverlayOutcome>,
    /// What is set for criteria.
    #[serde(default)]
    pub criteria: Vec<OverlayCriterion>,
    /// Descriptors that replace the unit's, or are added to them.
    #[serde(default)]
    pub descriptors: Vec<OverlayDescriptor>,
}

/// Guidance on length, in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OverlayWords {
    /// The length to aim at.
    pub nominal: u32,
    /// From where.
    #[serde(default)]
    pub low: Option<u32>,
    /// To where, included.
    #[serde(default)]
    pub high: Option<u32>,
}

/// The centre's mark sheet.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OverlaySheet {
    /// The mode that sheets are marked in, one of the unit's.
    #[serde(default)]
    pub mode: Option<String>,
    /// Reference and version as printed on the sheet: `M3055 FEB 12 V1`.
    #[serde(default)]
    pub reference: Option<String>,
}

/// A value for a setting.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum OverlayValue {
    /// Yes or no.
    Flag(bool),
    /// A number; durations in minutes.
    Number(f64),
    /// A text, or the id of a choice.
    Text(String),
}

/// What is set for a learning outcome.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OverlayOutcome {
    /// Its id.
    pub id: String,
    /// Headings that count as this outcome's, beside the unit's.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Questions in place of the unit's.
    #[serde(default)]
    pub prompts: Vec<String>,
}

/// What is set for a criterion.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OverlayCriterion {
    /// Its id.
    pub id: String,
    /// Headings that count as this criterion's, beside the unit's.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Questions in place of the unit's.
    #[serde(default)]
    pub prompts: Vec<String>,
    /// Guidance on length.
    #[serde(default)]
    pub words: Option<OverlayWords>,
    /// Most marks, where the unit prints none.
    #[serde(default)]
    pub maximum: Option<f64>,
    /// Fewest marks that meet it.
    #[serde(default)]
    pub minimum: Option<f64>,
}

/// A descriptor.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OverlayDescriptor {
    /// Id of the criterion.
    pub criterion: String,
    /// Code of the band.
    pub band: String,
    /// The band as printed; needed for one that the unit does not have.
    #[serde(default)]
    pub label: Option<String>,
    /// About how many marks such work gets.
    #[serde(default)]
    pub around: Option<f64>,
    /// The texts; any one suffices.
    pub texts: Vec<String>,
}

impl fmt::Display for OverlayValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => flag.fmt(f),
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => text.fmt(f),
        }
    }
}

impl From<OverlayValue> for Value {
    fn from(value: OverlayValue) -> Self {
        match value {
            OverlayValue::Flag(flag) => Self::Flag(flag),
            OverlayValue::Number(number) => Self::Number(number),
            OverlayValue::Text(text) => Self::Text(text),
        }
    }
}

/// Why a line of an overlay cannot be used, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{key}` is `{value}`: {reason}")]
pub struct Refusal {
    /// The line: `settings.min_minutes_total`.
    pub key: String,
    /// What stands there.
    pub value: String,
    /// What the unit has and whose that is, and what to do.
    pub reason: String,
}

impl Overlay {
    /// Whether it is for the platform of this issuer, client id and name.
    pub fn is_for(&self, issuer: &str, client_id: &str, name: &str) -> bool {
        self.platforms.is_empty()
            || self
                .platforms
                .iter()
                .any(|platform| [issuer, client_id, name].contains(&platform.as_str()))
    }

    /// Lays it over `unit`, which is `original` with other overlays laid over it
    /// before. Each is held to what the unit itself asks for.
    ///
    /// # Errors
    /// Every [`Refusal`]; `unit` is then unchanged.
    pub fn lay(&self, original: &Unit, unit: &mut Unit) -> Result<(), Vec<Refusal>> {
        let mut laying = Laying {
            original,
            unit: unit.clone(),
            source: &self.source,
            refusals: Vec::new(),
        };
        laying.lay(self);
        if laying.refusals.is_empty() {
            *unit = laying.unit;
            Ok(())
        } else {
            Err(laying.refusals)
        }
    }
}

/// An overlay on its way over a unit.
struct Laying<'a> {
    original: &'a Unit,
    unit: Unit,
    source: &'a str,
    refusals: Vec<Refusal>,
}

impl Laying<'_> {
    fn lay(&mut self, overlay: &Overlay) {
        if overlay.unit != self.original.id {
            return self.refuse(
                "unit",
                &overlay.unit,
                format!(
                    "the overlay is for another unit than `{}`",
                    self.original.id
                ),
            );
        }
        self.is_text("source", &overlay.source);
        if let Some(title) = &overlay.title
            && self.is_text("title", title)
        {
            self.unit.title.clone_from(title);
            self.note("unit.title");
        }
        if let Some(words) = overlay.words
            && self.is_range("words", words)
        {
            self.unit.words = Some(guidance(words));
            self.note("unit.words");
        }
        for (id, value) in &overlay.settings {
            self.setting(&format!("settings.{id}"), id, value);
        }
        for outcome in &overlay.outcomes {
            self.outcome(outcome);
        }
        for criterion in &overlay.criteria {
            self.criterion(criterion);
        }
        for descriptor in &overlay.descriptors {
            self.descriptor(descriptor);
        }
        // Last, for a marked sheet needs the marks.
        self.sheet(&overlay.sheet);
    }

    fn refuse(&mut self, key: &str, value: impl fmt::Display, reason: impl Into<String>) {
        self.refusals.push(Refusal {
            key: key.to_owned(),
            value: value.to_string().chars().take(80).collect(),
            reason: reason.into(),
        });
    }

    /// Refuses a name that the unit does not have.
    fn unknown<'b>(
        &mut self,
        key: &str,
        value: impl fmt::Display,
        kind: &str,
        known: impl Iterator<Item = &'b String>,
    ) {
        let known = quoted(known);
        let reason = if known.is_empty() {
            format!("the unit has no {kind} of this name; leave it out")
        } else {
            format!("the unit has no {kind} of this name; write one of {known}, or leave it out")
        };
        self.refuse(key, value, reason);
    }

    /// Writes down where the centre has it from.
    fn note(&mut self, about: &str) {
        let provenance = &mut self.unit.provenance;
        provenance.retain(|known| known.basis != CENTRE || known.about != about);
        provenance.push(Provenance {
            about: about.to_owned(),
            basis: CENTRE.to_owned(),
            note: self.source.to_owned(),
        });
    }

    fn is_text(&mut self, key: &str, text: &str) -> bool {
        let reason = if text.trim().is_empty() {
            "it is empty; write a text, or leave the line out"
        } else if text.contains(char::is_control) {
            "it has a line break or another control character; write it in one line"
        } else if text.len() > LONGEST_TEXT {
            "it is longer than 4,096 bytes; shorten it"
        } else {
            return true;
        };
        self.refuse(key, text, reason);
        false
    }

    fn are_texts(&mut self, key: &str, texts: &[String]) -> bool {
        texts.iter().all(|text| self.is_text(key, text))
    }

    fn is_range(&mut self, key: &str, words: OverlayWords) -> bool {
        let fits = words.nominal > 0
            && words.low.is_none_or(|low| low <= words.nominal)
            && words.high.is_none_or(|high| high >= words.nominal);
        if !fits {
            self.refuse(
                key,
                range_words(words.nominal, words.low, words.high),
                "expected `nominal` above 0, `low` not above it and `high` not below it",
            );
        }
        fits
    }

    fn setting(&mut self, key: &str, id: &str, value: &OverlayValue) {
        let original = self.original;
        let at = original
            .settings
            .iter()
            .position(|setting| setting.field.id == id);
        let Some((at, setting)) = at.and_then(|at| Some((at, original.settings.get(at)?))) else {
            let known = original.settings.iter().map(|setting| &setting.field.id);
            return self.unknown(key, value, "setting", known);
        };
        if let Some(reason) = kind_reason(&setting.field, value)
            .or_else(|| self.rule_reason(setting, value))
            .or_else(|| bounds_reason(&setting.field, value))
        {
            return self.refuse(key, value, reason);
        }
        if let OverlayValue::Text(text) = value
            && !self.is_text(key, text)
        {
            return;
        }
        let value = Value::from(value.clone());
        let own = value == setting.standard;
        if let Some(laid) = self.unit.settings.get_mut(at) {
            if own {
                laid.source.clone_from(&setting.source);
            } else {
                CENTRE.clone_into(&mut laid.source);
            }
            laid.standard = value.clone();
        }
        self.note(&format!("setting:{id}"));
        if let (Some(criterion), Value::Number(words)) = (id.strip_prefix(WORDS_SETTING), value) {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "clamped to what guidance can be"
            )]
            let nominal = words.clamp(0.0, f64::from(u32::MAX)) as u32;
            self.criterion_words(
                criterion,
                OverlayWords {
                    nominal,
                    low: None,
                    high: None,
                },
            );
        }
    }

    /// Why the rule of the setting refuses the value, which is of its kind.
    fn rule_reason(&self, setting: &Setting, value: &OverlayValue) -> Option<String> {
        let (standard, rule) = (&setting.standard, setting.overlay.as_str());
        if rule == "free" || Value::from(value.clone()) == *standard {
            return None;
        }
        let whose = self.whose(&setting.source);
        let shown = with_unit(standard, &setting.field.unit);
        match (rule, value, standard) {
            ("raise", OverlayValue::Flag(true), _) | ("lower", OverlayValue::Flag(false), _) => None,
            ("raise", OverlayValue::Number(new), Value::Number(least)) => (new < least).then(|| {
                format!("{whose} asks for at least {shown}; write {least} or more, or leave the line out")
            }),
            ("lower", OverlayValue::Number(new), Value::Number(most)) => (new > most).then(|| {
                format!("{whose} allows at most {shown}; write {most} or less, or leave the line out")
            }),
            _ => Some(format!(
                "{whose} says {shown}, and a centre cannot change that; leave the line out"
            )),
        }
    }

    /// Who says so, at the beginning of a reason.
    fn whose(&self, source: &str) -> String {
        match source {
            "heuristic" => "our rule of thumb".to_owned(),
            CENTRE => "the unit’s own template".to_owned(),
            code if code == self.original.awarding_body => self.awarding_body(),
            other => other.to_owned(),
        }
    }

    fn awarding_body(&self) -> String {
        let unit = self.original;
        if unit.awarding_body_name.is_empty() {
            unit.awarding_body.clone()
        } else {
            unit.awarding_body_name.clone()
        }
    }

    fn outcome(&mut self, new: &OverlayOutcome) {
        let key = format!("outcomes.{}", new.id);
        let outcomes = &self.original.outcomes;
        let Some(at) = outcomes.iter().position(|outcome| outcome.id == new.id) else {
            let known = outcomes.iter().map(|outcome| &outcome.id);
            return self.unknown("outcomes.id", &new.id, "outcome", known);
        };
        if !self.are_texts(&format!("{key}.aliases"), &new.aliases)
            || !self.are_texts(&format!("{key}.prompts"), &new.prompts)
        {
            return;
        }
        let outcome = &mut self.unit.outcomes[at];
        add(&mut outcome.aliases, &new.aliases);
        if !new.prompts.is_empty() {
            outcome.prompts.clone_from(&new.prompts);
        }
        for (name, texts) in [("aliases", &new.aliases), ("prompts", &new.prompts)] {
            if !texts.is_empty() {
                self.note(&format!("outcome:{}.{name}", new.id));
            }
        }
    }

    fn criterion(&mut self, new: &OverlayCriterion) {
        let key = format!("criteria.{}", new.id);
        let original = self.original;
        let Some(criterion) = original.criterion(&new.id) else {
            let known = original.criteria().map(|criterion| &criterion.id);
            return self.unknown("criteria.id", &new.id, "criterion", known);
        };
        if self.are_texts(&format!("{key}.aliases"), &new.aliases)
            && self.are_texts(&format!("{key}.prompts"), &new.prompts)
        {
            if let Some(laid) = self.laid(&new.id) {
                add(&mut laid.aliases, &new.aliases);
                if !new.prompts.is_empty() {
                    laid.prompts.clone_from(&new.prompts);
                }
            }
            for (name, texts) in [("aliases", &new.aliases), ("prompts", &new.prompts)] {
                if !texts.is_empty() {
                    self.note(&format!("criterion:{}.{name}", new.id));
                }
            }
        }
        if let Some(words) = new.words
            && self.is_range(&format!("{key}.words"), words)
        {
            let setting = format!("{WORDS_SETTING}{}", new.id);
            if original
                .settings
                .iter()
                .any(|known| known.field.id == setting)
            {
                let nominal = OverlayValue::Number(f64::from(words.nominal));
                self.setting(&format!("{key}.words"), &setting, &nominal);
            }
            self.criterion_words(&new.id, words);
        }
        self.marks(&key, criterion, new);
    }

    fn laid(&mut self, id: &str) -> Option<&mut Criterion> {
        self.unit
            .outcomes
            .iter_mut()
            .flat_map(|outcome| &mut outcome.criteria)
            .find(|criterion| criterion.id == id)
    }

    fn criterion_words(&mut self, id: &str, words: OverlayWords) {
        if let Some(laid) = self.laid(id) {
            laid.words = (words.nominal > 0).then(|| guidance(words));
            self.note(&format!("criterion:{id}.words"));
        }
    }

    fn marks(&mut self, key: &str, criterion: &Criterion, new: &OverlayCriterion) {
        let (most_key, fewest_key) = (format!("{key}.maximum"), format!("{key}.minimum"));
        let body = self.awarding_body();
        let mut maximum = criterion.maximum;
        if let Some(marks) = new.maximum {
            let Some(parts) = self.parts(&most_key, marks) else {
                return;
            };
            if criterion.maximum > 0 && parts != criterion.maximum {
                let printed = self.original.marks(criterion.maximum);
                return self.refuse(
                    &most_key,
                    marks,
                    format!("{body} prints {printed} marks, and a centre cannot change them; leave the line out"),
                );
            }
            if criterion.maximum == 0 && new.minimum.is_none() {
                return self.refuse(
                    &most_key,
                    marks,
                    "it needs a `minimum` beside it, without which 0 marks would meet the criterion",
                );
            }
            maximum = parts;
        }
        let minimum = match new.minimum {
            None => criterion.minimum,
            Some(marks) => {
                let Some(parts) = self.parts(&fewest_key, marks) else {
                    return;
                };
                let reason = if maximum == 0 {
                    "the unit prints no marks here; write a `maximum` as well".to_owned()
                } else if parts < criterion.minimum {
                    let least = self.original.marks(criterion.minimum);
                    format!(
                        "{body} asks for at least {least} of {} marks; write {least} or more, or leave the line out",
                        self.original.marks(maximum)
                    )
                } else if parts == 0 || parts > maximum {
                    format!(
                        "there are {} marks; write more than 0 and not more than that",
                        self.original.marks(maximum)
                    )
                } else {
                    String::new()
                };
                if !reason.is_empty() {
                    return self.refuse(&fewest_key, marks, reason);
                }
                parts
            }
        };
        if new.maximum.is_none() && new.minimum.is_none() {
            return;
        }
        if let Some(laid) = self.laid(&new.id) {
            (laid.maximum, laid.minimum) = (maximum, minimum);
            self.note(&format!("criterion:{}.marks", new.id));
        }
    }

    /// Marks in the sheet's parts.
    fn parts(&mut self, key: &str, marks: f64) -> Option<u32> {
        let per_mark = self.original.sheet.parts_per_mark.max(1);
        let parts = marks * f64::from(per_mark);
        if !(0.0..=MOST_MARKS).contains(&marks) || parts.fract() != 0.0 {
            let step = if per_mark == 1 {
                "a whole number".to_owned()
            } else {
                format!("a number in steps of 1/{per_mark}")
            };
            self.refuse(
                key,
                marks,
                format!("expected {step} from 0 to {MOST_MARKS}"),
            );
            return None;
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "whole, and within the bounds above"
        )]
        Some(parts as u32)
    }

    fn descriptor(&mut self, new: &OverlayDescriptor) {
        let key = format!("descriptors.{}.{}", new.criterion, new.band);
        let original = self.original;
        let Some(criterion) = original.criterion(&new.criterion) else {
            let known = original.criteria().map(|criterion| &criterion.id);
            return self.unknown("descriptors.criterion", &new.criterion, "criterion", known);
        };
        let has_band = criterion
            .descriptors
            .iter()
            .any(|known| known.band == new.band);
        if !has_band && new.label.is_none() {
            let known = quoted(criterion.descriptors.iter().map(|known| &known.band));
            let known = if known.is_empty() { "none" } else { &known };
            let reason = format!(
                "the criterion has no band of this name, it has {known}; correct it, or write a `label` to add it"
            );
            return self.refuse(&key, &new.band, reason);
        }
        if new.texts.is_empty() {
            return self.refuse(&key, "", "there is no text in `texts`; write at least one");
        }
        if !self.are_texts(&format!("{key}.texts"), &new.texts)
            || !new
                .label
                .as_ref()
                .is_none_or(|label| self.is_text(&format!("{key}.label"), label))
        {
            return;
        }
        let around = match new.around {
            None => None,
            Some(marks) => match self.parts(&format!("{key}.around"), marks) {
                None => return,
                parts => parts,
            },
        };
        let Some(laid) = self.laid(&new.criterion) else {
            return;
        };
        let descriptors = &mut laid.descriptors;
        let at = descriptors
            .iter()
            .position(|known| known.band == new.band)
            .unwrap_or_else(|| {
                descriptors.push(Descriptor {
                    band: new.band.clone(),
                    label: String::new(),
                    around: None,
                    texts: Vec::new(),
                    provisional: false,
                    source: String::new(),
                });
                descriptors.len() - 1
            });
        let descriptor = &mut descriptors[at];
        descriptor.texts.clone_from(&new.texts);
        descriptor.provisional = false;
        CENTRE.clone_into(&mut descriptor.source);
        if let Some(label) = &new.label {
            descriptor.label.clone_from(label);
        }
        descriptor.around = around.or(descriptor.around);
        self.note(&format!("criterion:{}.{}", new.criterion, new.band));
    }

    fn sheet(&mut self, sheet: &OverlaySheet) {
        if let Some(reference) = &sheet.reference
            && self.is_text("sheet.reference", reference)
        {
            self.unit.task_edition.clone_from(reference);
            self.note("unit.task-edition");
        }
        let Some(mode) = &sheet.mode else {
            return;
        };
        let modes = &self.original.sheet.modes;
        if !modes.contains(mode) {
            return self.unknown("sheet.mode", mode, "mode of its sheet", modes.iter());
        }
        if mode == "marks" {
            let without = quoted(
                self.unit
                    .criteria()
                    .filter(|criterion| criterion.maximum == 0)
                    .map(|criterion| &criterion.id),
            );
            if !without.is_empty() {
                let reason = format!(
                    "there are no marks for the criteria {without}; write `maximum` and `minimum` for each"
                );
                return self.refuse("sheet.mode", mode, reason);
            }
        }
        let own = &mut self.unit.sheet.modes;
        own.retain(|known| known != mode);
        own.insert(0, mode.clone());
        self.note("unit.sheet");
    }
}

fn add(aliases: &mut Vec<String>, new: &[String]) {
    for alias in new {
        if !aliases.contains(alias) {
            aliases.push(alias.clone());
        }
    }
}

fn guidance(words: OverlayWords) -> WordGuidance {
    WordGuidance {
        nominal: words.nominal,
        low: words.low,
        high: words.high,
        source: CENTRE.to_owned(),
    }
}

/// Why a value is not of the field's kind.
fn kind_reason(field: &Field, value: &OverlayValue) -> Option<String> {
    let expected = match (field.kind.as_str(), value) {
        ("whole-number", OverlayValue::Number(number)) if number.fract() == 0.0 => return None,
        ("whole-number", _) => "a whole number such as `40`",
        ("number" | "date" | "time" | "duration", OverlayValue::Number(number))
            if number.is_finite() =>
        {
            return None;
        }
        ("duration", _) => "minutes as a number such as `90`",
        ("number" | "date" | "time", _) => "a number such as `0.6`",
        ("yes-no", OverlayValue::Flag(_)) => return None,
        ("yes-no", _) => "`true` or `false`",
        ("choice", OverlayValue::Text(text))
            if field.choices.iter().any(|choice| choice.id == *text) =>
        {
            return None;
        }
        ("choice", _) => {
            let choices = quoted(field.choices.iter().map(|choice| &choice.id));
            return Some(format!("expected one of {choices}"));
        }
        (_, OverlayValue::Text(_)) => return None,
        _ => "a text in quotation marks",
    };
    Some(format!("expected {expected}"))
}

/// Why a number is out of the field's bounds.
fn bounds_reason(field: &Field, value: &OverlayValue) -> Option<String> {
    let OverlayValue::Number(number) = value else {
        return None;
    };
    let within = field.minimum.is_none_or(|minimum| *number >= minimum)
        && field.maximum.is_none_or(|maximum| *number <= maximum);
    let bounds = match (field.minimum, field.maximum) {
        (Some(minimum), Some(maximum)) => format!("from {minimum} to {maximum}"),
        (Some(minimum), None) => format!("of {minimum} or more"),
        (None, Some(maximum)) => format!("of {maximum} or less"),
        (None, None) => return None,
    };
    (!within).then(|| format!("expected a number {bounds}"))
}

/// Names in backticks, parted by commas.
fn quoted<'a>(names: impl Iterator<Item = &'a String>) -> String {
    names
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

/// A value for people, with its unit: `2160 minutes`.
pub fn with_unit(value: &Value, unit: &str) -> String {
    let shown = match value {
        Value::Flag(true) => "yes".to_owned(),
        Value::Flag(false) => "no".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Text(text) => text.clone(),
        Value::Texts(texts) => texts.join("; "),
        Value::Counts(_) | Value::Grid(_) => String::new(),
    };
    if unit.is_empty() {
        shown
    } else {
        format!("{shown} {unit}")
    }
}

/// Something that differs between two states of a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What it is about, as provenance names it: `setting:min_minutes_total`.
    pub about: String,
    /// The same for people.
    pub title: String,
    /// What stood there; may be empty.
    pub before: String,
    /// What stands there now.
    pub after: String,
    /// Where the centre has it from; empty where the unit's own stands again.
    pub source: String,
}

/// What differs between two states of the same unit, of all that a centre may set.
pub fn changes(before: &Unit, after: &Unit) -> Vec<Change> {
    let (before, after_facts) = (facts(before), facts(after));
    let same = |about: &str| before.iter().find(|(known, _, _)| known == about);
    let changed = after_facts.into_iter().filter_map(|(about, title, now)| {
        let then = same(&about).map_or("", |(_, _, then)| then);
        (now != then).then(|| Change {
            source: after.centre_source(&about).unwrap_or_default().to_owned(),
            before: then.to_owned(),
            after: now,
            about,
            title,
        })
    });
    changed.collect()
}

/// All that a centre may set, as it stands: what it is about, the same for
/// people, and what stands there.
fn facts(unit: &Unit) -> Vec<(String, String, String)> {
    let mut facts: Vec<(String, String, String)> = [
        ("unit.title", "Title", unit.title.clone()),
        ("unit.words", "Words in all", words(unit.words.as_ref())),
        (
            "unit.sheet",
            "Mode of the mark sheet",
            unit.sheet.modes.first().cloned().unwrap_or_default(),
        ),
        (
            "unit.task-edition",
            "Reference of the mark sheet",
            unit.task_edition.clone(),
        ),
    ]
    .map(|(about, title, now)| (about.to_owned(), title.to_owned(), now))
    .into();
    for setting in &unit.settings {
        let field = &setting.field;
        let now = with_unit(&setting.standard, &field.unit);
        facts.push((format!("setting:{}", field.id), field.title.clone(), now));
    }
    for outcome in &unit.outcomes {
        let id = &outcome.id;
        for (name, title, texts) in [
            ("aliases", "headings", &outcome.aliases),
            ("prompts", "questions", &outcome.prompts),
        ] {
            facts.push((
                format!("outcome:{id}.{name}"),
                format!("Outcome {id}: {title}"),
                texts.join("; "),
            ));
        }
    }
    for criterion in unit.criteria() {
        let id = &criterion.id;
        let marks = if criterion.maximum == 0 {
            String::new()
        } else {
            let (most, least) = (unit.marks(criterion.maximum), unit.marks(criterion.minimum));
            format!("{most}, at least {least}")
        };
        let own = [
            ("words", "words", words(criterion.words.as_ref())),
            ("marks", "marks", marks),
            ("aliases", "headings", criterion.aliases.join("; ")),
            ("prompts", "questions", criterion.prompts.join("; ")),
        ]
        .map(|(name, title, now)| (name.to_owned(), title.to_owned(), now));
        let bands = criterion.descriptors.iter().map(|descriptor| {
            let label = descriptor.label.clone();
            (descriptor.band.clone(), label, descriptor.texts.join("; "))
        });
        for (name, title, now) in own.into_iter().chain(bands) {
            facts.push((
                format!("criterion:{id}.{name}"),
                format!("AC {id}: {title}"),
                now,
            ));
        }
    }
    facts
}

fn words(guidance: Option<&WordGuidance>) -> String {
    guidance.map_or(String::new(), |guidance| {
        range_words(guidance.nominal, guidance.low, guidance.high)
    })
}

/// `2500, 2000 to 3000`.
fn range_words(nominal: u32, low: Option<u32>, high: Option<u32>) -> String {
    match (low, high) {
        (Some(low), Some(high)) => format!("{nominal}, {low} to {high}"),
        (Some(low), None) => format!("{nominal}, {low} or more"),
        (None, Some(high)) => format!("{nominal}, {high} or less"),
        (None, None) => nominal.to_string(),
    }
}
