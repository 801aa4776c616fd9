//! The unit as its plugin describes it. Pages, mark sheet and import templates
//! are all drawn from this. The fields are those of `markbridge:unit@1.0.0`,
//! whose documentation says what each may hold.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A value whose kind is known only at run time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "value", rename_all = "kebab-case")]
pub enum Value {
    /// Yes or no.
    Flag(bool),
    /// A finite number.
    Number(f64),
    /// Text.
    Text(String),
    /// Several texts in order.
    Texts(Vec<String>),
    /// Named numbers in order.
    Counts(Vec<(String, f64)>),
    /// A small table; the first row holds the headings.
    Grid(Vec<Vec<String>>),
}

/// A named value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// The value.
    pub value: Value,
}

/// A unit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Unit {
    /// Id, the same in every version: `ilm-8577-304`.
    pub id: String,
    /// Version of the plugin.
    pub version: String,
    /// Language of the texts, as BCP 47 has it.
    pub language: String,
    /// Code of the awarding body: `ilm`.
    pub awarding_body: String,
    /// Name of the awarding body.
    pub awarding_body_name: String,
    /// The unit's number: `8577-304`.
    pub number: String,
    /// Edition of the specification; may be empty.
    pub edition: String,
    /// Edition of task and mark sheet; may be empty.
    pub task_edition: String,
    /// The unit's title.
    pub title: String,
    /// Level as printed.
    pub level: String,
    /// Credit value.
    pub credit: Option<u32>,
    /// Guided learning hours.
    pub guided_learning_hours: Option<u32>,
    /// Guidance on the length of the whole submission, in words.
    pub words: Option<WordGuidance>,
    /// Where facts come from.
    pub provenance: Vec<Provenance>,
    /// Learning outcomes.
    pub outcomes: Vec<LearningOutcome>,
    /// How the sheet is marked.
    pub sheet: SheetRules,
    /// What the learner hands in.
    pub slots: Vec<Slot>,
    /// What a centre may set.
    pub settings: Vec<Setting>,
    /// What the checks look for.
    pub rules: Vec<Rule>,
    /// Further facts.
    pub facts: Vec<Fact>,
}

impl Unit {
    /// All criteria in the specification's order.
    pub fn criteria(&self) -> impl Iterator<Item = &Criterion> {
        self.outcomes.iter().flat_map(|outcome| &outcome.criteria)
    }

    /// The criterion of this id.
    pub fn criterion(&self, id: &str) -> Option<&Criterion> {
        self.criteria().find(|criterion| criterion.id == id)
    }

    /// The slot of this id.
    pub fn slot(&self, id: &str) -> Option<&Slot> {
        self.slots.iter().find(|slot| slot.id == id)
    }

    /// The rule of this id.
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == id)
    }

    /// The statement that the learner accepts, of the first declaration slot.
    pub fn declaration(&self) -> Option<&Slot> {
        self.slots.iter().find(|slot| slot.kind == "declaration")
    }

    /// Where the centre has it from, in its own words, for what an overlay set.
    pub fn centre_source(&self, about: &str) -> Option<&str> {
        let mut centres = self.provenance.iter().filter(|from| from.basis == "centre");
        centres
            .find(|from| from.about == about)
            .map(|from| from.note.as_str())
    }

    /// Whether its sheets are marked with marks; else with decisions.
    pub fn is_marked(&self) -> bool {
        self.sheet.modes.first().is_some_and(|mode| mode == "marks")
    }

    /// The setting of this id.
    pub fn setting(&self, id: &str) -> Option<&Setting> {
        self.settings.iter().find(|setting| setting.field.id == id)
    }

    /// Parts as marks for people: `7`, or `7.5` where half marks exist.
    pub fn marks(&self, parts: u32) -> String {
        let per_mark = self.sheet.parts_per_mark.max(1);
        if parts.is_multiple_of(per_mark) {
            (parts / per_mark).to_string()
        } else {
            format!("{}", f64::from(parts) / f64::from(per_mark))
        }
    }
}

/// A further fact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fact {
    /// What it is about: `unit`, `criterion:1.1`.
    pub about: String,
    /// The key.
    pub key: String,
    /// The value.
    pub value: Value,
}

/// Something that the checks look for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Id.
    pub id: String,
    /// Title in a few words.
    pub title: String,
    /// How it looks and counts.
    pub help: String,
}

/// Where a fact comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// What it is about: `unit.number`, `criterion:2.4`.
    pub about: String,
    /// `specification`, `derived`, `inferred` or `provisional`; `centre` for what
    /// an overlay set.
    pub basis: String,
    /// The source.
    pub note: String,
}

