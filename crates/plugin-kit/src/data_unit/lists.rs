//! Word lists of the kit by name, and those of the file.

use std::collections::BTreeMap;

use unit_from_data::data::{Concept, Model};
use unit_sdk::lexicon::{self, english, mentoring, practice};

use super::file::{Placed, Table};

/// Terms that come with the kit.
const TERMS: [(&str, &[&str]); 23] = [
    ("english/reasons", &english::REASONS),
    ("english/features", &english::FEATURES),
    ("english/own-context", &english::OWN_CONTEXT),
    ("english/titles", &english::TITLES),
    ("english/given-names", &english::GIVEN_NAMES),
    ("english/no-names", &english::NO_NAMES),
    ("mentoring/roles", &mentoring::ROLES),
    ("mentoring/authors", &mentoring::AUTHORS),
    ("practice/client-words", &practice::CLIENT_WORDS),
    ("practice/pending", &practice::PENDING),
    ("practice/dated", &practice::DATED),
    ("practice/agreed", &practice::AGREED),
    ("practice/goals", &practice::GOALS),
    ("practice/measures", &practice::MEASURES),
    ("practice/organisation", &practice::ORGANISATION),
    ("practice/reasons-for-none", &practice::REASONS_FOR_NONE),
    ("practice/examples", &practice::EXAMPLES),
    ("practice/feedback-methods", &practice::FEEDBACK_METHODS),
    ("practice/no-feedback", &practice::NO_FEEDBACK),
    ("practice/feedback-in-rows", &practice::FEEDBACK_IN_ROWS),
    ("practice/challenged", &practice::CHALLENGED),
    ("practice/changed", &practice::CHANGED),
    ("practice/supervision", &practice::SUPERVISION),
];

