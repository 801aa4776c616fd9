//! A unit as data: what it is, and which checks of the kit run with which
//! parameters. The names are those of the kit; thresholds are ids of settings.

use serde::{Deserialize, Serialize};
use unit_sdk::checks::{self, DiaryFields, DiarySettings, HeaderField};
use unit_sdk::lexicon;
use unit_sdk::wit;

/// A unit that no programmer wrote.
#[derive(Debug, Deserialize, Serialize)]
pub struct UnitData<'a> {
    /// What `describe` says.
    pub unit: wit::Unit,
    /// What the checks of practice are about; none where no check reads a diary.
    #[serde(borrow)]
    pub diary: Option<Diary<'a>>,
    /// The checks, in the order of their findings.
    #[serde(borrow)]
    pub checks: Vec<Check<'a>>,
}

impl<'a> UnitData<'a> {
    /// # Panics
    ///
    /// If the bytes are not what [`written`](Self::written) gave in this version.
    pub fn read(bytes: &'a [u8]) -> Self {
        postcard::from_bytes(bytes)
            .expect("the unit's data is there; `markbridge plugin build` puts it there")
    }

    /// The unit as bytes, as they lie in its plugin.
    ///
    /// # Panics
    ///
    /// Never: only memory sets a limit.
    pub fn written(&self) -> Vec<u8> {
        postcard::to_allocvec(self).expect("a unit is plain data")
    }
}

