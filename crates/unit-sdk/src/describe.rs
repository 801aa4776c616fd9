//! Building the answer of `describe`.
//!
//! Start with [`unit()`], add [`outcome`]s with their [`criterion`]s, slots,
//! settings and rules. The builders are methods of the generated types, so every
//! field that has no method can still be set by hand.

use crate::wit;

/// A unit at level 3 in British English, marked in whole marks or by decision.
pub fn unit(id: &str, version: &str, number: &str, title: &str) -> wit::Unit {
    wit::Unit {
        id: id.into(),
        version: version.into(),
        language: "en-GB".into(),
        awarding_body: String::new(),
        awarding_body_name: String::new(),
        number: number.into(),
        edition: String::new(),
        task_edition: String::new(),
        title: title.into(),
        level: "3".into(),
        credit: None,
        guided_learning_hours: None,
        words: None,
        provenance: Vec::new(),
        outcomes: Vec::new(),
        sheet: wit::SheetRules {
            modes: vec!["marks".into(), "pass-referral".into()],
            parts_per_mark: 1,
            notes: Vec::new(),
        },
        slots: Vec::new(),
        settings: Vec::new(),
        rules: Vec::new(),
        facts: Vec::new(),
    }
}

/// A learning outcome.
pub fn outcome(id: &str, title: &str) -> wit::Outcome {
    wit::Outcome {
        id: id.into(),
        title: title.into(),
        aliases: Vec::new(),
        indicative_content: Vec::new(),
        prompts: Vec::new(),
        criteria: Vec::new(),
    }
}

/// A criterion: its verbs as infinitives, and the regulated wording to the letter.
pub fn criterion(id: &str, verbs: &[&str], wording: &str) -> wit::Criterion {
    wit::Criterion {
        id: id.into(),
        wording: wording.into(),
        verbs: strings(verbs),
        aliases: Vec::new(),
        maximum: 0,
        minimum: 0,
        words: None,
        descriptors: Vec::new(),
        prompts: Vec::new(),
    }
}

/// A slot for one file of prose under headings; required.
pub fn document_slot(id: &str, title: &str, help: &str) -> wit::Slot {
    wit::Slot {
        help: help.into(),
        most_files: 1,
        ..slot(id, "document", title)
    }
}

/// A slot for rows with typed columns, from one file or typed in; required.
pub fn table_slot(id: &str, title: &str, help: &str, fields: Vec<wit::Field>) -> wit::Slot {
    wit::Slot {
        help: help.into(),
        most_files: 1,
        fields,
        ..slot(id, "table", title)
    }
}

/// A statement to accept, to the letter; required.
pub fn declaration_slot(id: &str, title: &str, statement: &str) -> wit::Slot {
    wit::Slot {
        statement: statement.into(),
        ..slot(id, "declaration", title)
    }
}

/// A field of the given kind (`text`, `date`, `duration`, `whole-number`, …); required.
pub fn field(id: &str, title: &str, kind: &str) -> wit::Field {
    wit::Field {
        id: id.into(),
        title: title.into(),
        aliases: Vec::new(),
        help: String::new(),
        kind: kind.into(),
        unit: String::new(),
        required: true,
        minimum: None,
        maximum: None,
        choices: Vec::new(),
        example: String::new(),
    }
}

/// Guidance on length in white-space separated words.
pub fn words(nominal: u32, range: Option<(u32, u32)>, source: &str) -> wit::WordGuidance {
    wit::WordGuidance {
        nominal,
        low: range.map(|(low, _)| low),
        high: range.map(|(_, high)| high),
        source: source.into(),
    }
}

impl wit::Unit {
    /// Code and name of the awarding body; the code is a `source` as well.
    #[must_use]
    pub fn awarding_body(mut self, code: &str, name: &str) -> Self {
        self.awarding_body = code.into();
        self.awarding_body_name = name.into();
        self
    }

    /// Credit value and guided learning hours.
    #[must_use]
    pub fn size(mut self, credit: u32, guided_learning_hours: u32) -> Self {
        self.credit = Some(credit);
        self.guided_learning_hours = Some(guided_learning_hours);
        self
    }

    /// Guidance on the length of the whole submission.
    #[must_use]
    pub fn words(mut self, words: wit::WordGuidance) -> Self {
        self.words = Some(words);
        self
    }

    /// Adds an outcome.
    #[must_use]
    pub fn outcome(mut self, outcome: wit::Outcome) -> Self {
        self.outcomes.push(outcome);
        self
    }