/// A learning outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LearningOutcome {
    /// Id: `1`.
    pub id: String,
    /// Exact title.
    pub title: String,
    /// Other headings in use for it.
    pub aliases: Vec<String>,
    /// Indicative content.
    pub indicative_content: Vec<String>,
    /// Questions for reflection.
    pub prompts: Vec<String>,
    /// Its criteria.
    pub criteria: Vec<Criterion>,
}

/// An assessment criterion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Criterion {
    /// Id: `1.1`.
    pub id: String,
    /// The regulated wording, to the letter.
    pub wording: String,
    /// Command verbs.
    pub verbs: Vec<String>,
    /// Other headings that count as this criterion's.
    pub aliases: Vec<String>,
    /// Most marks, in parts; 0 where the unit prints none.
    pub maximum: u32,
    /// Fewest marks that meet it, in parts.
    pub minimum: u32,
    /// Guidance on length, in words.
    pub words: Option<WordGuidance>,
    /// Sufficiency descriptors, lowest band first.
    pub descriptors: Vec<Descriptor>,
    /// The task's questions.
    pub prompts: Vec<String>,
}

impl Criterion {
    /// SHA-256 of the regulated wording, in hexadecimal: a mark sheet names it,
    /// so that a reworded criterion cannot pass for the original.
    pub fn wording_digest(&self) -> String {
        format!("{:x}", Sha256::digest(self.wording.as_bytes()))
    }
}

/// Guidance on length, in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WordGuidance {
    /// The length to aim at.
    pub nominal: u32,
    /// From where.
    pub low: Option<u32>,
    /// To where, included.
    pub high: Option<u32>,
    /// Who says so.
    pub source: String,
}

/// What work in a band looks like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Descriptor {
    /// `referral`, `pass`, `good-pass` or another.
    pub band: String,
    /// The band as printed.
    pub label: String,
    /// About how many marks, in parts.
    pub around: Option<u32>,
    /// The texts; any one suffices.
    pub texts: Vec<String>,
    /// Whether the text stands in for one that is not at hand.
    pub provisional: bool,
    /// Who wrote it.
    pub source: String,
}

/// How the sheet is marked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SheetRules {
    /// `marks`, `pass-referral`; the first is the default.
    pub modes: Vec<String>,
    /// How many parts make one mark.
    pub parts_per_mark: u32,
    /// Other rules, in sentences.
    pub notes: Vec<String>,
}

/// One thing that the learner hands in or fills in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Slot {
    /// Id: `assignment`.
    pub id: String,
    /// `document`, `table`, `form`, `declaration` or `attachment`.
    pub kind: String,
    /// Title on the page.
    pub title: String,
    /// What is wanted.
    pub help: String,
    /// Whether submitting asks for it.
    pub required: bool,
    /// Most files.
    pub most_files: u32,
    /// Criteria it can serve; empty: any.
    pub criteria: Vec<String>,
    /// Columns or fields.
    pub fields: Vec<Field>,
    /// The statement to accept, of a declaration.
    pub statement: String,
}

impl Slot {
    /// The template that learners fill in, for a slot that takes a table: its
    /// columns as headings and one row of examples, as CSV (RFC 4180). None for
    /// a slot of another kind.
    pub fn import_template(&self) -> Option<String> {
        let row = |cells: Vec<&str>| cells.into_iter().map(quoted).collect::<Vec<_>>().join(",");
        let titles = self.fields.iter().map(|field| field.title.as_str());
        let examples = self.fields.iter().map(|field| field.example.as_str());
        (self.kind == "table").then(|| {
            format!(
                "{}\r\n{}\r\n",
                row(titles.collect()),
                row(examples.collect())
            )
        })
    }
}

/// A cell of CSV.
fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\r', '\n']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

/// A column, field, or type of a setting.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Field {
    /// Id.
    pub id: String,
    /// Title.
    pub title: String,
    /// Other column headings.
    pub aliases: Vec<String>,
    /// What to write.
    pub help: String,
    /// `text`, `number`, `date`, `duration` and so on.
    pub kind: String,
    /// Unit of a number.
    pub unit: String,
    /// Whether it must be filled in.
    pub required: bool,
    /// Smallest value.
    pub minimum: Option<f64>,
    /// Largest value.
    pub maximum: Option<f64>,
    /// Choices.
    pub choices: Vec<Choice>,
    /// An example.
    pub example: String,
}

/// One of the choices of a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// Id.
    pub id: String,
    /// Title.
    pub title: String,
    /// Other words to accept.
    pub aliases: Vec<String>,
}

/// A threshold, text or switch that a centre may set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Setting {
    /// Id, title and bounds.
    pub field: Field,
    /// Value where nobody sets one.
    pub standard: Value,
    /// Who says so.
    pub source: String,
    /// `fixed`, `raise`, `lower` or `free`.
    pub overlay: String,
}