/// A check of the kit with its parameters.
#[derive(Debug, Deserialize, Serialize)]
#[expect(missing_docs, reason = "the fields are those of the kit's parameters")]
pub enum Check<'a> {
    /// `Checks::section_found`.
    SectionFound {
        /// A criterion of these without a section is no gap where the slot is filled.
        #[serde(borrow)]
        answered_by: Option<AnsweredBy<'a>>,
    },
    /// `Checks::changes`.
    Changes,
    /// `Checks::order`.
    Order,
    /// `Checks::section_words`.
    SectionWords,
    /// `Checks::total_words`.
    TotalWords,
    /// `Checks::section_empty`, but for the criteria named.
    SectionEmpty {
        least: String,
        #[serde(borrow)]
        except: Vec<&'a str>,
    },
    /// `Checks::left_over_prompts`.
    LeftOverPrompts,
    /// `Checks::merely_listed`.
    MerelyListed {
        share: String,
        short_line: String,
        long_item: String,
    },
    /// `Checks::components`, of one component.
    Component(#[serde(borrow)] Component<'a>),
    /// `Checks::models`.
    Models(#[serde(borrow)] Models<'a>),
    /// `Checks::pairs`.
    Pairs(#[serde(borrow)] Pairs<'a>),
    /// `Checks::cues`.
    Cues(#[serde(borrow)] Cues<'a>),
    /// `Checks::personal_data`.
    PersonalData {
        #[serde(borrow)]
        titles: Vec<&'a str>,
        #[serde(borrow)]
        given_names: Vec<&'a str>,
        #[serde(borrow)]
        roles: Vec<&'a str>,
        #[serde(borrow)]
        no_names: Vec<&'a str>,
        #[serde(borrow)]
        authors: Vec<&'a str>,
    },
    /// `Checks::repeated_passages`.
    RepeatedPassages { least_words: String },
    /// `Checks::references`.
    References,
    /// `Checks::header_fields`.
    HeaderFields {
        #[serde(borrow)]
        fields: Vec<Header<'a>>,
        source: &'a str,
    },
    /// `Checks::hours`.
    Hours(#[serde(borrow)] Hours<'a>),
    /// `Checks::declaration`.
    Declaration { slot: String },
    /// `Diary::client_matrix`: title of each column and the rule it shows.
    ClientMatrix {
        #[serde(borrow)]
        columns: Vec<(&'a str, &'a str)>,
    },
    /// `Diary::client_codes`.
    ClientCodes,
    /// `Diary::practice_hours`.
    PracticeHours,
    /// `Diary::practice_clients`.
    PracticeClients,
    /// `Diary::oddities`.
    Oddities,
    /// `Diary::sessions_before`, of the documents that this rule finds.
    SessionsBefore { documents: &'a str },
    /// `Diary::hours_claimed`.
    HoursClaimed { criterion: &'a str },
    /// `Diary::records`.
    Records,
    /// `Diary::client_documents`.
    ClientDocuments(#[serde(borrow)] ClientDocuments<'a>),
    /// `Diary::client_goals`.
    ClientGoals(#[serde(borrow)] ClientGoals<'a>),
    /// `Diary::goals_in_diary`, with the words of `ClientGoals`.
    GoalsInDiary,
    /// `Diary::client_tools`.
    ClientTools(#[serde(borrow)] ClientTools<'a>),
    /// `Diary::client_feedback`.
    ClientFeedback(#[serde(borrow)] ClientFeedback<'a>),
    /// `Diary::client_reflection`.
    ClientReflection(#[serde(borrow)] ClientReflection<'a>),
    /// `Diary::technique`.
    Technique(#[serde(borrow)] Technique<'a>),
    /// `Diary::named_techniques`.
    NamedTechniques(#[serde(borrow)] NamedTechniques<'a>),
    /// `Diary::supervision_used`.
    SupervisionUsed(#[serde(borrow)] SupervisionUsed<'a>),
}

/// Criteria that a slot answers, with or without a section.
#[derive(Debug, Deserialize, Serialize)]
pub struct AnsweredBy<'a> {
    /// The slot.
    pub slot: String,
    /// The criteria.
    #[serde(borrow)]
    pub criteria: Vec<&'a str>,
}

/// As [`lexicon::Concept`].
#[derive(Clone, Debug, Deserialize, Serialize)]
#[expect(missing_docs, reason = "the fields are those of the kit's parameters")]
pub struct Concept<'a> {
    pub name: &'a str,
    #[serde(borrow)]
    pub terms: Vec<&'a str>,
    #[serde(borrow)]
    pub unless: Vec<&'a str>,
}

impl Concept<'_> {
    /// The concept as the kit takes it.
    pub fn lend(&self) -> lexicon::Concept<'_> {
        lexicon::concept(self.name, &self.terms).unless(&self.unless)
    }
}

impl<'a> From<&lexicon::Concept<'a>> for Concept<'a> {
    fn from(concept: &lexicon::Concept<'a>) -> Self {
        Self {
            name: concept.name,
            terms: concept.terms.to_vec(),
            unless: concept.unless.to_vec(),
        }
    }
}

/// Concepts as the kit takes them.
pub(crate) fn lend<'s>(concepts: &'s [Concept<'_>]) -> Vec<lexicon::Concept<'s>> {
    concepts.iter().map(Concept::lend).collect()
}

/// As [`checks::Component`].
#[derive(Debug, Deserialize, Serialize)]
#[expect(missing_docs, reason = "the fields are those of the kit's parameters")]
pub struct Component<'a> {
    pub id: &'a str,
    pub criterion: &'a str,
    pub title: &'a str,
    pub what: &'a str,
    #[serde(borrow)]
    pub concepts: Vec<Concept<'a>>,
    pub enough: Enough,
    #[serde(borrow)]
    pub near: Vec<&'a str>,
    /// Setting: how many sentences are close by.
    pub within: String,
    pub source: &'a str,
    pub advice: &'a str,
    /// Whether its absence is a fact and no gap.
    pub for_information: bool,
}

impl Component<'_> {
    /// Gives the component as the kit takes it to `run`.
    pub fn lend<T>(&self, run: impl FnOnce(&checks::Component<'_>) -> T) -> T {
        let enough = match &self.enough {
            Enough::One => checks::Enough::One,
            Enough::All => checks::Enough::All,
            Enough::Setting(setting) => checks::Enough::Setting(setting),
        };
        run(&checks::Component {
            id: self.id,
            criterion: self.criterion,
            title: self.title,
            what: self.what,
            concepts: &lend(&self.concepts),
            enough,
            near: &self.near,
            source: self.source,
            advice: self.advice,
        })
    }
}

/// As [`checks::Enough`].
#[derive(Debug, Deserialize, Serialize)]
#[expect(missing_docs, reason = "the variants are those of the kit")]
pub enum Enough {
    One,
    All,
    Setting(String),
}

/// As [`checks::Model`].
#[derive(Clone, Debug, Deserialize, Serialize)]
#[expect(missing_docs, reason = "the fields are those of the kit's parameters")]
pub struct Model<'a> {
    #[serde(borrow)]
    pub name: Concept<'a>,
    #[serde(borrow)]
    pub stages: Vec<Concept<'a>>,
}

impl<'a> From<&checks::Model<'a>> for Model<'a> {
    fn from(model: &checks::Model<'a>) -> Self {
        Self {
            name: (&model.name).into(),
            stages: model.stages.iter().map(Into::into).collect(),
        }
    }
}

/// As [`checks::ModelRule`].
#[derive(Debug, Deserialize, Serialize)]
#[expect(missing_docs, reason = "the fields are those of the kit's parameters")]
pub struct Models<'a> {
    pub named: &'a str,
    pub stages: &'a str,
    pub criterion: &'a str,
    #[serde(borrow)]
    pub models: Vec<Model<'a>>,
    #[serde(borrow)]
    pub other: Concept<'a>,
    pub least: String,
    pub source: &'a str,
    pub name_advice: &'a str,
    pub stages_advice: &'a str,
}

/// As [`checks::PairRule`].
#[derive(Debug, Deserialize, Serialize)]
#[expect(missing_docs, reason = "the fields are those of the kit's parameters")]
pub struct Pairs<'a> {
    pub id: &'a str,
    pub criterion: &'a str,
    #[serde(borrow)]
    pub first: Concept<'a>,
    pub first_many: &'a str,
    #[serde(borrow)]
    pub second: Concept<'a>,
    pub within: String,
    pub least: String,
    pub source: &'a str,
    pub advice: &'a str,
}

/// As [`checks::CueRule`].
#[derive(Debug, Deserialize, Serialize)]
#[expect(missing_docs, reason = "the fields are those of the kit's parameters")]
pub struct Cues<'a> {
    pub id: &'a str,
    #[serde(borrow)]
    pub verbs: Vec<&'a str>,
    pub what: &'a str,
    #[serde(borrow)]
    pub terms: Vec<&'a str>,
    pub least: String,
    pub advice: &'a str,
}

/// As [`checks::HoursRule`].
#[derive(Debug, Deserialize, Serialize)]
#[expect(missing_docs, reason = "the fields are those of the kit's parameters")]
pub struct Hours<'a> {
    pub rule: &'a str,
    pub criterion: &'a str,
    pub slot: String,
    pub field: &'a str,
    pub setting: String,
    pub table: &'a str,
}

/// As [`HeaderField`].
#[derive(Debug, Deserialize, Serialize)]
#[expect(missing_docs, reason = "the fields are those of the kit's parameters")]
pub struct Header<'a> {
    pub name: &'a str,
    #[serde(borrow)]
    pub labels: Vec<&'a str>,
    pub has_digit: bool,
}

impl<'a> From<&HeaderField<'a>> for Header<'a> {
    fn from(field: &HeaderField<'a>) -> Self {
        Self {
            name: field.name,
            labels: field.labels.to_vec(),
            has_digit: field.has_digit,
        }
    }
}

impl Header<'_> {
    /// The field as the kit takes it.
    pub(crate) fn lend(&self) -> HeaderField<'_> {
        HeaderField {
            name: self.name,
            labels: &self.labels,
            has_digit: self.has_digit,
        }
    }
}

