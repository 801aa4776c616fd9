//! Between the domain's types and those of the interface. The two mirror each
//! other; where they differ, a comment says why.

use assessment::evidence::{
    Document, Evidence, NumberColumn, ReadColumn, ReadDocument, ReadTable, Section, SlotState,
    Table, TableColumn, Warning,
};
use assessment::finding::{Finding, Measure, Place};
use assessment::sheet::{Award, CriterionOutcome, GradebookEntry, Outcome, Sheet, Verdict};
use assessment::unit::{
    Choice, Criterion, Descriptor, Entry, Fact, Field, LearningOutcome, Provenance, Rule, Setting,
    SheetRules, Slot, Unit, Value, WordGuidance,
};
use chrono::NaiveDate;

use crate::bindings::reader::markbridge::reader::types as reader_wit;
use crate::bindings::unit::markbridge::unit::types as wit;
use crate::host::{Attempt, Context};

/// `into` for each item.
fn all<A, B: From<A>>(items: Vec<A>) -> Vec<B> {
    items.into_iter().map(B::from).collect()
}

/// Days since 1970-01-01, `day` in `unit.wit`. Every date of `chrono` fits.
fn day(date: NaiveDate) -> i32 {
    let days = date.signed_duration_since(NaiveDate::default()).num_days();
    i32::try_from(days).unwrap_or(i32::MAX)
}

// ---- Values ---------------------------------------------------------------

impl From<wit::Value> for Value {
    fn from(value: wit::Value) -> Self {
        match value {
            wit::Value::Flag(flag) => Self::Flag(flag),
            wit::Value::Number(number) => Self::Number(number),
            wit::Value::Text(text) => Self::Text(text),
            wit::Value::Texts(texts) => Self::Texts(texts),
            wit::Value::Counts(counts) => Self::Counts(
                counts
                    .into_iter()
                    .map(|count| (count.name, count.number))
                    .collect(),
            ),
            wit::Value::Grid(grid) => Self::Grid(grid),
        }
    }
}

impl From<Value> for wit::Value {
    fn from(value: Value) -> Self {
        match value {
            Value::Flag(flag) => Self::Flag(flag),
            Value::Number(number) => Self::Number(number),
            Value::Text(text) => Self::Text(text),
            Value::Texts(texts) => Self::Texts(texts),
            Value::Counts(counts) => Self::Counts(
                counts
                    .into_iter()
                    .map(|(name, number)| wit::NamedNumber { name, number })
                    .collect(),
            ),
            Value::Grid(grid) => Self::Grid(grid),
        }
    }
}

impl From<wit::Entry> for Entry {
    fn from(entry: wit::Entry) -> Self {
        Self {
            key: entry.key,
            value: entry.value.into(),
        }
    }
}

impl From<Entry> for wit::Entry {
    fn from(entry: Entry) -> Self {
        Self {
            key: entry.key,
            value: entry.value.into(),
        }
    }
}

// ---- The unit -------------------------------------------------------------

impl From<wit::Unit> for Unit {
    fn from(unit: wit::Unit) -> Self {
        Self {
            id: unit.id,
            version: unit.version,
            language: unit.language,
            awarding_body: unit.awarding_body,
            awarding_body_name: unit.awarding_body_name,
            number: unit.number,
            edition: unit.edition,
            task_edition: unit.task_edition,
            title: unit.title,
            level: unit.level,
            credit: unit.credit,
            guided_learning_hours: unit.guided_learning_hours,
            words: unit.words.map(Into::into),
            provenance: all(unit.provenance),
            outcomes: all(unit.outcomes),
            sheet: SheetRules {
                modes: unit.sheet.modes,
                parts_per_mark: unit.sheet.parts_per_mark,
                notes: unit.sheet.notes,
            },
            slots: all(unit.slots),
            settings: all(unit.settings),
            rules: all(unit.rules),
            facts: all(unit.facts),
        }
    }
}

impl From<wit::Fact> for Fact {
    fn from(fact: wit::Fact) -> Self {
        Self {
            about: fact.about,
            key: fact.key,
            value: fact.value.into(),
        }
    }
}

impl From<wit::Rule> for Rule {
    fn from(rule: wit::Rule) -> Self {
        Self {
            id: rule.id,
            title: rule.title,
            help: rule.help,
        }
    }
}

impl From<wit::Provenance> for Provenance {
    fn from(provenance: wit::Provenance) -> Self {
        Self {
            about: provenance.about,
            basis: provenance.basis,
            note: provenance.note,
        }
    }
}

impl From<wit::Outcome> for LearningOutcome {
    fn from(outcome: wit::Outcome) -> Self {
        Self {
            id: outcome.id,
            title: outcome.title,
            aliases: outcome.aliases,
            indicative_content: outcome.indicative_content,
            prompts: outcome.prompts,
            criteria: all(outcome.criteria),
        }
    }
}