/// Things with the words for them that come with the kit.
const CONCEPTS: [(&str, &[lexicon::Concept<'static>]); 34] = [
    ("mentoring/mentee", &[mentoring::MENTEE]),
    ("mentoring/stakeholders", &mentoring::STAKEHOLDERS),
    ("mentoring/contract", &mentoring::CONTRACT),
    ("mentoring/other-model", &[mentoring::OTHER_MODEL]),
    ("mentoring/diagnostic-tools", &mentoring::DIAGNOSTIC_TOOLS),
    (
        "mentoring/learning-preferences",
        &mentoring::LEARNING_PREFERENCES,
    ),
    ("mentoring/goal-setting", &[mentoring::GOAL_SETTING]),
    ("mentoring/communication", &[mentoring::COMMUNICATION]),
    ("mentoring/tools", &mentoring::TOOLS),
    ("mentoring/record-contents", &mentoring::RECORD_CONTENTS),
    ("mentoring/barrier", &[mentoring::BARRIER]),
    ("mentoring/strategy", &[mentoring::STRATEGY]),
    ("mentoring/barrier-levels", &mentoring::BARRIER_LEVELS),
    ("mentoring/environment", &[mentoring::ENVIRONMENT]),
    ("practice/plan", &practice::PLAN),
    ("practice/contract-essential", &practice::CONTRACT_ESSENTIAL),
    ("practice/contract-further", &practice::CONTRACT_FURTHER),
    ("practice/diagnostic-tools", &practice::DIAGNOSTIC_TOOLS),
    ("practice/questioning", &[practice::QUESTIONING]),
    ("practice/listening", &[practice::LISTENING]),
    ("practice/named-techniques", &practice::NAMED_TECHNIQUES),
    ("practice/other-stakeholders", &practice::OTHER_STAKEHOLDERS),
    ("practice/effectiveness", &[practice::EFFECTIVENESS]),
    ("practice/feedback-used", &[practice::FEEDBACK_USED]),
    ("practice/relationships", &[practice::RELATIONSHIPS]),
    ("practice/activities", &[practice::ACTIVITIES]),
    ("practice/challenges", &[practice::CHALLENGES]),
    ("practice/own-performance", &[practice::OWN_PERFORMANCE]),
    ("practice/improvement", &[practice::IMPROVEMENT]),
    ("practice/supervisor", &[practice::SUPERVISOR]),
    ("practice/how-often", &[practice::HOW_OFTEN]),
    ("practice/purpose", &[practice::PURPOSE]),
    ("practice/supervision-model", &[practice::SUPERVISION_MODEL]),
    ("practice/future", &[practice::FUTURE]),
];

/// The lists that the file may name.
#[derive(Debug)]
pub(super) struct Lists<'t> {
    terms: BTreeMap<&'t str, Vec<&'t str>>,
}

impl<'t> Lists<'t> {
    /// Reads the file's own lists.
    pub(super) fn new(root: &Table<'t>) -> Self {
        let mut lists = Self {
            terms: TERMS
                .iter()
                .map(|(name, terms)| (*name, terms.to_vec()))
                .collect(),
        };
        let Some(table) = root.table(
            "lists",
            "may be left out",
            "Word lists of your own. Each key is a name, each value a list of words and phrases; write `@name` wherever words are asked for, and all words of the list count there. A list may name lists above it.",
        ) else {
            return lists;
        };
        table.any(
            "*",
            "list of words",
            "may be left out",
            "A name of your own for the list.",
        );
        for (name, value) in table.entries() {
            let own = table.texts_of(value, name.value);
            let terms = lists.with(&table, &own);
            if lists.terms.insert(name.value, terms).is_some() {
                table.file().problem(
                    name.at,
                    format!(
                        "The kit has a list `{}` already. Give yours another name.",
                        name.value
                    ),
                );
            }
        }
        lists
    }

    /// Words and phrases, those of the lists among them.
    pub(super) fn terms(
        &self,
        table: &Table<'t>,
        key: &'static str,
        help: &'static str,
    ) -> Vec<&'t str> {
        let written = table.optional_texts(key, "empty", help);
        self.with(table, &written.unwrap_or_default())
    }

    /// The same, where a list of the kit counts if the file has none.
    pub(super) fn terms_or(
        &self,
        table: &Table<'t>,
        key: &'static str,
        standard: &'static str,
        help: &'static str,
    ) -> Vec<&'t str> {
        let standing = format!("`[\"@{standard}\"]`");
        match table.optional_texts(key, &standing, help) {
            Some(written) => self.with(table, &written),
            None => self.terms.get(standard).cloned().unwrap_or_default(),
        }
    }

    fn with(&self, table: &Table<'t>, written: &[Placed<&'t str>]) -> Vec<&'t str> {
        let mut terms = Vec::new();
        for term in written {
            match term.value.strip_prefix('@') {
                None => terms.push(term.value),
                Some(name) => {
                    if table.known(name, term.at, self.terms.keys().copied(), "list") {
                        terms.extend(self.terms.get(name).into_iter().flatten());
                    }
                }
            }
        }
        terms
    }

    /// Things with the words for them: `[[….KEY]]` tables, or lists of the kit.
    pub(super) fn concepts(
        &self,
        table: &Table<'t>,
        key: &'static str,
        help: &'static str,
    ) -> Vec<Concept<'t>> {
        let mut concepts = Vec::new();
        for one in table.tables(key, "may be left out", help) {
            concepts.extend(self.concept(&one));
        }
        concepts
    }

    /// The same, where a list of the kit counts if the file has none.
    pub(super) fn concepts_or(
        &self,
        table: &Table<'t>,
        key: &'static str,
        standard: &'static str,
        help: &'static str,
    ) -> Vec<Concept<'t>> {
        let own = self.concepts(table, key, help);
        if own.is_empty() { stock(standard) } else { own }
    }

    /// One thing, from the table of this key.
    pub(super) fn one(
        &self,
        table: &Table<'t>,
        key: &'static str,
        standard: Option<&'static str>,
        help: &'static str,
    ) -> Concept<'t> {
        let standing = standard.map_or("**needed**".to_owned(), |list| {
            format!("`from = \"{list}\"`")
        });
        let found = match table.table(key, &standing, help) {
            Some(one) => self.concept(&one),
            None => standard.map(stock).unwrap_or_default(),
        };
        found.into_iter().next().unwrap_or_else(|| {
            if !table.has(key) {
                table.missing(key, help);
            }
            Concept {
                name: "",
                terms: Vec::new(),
                unless: Vec::new(),
            }
        })
    }

    fn concept(&self, table: &Table<'t>) -> Vec<Concept<'t>> {
        let from = table.optional_text(
            "from",
            "Name of a list of the kit that stands here as it is, in place of the other keys.",
        );
        if let Some(from) = from {
            let known = CONCEPTS.iter().map(|(name, _)| *name);
            table.known(from, table.at("from"), known, "list of things");
        }
        let name = table.optional_text("name", "What people call it; it stands in the messages.");
        let terms = self.terms(
            table,
            "terms",
            "Words and phrases that speak of it. `*` at the end of a word stands for any ending; a word in capitals matches capitals only.",
        );
        let unless = self.terms(
            table,
            "unless",
            "Phrases in which these words mean something else.",
        );
        if let Some(from) = from {
            for key in ["name", "terms", "unless"] {
                if table.has(key) {
                    table.problem_at(
                        key,
                        format!("`from` and `{key}` cannot stand together: a list of the kit stands as it is."),
                    );
                }
            }
            return stock(from);
        }
        let Some(name) = name else {
            table.problem("Say here either `from`, with a list of the kit, or `name` and `terms`.");
            return Vec::new();
        };
        if terms.is_empty() {
            table.problem(format!(
                "`{name}` has no `terms`: say by which words it is found."
            ));
        }
        vec![Concept {
            name,
            terms,
            unless,
        }]
    }

    /// Models with their stages.
    pub(super) fn models(&self, table: &Table<'t>) -> Vec<Model<'t>> {
        let mut models = Vec::new();
        let own = table.tables(
            "known",
            "the models of mentoring that the kit knows",
            "A model that people know by its name.",
        );
        for one in &own {
            let name = one.text("name", "Its name.");
            models.push(Model {
                name: Concept {
                    name,
                    terms: self.terms(one, "terms", "Words that name it."),
                    unless: self.terms(
                        one,
                        "unless",
                        "Phrases in which these words mean something else.",
                    ),
                },
                stages: self.concepts(one, "stage", "A stage of the model, in their order."),
            });
        }
        if models.is_empty() || table.file().is_on_paper() {
            models = mentoring::MODELS.iter().map(Into::into).collect();
        }
        models
    }
}

/// A list of the kit.
fn stock<'t>(name: &str) -> Vec<Concept<'t>> {
    let known = CONCEPTS.iter().find(|(known, _)| *known == name);
    known
        .map(|(_, concepts)| concepts.iter().map(Into::into).collect())
        .unwrap_or_default()
}

/// Names of the kit's lists of words, with how many they hold.
pub(super) fn of_terms() -> impl Iterator<Item = (&'static str, usize)> {
    TERMS.iter().map(|(name, terms)| (*name, terms.len()))
}

/// Names of the kit's lists of things, with how many they hold.
pub(super) fn of_concepts() -> impl Iterator<Item = (&'static str, usize)> {
    CONCEPTS
        .iter()
        .map(|(name, concepts)| (*name, concepts.len()))
}