/// As [`checks::DiaryRule`].
#[derive(Debug, Deserialize, Serialize)]
#[expect(missing_docs, reason = "the fields are those of the kit's parameters")]
pub struct Diary<'a> {
    pub slot: String,
    pub hours_criterion: &'a str,
    pub records_criterion: &'a str,
    pub source: &'a str,
    /// In the order of [`DiaryFields`]: reference, date, client, start, minutes,
    /// kind, goals, tools, happened, progress, impact.
    #[serde(borrow)]
    pub fields: [&'a str; 11],
    #[serde(borrow)]
    pub counted_kinds: Vec<&'a str>,
    pub supervision_kind: &'a str,
    pub practice: &'a str,
    #[serde(borrow)]
    pub client_words: Vec<&'a str>,
    /// In the order of [`DiarySettings`]: minutes in all, clients, minutes with
    /// which a client counts, longest session, share of one client, days between
    /// sessions, share of rows.
    pub settings: [String; 7],
}

impl Diary<'_> {
    /// The rule as the kit takes it.
    pub(crate) fn lend(&self) -> checks::DiaryRule<'_> {
        let [
            reference,
            date,
            client,
            start,
            minutes,
            kind,
            goals,
            tools,
            happened,
            progress,
            impact,
        ] = self.fields;
        let [
            minutes_total,
            clients,
            minutes_per_client,
            largest_session_minutes,
            largest_client_share,
            largest_gap_days,
            least_row_share,
        ] = &self.settings;
        checks::DiaryRule {
            slot: &self.slot,
            hours_criterion: self.hours_criterion,
            records_criterion: self.records_criterion,
            source: self.source,
            fields: DiaryFields {
                reference,
                date,
                client,
                start,
                minutes,
                kind,
                goals,
                tools,
                happened,
                progress,
                impact,
            },
            counted_kinds: &self.counted_kinds,
            supervision_kind: self.supervision_kind,
            practice: self.practice,
            client_words: &self.client_words,
            settings: DiarySettings {
                minutes_total,
                clients,
                minutes_per_client,
                largest_session_minutes,
                largest_client_share,
                largest_gap_days,
                least_row_share,
            },
        }
    }
}