impl From<wit::Criterion> for Criterion {
    fn from(criterion: wit::Criterion) -> Self {
        Self {
            id: criterion.id,
            wording: criterion.wording,
            verbs: criterion.verbs,
            aliases: criterion.aliases,
            maximum: criterion.maximum,
            minimum: criterion.minimum,
            words: criterion.words.map(Into::into),
            descriptors: all(criterion.descriptors),
            prompts: criterion.prompts,
        }
    }
}

impl From<wit::WordGuidance> for WordGuidance {
    fn from(words: wit::WordGuidance) -> Self {
        Self {
            nominal: words.nominal,
            low: words.low,
            high: words.high,
            source: words.source,
        }
    }
}

impl From<wit::Descriptor> for Descriptor {
    fn from(descriptor: wit::Descriptor) -> Self {
        Self {
            band: descriptor.band,
            label: descriptor.label,
            around: descriptor.around,
            texts: descriptor.texts,
            provisional: descriptor.provisional,
            source: descriptor.source,
        }
    }
}

impl From<wit::Slot> for Slot {
    fn from(slot: wit::Slot) -> Self {
        Self {
            id: slot.id,
            kind: slot.kind,
            title: slot.title,
            help: slot.help,
            required: slot.required,
            most_files: slot.most_files,
            criteria: slot.criteria,
            fields: all(slot.fields),
            statement: slot.statement,
        }
    }
}

impl From<wit::Field> for Field {
    fn from(field: wit::Field) -> Self {
        Self {
            id: field.id,
            title: field.title,
            aliases: field.aliases,
            help: field.help,
            kind: field.kind,
            unit: field.unit,
            required: field.required,
            minimum: field.minimum,
            maximum: field.maximum,
            choices: all(field.choices),
            example: field.example,
        }
    }
}

impl From<wit::Choice> for Choice {
    fn from(choice: wit::Choice) -> Self {
        Self {
            id: choice.id,
            title: choice.title,
            aliases: choice.aliases,
        }
    }
}

impl From<wit::Setting> for Setting {
    fn from(setting: wit::Setting) -> Self {
        Self {
            field: setting.field.into(),
            standard: setting.standard.into(),
            source: setting.source,
            overlay: setting.overlay,
        }
    }
}

// ---- Evidence and context -------------------------------------------------

impl From<Evidence> for wit::Evidence {
    fn from(evidence: Evidence) -> Self {
        Self {
            slots: all(evidence.slots),
            documents: all(evidence.documents),
            tables: all(evidence.tables),
        }
    }
}

impl From<SlotState> for wit::SlotState {
    fn from(slot: SlotState) -> Self {
        Self {
            slot: slot.slot,
            state: slot.state,
            note: slot.note,
        }
    }
}

impl From<Document> for wit::Document {
    fn from(document: Document) -> Self {
        let read = document.read;
        Self {
            slot: document.slot,
            item: document.item,
            file_name: document.file_name,
            text: read.text,
            labels: read.labels,
            kind: read.kind,
            level: read.level,
            style: read.style,
            part: read.part,
            start: document.start,
            end: document.end,
            words: document.words,
            more: read
                .more
                .into_iter()
                .map(|column| wit::NumberColumn {
                    name: column.name,
                    numbers: column.numbers,
                })
                .collect(),
            sections: all(document.sections),
            // Sentence and count are for people; a plugin gets the code.
            warnings: read
                .warnings
                .into_iter()
                .map(|warning| warning.code)
                .collect(),
        }
    }
}

impl From<Section> for wit::Section {
    fn from(section: Section) -> Self {
        Self {
            kind: section.kind,
            id: section.id,
            heading: section.heading,
            start: section.start,
            end: section.end,
            words: section.words,
            found_by: section.found_by,
        }
    }
}

impl From<Table> for wit::Table {
    fn from(table: Table) -> Self {
        Self {
            slot: table.slot,
            item: table.item,
            title: table.title,
            row_count: table.row_count,
            columns: all(table.columns),
            source_row: table.source_row,
        }
    }
}

impl From<TableColumn> for wit::TableColumn {
    fn from(column: TableColumn) -> Self {
        Self {
            id: column.id,
            title: column.title,
            kind: column.kind,
            present: column.present,
            cells: column.cells,
            written: column.written,
            numbers: column.numbers,
        }
    }
}

impl From<Attempt> for wit::Attempt {
    fn from(attempt: Attempt) -> Self {
        Self {
            number: attempt.number,
            submitted: day(attempt.submitted),
            evidence: attempt.evidence.into(),
            decisions: all(attempt.decisions),
        }
    }
}

impl From<Context> for wit::Context {
    fn from(context: Context) -> Self {
        Self {
            today: context.today.to_string(),
            today_day: day(context.today),
            locale: context.locale,
            submission: context.submission,
            submissions_left: context.submissions_left,
            settings: context
                .settings
                .into_iter()
                .map(|(id, value, source)| wit::SettingValue {
                    id,
                    value: value.into(),
                    source,
                })
                .collect(),
            more: all(context.more),
        }
    }
}

