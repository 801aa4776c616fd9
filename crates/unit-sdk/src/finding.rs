//! Findings, written as sentences.
//!
//! ```
//! use unit_sdk::{Status, finding};
//!
//! let found = finding("practice-hours", Status::NotFound, "The diary shows 2159 minutes.")
//!     .criterion("2.3")
//!     .source("ilm")
//!     .learner("We counted 2159 minutes of mentoring.")
//!     .counted(2159.0, Some(2160.0), "minutes")
//!     .setting("min_minutes_total");
//! assert_eq!(found.status, "not-found");
//! ```

use crate::text::cut;
use crate::wit;

/// Longest message, in bytes, that every host takes (`finding.message`).
const LONGEST_MESSAGE: usize = 2_000;
/// Most places that every host takes (`finding.places`).
const MOST_PLACES: usize = 100;

/// What a check came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It is there.
    Found,
    /// A person should look at it.
    Look,
    /// It could not be found.
    NotFound,
    /// It does not apply to this submission.
    NotApplicable,
    /// A fact, nothing to judge.
    Info,
}

impl Status {
    /// The code that the interface uses.
    pub fn code(self) -> &'static str {
        match self {
            Self::Found => "found",
            Self::Look => "look",
            Self::NotFound => "not-found",
            Self::NotApplicable => "not-applicable",
            Self::Info => "info",
        }
    }
}

/// A finding of `rule` with a message for the assessor; source `heuristic`.
pub fn finding(rule: &str, status: Status, message: impl Into<String>) -> wit::Finding {
    wit::Finding {
        rule: rule.into(),
        criterion: None,
        status: status.code().into(),
        message: cut(message.into(), LONGEST_MESSAGE),
        learner_message: None,
        source: "heuristic".into(),
        measure: None,
        places: Vec::new(),
        details: Vec::new(),
    }
}

impl wit::Finding {
    /// The criterion concerned.
    #[must_use]
    pub fn criterion(mut self, id: &str) -> Self {
        self.criterion = Some(id.into());
        self
    }

    /// The same in the learner's words; without it the learner does not see the finding.
    #[must_use]
    pub fn learner(mut self, message: impl Into<String>) -> Self {
        self.learner_message = Some(cut(message.into(), LONGEST_MESSAGE));
        self
    }

    /// Who asks for it: the awarding body's code, `centre` or `heuristic`.
    #[must_use]
    pub fn source(mut self, code: &str) -> Self {
        self.source = code.into();
        self
    }

    /// What was counted, what is wanted, and of what.
    #[must_use]
    pub fn counted(mut self, counted: f64, wanted: Option<f64>, unit: &str) -> Self {
        self.measure = Some(wit::Measure {
            counted,
            wanted,
            unit: unit.into(),
            setting: None,
        });
        self
    }

    /// The setting that the threshold of [`counted`](Self::counted) comes from.
    #[must_use]
    pub fn setting(mut self, id: &str) -> Self {
        if let Some(measure) = &mut self.measure {
            measure.setting = Some(id.into());
        }
        self
    }

    /// Where it was seen; places beyond the hundredth are left out.
    #[must_use]
    pub fn at(mut self, place: wit::Place) -> Self {
        if self.places.len() < MOST_PLACES {
            self.places.push(place);
        }
        self
    }

    /// A further number.
    #[must_use]
    pub fn number(self, key: &str, number: f64) -> Self {
        self.detail(key, wit::Value::Number(number))
    }

    /// A further text.
    #[must_use]
    pub fn text(self, key: &str, text: impl Into<String>) -> Self {
        self.detail(key, wit::Value::Text(cut(text.into(), 4_096)))
    }

    /// Several further texts.
    #[must_use]
    pub fn texts(self, key: &str, texts: impl IntoIterator<Item = String>) -> Self {
        let texts = texts.into_iter().take(1_000).collect();
        self.detail(key, wit::Value::Texts(texts))
    }

    /// Named numbers.
    #[must_use]
    pub fn counts(self, key: &str, counts: impl IntoIterator<Item = (String, f64)>) -> Self {
        let counts = counts
            .into_iter()
            .take(1_000)
            .map(|(name, number)| wit::NamedNumber { name, number })
            .collect();
        self.detail(key, wit::Value::Counts(counts))
    }

    fn detail(mut self, key: &str, value: wit::Value) -> Self {
        self.details.push(wit::Entry {
            key: key.into(),
            value,
        });
        self
    }
}

/// The settings in force.
impl wit::Context {
    /// A setting that is a number; `None` if the host passed none of that id.
    pub fn number(&self, setting: &str) -> Option<f64> {
        match self.setting(setting)?.value {
            wit::Value::Number(number) => Some(number),
            _ => None,
        }
    }

    /// The number that one of the unit's settings has.
    ///
    /// # Panics
    ///
    /// Where the unit has no such setting, or it is no number: a slip in the unit,
    /// which would otherwise count as a threshold that nobody set.
    pub fn threshold(&self, setting: &str) -> f64 {
        self.number(setting).unwrap_or_else(|| {
            let known: Vec<&str> = self
                .settings
                .iter()
                .filter(|setting| matches!(setting.value, wit::Value::Number(_)))
                .map(|setting| setting.id.as_str())
                .collect();
            panic!(
                "the unit has no setting `{setting}` that is a number; it has [{}]",
                known.join(", ")
            )
        })
    }

    /// A setting's value with its source.
    pub fn setting(&self, id: &str) -> Option<&wit::SettingValue> {
        self.settings.iter().find(|setting| setting.id == id)
    }

    /// Questions that the centre's own template has in place of the unit's: the
    /// further fact `prompts`. Empty where it has none.
    pub fn centre_prompts(&self) -> &[String] {
        match self.more("prompts") {
            Some(wit::Value::Texts(prompts)) => prompts,
            _ => &[],
        }
    }

    /// The centre's guidance on the length of a criterion's section (the further
    /// fact `words.` with its id), or of the whole submission (`words`). `None`
    /// where the unit's own counts.
    pub fn centre_words(&self, criterion: Option<&str>) -> Option<wit::WordGuidance> {
        let key = criterion.map_or("words".to_owned(), |id| format!("words.{id}"));
        let Some(wit::Value::Counts(counts)) = self.more(&key) else {
            return None;
        };
        let count = |name: &str| {
            let count = counts.iter().find(|count| count.name == name)?.number;
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "clamped to what guidance can be"
            )]
            Some(count.clamp(0.0, f64::from(u32::MAX)) as u32)
        };
        Some(wit::WordGuidance {
            nominal: count("nominal")?,
            low: count("low"),
            high: count("high"),
            source: "centre".into(),
        })
    }

    fn more(&self, key: &str) -> Option<&wit::Value> {
        let entry = self.more.iter().find(|entry| entry.key == key)?;
        Some(&entry.value)
    }
}
