//! Which checks run, with which parameters.

use std::borrow::Cow;
use std::collections::BTreeSet;

use toml::de::DeValue;
use unit_from_data::data::{
    AnsweredBy, Check, ClientDocuments, ClientFeedback, ClientGoals, ClientReflection, ClientTools,
    Component, Cues, Diary, Enough, Header, Hours, Models, NamedTechniques, Pairs, SupervisionUsed,
    Technique,
};
use unit_sdk::describe::field;
use unit_sdk::lexicon::mentoring::HEADER_FIELDS;
use unit_sdk::lexicon::practice::DIARY_FIELDS;
use unit_sdk::wit;

use super::file::{Placed, Table, number_of};
use super::lists::Lists;
use super::stock;
use super::unit::{ILM, Sources, known_criterion, once};

const RULE: &str = "Id of the check’s rule, the same in every version.";
const CRITERION: &str = "The criterion.";
const ADVICE: &str = "What the learner could do, as a sentence that begins with “You could”.";
const TITLE: &str = "Title of the rule on the help page; made from the id where it is left out.";
const IF_WANTED: &str = "may be left out";

/// Columns of a diary: key, what our units call it, and what it is.
const COLUMNS: [(&str, &str, &str); 11] = [
    (
        "reference",
        DIARY_FIELDS.reference,
        "The column with the learner’s own name of the row.",
    ),
    ("date", DIARY_FIELDS.date, "The column with the day."),
    (
        "client",
        DIARY_FIELDS.client,
        "The column with the client’s code.",
    ),
    (
        "start",
        DIARY_FIELDS.start,
        "The column with the time at which it began.",
    ),
    (
        "minutes",
        DIARY_FIELDS.minutes,
        "The column with the length.",
    ),
    (
        "kind",
        DIARY_FIELDS.kind,
        "The column with the kind of session, a choice.",
    ),
    (
        "goals",
        DIARY_FIELDS.goals,
        "The column with the goals worked on.",
    ),
    (
        "tools",
        DIARY_FIELDS.tools,
        "The column with tools and techniques.",
    ),
    (
        "happened",
        DIARY_FIELDS.happened,
        "The column with what happened.",
    ),
    (
        "progress",
        DIARY_FIELDS.progress,
        "The column with progress.",
    ),
    (
        "impact",
        DIARY_FIELDS.impact,
        "The column with the impact on the client’s role.",
    ),
];

/// A check that has no parameters: heading, what it is, its rules, and itself.
type Plain<'t> = (
    &'static str,
    &'static str,
    &'static [&'static str],
    fn() -> Check<'t>,
);

/// Columns without which nothing can be counted.
const NEEDED_COLUMNS: [&str; 4] = ["date", "client", "minutes", "kind"];

/// A setting that a check makes if the file says no more than its number.
struct Auto<'s> {
    id: Cow<'s, str>,
    title: String,
    unit: &'s str,
    between: (f64, f64),
    standard: Option<f64>,
}