    /// Adds a sentence that is shown above the mark sheet.
    #[must_use]
    pub fn sheet_note(mut self, note: &str) -> Self {
        self.sheet.notes.push(note.into());
        self
    }

    /// Adds something that the learner hands in.
    #[must_use]
    pub fn slot(mut self, slot: wit::Slot) -> Self {
        self.slots.push(slot);
        self
    }

    /// Adds a number that a centre may set: who says so, and what a centre may
    /// do (`fixed`, `raise`, `lower`, `free`).
    #[must_use]
    pub fn setting(
        mut self,
        field: wit::Field,
        standard: f64,
        source: &str,
        overlay: &str,
    ) -> Self {
        self.settings.push(wit::Setting {
            field,
            standard: wit::Value::Number(standard),
            source: source.into(),
            overlay: overlay.into(),
        });
        self
    }

    /// Adds a rule to the help page.
    #[must_use]
    pub fn rule(mut self, id: &str, title: &str, help: &str) -> Self {
        self.rules.push(wit::Rule {
            id: id.into(),
            title: title.into(),
            help: help.into(),
        });
        self
    }

    /// Says where a fact comes from.
    #[must_use]
    pub fn provenance(mut self, about: &str, basis: &str, note: &str) -> Self {
        self.provenance.push(wit::Provenance {
            about: about.into(),
            basis: basis.into(),
            note: note.into(),
        });
        self
    }

    /// Adds a further fact about the whole unit.
    #[must_use]
    pub fn fact(mut self, key: &str, value: wit::Value) -> Self {
        self.facts.push(wit::Fact {
            about: "unit".into(),
            key: key.into(),
            value,
        });
        self
    }

    /// All criteria in the specification's order.
    pub fn criteria(&self) -> impl Iterator<Item = &wit::Criterion> {
        self.outcomes.iter().flat_map(|outcome| &outcome.criteria)
    }
}

impl wit::Outcome {
    /// Other headings that learners and editions use for it.
    #[must_use]
    pub fn aliases(mut self, aliases: &[&str]) -> Self {
        self.aliases = strings(aliases);
        self
    }

    /// Indicative content, one item each.
    #[must_use]
    pub fn indicative_content(mut self, items: &[&str]) -> Self {
        self.indicative_content = strings(items);
        self
    }

    /// Adds a criterion.
    #[must_use]
    pub fn criterion(mut self, criterion: wit::Criterion) -> Self {
        self.criteria.push(criterion);
        self
    }
}

impl wit::Criterion {
    /// Most marks, and fewest that meet the criterion; in parts.
    #[must_use]
    pub fn marks(mut self, maximum: u32, minimum: u32) -> Self {
        self.maximum = maximum;
        self.minimum = minimum;
        self
    }

    /// Guidance on length.
    #[must_use]
    pub fn words(mut self, words: wit::WordGuidance) -> Self {
        self.words = Some(words);
        self
    }

    /// Adds a sufficiency descriptor, from the lowest band to the highest.
    #[must_use]
    pub fn descriptor(mut self, descriptor: wit::Descriptor) -> Self {
        self.descriptors.push(descriptor);
        self
    }

    /// The task's questions for this criterion.
    #[must_use]
    pub fn prompts(mut self, prompts: &[&str]) -> Self {
        self.prompts = strings(prompts);
        self
    }
}

impl wit::Field {
    /// What to write, in a sentence.
    #[must_use]
    pub fn help(mut self, help: &str) -> Self {
        self.help = help.into();
        self
    }

    /// Unit of a number as people write it.
    #[must_use]
    pub fn unit(mut self, unit: &str) -> Self {
        self.unit = unit.into();
        self
    }

    /// Smallest and largest value.
    #[must_use]
    pub fn between(mut self, minimum: f64, maximum: f64) -> Self {
        self.minimum = Some(minimum);
        self.maximum = Some(maximum);
        self
    }

    /// The choices as (id, title).
    #[must_use]
    pub fn choices(mut self, choices: &[(&str, &str)]) -> Self {
        self.choices = choices
            .iter()
            .map(|(id, title)| wit::Choice {
                id: (*id).into(),
                title: (*title).into(),
                aliases: Vec::new(),
            })
            .collect();
        self
    }
}

fn slot(id: &str, kind: &str, title: &str) -> wit::Slot {
    wit::Slot {
        id: id.into(),
        kind: kind.into(),
        title: title.into(),
        help: String::new(),
        required: true,
        most_files: 0,
        criteria: Vec::new(),
        fields: Vec::new(),
        statement: String::new(),
    }
}

fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}