/// As [`checks::ClientDocuments`].
#[derive(Debug, Deserialize, Serialize)]
#[expect(missing_docs, reason = "the fields are those of the kit's parameters")]
pub struct ClientDocuments<'a> {
    pub rule: &'a str,
    pub criterion: &'a str,
    pub what: &'a str,
    #[serde(borrow)]
    pub essential: Vec<Concept<'a>>,
    #[serde(borrow)]
    pub further: Vec<Concept<'a>>,
    pub enough: String,
    #[serde(borrow)]
    pub dated_by: Vec<&'a str>,
    #[serde(borrow)]
    pub pending: Vec<&'a str>,
}

/// As [`checks::ClientGoals`].
#[derive(Debug, Deserialize, Serialize)]
#[expect(missing_docs, reason = "the fields are those of the kit's parameters")]
pub struct ClientGoals<'a> {
    pub rule: &'a str,
    pub criterion: &'a str,
    #[serde(borrow)]
    pub goals: Vec<&'a str>,
    #[serde(borrow)]
    pub agreed: Vec<&'a str>,
    #[serde(borrow)]
    pub measures: Vec<&'a str>,
    #[serde(borrow)]
    pub organisation: Vec<&'a str>,
    #[serde(borrow)]
    pub pending: Vec<&'a str>,
}

impl ClientGoals<'_> {
    /// The rule as the kit takes it.
    pub(crate) fn lend(&self) -> checks::ClientGoals<'_> {
        checks::ClientGoals {
            rule: self.rule,
            criterion: self.criterion,
            goals: &self.goals,
            agreed: &self.agreed,
            measures: &self.measures,
            organisation: &self.organisation,
            pending: &self.pending,
        }
    }
}

/// As [`checks::ClientTools`].
#[derive(Debug, Deserialize, Serialize)]
#[expect(missing_docs, reason = "the fields are those of the kit's parameters")]
pub struct ClientTools<'a> {
    pub rule: &'a str,
    pub criterion: &'a str,
    #[serde(borrow)]
    pub tools: Vec<Concept<'a>>,
    #[serde(borrow)]
    pub reasons: Vec<&'a str>,
    pub baseline_sessions: String,
}

/// As [`checks::ClientFeedback`].
#[derive(Debug, Deserialize, Serialize)]
#[expect(missing_docs, reason = "the fields are those of the kit's parameters")]
pub struct ClientFeedback<'a> {
    pub rule: &'a str,
    pub others_rule: &'a str,
    pub rows_rule: &'a str,
    pub criterion: &'a str,
    #[serde(borrow)]
    pub methods: Vec<&'a str>,
    #[serde(borrow)]
    pub none: Vec<&'a str>,
    #[serde(borrow)]
    pub in_rows: Vec<&'a str>,
    #[serde(borrow)]
    pub others: Vec<Concept<'a>>,
    pub required_from: &'a str,
    #[serde(borrow)]
    pub required_others: Vec<(&'a str, &'a str)>,
}

/// As [`checks::ClientReflection`].
#[derive(Debug, Deserialize, Serialize)]
#[expect(missing_docs, reason = "the fields are those of the kit's parameters")]
pub struct ClientReflection<'a> {
    pub rule: &'a str,
    #[serde(borrow)]
    pub criteria: Vec<&'a str>,
    pub least_clients: String,
}

/// As [`checks::TechniqueRule`].
#[derive(Debug, Deserialize, Serialize)]
#[expect(missing_docs, reason = "the fields are those of the kit's parameters")]
pub struct Technique<'a> {
    pub rule: &'a str,
    pub criterion: &'a str,
    #[serde(borrow)]
    pub technique: Concept<'a>,
    #[serde(borrow)]
    pub examples: Vec<&'a str>,
}

/// As [`checks::NamedTechniques`].
#[derive(Debug, Deserialize, Serialize)]
#[expect(missing_docs, reason = "the fields are those of the kit's parameters")]
pub struct NamedTechniques<'a> {
    pub rule: &'a str,
    pub criterion: &'a str,
    #[serde(borrow)]
    pub models: Vec<Concept<'a>>,
}

/// As [`checks::SupervisionRule`].
#[derive(Debug, Deserialize, Serialize)]
#[expect(missing_docs, reason = "the fields are those of the kit's parameters")]
pub struct SupervisionUsed<'a> {
    pub rule: &'a str,
    pub criterion: &'a str,
    #[serde(borrow)]
    pub challenged: Vec<&'a str>,
    #[serde(borrow)]
    pub changed: Vec<&'a str>,
    #[serde(borrow)]
    pub supervision: Vec<&'a str>,
    pub least_records: String,
    pub least_minutes: String,
}