// ---- Findings -------------------------------------------------------------

impl From<wit::Finding> for Finding {
    fn from(finding: wit::Finding) -> Self {
        Self {
            rule: finding.rule,
            criterion: finding.criterion,
            status: finding.status,
            message: finding.message,
            learner_message: finding.learner_message,
            source: finding.source,
            measure: finding.measure.map(|measure| Measure {
                counted: measure.counted,
                wanted: measure.wanted,
                unit: measure.unit,
                setting: measure.setting,
            }),
            places: all(finding.places),
            details: all(finding.details),
        }
    }
}

impl From<wit::Place> for Place {
    fn from(place: wit::Place) -> Self {
        Self {
            slot: place.slot,
            item: place.item,
            start: place.start,
            end: place.end,
            column: place.column,
        }
    }
}

// ---- Sheet, outcome, gradebook --------------------------------------------

impl From<&Sheet> for wit::Sheet {
    fn from(sheet: &Sheet) -> Self {
        Self {
            mode: sheet.mode.clone(),
            // Feedback and band are the assessor's, and no matter of the plugin's.
            entries: sheet
                .entries
                .iter()
                .map(|entry| wit::SheetEntry {
                    criterion: entry.criterion.clone(),
                    maximum: entry.maximum,
                    minimum: entry.minimum,
                    award: match &entry.award {
                        Award::Undecided => wit::Award::Undecided,
                        Award::Marks(marks) => wit::Award::Marks(*marks),
                        Award::Decision(decision) => wit::Award::Decision(decision.clone()),
                    },
                })
                .collect(),
        }
    }
}

impl From<CriterionOutcome> for wit::CriterionOutcome {
    fn from(outcome: CriterionOutcome) -> Self {
        Self {
            criterion: outcome.criterion,
            met: outcome.met,
        }
    }
}

impl From<wit::CriterionOutcome> for CriterionOutcome {
    fn from(outcome: wit::CriterionOutcome) -> Self {
        Self {
            criterion: outcome.criterion,
            met: outcome.met,
        }
    }
}

impl From<wit::ResultSheet> for Outcome {
    fn from(result: wit::ResultSheet) -> Self {
        Self {
            verdict: match result.verdict {
                wit::Verdict::Pass => Verdict::Pass,
                wit::Verdict::Referral => Verdict::Referral,
                wit::Verdict::Incomplete => Verdict::Incomplete,
            },
            label: result.label,
            total: result.total,
            maximum: result.maximum,
            criteria: all(result.criteria),
            reasons: result.reasons,
            details: all(result.details),
        }
    }
}

impl From<Outcome> for wit::ResultSheet {
    fn from(outcome: Outcome) -> Self {
        Self {
            verdict: match outcome.verdict {
                Verdict::Pass => wit::Verdict::Pass,
                Verdict::Referral => wit::Verdict::Referral,
                Verdict::Incomplete => wit::Verdict::Incomplete,
            },
            label: outcome.label,
            total: outcome.total,
            maximum: outcome.maximum,
            criteria: all(outcome.criteria),
            reasons: outcome.reasons,
            details: all(outcome.details),
        }
    }
}

impl From<wit::GradebookEntry> for GradebookEntry {
    fn from(entry: wit::GradebookEntry) -> Self {
        Self {
            score: entry.score,
            maximum: entry.maximum,
            comment: entry.comment,
        }
    }
}

// ---- What readers give ----------------------------------------------------

impl From<reader_wit::Document> for ReadDocument {
    fn from(document: reader_wit::Document) -> Self {
        // The file's properties are for the reader's author: no page shows them.
        Self {
            text: document.text,
            labels: document.labels,
            kind: document.kind,
            level: document.level,
            style: document.style,
            part: document.part,
            more: document
                .more
                .into_iter()
                .map(|column| NumberColumn {
                    name: column.name,
                    numbers: column.numbers,
                })
                .collect(),
            warnings: all(document.warnings),
        }
    }
}

impl From<reader_wit::Warning> for Warning {
    fn from(warning: reader_wit::Warning) -> Self {
        Self {
            code: warning.code,
            message: warning.message,
            count: warning.count,
        }
    }
}

impl From<reader_wit::Table> for ReadTable {
    fn from(table: reader_wit::Table) -> Self {
        Self {
            title: table.title,
            row_count: table.row_count,
            columns: table
                .columns
                .into_iter()
                .map(|column| ReadColumn {
                    heading: column.heading,
                    kind: column.kind,
                    cells: column.cells,
                    written: column.written,
                })
                .collect(),
            source_row: table.source_row,
            headings: table.headings,
            warnings: all(table.warnings),
        }
    }
}