fn of_kit(id: &'static str) -> Auto<'static> {
    let stock = stock::setting_of(id);
    Auto {
        id: id.into(),
        title: stock
            .map(|stock| stock.title.to_owned())
            .unwrap_or_default(),
        unit: stock.map(|stock| stock.unit).unwrap_or_default(),
        between: stock.map_or((0.0, 0.0), |stock| (stock.minimum, stock.maximum)),
        standard: stock.and_then(|stock| stock.standard),
    }
}

/// The checks of a file as far as they were read.
#[derive(Debug)]
pub(super) struct Reading<'t, 'u> {
    unit: &'u mut wit::Unit,
    sources: Sources<'t>,
    lists: Lists<'t>,
    /// Ids of the settings that the checks made, for `[[setting]]`s are the author's.
    made: Vec<String>,
    /// Each with its place in the file, which decides the order.
    checks: Vec<(usize, Check<'t>)>,
    rules: Vec<(usize, wit::Rule)>,
    diary: Option<Diary<'t>>,
}

/// Reads the diary, the checks and the rules, and adds to the unit what they make.
pub(super) fn read<'t>(
    root: &Table<'t>,
    unit: &mut wit::Unit,
    sources: Sources<'t>,
) -> (Option<Diary<'t>>, Vec<Check<'t>>) {
    let mut reading = Reading {
        unit,
        sources,
        lists: Lists::new(root),
        made: Vec::new(),
        checks: Vec::new(),
        rules: Vec::new(),
        diary: None,
    };
    let checks = root.table(
        "checks",
        "**needed**",
        "The checks that run. Their findings stand in the order of this file. A check without keys is switched on by its heading alone.",
    );
    let table = checks.unwrap_or_else(|| {
        if !root.has("checks") {
            root.problem("The file has no check, so nothing would be looked for. Switch one on with a heading such as `[checks.section-found]`.");
        }
        root.without("checks")
    });
    reading.diary(root);
    let targets = reading.sections(&table);
    reading.answers(&table);
    reading.form(&table);
    reading.practice(&table);
    drop(table);
    reading.targets(targets);
    reading.help(root);
    reading.checks.sort_by_key(|(at, _)| *at);
    let checks = reading.checks.into_iter().map(|(_, check)| check);
    (reading.diary, checks.collect())
}

impl<'t> Reading<'t, '_> {
    fn add(&mut self, at: usize, check: Check<'t>) {
        self.checks.push((at, check));
    }

    /// A rule of the kit.
    fn rule(&mut self, at: usize, id: &str) {
        if let Some((title, help)) = stock::rule_of(id) {
            self.rule_with(at, id, title.to_owned(), help.to_owned());
        }
    }

    fn rule_with(&mut self, at: usize, id: &str, title: String, help: String) {
        self.rules.push((
            at,
            wit::Rule {
                id: id.to_owned(),
                title,
                help,
            },
        ));
    }

    /// A rule of the author's: its id, reported where it was there before.
    fn own_rule(
        &mut self,
        table: &Table<'t>,
        key: &'static str,
        standard: Option<&'static str>,
    ) -> &'t str {
        let id = match standard {
            None => table.id(key, RULE),
            Some(standard) => table.text_or(key, standard, RULE),
        };
        if !id.is_empty() && self.rules.iter().any(|(_, rule)| rule.id == id) {
            table.problem_at(
                key,
                format!("There is another rule `{id}`. Each check needs an id of its own."),
            );
        }
        id
    }

    /// A check without parameters.
    fn plain(
        &mut self,
        table: &Table<'t>,
        key: &'static str,
        help: &'static str,
        check: Check<'t>,
    ) {
        if let Some(table) = table.table(key, IF_WANTED, help) {
            self.rule(table.start(), key);
            self.add(table.start(), check);
        }
    }

    fn criterion(&self, table: &Table<'t>) -> &'t str {
        let id = table.text("criterion", CRITERION);
        let at = table.at("criterion");
        known_criterion(table, self.unit, Placed { value: id, at });
        id
    }

    fn criteria(&self, table: &Table<'t>, key: &'static str, help: &'static str) -> Vec<&'t str> {
        let criteria = table.texts(key, help);
        for id in &criteria {
            known_criterion(table, self.unit, *id);
        }
        criteria.into_iter().map(|id| id.value).collect()
    }

    fn source(&self, table: &Table<'t>) -> &'t str {
        self.sources.of(table, Some("heuristic"))
    }

    /// The slot that a check is about; one of the right kind goes without saying.
    fn slot(&self, table: &Table<'t>, kind: &str, help: &'static str) -> String {
        let of_kind: Vec<String> = self
            .unit
            .slots
            .iter()
            .filter(|slot| slot.kind == kind)
            .map(|slot| slot.id.clone())
            .collect();
        let written = table.any(
            "slot",
            "id of a `[[slot]]`",
            "the only one of its kind",
            help,
        );
        let Some(value) = written else {
            if of_kind.len() != 1 {
                table.problem(format!(
                    "There {} of the kind `{kind}`. Say which is meant with `slot`.",
                    match of_kind.len() {
                        0 => "is no slot".to_owned(),
                        many => format!("are {many} slots"),
                    }
                ));
            }
            return of_kind.into_iter().next().unwrap_or_default();
        };
        let DeValue::String(id) = value.get_ref() else {
            table.problem_at(
                "slot",
                "`slot` should be the id of a slot in quotation marks.",
            );
            return String::new();
        };
        let known = self.unit.slots.iter().map(|slot| slot.id.as_str());
        if table.known(id, value.span().start, known, "slot")
            && !of_kind.iter().any(|known| known == id)
        {
            table.problem_at(
                "slot",
                format!("Slot `{id}` is no {kind}, and this check reads one."),
            );
        }
        id.as_ref().to_owned()
    }

    /// A threshold: a number, of which a setting is made, or the id of a setting.
    fn threshold(
        &mut self,
        table: &Table<'t>,
        key: &'static str,
        auto: Auto<'_>,
        help: &'static str,
    ) -> String {
        let standing = match auto.standard {
            Some(number) => format!("`{number}`"),
            None => "**needed**".to_owned(),
        };
        let written = table.any(key, "number, or id of a `[[setting]]`", &standing, help);
        let is_own = |unit: &wit::Unit, made: &[String], id: &str| {
            unit.settings.iter().any(|setting| setting.field.id == id)
                && !made.iter().any(|made| made == id)
        };
        match written.map(|value| (value, value.get_ref())) {
            None => {
                if self
                    .unit
                    .settings
                    .iter()
                    .any(|setting| setting.field.id == *auto.id)
                {
                    return auto.id.into_owned();
                }
                if auto.standard.is_none() {
                    table.missing(key, help);
                }
                self.make(table, key, auto)
            }
            Some((value, DeValue::String(id))) => {
                let own = self
                    .unit
                    .settings
                    .iter()
                    .map(|setting| setting.field.id.as_str());
                let kits = stock::SETTINGS
                    .iter()
                    .filter(|stock| stock.standard.is_some())
                    .map(|stock| stock.id);
                table.known(id, value.span().start, own.chain(kits), "setting");
                if let Some(stock) = stock::setting_of(id)
                    && !is_own(self.unit, &self.made, id)
                {
                    return self.make(table, key, of_kit(stock.id));
                }
                let named = self.unit.settings.iter();
                let mut named = named.filter(|setting| setting.field.id == id.as_ref());
                if named.any(|setting| !matches!(setting.standard, wit::Value::Number(_))) {
                    table.problem_at(key, format!("`{key}` should be a number, and the setting `{id}` is none. Choose another `kind` for the setting, or another setting."));
                }
                id.as_ref().to_owned()
            }
            Some((_, other)) => match number_of(other) {
                None => {
                    table.problem_at(key, format!("`{key}` should be a number, or the id of a `[[setting]]` in quotation marks."));
                    auto.id.into_owned()
                }
                Some(_) if is_own(self.unit, &self.made, &auto.id) => {
                    table.problem_at(key, format!("There is a `[[setting]]` `{}` already, which says this number. Take one of the two away.", auto.id));
                    auto.id.into_owned()
                }
                Some(number) => {
                    let (least, most) = auto.between;
                    if !(least..=most).contains(&number) {
                        table.problem_at(
                            key,
                            format!("`{key}` is {number}; it can be from {least} to {most}."),
                        );
                    }
                    self.make(
                        table,
                        key,
                        Auto {
                            standard: Some(number),
                            ..auto
                        },
                    )
                }
            },
        }
    }

    /// Adds a setting, unless an earlier check has added the same.
    fn make(&mut self, table: &Table<'t>, key: &str, auto: Auto<'_>) -> String {
        let id = auto.id.into_owned();
        let standard = wit::Value::Number(auto.standard.unwrap_or_default());
        if let Some(made) = self
            .unit
            .settings
            .iter()
            .find(|setting| setting.field.id == id)
        {
            if made.standard != standard {
                table.problem_at(key, format!("An earlier check sets `{id}` to another number. Make a `[[setting]]` for each of the two and name them here."));
            }
            return id;
        }
        let stock = stock::setting_of(&id);
        let kind = stock.map_or("whole-number", |stock| stock.kind);
        let threshold = field(&id, &auto.title, kind)
            .unit(auto.unit)
            .help(stock.map_or("", |stock| stock.help))
            .between(auto.between.0, auto.between.1);
        self.unit.settings.push(wit::Setting {
            field: threshold,
            standard,
            source: "heuristic".into(),
            overlay: "free".into(),
        });
        self.made.push(id.clone());
        id
    }

    /// Sections, their order and their length. Says whether targets are settings.
    fn sections(&mut self, table: &Table<'t>) -> bool {
        let found = table.table(
            "section-found",
            IF_WANTED,
            "Whether each criterion has its section.",
        );
        if let Some(table) = found {
            let criteria = self.criteria(
                &table,
                "answered-by-rows",
                "Criteria that the rows of a table answer, with or without a section.",
            );
            let by = if criteria.is_empty() && !table.file().is_on_paper() {
                if table.has("slot") {
                    table.problem_at(
                        "slot",
                        "`slot` stands here without `answered-by-rows`, so it says nothing.",
                    );
                }
                table.any("slot", "", "", "");
                None
            } else {
                let slot = self.slot(&table, "table", "The table that answers them.");
                Some(AnsweredBy { slot, criteria })
            };
            self.rule(table.start(), "section-found");
            self.add(table.start(), Check::SectionFound { answered_by: by });
        }
        self.plain(
            table,
            "order",
            "Whether the sections stand in the unit’s order.",
            Check::Order,
        );
        let mut targets = false;
        if let Some(table) = table.table(
            "section-words",
            IF_WANTED,
            "How many words each section has.",
        ) {
            targets = table.flag(
                "targets-are-settings",
                false,
                "Whether a centre can set the words to aim at in each criterion.",
            );
            self.rule(table.start(), "section-words");
            self.add(table.start(), Check::SectionWords);
        }
        self.plain(
            table,
            "total-words",
            "How many words there are in all.",
            Check::TotalWords,
        );
        if let Some(table) = table.table(
            "section-empty",
            IF_WANTED,
            "Sections with next to no words.",
        ) {
            let least = self.threshold(
                &table,
                "words",
                of_kit("near_empty_words"),
                "Fewer words than this are worth a look.",
            );
            let except =
                self.criteria(&table, "except", "Criteria that may have an empty section.");
            self.rule(table.start(), "section-empty");
            self.add(table.start(), Check::SectionEmpty { least, except });
        }
        self.plain(
            table,
            "left-over-prompts",
            "Questions and placeholders of the template that still stand in the answers.",
            Check::LeftOverPrompts,
        );
        if let Some(table) = table.table(
            "merely-listed",
            IF_WANTED,
            "Sections that are mostly a list where the verb asks for prose.",
        ) {
            let share = self.threshold(
                &table,
                "share",
                of_kit("list_share"),
                "Share of words in lists above which a section is worth a look, from 0 to 1.",
            );
            let short_line = self.threshold(
                &table,
                "short-line",
                of_kit("list_line_words"),
                "A line of at most so many words looks like a list item.",
            );
            let long_item = self.threshold(
                &table,
                "long-item",
                of_kit("list_item_words"),
                "A list item of more words than this is prose.",
            );
            self.rule(table.start(), "merely-listed");
            self.add(
                table.start(),
                Check::MerelyListed {
                    share,
                    short_line,
                    long_item,
                },
            );
        }
        targets
    }

    /// What the answers speak of.
    fn answers(&mut self, checks: &Table<'t>) {
        for table in checks.tables(
            "component",
            IF_WANTED,
            "Something that an answer should speak of.",
        ) {
            self.component(&table);
        }
        for table in checks.tables(
            "model",
            IF_WANTED,
            "Whether an answer names a model, and how many of its stages.",
        ) {
            self.models(&table);
        }
        for table in checks.tables(
            "pairs",
            IF_WANTED,
            "Whether one thing is followed by another, such as barriers by strategies.",
        ) {
            self.pairs(&table);
        }
        for table in checks.tables("cues", IF_WANTED, "Whether answers have words of a certain kind. `reasons`, `features` and `own-context` need no more than their id.") {
            self.cues(&table);
        }
    }

    fn component(&mut self, table: &Table<'t>) {
        let id = self.own_rule(table, "id", None);
        let criterion = self.criterion(table);
        let title = table.text("title", "Title in a few words: `Stakeholders`.");
        let what = table.text("what", "What it is, as it reads after “We could not find”: `people with an interest in mentoring`.");
        let advice = table.text("advice", ADVICE);
        let source = self.source(table);
        let terms = self.lists.terms(table, "terms", "Words and phrases that speak of it, where it is one thing. For several things, write a `[[checks.component.concept]]` for each.");
        let unless = self.lists.terms(
            table,
            "unless",
            "Phrases in which these words mean something else.",
        );
        let name = table.optional_text(
            "name",
            "What people call the one thing; the id where it is left out.",
        );
        let mut concepts = self.lists.concepts(
            table,
            "concept",
            "One of several things that may be spoken of.",
        );
        let says_terms = !terms.is_empty() || table.has("terms");
        if says_terms != concepts.is_empty() && !table.file().is_on_paper() {
            table.problem(format!(
                "Component `{id}` needs either `terms` or a `[[checks.component.concept]]`{}.",
                if says_terms { ", not both" } else { "" }
            ));
        }
        if !terms.is_empty() {
            concepts.insert(
                0,
                unit_from_data::data::Concept {
                    name: name.unwrap_or(id),
                    terms,
                    unless,
                },
            );
        }
        let enough = self.enough(table, id, title, concepts.len());
        let near = self
            .lists
            .terms(table, "near", "Words of which one must stand close by.");
        let within = self.near(table, !near.is_empty());
        let for_information = table.flag(
            "for-information",
            false,
            "Whether its absence is a fact and no gap.",
        );
        let component = Component {
            id,
            criterion,
            title,
            what,
            concepts,
            enough,
            near,
            within,
            source,
            advice,
            for_information,
        };
        #[expect(
            clippy::redundant_closure_for_method_calls,
            reason = "the method alone is not general enough over lifetimes"
        )]
        let rule = component.lend(|lent| lent.rule());
        self.rules.push((table.start(), rule));
        self.add(table.start(), Check::Component(component));
    }

    fn enough(&mut self, table: &Table<'t>, id: &str, title: &str, concepts: usize) -> Enough {
        let written = table.any(
            "enough",
            "`\"one\"`, `\"all\"`, number, or id of a `[[setting]]`",
            "`\"one\"`",
            "How many of several things are enough. A number becomes a setting.",
        );
        match written.map(toml::Spanned::get_ref) {
            None => Enough::One,
            Some(DeValue::String(word)) if word == "one" => Enough::One,
            Some(DeValue::String(word)) if word == "all" => Enough::All,
            Some(_) => {
                #[expect(clippy::cast_precision_loss, reason = "a file has few concepts")]
                let most = concepts.max(1) as f64;
                let auto = Auto {
                    id: format!("least_{}", id.replace('-', "_")).into(),
                    title: format!("{title}: how many are enough"),
                    unit: "",
                    between: (1.0, most),
                    standard: None,
                };
                Enough::Setting(self.threshold(table, "enough", auto, ""))
            }
        }
    }

    /// The setting of how close is close by, where something must stand there.
    fn near(&mut self, table: &Table<'t>, is_needed: bool) -> String {
        if is_needed || table.has("within") || table.file().is_on_paper() {
            self.threshold(
                table,
                "within",
                of_kit("near_sentences"),
                "How many sentences away is close by.",
            )
        } else {
            table.any("within", "", "", "");
            String::new()
        }
    }

    fn models(&mut self, table: &Table<'t>) {
        let named = self.own_rule(table, "id", Some("model"));
        let stages = self.own_rule(table, "stages-id", Some("model-stages"));
        let criterion = self.criterion(table);
        let models = self.lists.models(table);
        let other = self.lists.one(
            table,
            "other",
            Some("mentoring/other-model"),
            "Words for a model or stages of any other kind.",
        );
        let least = self.threshold(
            table,
            "least-stages",
            of_kit("least_stages"),
            "How many stages of one model are enough.",
        );
        let source = self.source(table);
        let name_advice = table.text("advice", "What the learner could do where no model is named, as a sentence that begins with “You could”.");
        let stages_advice = table.text("stages-advice", "The same where stages are missing.");
        let some: Vec<&str> = models.iter().map(|model| model.name.name).take(7).collect();
        self.rule_with(
            table.start(),
            named,
            "Model by name".into(),
            format!("AC {criterion}: looks for the name of a model, such as {}. A model of another name is worth a look.", some.join(", ")),
        );
        self.rule_with(
            table.start(),
            stages,
            "Stages of the model".into(),
            format!("AC {criterion}: counts how many stages of a named model the answer speaks of. Where several models are named, the best described one counts."),
        );
        self.add(
            table.start(),
            Check::Models(Models {
                named,
                stages,
                criterion,
                models,
                other,
                least,
                source,
                name_advice,
                stages_advice,
            }),
        );
    }

    fn pairs(&mut self, table: &Table<'t>) {
        let id = self.own_rule(table, "id", None);
        let title = title(table, id);
        let criterion = self.criterion(table);
        let first = self.lists.one(
            table,
            "first",
            None,
            "What comes first, with its noun as `name`.",
        );
        let first_many = table.text(
            "first-many",
            "The noun for several of the first: `barriers`.",
        );
        let second = self.lists.one(
            table,
            "second",
            None,
            "What should follow, with its noun as `name`.",
        );
        let name = id.replace('-', "_");
        let within = self.threshold(
            table,
            "within",
            Auto {
                id: format!("{name}_sentences").into(),
                title: format!("{title}: within how many sentences"),
                unit: "sentences",
                between: (1.0, 20.0),
                standard: Some(3.0),
            },
            "Within how many sentences it should follow.",
        );
        let least = self.threshold(
            table,
            "least",
            Auto {
                id: format!("least_{name}").into(),
                title: format!("{title}: how many are enough"),
                unit: "",
                between: (1.0, 20.0),
                standard: Some(2.0),
            },
            "How many pairs are enough.",
        );
        let source = self.source(table);
        let advice = table.text("advice", ADVICE);
        let help = format!(
            "AC {criterion}: looks for sentences that name a {}, and for a {} in the same sentence or one of the next. Cells of a table count as sentences.",
            first.name, second.name
        );
        self.rule_with(table.start(), id, title, help);
        self.add(
            table.start(),
            Check::Pairs(Pairs {
                id,
                criterion,
                first,
                first_many,
                second,
                within,
                least,
                source,
                advice,
            }),
        );
    }

    fn cues(&mut self, table: &Table<'t>) {
        /// Cues that the kit knows: id, verbs, what, list, advice.
        const KNOWN: [(&str, &[&str], &str, &str, &str); 3] = [
            (
                "reasons",
                &["explain"],
                "words that give reasons",
                "english/reasons",
                "The task asks you to explain. You could say how or why, with words such as “because” or “so that”.",
            ),
            (
                "features",
                &["describe", "define"],
                "words that define or describe",
                "english/features",
                "The task asks you to describe. You could say what it is, what belongs to it and what it looks like.",
            ),
            (
                "own-context",
                &[],
                "a link to the workplace",
                "english/own-context",
                "You could say how it is, or would be, where you work.",
            ),
        ];
        let id = self.own_rule(table, "id", None);
        let known = KNOWN.iter().find(|known| known.0 == id);
        let title = title(table, id);
        let verbs = table.optional_texts(
            "verbs",
            "all criteria",
            "Command verbs of the criteria concerned.",
        );
        let verbs: Vec<&str> = match (verbs, known) {
            (Some(verbs), _) => verbs.into_iter().map(|verb| verb.value).collect(),
            (None, Some(known)) => known.1.to_vec(),
            (None, None) => Vec::new(),
        };
        let what = table.optional_text(
            "what",
            "What it is, as it reads after “We could not find”: `words that give reasons`.",
        );
        let advice = table.optional_text("advice", ADVICE);
        let terms = match known {
            Some(known) => {
                self.lists
                    .terms_or(table, "terms", known.3, "Words and phrases that count.")
            }
            None => self
                .lists
                .terms(table, "terms", "Words and phrases that count."),
        };
        let least = self.threshold(
            table,
            "least",
            of_kit("least_cues"),
            "How many places are enough in one answer.",
        );
        let (what, advice) = (
            what.or(known.map(|known| known.2)),
            advice.or(known.map(|known| known.4)),
        );
        let (Some(what), Some(advice), false) = (what, advice, terms.is_empty()) else {
            table.problem(format!("`{id}` is none of the kit’s own (`reasons`, `features`, `own-context`), so it needs `what`, `advice` and `terms`."));
            return;
        };
        if known.is_some() {
            self.rule(table.start(), id);
        } else {
            let some: Vec<String> = terms
                .iter()
                .take(6)
                .map(|term| format!("“{term}”"))
                .collect();
            let where_asked = if verbs.is_empty() {
                String::new()
            } else {
                format!("Where a criterion asks to {}: ", verbs.join(" or "))
            };
            let help = format!(
                "{where_asked}looks for {what}, such as {}.",
                some.join(", ")
            );
            self.rule_with(table.start(), id, title, capital(&help));
        }
        self.add(
            table.start(),
            Check::Cues(Cues {
                id,
                verbs,
                what,
                terms,
                least,
                advice,
            }),
        );
    }

    /// What any submission should have or should not.
    fn form(&mut self, checks: &Table<'t>) {
        if let Some(table) = checks.table(
            "personal-data",
            IF_WANTED,
            "E-mail addresses, telephone numbers, postcodes and likely names of others.",
        ) {
            let lists = &self.lists;
            let check = Check::PersonalData {
                titles: lists.terms_or(&table, "titles", "english/titles", "A title and a name are a name: `Mr`."),
                given_names: lists.terms_or(&table, "given-names", "english/given-names", "Given names that are common where the unit is taught."),
                roles: lists.terms(&table, "roles", "Words for people in a role; a role and a name are a name: `my mentee`. `@mentoring/roles` has those of mentoring."),
                no_names: lists.terms_or(&table, "no-names", "english/no-names", "Words that are written with a capital and are no names."),
                authors: lists.terms(&table, "authors", "Surnames of authors, who may be named. `@mentoring/authors` has those of mentoring."),
            };
            self.rule(table.start(), "personal-data");
            self.add(table.start(), check);
        }
        if let Some(table) =
            checks.table("repeated-passages", IF_WANTED, "Passages that stand twice.")
        {
            let least_words = self.threshold(
                &table,
                "words",
                of_kit("repeated_words"),
                "How many words in a row count as repeated.",
            );
            self.rule(table.start(), "repeated-passages");
            self.add(table.start(), Check::RepeatedPassages { least_words });
        }
        self.plain(
            checks,
            "references",
            "Citations and the list of references.",
            Check::References,
        );
        if let Some(table) = checks.table(
            "header-fields",
            IF_WANTED,
            "What the first page should name.",
        ) {
            let source = self.source(&table);
            let mut fields = Vec::new();
            for field in table.tables(
                "field",
                "the learner’s name, the registration number and the centre number, for `ilm`",
                "A detail that the first page should name.",
            ) {
                fields.push(Header {
                    name: field.text("name", "What people call it, as it reads after “We could not find”: `the centre number`."),
                    labels: self.lists.terms(&field, "labels", "Words that stand before it: `centre number`."),
                    has_digit: field.flag("has-digit", false, "Whether it must hold a digit."),
                });
            }
            if fields.is_empty() && self.sources.body == ILM {
                fields.extend(HEADER_FIELDS.iter().map(Into::into));
            }
            if fields.is_empty() {
                table.problem("[checks.header-fields] names nothing to look for. Add a `[[checks.header-fields.field]]`.");
            }
            self.rule(table.start(), "header-fields");
            self.add(table.start(), Check::HeaderFields { fields, source });
        }
        for table in checks.tables(
            "hours",
            IF_WANTED,
            "Time that stands in one column of a table, against what is asked for.",
        ) {
            self.hours(&table);
        }
        if let Some(table) = checks.table(
            "declaration",
            IF_WANTED,
            "Whether the declaration was accepted.",
        ) {
            let slot = self.slot(&table, "declaration", "The declaration’s slot.");
            self.rule(table.start(), "declaration");
            self.add(table.start(), Check::Declaration { slot });
        }
        self.plain(
            checks,
            "changes",
            "What has changed since the last submission.",
            Check::Changes,
        );
    }

    fn hours(&mut self, table: &Table<'t>) {
        let rule = self.own_rule(table, "id", None);
        let title = title(table, rule);
        let criterion = self.criterion(table);
        let slot = self.slot(table, "table", "The table’s slot.");
        let field = table.text("field", "The column with the time, a duration.");
        let found = self.unit.slots.iter().find(|known| known.id == slot);
        let fields = found.map(|slot| slot.fields.as_slice()).unwrap_or_default();
        let known = fields.iter().map(|field| field.id.as_str());
        table.known(field, table.at("field"), known, "column");
        if fields
            .iter()
            .any(|known| known.id == field && known.kind != "duration")
        {
            table.problem_at("field", format!("The column `{field}` is no duration, so its time cannot be added up. Say `kind = \"duration\"` there."));
        }
        let setting = self.threshold(
            table,
            "minutes",
            of_kit("min_minutes"),
            "How many minutes are asked for.",
        );
        let name = table.text(
            "table",
            "What people call the table, as it reads after “the”: `induction record`.",
        );
        self.rule_with(
            table.start(),
            rule,
            title,
            format!("Adds up the minutes of all rows of the {name}."),
        );
        self.add(
            table.start(),
            Check::Hours(Hours {
                rule,
                criterion,
                slot,
                field,
                setting,
                table: name,
            }),
        );
    }

    /// What the checks of practice read.
    fn diary(&mut self, root: &Table<'t>) {
        let Some(table) = root.table(
            "diary",
            "needed for checks of practice",
            "The table with the sessions of practice, and what is asked for of them.",
        ) else {
            return;
        };
        let slot = self.slot(&table, "table", "The diary’s slot, a table.");
        let found = self.unit.slots.iter().find(|known| known.id == slot);
        let fields: Vec<wit::Field> = found.map(|slot| slot.fields.clone()).unwrap_or_default();
        let hours_criterion = self.referred(
            &table,
            "hours-criterion",
            "The criterion that asks for hours and clients.",
        );
        let records_criterion = self.referred(
            &table,
            "records-criterion",
            "The criterion that asks for records of progress.",
        );
        let source = self.sources.of(&table, Some("heuristic"));
        let columns = table.table(
            "columns",
            "the columns as our units call them",
            "Which columns of the slot hold what.",
        );
        let names = COLUMNS.map(|(key, standard, help)| match &columns {
            Some(columns) => columns.text_or(key, standard, help),
            None => standard,
        });
        for ((key, ..), name) in COLUMNS.iter().zip(names) {
            let written = columns.as_ref().filter(|columns| columns.has(key));
            let known = fields.iter().map(|field| field.id.as_str());
            if let Some(columns) = written {
                columns.known(name, columns.at(key), known, "column");
            } else if NEEDED_COLUMNS.contains(key) && !fields.iter().any(|field| field.id == name) {
                table.problem(format!("Slot `{slot}` has no column `{name}`, which every diary needs. Add it there, or say under `[diary.columns]` what it is called."));
            }
        }
        let kind_column = names[5];
        let kinds: Vec<String> = fields
            .iter()
            .filter(|field| field.id == kind_column)
            .flat_map(|field| field.choices.iter().map(|choice| choice.id.clone()))
            .collect();
        let counted = table.needed_texts("counted-kinds", "Kinds of session whose time counts.");
        for kind in &counted {
            table.known(
                kind.value,
                kind.at,
                kinds.iter().map(String::as_str),
                "kind of session",
            );
        }
        let supervision_kind = table.text_or(
            "supervision-kind",
            "supervision",
            "The kind that is a meeting with the supervisor.",
        );
        if table.has("supervision-kind") {
            table.known(
                supervision_kind,
                table.at("supervision-kind"),
                kinds.iter().map(String::as_str),
                "kind of session",
            );
        }
        let practice = table.text("practice", "What a counted session is called: `mentoring`.");
        let client_words = self.lists.terms_or(
            &table,
            "client-words",
            "practice/client-words",
            "Words before a client’s code that are not part of it.",
        );
        let settings = [
            (
                "minutes-in-all",
                "min_minutes_total",
                "Minutes of practice that are asked for in all.",
            ),
            ("clients", "min_clients", "How many clients are asked for."),
            (
                "minutes-per-client",
                "min_minutes_per_client",
                "Minutes with which a client counts.",
            ),
            (
                "longest-session",
                "largest_session_minutes",
                "A longer session, in minutes, is worth a look.",
            ),
            (
                "largest-client-share",
                "largest_client_share",
                "Share of the time with one client above which it is worth a look, from 0 to 1.",
            ),
            (
                "longest-gap",
                "largest_gap_days",
                "Days between two sessions with a client above which it is worth a look.",
            ),
            (
                "least-row-share",
                "least_row_share",
                "Share of rows that should say goals and progress, or impact, from 0 to 1.",
            ),
        ]
        .map(|(key, id, help)| self.threshold(&table, key, of_kit(id), help));
        self.diary = Some(Diary {
            slot,
            hours_criterion,
            records_criterion,
            source,
            fields: names,
            counted_kinds: counted.into_iter().map(|kind| kind.value).collect(),
            supervision_kind,
            practice,
            client_words,
            settings,
        });
    }

    fn referred(&self, table: &Table<'t>, key: &'static str, help: &'static str) -> &'t str {
        let id = table.text(key, help);
        known_criterion(
            table,
            self.unit,
            Placed {
                value: id,
                at: table.at(key),
            },
        );
        id
    }

    fn of_practice(&self, table: &Table<'t>) {
        if self.diary.is_none() {
            table.problem("This check reads a diary, and the file has no `[diary]`. Say there which slot it is.");
        }
    }

    /// The checks that read the diary.
    fn practice(&mut self, checks: &Table<'t>) {
        let before = self.checks.len();
        self.practice_rows(checks);
        self.artefacts(checks);
        self.techniques(checks);
        let artefacts: Vec<&'t str> = self.checks[before..]
            .iter()
            .filter_map(|(_, check)| match check {
                Check::ClientDocuments(rule) => Some(rule.rule),
                Check::ClientGoals(rule) => Some(rule.rule),
                Check::ClientTools(rule) => Some(rule.rule),
                Check::ClientFeedback(rule) => Some(rule.rule),
                Check::ClientReflection(rule) => Some(rule.rule),
                _ => None,
            })
            .collect();
        if let Some(table) = checks.table(
            "client-matrix",
            IF_WANTED,
            "Clients at a glance: a row for each client, a column for each of these.",
        ) {
            self.of_practice(&table);
            let mut columns = Vec::new();
            for column in table.tables("column", "**needed**", "A column, from left to right.") {
                let title = column.text("title", "Its title: `Plan`.");
                let rule = column.text("rule", "The check that it shows, by the id of its rule.");
                column.known(
                    rule,
                    column.at("rule"),
                    artefacts.iter().copied(),
                    "check of clients with the id",
                );
                columns.push((title, rule));
            }
            self.rule(table.start(), "client-matrix");
            self.add(table.start(), Check::ClientMatrix { columns });
        }
        if let Some(table) = checks.table(
            "session-before-contract",
            IF_WANTED,
            "Sessions dated before the contract with their client.",
        ) {
            self.of_practice(&table);
            let documents = table.text(
                "documents",
                "The rule that finds the contracts: `client-contract`.",
            );
            table.known(
                documents,
                table.at("documents"),
                artefacts.iter().copied(),
                "check of clients with the id",
            );
            self.rule(table.start(), "session-before-contract");
            self.add(table.start(), Check::SessionsBefore { documents });
        }
    }

    fn practice_rows(&mut self, checks: &Table<'t>) {
        let plain: [Plain<'t>; 5] = [
            (
                "client-codes",
                "How clients are called.",
                &["client-codes"],
                || Check::ClientCodes,
            ),
            (
                "practice-hours",
                "Hours of practice against what is asked for.",
                &["practice-hours"],
                || Check::PracticeHours,
            ),
            (
                "practice-clients",
                "Clients with time against how many are asked for.",
                &["practice-clients"],
                || Check::PracticeClients,
            ),
            (
                "sessions",
                "Rows that are worth a look: without time, date or client, twice, overlapping, in the future, very long, and so on.",
                &[
                    "session-kind",
                    "session-minutes",
                    "session-date",
                    "session-client",
                    "session-group",
                    "session-twice",
                    "session-overlap",
                    "session-future",
                    "session-long",
                    "client-share",
                    "session-lengths",
                    "diary-order",
                    "diary-gaps",
                ],
                || Check::Oddities,
            ),
            (
                "records",
                "Rows that record goals, progress and impact.",
                &["rows-progress", "rows-impact", "goals-progress"],
                || Check::Records,
            ),
        ];
        for (key, help, rules, check) in plain {
            if let Some(table) = checks.table(key, IF_WANTED, help) {
                self.of_practice(&table);
                for rule in rules {
                    self.rule(table.start(), rule);
                }
                self.add(table.start(), check());
            }
        }
        if let Some(table) = checks.table(
            "hours-claimed",
            IF_WANTED,
            "Hours that the text claims, beside those of the diary.",
        ) {
            self.of_practice(&table);
            let criterion = self.criterion(&table);
            self.rule(table.start(), "hours-claimed");
            self.add(table.start(), Check::HoursClaimed { criterion });
        }
    }

    fn artefacts(&mut self, checks: &Table<'t>) {
        for table in checks.tables("client-document", IF_WANTED, "A document for each client, such as a plan or a contract, dated on or before the first session.") {
            self.of_practice(&table);
            let rule = self.own_rule(&table, "id", None);
            let title = title(&table, rule);
            let criterion = self.criterion(&table);
            let what = table.text("what", "What it is: `plan`.");
            let document = ClientDocuments {
                rule,
                criterion,
                what,
                essential: self.lists.concepts(&table, "essential", "What each should speak of."),
                further: self.lists.concepts(&table, "further", "What it may speak of besides."),
                enough: self.threshold(&table, "enough", Auto {
                    id: format!("least_{what}_elements").into(),
                    title: format!("Things that each {what} speaks of"),
                    unit: "",
                    between: (0.0, 40.0),
                    standard: None,
                }, "How many of all these are enough."),
                dated_by: self.lists.terms_or(&table, "dated-by", "practice/dated", "Words beside the date of signing."),
                pending: self.lists.terms_or(&table, "pending", "practice/pending", "Words that say that it is still open."),
            };
            self.rule_with(table.start(), rule, title, format!("Looks in AC {criterion} for a {what} for each client: what it speaks of, and whether it is dated on or before the first session."));
            self.add(table.start(), Check::ClientDocuments(document));
        }
        if let Some(table) =
            checks.table("client-goals", IF_WANTED, "Goals agreed with each client.")
        {
            self.of_practice(&table);
            let lists = &self.lists;
            let goals = ClientGoals {
                rule: "client-goals",
                criterion: self.criterion(&table),
                goals: lists.terms_or(
                    &table,
                    "goals",
                    "practice/goals",
                    "Words for goals that have no code.",
                ),
                agreed: lists.terms_or(
                    &table,
                    "agreed",
                    "practice/agreed",
                    "Words beside the date on which a goal was agreed.",
                ),
                measures: lists.terms_or(
                    &table,
                    "measures",
                    "practice/measures",
                    "Words that measure a goal.",
                ),
                organisation: lists.terms_or(
                    &table,
                    "organisation",
                    "practice/organisation",
                    "Words for the organisation’s own goals.",
                ),
                pending: lists.terms_or(
                    &table,
                    "pending",
                    "practice/pending",
                    "Words that say that a goal is still open.",
                ),
            };
            self.rule(table.start(), "client-goals");
            self.add(table.start(), Check::ClientGoals(goals));
        }
        if let Some(table) = checks.table(
            "goals-in-diary",
            IF_WANTED,
            "Whether rows of the diary come back to the goals that `[checks.client-goals]` reads.",
        ) {
            self.of_practice(&table);
            if !checks.has("client-goals") {
                table.problem("[checks.goals-in-diary] goes by `[checks.client-goals]`, and the file has none. Switch that on too.");
            }
            self.rule(table.start(), "goals-in-diary");
            self.add(table.start(), Check::GoalsInDiary);
        }
        if let Some(table) = checks.table(
            "client-tools",
            IF_WANTED,
            "Diagnostic and assessment tools used with each client.",
        ) {
            self.of_practice(&table);
            let tools = ClientTools {
                rule: "client-tools",
                criterion: self.criterion(&table),
                tools: self.lists.concepts_or(
                    &table,
                    "tool",
                    "practice/diagnostic-tools",
                    "A tool.",
                ),
                reasons: self.lists.terms_or(
                    &table,
                    "reasons",
                    "practice/reasons-for-none",
                    "Words that say why none was used.",
                ),
                baseline_sessions: self.threshold(
                    &table,
                    "first-sessions",
                    of_kit("baseline_sessions"),
                    "How many sessions count as the beginning.",
                ),
            };
            self.rule(table.start(), "client-tools");
            self.add(table.start(), Check::ClientTools(tools));
        }
        self.feedback(checks);
        if let Some(table) = checks.table(
            "client-reflection",
            IF_WANTED,
            "Clients that the reflections speak of.",
        ) {
            self.of_practice(&table);
            let criteria = table.needed_texts("criteria", "Criteria whose sections reflect.");
            for id in &criteria {
                known_criterion(&table, self.unit, *id);
            }
            let criteria = criteria.into_iter().map(|id| id.value).collect();
            let least_clients = self.threshold(
                &table,
                "least-clients",
                of_kit("least_reflected_clients"),
                "How many clients each of them should speak of.",
            );
            self.rule(table.start(), "client-reflection");
            self.add(
                table.start(),
                Check::ClientReflection(ClientReflection {
                    rule: "client-reflection",
                    criteria,
                    least_clients,
                }),
            );
        }
    }

    fn feedback(&mut self, checks: &Table<'t>) {
        let Some(table) = checks.table(
            "client-feedback",
            IF_WANTED,
            "Feedback from each client and from others.",
        ) else {
            return;
        };
        self.of_practice(&table);
        let criterion = self.criterion(&table);
        let required_from = table
            .optional_text(
                "required-from",
                "Id of a `[[setting]]` of the kind `choice` that says from whom it is asked for.",
            )
            .unwrap_or_default();
        let setting = self
            .unit
            .settings
            .iter()
            .find(|setting| setting.field.id == required_from);
        let choices: Vec<String> = setting
            .map(|setting| {
                setting
                    .field
                    .choices
                    .iter()
                    .map(|choice| choice.id.clone())
                    .collect()
            })
            .unwrap_or_default();
        table.known(
            required_from,
            table.at("required-from"),
            self.unit
                .settings
                .iter()
                .map(|setting| setting.field.id.as_str()),
            "setting",
        );
        let others = self.lists.concepts_or(
            &table,
            "other",
            "practice/other-stakeholders",
            "Somebody else who may be asked.",
        );
        let mut required_others = Vec::new();
        for one in table.tables(
            "required-other",
            IF_WANTED,
            "A choice of that setting that asks for somebody else too.",
        ) {
            let choice = one.text("choice", "Id of the choice.");
            one.known(
                choice,
                one.at("choice"),
                choices.iter().map(String::as_str),
                "choice",
            );
            let who = one.text_or(
                "who",
                "",
                "Name of the person as in `[[….other]]`; anybody where it is left out.",
            );
            one.known(
                who,
                one.at("who"),
                others.iter().map(|other| other.name),
                "person",
            );
            required_others.push((choice, who));
        }
        let lists = &self.lists;
        let feedback = ClientFeedback {
            rule: "client-feedback",
            others_rule: "feedback-others",
            rows_rule: "feedback-in-diary",
            criterion,
            methods: lists.terms_or(
                &table,
                "methods",
                "practice/feedback-methods",
                "Words for how it was asked for.",
            ),
            none: lists.terms_or(
                &table,
                "none",
                "practice/no-feedback",
                "Words that say that there is none.",
            ),
            in_rows: lists.terms_or(
                &table,
                "in-rows",
                "practice/feedback-in-rows",
                "Words in a diary’s row that show it.",
            ),
            others,
            required_from,
            required_others,
        };
        for rule in ["client-feedback", "feedback-others", "feedback-in-diary"] {
            self.rule(table.start(), rule);
        }
        self.add(table.start(), Check::ClientFeedback(feedback));
    }

    fn techniques(&mut self, checks: &Table<'t>) {
        for table in checks.tables(
            "technique",
            IF_WANTED,
            "A technique that should be in use, such as questioning.",
        ) {
            self.of_practice(&table);
            let rule = self.own_rule(&table, "id", None);
            let title = title(&table, rule);
            let criterion = self.criterion(&table);
            let technique =
                self.lists
                    .one(&table, "words", None, "The technique and the words for it.");
            let examples = self.lists.terms_or(
                &table,
                "examples",
                "practice/examples",
                "Words beside something that really happened.",
            );
            let help = format!(
                "Looks in AC {criterion} for {} with an example (a client, a row of the diary, or words such as “for example”), and counts the rows that name it.",
                technique.name
            );
            self.rule_with(table.start(), rule, title, help);
            self.add(
                table.start(),
                Check::Technique(Technique {
                    rule,
                    criterion,
                    technique,
                    examples,
                }),
            );
        }
        if let Some(table) = checks.table(
            "named-techniques",
            IF_WANTED,
            "Models and techniques that have names.",
        ) {
            self.of_practice(&table);
            let criterion = self.criterion(&table);
            let models = self.lists.concepts_or(
                &table,
                "model",
                "practice/named-techniques",
                "A model or technique.",
            );
            self.rule_with(table.start(), "named-techniques", "Models by name".into(), format!("Looks in AC {criterion} and in the diary for models and techniques that have names, such as GROW or OSKAR."));
            self.add(
                table.start(),
                Check::NamedTechniques(NamedTechniques {
                    rule: "named-techniques",
                    criterion,
                    models,
                }),
            );
        }
        if let Some(table) =
            checks.table("supervision-used", IF_WANTED, "How supervision was used.")
        {
            self.of_practice(&table);
            let criterion = self.criterion(&table);
            let lists = &self.lists;
            let (challenged, changed, supervision) = (
                lists.terms_or(
                    &table,
                    "challenged",
                    "practice/challenged",
                    "Words for what was challenged.",
                ),
                lists.terms_or(
                    &table,
                    "changed",
                    "practice/changed",
                    "Words for what was changed.",
                ),
                lists.terms_or(
                    &table,
                    "supervision",
                    "practice/supervision",
                    "Words by which a later row speaks of supervision.",
                ),
            );
            let used = SupervisionUsed {
                rule: "supervision-used",
                criterion,
                challenged,
                changed,
                supervision,
                least_records: self.threshold(
                    &table,
                    "least-records",
                    of_kit("min_supervision_records"),
                    "How many records are asked for.",
                ),
                least_minutes: self.threshold(
                    &table,
                    "least-minutes",
                    of_kit("min_minutes_supervision"),
                    "Minutes of supervision that are asked for.",
                ),
            };
            self.rule(table.start(), "supervision-used");
            self.add(table.start(), Check::SupervisionUsed(used));
        }
    }

    /// A setting for the words to aim at in each criterion.
    fn targets(&mut self, are_settings: bool) {
        if !are_settings {
            return;
        }
        let targets: Vec<(String, wit::WordGuidance)> = self
            .unit
            .criteria()
            .filter_map(|criterion| Some((criterion.id.clone(), criterion.words.clone()?)))
            .collect();
        for (id, words) in targets {
            let target = field(
                &format!("words_{id}"),
                &format!("Words to aim at in AC {id}"),
                "whole-number",
            );
            self.unit.settings.push(wit::Setting {
                field: target.unit("words").between(0.0, 10_000.0),
                standard: wit::Value::Number(f64::from(words.nominal)),
                source: words.source,
                overlay: "free".into(),
            });
        }
    }

    /// The help page: the texts of the file in place of the kit's, and their order.
    fn help(&mut self, root: &Table<'t>) {
        self.rules.sort_by_key(|(at, _)| *at);
        let rules = std::mem::take(&mut self.rules);
        let mut rules: Vec<wit::Rule> = rules.into_iter().map(|(_, rule)| rule).collect();
        let mut seen = BTreeSet::new();
        for table in root.tables(
            "rule",
            IF_WANTED,
            "What the help page says of a check, where the kit’s own words do not fit.",
        ) {
            let id = table.text(
                "id",
                "Id of the rule: that of the check, or the heading of a check that has no id.",
            );
            let title = table.optional_text(
                "title",
                "Title, in a few words; the kit’s own where it is left out.",
            );
            let help = table.optional_text("help", "How it looks and counts, in a few sentences for assessors and learners; the kit’s own where it is left out.");
            once(&table, &mut seen, id, "rule");
            let known = rules.iter().map(|rule| rule.id.as_str());
            table.known(
                id,
                table.at("id"),
                known,
                "check in this file with the rule",
            );
            if let Some(rule) = rules.iter_mut().find(|rule| rule.id == id) {
                rule.title = title.map_or(std::mem::take(&mut rule.title), Into::into);
                rule.help = help.map_or(std::mem::take(&mut rule.help), Into::into);
            }
        }
        if let Some(table) = root.table("help", IF_WANTED, "The help page.") {
            let order = table.texts("order", "Ids of the rules that come first, in this order. The others follow in the order of their checks.");
            for id in &order {
                let known = rules.iter().map(|rule| rule.id.as_str());
                table.known(id.value, id.at, known, "check in this file with the rule");
            }
            let place = |rule: &wit::Rule| {
                order
                    .iter()
                    .position(|id| id.value == rule.id)
                    .unwrap_or(order.len())
            };
            rules.sort_by_key(place);
        }
        self.unit.rules = rules;
    }
}

/// The title that a check has or gets from its id.
fn title(table: &Table<'_>, id: &str) -> String {
    let title = table.optional_text("title", TITLE);
    title.map_or_else(|| capital(&id.replace('-', " ")), str::to_owned)
}

/// The text with a capital at its beginning.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(letters).collect()
}
