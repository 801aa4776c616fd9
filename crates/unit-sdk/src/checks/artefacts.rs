//! What there is for each client: plan, contract, goals, tools, feedback and
//! reflection, and the matrix of client by artefact.

use std::collections::{BTreeMap, BTreeSet};

use super::clients::Portion;
use super::sessions::{Diary, Session, duration, list, number, rows, small};
use crate::dates::{self, TextDate};
use crate::lexicon::{Concept, Text};
use crate::text::{and, counted, cut, quoted, runs};
use crate::{Block, Section, Status, finding, wit};

/// Most clients that a matrix shows (`value.grid` holds 200 rows with the headings).
const MOST_CLIENTS: usize = 199;
/// Most bytes of a form's number, such as `F-A1`, or of a row's, such as `D07`.
const LETTERS_OF_A_FORM: usize = 10;

/// A document for each client, such as a plan or a contract, that should be
/// dated on or before the first session.
#[derive(Clone, Copy, Debug)]
pub struct ClientDocuments<'a> {
    /// Rule.
    pub rule: &'a str,
    /// Criterion.
    pub criterion: &'a str,
    /// What it is: `plan`.
    pub what: &'a str,
    /// What each should speak of.
    pub essential: &'a [Concept<'a>],
    /// What it may speak of besides.
    pub further: &'a [Concept<'a>],
    /// Setting: how many of all these are enough.
    pub enough: &'a str,
    /// Terms beside the date of signing; where there is none, any date counts.
    pub dated_by: &'a [&'a str],
    /// Terms that say that it is still open: `to be agreed`.
    pub pending: &'a [&'a str],
}

/// Goals agreed with each client.
#[derive(Clone, Copy, Debug)]
pub struct ClientGoals<'a> {
    /// Rule.
    pub rule: &'a str,
    /// Criterion.
    pub criterion: &'a str,
    /// Terms for goals that have no code.
    pub goals: &'a [&'a str],
    /// Terms beside the date on which a goal was agreed.
    pub agreed: &'a [&'a str],
    /// Terms that measure a goal, where it has no date: `at least`.
    pub measures: &'a [&'a str],
    /// Terms for the organisation's own goals.
    pub organisation: &'a [&'a str],
    /// Terms that say that a goal is still open.
    pub pending: &'a [&'a str],
}

/// Diagnostic and assessment tools used with each client.
#[derive(Clone, Copy, Debug)]
pub struct ClientTools<'a> {
    /// Rule.
    pub rule: &'a str,
    /// Criterion.
    pub criterion: &'a str,
    /// The tools.
    pub tools: &'a [Concept<'a>],
    /// Terms that say why none was used.
    pub reasons: &'a [&'a str],
    /// Setting: how many sessions count as the beginning.
    pub baseline_sessions: &'a str,
}

/// Feedback from each client, and from others.
#[derive(Clone, Copy, Debug)]
pub struct ClientFeedback<'a> {
    /// Rule for the clients.
    pub rule: &'a str,
    /// Rule for others.
    pub others_rule: &'a str,
    /// Rule for rows of the diary that show it.
    pub rows_rule: &'a str,
    /// Criterion.
    pub criterion: &'a str,
    /// Terms for how it was asked for.
    pub methods: &'a [&'a str],
    /// Terms that say that there is none.
    pub none: &'a [&'a str],
    /// Terms in a diary's row that show it.
    pub in_rows: &'a [&'a str],
    /// Other people who may be asked.
    pub others: &'a [Concept<'a>],
    /// Setting: from whom it is asked for, a choice.
    pub required_from: &'a str,
    /// The choices of that setting that ask for somebody else too, each with the
    /// name of the concept that it asks for; an empty name is anybody.
    pub required_others: &'a [(&'a str, &'a str)],
}

/// Clients that a reflection compares.
#[derive(Clone, Copy, Debug)]
pub struct ClientReflection<'a> {
    /// Rule.
    pub rule: &'a str,
    /// Criteria whose sections reflect.
    pub criteria: &'a [&'a str],
    /// Setting: how many clients each of them should speak of.
    pub least_clients: &'a str,
}

/// What was found of one artefact: findings, and a cell for each client.
#[derive(Debug)]
pub struct Artefacts {
    /// The findings.
    pub findings: Vec<wit::Finding>,
    cells: Vec<Cell>,
}

/// What there is for one client.
#[derive(Debug)]
struct Cell {
    status: Status,
    /// A few words for the matrix.
    text: String,
    /// What a person would want to know, for the finding.
    note: String,
    /// The day that the artefact is dated.
    day: Option<i32>,
    places: Vec<wit::Place>,
}

impl Cell {
    fn new(status: Status, text: impl Into<String>) -> Self {
        Self {
            status,
            text: text.into(),
            note: String::new(),
            day: None,
            places: Vec::new(),
        }
    }

    fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }
}

impl<'a> Diary<'a> {
    /// Whether there is a document for each client, what it speaks of, and
    /// whether it is dated in time.
    pub fn client_documents(&self, rule: &ClientDocuments<'_>) -> Artefacts {
        let Some(sections) = self.sections_of(rule.criterion) else {
            return self.unanswered(
                rule.rule,
                rule.criterion,
                &format!("a {} for each client", rule.what),
            );
        };
        let portions = self.clients.portions(&sections);
        let cells = self.each_client(|client| match portions.get(&client) {
            Some(portion) => self.client_document(client, portion, rule),
            None => Cell::new(Status::NotFound, "–"),
        });
        let what = format!("a {}", rule.what);
        let report = self.summary(rule.rule, rule.criterion, &what, &cells, None);
        Artefacts {
            findings: vec![report],
            cells,
        }
    }

    /// Sessions before the day of the document (rule `session-before-contract`).
    pub fn sessions_before(&self, documents: &Artefacts) -> Option<wit::Finding> {
        let days: Vec<Option<i32>> = documents.cells.iter().map(|cell| cell.day).collect();
        self.before_contract(&days)
    }

    /// Whether goals were agreed with each client, with a date or a measure, and
    /// linked to the organisation's.
    pub fn client_goals(&self, rule: &ClientGoals<'_>) -> Artefacts {
        let Some(sections) = self.sections_of(rule.criterion) else {
            return self.unanswered(rule.rule, rule.criterion, "goals for each client");
        };
        let by_client = self.clients.portions(&sections);
        let by_goal = self.clients.portions_of_goals(&sections);
        let (mut agreed, mut dated, mut aimed, mut linked) = (Vec::new(), 0, 0, 0);
        let mut open: BTreeSet<usize> = BTreeSet::new();
        let mut goals_of: BTreeMap<usize, Vec<String>> = BTreeMap::new();
        for (goal, portion) in &by_goal {
            let Some(client) = self.clients.client_of_goal(goal) else {
                continue;
            };
            let text = portion.text();
            let in_agreement = |part: &str| !Text::new([part]).hits(rule.agreed).is_empty();
            let (agreements, targets): (Vec<_>, Vec<_>) = self
                .dates_in(portion)
                .into_iter()
                .partition(|(_, part, _)| in_agreement(part));
            if !text.hits(rule.pending).is_empty() && targets.is_empty() {
                open.insert(client);
                continue;
            }
            goals_of.entry(client).or_default().push(goal.clone());
            agreed.push(goal.clone());
            dated += usize::from(!agreements.is_empty());
            aimed += usize::from(!targets.is_empty() || !text.hits(rule.measures).is_empty());
            linked += usize::from(!text.hits(rule.organisation).is_empty());
        }
        let cells = self.each_client(|client| {
            let portion = by_client.get(&client);
            if let Some(goals) = goals_of.get(&client) {
                let count = counted(small(goals.len()), "goal", "goals");
                let names: Vec<&str> = goals.iter().map(String::as_str).collect();
                let mut cell = Cell::new(Status::Found, format!("{count}; {}", names.join(", ")));
                let of_goals = goals
                    .iter()
                    .filter_map(|goal| first_place(by_goal.get(goal)?));
                cell.places = of_goals.collect();
                return cell;
            }
            let Some(portion) = portion else {
                return Cell::new(Status::NotFound, "–");
            };
            let text = portion.text();
            let mut cell = if open.contains(&client) || !text.hits(rule.pending).is_empty() {
                Cell::new(Status::NotFound, "still open")
                    .note("the text says that it is still open")
            } else if text.hits(rule.goals).is_empty() {
                Cell::new(Status::Look, "named").note("named, but we could not find a goal")
            } else {
                Cell::new(Status::Found, "goals")
            };
            cell.places.extend(first_place(portion));
            cell
        });
        let all = agreed.len();
        let of_these = (all > 0).then(|| {
            format!(
                "Of {}, {dated} have the date of the agreement, {aimed} a target date or measure, {linked} a link to the organisation.",
                counted(small(all), "goal", "goals"),
            )
        });
        let mut report = self.summary(rule.rule, rule.criterion, "a goal", &cells, of_these);
        if all > 0 {
            report = report
                .number("goals", number(all))
                .number("goals_with_agreed_date", number(dated))
                .number("goals_with_target", number(aimed))
                .number("goals_with_organisation", number(linked))
                .texts("goal_codes", agreed);
        }
        Artefacts {
            findings: vec![report],
            cells,
        }
    }

    /// Whether rows of practice come back to each goal that the portfolio names by
    /// a code (rule `goals-in-diary`). Nothing where no row names any of them, for
    /// then the diary has other words for them, or `rows-progress` says so.
    pub fn goals_in_diary(&self, rule: &ClientGoals<'_>) -> Option<wit::Finding> {
        let sections = self.sections_of(rule.criterion)?;
        let in_rows: BTreeSet<&str> = self
            .practice()
            .flat_map(Session::texts)
            .flat_map(runs)
            .map(|run| run.text)
            .collect();
        let portions = self.clients.portions_of_goals(&sections);
        let is_open = |portion: &Portion<'_>| !portion.text().hits(rule.pending).is_empty();
        let agreed = portions.iter().filter_map(|(goal, portion)| {
            let client = self.clients.client_of_goal(goal)?;
            (!is_open(portion)).then_some((goal.as_str(), client, portion))
        });
        let (followed, left): (Vec<_>, Vec<_>) =
            agreed.partition(|(goal, ..)| in_rows.contains(goal));
        if followed.is_empty() {
            return None;
        }
        let all = followed.len() + left.len();
        let names: Vec<String> = left
            .iter()
            .map(|(goal, client, _)| format!("{goal} ({})", self.clients.name(*client)))
            .collect();
        let (status, not_found, advice) = if left.is_empty() {
            (Status::Found, String::new(), "")
        } else {
            (
                Status::Look,
                format!("; we could not find {} in its rows", list(&names)),
                " You could write the goal’s code into the rows that worked on it.",
            )
        };
        let message = format!(
            "The diary comes back to {} of {} that AC {} names{not_found}.",
            followed.len(),
            counted(small(all), "goal", "goals"),
            rule.criterion
        );
        let learner = format!("{message}{advice}");
        let report = finding("goals-in-diary", status, message)
            .learner(learner)
            .criterion(self.rule.records_criterion)
            .counted(number(followed.len()), Some(number(all)), "goals")
            .texts("goals_without", names);
        let places = left.iter().filter_map(|(.., portion)| first_place(portion));
        Some(places.fold(report, wit::Finding::at))
    }

    /// Whether a tool was used with each client, early on, and again later.
    pub fn client_tools(&self, rule: &ClientTools<'_>) -> Artefacts {
        let sections = self.sections_of(rule.criterion).unwrap_or_default();
        if sections.is_empty() && self.practice().next().is_none() {
            return self.unanswered(rule.rule, rule.criterion, "tools used with each client");
        }
        let portions = self.clients.portions(&sections);
        let early = self.number(rule.baseline_sessions);
        let mut used_in: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); self.sessions.len()];
        for (tool, concept) in rule.tools.iter().enumerate() {
            for row in self.rows_that_do(concept) {
                used_in[row].insert(tool);
            }
        }
        let (mut first_rows, mut later_rows) = (Vec::new(), Vec::new());
        let cells = self.each_client(|client| {
            let portion = portions.get(&client);
            let text = portion.map(Portion::text).unwrap_or_default();
            let in_section: BTreeSet<usize> = tools_in(&text, rule.tools).collect();
            let mut dated: Vec<&Session<'_>> = self.practice_with(client).collect();
            dated.sort_by_key(|session| session.day);
            let (mut baseline, mut again, mut late) = (BTreeSet::new(), Vec::new(), Vec::new());
            let mut baseline_rows = Vec::new();
            for (index, session) in dated.into_iter().enumerate() {
                let used = &used_in[session.at];
                if number(index) < early {
                    if !used.is_empty() {
                        baseline_rows.push(session);
                    }
                    baseline.extend(used.iter().copied());
                } else if used.iter().any(|tool| baseline.contains(tool)) {
                    again.push(session);
                } else if !used.is_empty() {
                    late.push(session);
                }
            }
            let names: Vec<&str> = in_section
                .union(&baseline)
                .filter_map(|tool| rule.tools.get(*tool))
                .map(|tool| tool.name)
                .collect();
            let mut cell = if !names.is_empty() {
                let mut note = names.join(", ");
                note += &in_rows("", &baseline_rows);
                note += &in_rows("again ", &again);
                Cell::new(Status::Found, names.join(", ")).note(note)
            } else if !text.hits(rule.reasons).is_empty() {
                Cell::new(Status::NotApplicable, "reason given")
                    .note("the text gives a reason why there is none")
            } else if !late.is_empty() {
                Cell::new(Status::Look, "later only")
                    .note(format!("only later{}", in_rows("", &late)))
            } else {
                Cell::new(Status::NotFound, "–")
            };
            first_rows.extend(baseline_rows.iter().map(|session| session.label()));
            later_rows.extend(again.iter().map(|session| session.label()));
            let field = Some(self.rule.fields.tools);
            cell.places.extend(
                baseline_rows
                    .iter()
                    .chain(&again)
                    .map(|session| session.place(field)),
            );
            cell.places.extend(portion.and_then(first_place));
            cell
        });
        let report = self
            .summary(
                rule.rule,
                rule.criterion,
                "a diagnostic or assessment tool",
                &cells,
                None,
            )
            .texts("first_rows", first_rows)
            .texts("later_rows", later_rows);
        Artefacts {
            findings: vec![report],
            cells,
        }
    }

    /// Whether there is feedback from each client, from others, and whether rows
    /// of the diary show it.
    pub fn client_feedback(&self, rule: &ClientFeedback<'_>) -> Artefacts {
        let sections = self.sections_of(rule.criterion).unwrap_or_default();
        if sections.is_empty() && self.practice().next().is_none() {
            return self.unanswered(rule.rule, rule.criterion, "feedback from each client");
        }
        let portions = self.clients.portions(&sections);
        let shown_in = self.rows_that_say(rule.in_rows);
        let mut points = Vec::new();
        let cells = self.each_client(|client| {
            let last = self
                .practice_with(client)
                .filter_map(|session| session.day)
                .max();
            let rows: Vec<&Session<'_>> = self
                .practice_with(client)
                .filter(|session| shown_in.contains(&session.at))
                .collect();
            let mut days: Vec<i32> = Vec::new();
            let (mut given, mut refused, mut place) = (false, false, None);
            if let Some(portion) = portions.get(&client) {
                place = first_place(portion);
                for (_, part) in &portion.parts {
                    let text = Text::new([*part]);
                    if !text.hits(rule.none).is_empty() {
                        refused = true;
                        continue;
                    }
                    let dates = dates::find(part, self.near());
                    given |= !dates.is_empty() || !text.hits(rule.methods).is_empty();
                    days.extend(dates.iter().map(|date| date.first));
                }
            }
            days.extend(rows.iter().filter_map(|session| session.day));
            let mut cell = if given || !rows.is_empty() {
                let middle = days.iter().any(|day| last.is_none_or(|last| *day < last));
                let end = days.iter().any(|day| last.is_some_and(|last| *day >= last));
                let when = match (middle, end) {
                    (true, true) => "mid and end",
                    (true, false) => "mid",
                    (false, true) => "end",
                    (false, false) => "no date",
                };
                points.push(format!("{}: {when}", self.clients.name(client)));
                Cell::new(Status::Found, when).note(when)
            } else if refused {
                Cell::new(Status::NotFound, "none, it says")
                    .note("the text says that there is none")
            } else if place.is_some() {
                Cell::new(Status::Look, "named").note("named, but without how or when it was given")
            } else {
                Cell::new(Status::NotFound, "–")
            };
            cell.places.extend(place);
            let field = Some(self.rule.fields.happened);
            cell.places
                .extend(rows.iter().map(|session| session.place(field)));
            cell
        });
        let with_time = self.clients_with_time();
        let of_these = with_time
            .iter()
            .filter(|client| matches!(cells[**client].status, Status::Found));
        let (of_these, all) = (of_these.count(), with_time.len());
        let with_time =
            (all < cells.len()).then(|| format!("That is {of_these} of {all} clients with time."));
        let mut report = self
            .summary(rule.rule, rule.criterion, "feedback", &cells, with_time)
            .texts("points", points)
            .number("clients_with_time", number(all))
            .number("of_clients_with_time", number(of_these));
        let setting = rule.required_from;
        report = report.source(self.source(setting));
        let mut findings = vec![report];
        findings.push(self.feedback_from_others(rule, &sections));
        findings.extend(self.feedback_in_rows(rule, &sections, &shown_in));
        Artefacts { findings, cells }
    }

    /// Which clients the reflections speak of (one finding for each criterion).
    pub fn client_reflection(&self, rule: &ClientReflection<'_>) -> Artefacts {
        let least = self.number(rule.least_clients);
        let mut findings = Vec::new();
        let mut spoken_in: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
        for criterion in rule.criteria {
            let Some(sections) = self.sections_of(criterion) else {
                findings.extend(
                    self.unanswered(rule.rule, criterion, "clients in the reflection")
                        .findings,
                );
                continue;
            };
            let portions = self.clients.portions(&sections);
            for client in portions.keys() {
                spoken_in.entry(*client).or_default().push(criterion);
            }
            let shown: Vec<&str> = portions
                .keys()
                .map(|client| self.clients.name(*client))
                .collect();
            let wanted = least.min(number(self.clients.len()));
            let status = if shown.is_empty() {
                Status::NotFound
            } else if number(shown.len()) < wanted {
                Status::Look
            } else {
                Status::Found
            };
            let spoken = if shown.is_empty() {
                "We could not find a client".to_owned()
            } else {
                format!("We found {}", and(&shown))
            };
            let message = format!("{spoken} in AC {criterion}.");
            let learner = if matches!(status, Status::Found) {
                message.clone()
            } else {
                format!("{message} You could say by code what you learned with each of them.")
            };
            let report = finding(rule.rule, self.soften(status), message)
                .learner(learner)
                .criterion(criterion)
                .counted(number(shown.len()), Some(least), "clients")
                .setting(rule.least_clients);
            let places = portions.values().filter_map(first_place);
            findings.push(places.fold(report, wit::Finding::at));
        }
        let cells = self.each_client(|client| match spoken_in.get(&client) {
            Some(criteria) => Cell::new(Status::Found, criteria.join(", ")),
            None => Cell::new(self.soften(Status::NotFound), "–"),
        });
        Artefacts { findings, cells }
    }

    /// Client by artefact (finding `client-matrix`), the assessor's first screen.
    /// Each column has a title; `matrix-criteria` says which criterion it is about,
    /// so that a page can lead there. Nothing where no client is known.
    pub fn client_matrix(&self, columns: &[(&str, &Artefacts)]) -> Option<wit::Finding> {
        if self.clients.len() == 0 {
            return None;
        }
        let headings = || {
            let titles = columns.iter().map(|(title, _)| (*title).to_owned());
            ["Client".to_owned(), "Sessions".to_owned()]
                .into_iter()
                .chain(titles)
                .collect()
        };
        let mut cells: Vec<Vec<String>> = vec![headings()];
        let mut states: Vec<Vec<String>> = vec![headings()];
        let with_time = self.clients_with_time();
        for client in (0..self.clients.len()).take(MOST_CLIENTS) {
            let sessions = self.practice_with(client).count();
            let time = duration(self.seconds_with(client));
            let found = if with_time.contains(&client) {
                Status::Found
            } else if self.sessions.is_empty() && self.evidence.state(self.rule.slot) != "empty" {
                Status::NotApplicable
            } else {
                Status::NotFound
            };
            let text = if sessions == 0 {
                "–".to_owned()
            } else {
                format!("{sessions}; {time}")
            };
            let mut row = vec![self.clients.name(client).to_owned(), text];
            let mut state = vec![Status::Found.code().to_owned(), found.code().to_owned()];
            for (_, artefacts) in columns {
                let cell = &artefacts.cells[client];
                row.push(cell.text.clone());
                state.push(cell.status.code().to_owned());
            }
            cells.push(row);
            states.push(state);
        }
        let about = columns
            .iter()
            .map(|(_, artefacts)| artefacts.findings.first()?.criterion.clone());
        let criteria = [None, Some(self.rule.hours_criterion.to_owned())]
            .into_iter()
            .chain(about)
            .map(Option::unwrap_or_default)
            .collect();
        let shown = counted(small(self.clients.len()), "client", "clients");
        let more = self.clients.len().saturating_sub(MOST_CLIENTS);
        let more = if more > 0 {
            format!(" {more} of them are left out.")
        } else {
            String::new()
        };
        let message = format!("What we found for {shown}.{more}");
        let mut report = finding("client-matrix", Status::Info, &message).learner(&message);
        report.details = vec![
            wit::Entry {
                key: "matrix".into(),
                value: wit::Value::Grid(cells),
            },
            wit::Entry {
                key: "matrix-states".into(),
                value: wit::Value::Grid(states),
            },
            wit::Entry {
                key: "matrix-criteria".into(),
                value: wit::Value::Texts(criteria),
            },
        ];
        Some(report)
    }

    /// How clients are called (rule `client-codes`): spellings that we take for
    /// one client, and what reads like a name. Nothing where there is neither.
    pub fn client_codes(&self) -> Option<wit::Finding> {
        let people: BTreeSet<usize> = (0..self.clients.len())
            .filter(|client| self.clients.looks_like_a_name(*client))
            .collect();
        let mut spelled = Vec::new();
        for client in (0..self.clients.len()).filter(|client| !people.contains(client)) {
            let spellings = self.clients.spellings(client);
            if spellings.len() > 1 {
                let name = self.clients.name(client);
                spelled.push(format!("{name} ({})", quoted(spellings)));
            }
        }
        let named: Vec<&Session<'_>> = self
            .sessions
            .iter()
            .filter(|session| session.clients.iter().any(|client| people.contains(client)))
            .collect();
        let mut sentences = Vec::new();
        if !spelled.is_empty() {
            let spelled = list(&spelled);
            sentences.push(format!(
                "We took these spellings for one client each: {spelled}."
            ));
        }
        if !named.is_empty() {
            let numbers: Vec<&str> = named
                .iter()
                .map(|session| session.number.as_str())
                .collect();
            let rows = rows(&numbers);
            sentences.push(format!(
                "What stands as client in {rows} reads like a name."
            ));
        }
        if sentences.is_empty() {
            return None;
        }
        let (status, advice) = if named.is_empty() {
            (Status::Info, "")
        } else {
            (
                Status::Look,
                " You could use codes such as “Client A”, so that nobody can be recognised.",
            )
        };
        let message = sentences.join(" ");
        let report =
            finding("client-codes", status, &message).learner(format!("{message}{advice}"));
        let field = Some(self.rule.fields.client);
        let places = named.iter().map(|session| session.place(field));
        Some(places.fold(report, wit::Finding::at))
    }

    /// The sections of a criterion; none where there are none.
    pub(super) fn sections_of(&self, criterion: &str) -> Option<Vec<Section<'a>>> {
        let sections: Vec<Section<'a>> = self.evidence.sections(criterion).collect();
        (!sections.is_empty()).then_some(sections)
    }

    /// What is said where no section answers: why that is so.
    pub(super) fn unanswered(&self, rule: &str, criterion: &str, what: &str) -> Artefacts {
        let serves = |slot: &&wit::Slot| {
            slot.kind == "document"
                && (slot.criteria.is_empty() || slot.criteria.iter().any(|id| id == criterion))
        };
        let slots = self.unit.slots.iter().filter(serves);
        let states: Vec<&str> = slots.map(|slot| self.evidence.state(&slot.id)).collect();
        let report = if states
            .iter()
            .any(|state| !matches!(*state, "given" | "empty" | "waived"))
        {
            finding(
                rule,
                Status::NotApplicable,
                format!("Some of the files could not be read, so we did not look for {what}."),
            )
        } else if states.contains(&"waived") {
            finding(
                rule,
                Status::NotApplicable,
                format!("Other evidence of {what} was agreed."),
            )
        } else {
            let message = format!(
                "We could not find a section for AC {criterion}, so we could not find {what}."
            );
            finding(rule, Status::NotFound, &message).learner(message)
        };
        let of_all = if report.status == Status::NotFound.code() {
            Status::NotFound
        } else {
            Status::NotApplicable
        };
        Artefacts {
            findings: vec![report.criterion(criterion)],
            cells: self.each_client(|_| Cell::new(of_all, "–")),
        }
    }

    /// Not found becomes a look where a file could not be read, for it may stand there.
    pub(super) fn soften(&self, status: Status) -> Status {
        let slots = self
            .unit
            .slots
            .iter()
            .filter(|slot| slot.kind == "document");
        let unreadable = |slot: &wit::Slot| {
            !matches!(self.evidence.state(&slot.id), "given" | "empty" | "waived")
        };
        if status == Status::NotFound && slots.into_iter().any(unreadable) {
            Status::Look
        } else {
            status
        }
    }

    /// A day to which dates without a year are near: the first of the diary.
    pub(super) fn near(&self) -> i32 {
        self.period()
            .map_or(self.context.today_day, |(first, _)| first)
    }

    fn each_client(&self, cell: impl FnMut(usize) -> Cell) -> Vec<Cell> {
        (0..self.clients.len()).map(cell).collect()
    }

    /// The dates of a portion, each with its sentence and place.
    fn dates_in<'p>(
        &self,
        portion: &'p Portion<'a>,
    ) -> Vec<(TextDate<'a>, &'a str, &'p Portion<'a>)> {
        let near = self.near();
        let parts = portion.parts.iter();
        parts
            .flat_map(|(_, part)| {
                dates::find(part, near)
                    .into_iter()
                    .map(move |date| (date, *part, portion))
            })
            .collect()
    }

    fn client_document(
        &self,
        client: usize,
        portion: &Portion<'a>,
        rule: &ClientDocuments<'_>,
    ) -> Cell {
        let text = portion.text();
        let speaks = |concept: &&Concept<'_>| !text.hits_of(concept).is_empty();
        let missing: Vec<&str> = rule
            .essential
            .iter()
            .filter(|concept| !speaks(concept))
            .map(|concept| concept.name)
            .collect();
        let spoken = rule
            .essential
            .iter()
            .chain(rule.further)
            .filter(speaks)
            .count();
        let enough = self.number(rule.enough);
        let pending = text.hits(rule.pending);
        let dates = self.dates_in(portion);
        let signed: Vec<&TextDate<'_>> = dates
            .iter()
            .filter(|(_, part, _)| !Text::new([*part]).hits(rule.dated_by).is_empty())
            .map(|(date, ..)| date)
            .collect();
        let any = dates
            .iter()
            .map(|(date, ..)| date)
            .min_by_key(|date| date.first);
        let date = signed.into_iter().min_by_key(|date| date.first).or(any);
        let first = self
            .practice_with(client)
            .filter_map(|session| session.day)
            .min();

        let mut notes = Vec::new();
        if let Some(hit) = pending.first() {
            notes.push(format!("it says {}", quoted(vec![hit.part])));
        }
        if !missing.is_empty() {
            notes.push(format!("we could not find {}", and(&missing)));
        }
        if missing.is_empty() && number(spoken) < enough {
            let all = rule.essential.len() + rule.further.len();
            notes.push(format!(
                "it speaks of {spoken} of {all} things that we looked for"
            ));
        }
        match (date, first) {
            (None, _) => notes.push("we could not find a date".to_owned()),
            (Some(date), Some(first)) if date.first > first => notes.push(format!(
                "dated {}, after the first session on {}",
                date.part,
                dates::shown(first)
            )),
            _ => {}
        }
        let status = if notes.is_empty() {
            Status::Found
        } else {
            Status::Look
        };
        let text = date.map_or_else(|| "no date".to_owned(), |date| date.part.to_owned());
        let mut cell = Cell::new(
            status,
            if pending.is_empty() {
                text
            } else {
                "still open".to_owned()
            },
        );
        cell.note = if notes.is_empty() {
            date.map_or(String::new(), |date| format!("dated {}", date.part))
        } else {
            notes.join("; ")
        };
        cell.day = date.map(|date| date.first);
        cell.places.extend(first_place(portion));
        cell
    }

    /// One finding over all clients: the least of their cells, in words; `more`
    /// is a sentence at its end, for the assessor.
    fn summary(
        &self,
        rule: &str,
        criterion: &str,
        what: &str,
        cells: &[Cell],
        more: Option<String>,
    ) -> wit::Finding {
        let names = |wanted: &[Status]| -> Vec<&str> {
            let clients = cells
                .iter()
                .enumerate()
                .filter(|(_, cell)| wanted.contains(&cell.status));
            clients
                .map(|(client, _)| self.clients.name(client))
                .collect()
        };
        let (found, missing) = (names(&[Status::Found]), names(&[Status::NotFound]));
        let all = cells.len();
        let status = if all == 0 {
            Status::Look
        } else if !missing.is_empty() {
            Status::NotFound
        } else if cells.iter().any(|cell| cell.status == Status::Look) {
            Status::Look
        } else {
            Status::Found
        };
        let mut parts = Vec::new();
        if all == 0 {
            parts.push(format!(
                "We could not find any client’s code, so we could not look for {what}."
            ));
        }
        if !found.is_empty() {
            parts.push(format!("We found {what} for {}.", and(&found)));
        }
        for (client, cell) in cells.iter().enumerate() {
            if !matches!(cell.status, Status::Found) && !cell.note.is_empty() {
                parts.push(format!("{}: {}.", self.clients.name(client), cell.note));
            }
        }
        let unsaid: Vec<&str> = cells
            .iter()
            .enumerate()
            .filter(|(_, cell)| cell.status == Status::NotFound && cell.note.is_empty())
            .map(|(client, _)| self.clients.name(client))
            .collect();
        if !unsaid.is_empty() {
            parts.push(format!("We could not find {what} for {}.", and(&unsaid)));
        }
        let message = parts.join(" ");
        let learner = if status == Status::Found {
            message.clone()
        } else {
            format!("{message} If it is there, you could name the client by code beside it.")
        };
        let notes = cells.iter().enumerate().map(|(client, cell)| {
            let note = if cell.note.is_empty() {
                &cell.text
            } else {
                &cell.note
            };
            format!("{}: {note}", self.clients.name(client))
        });
        let applicable = cells
            .iter()
            .filter(|cell| cell.status != Status::NotApplicable)
            .count();
        parts.extend(more);
        let report = finding(rule, self.soften(status), parts.join(" "))
            .learner(learner)
            .criterion(criterion)
            .source(self.rule.source)
            .counted(number(found.len()), Some(number(applicable)), "clients")
            .texts("clients", notes);
        let places = cells.iter().flat_map(|cell| cell.places.iter().cloned());
        places.fold(report, wit::Finding::at)
    }

    fn feedback_from_others(
        &self,
        rule: &ClientFeedback<'_>,
        sections: &[Section<'a>],
    ) -> wit::Finding {
        let mut people: BTreeMap<&str, wit::Place> = BTreeMap::new();
        for section in sections {
            let text = Text::new(section.blocks().map(Block::text));
            for sentence in 0..text.sentences() {
                let part = text.part(text.words_of(sentence));
                let one = Text::new([part]);
                let asked = !one.hits(rule.methods).is_empty()
                    || !dates::find(part, self.near()).is_empty();
                if !asked || !one.hits(rule.none).is_empty() {
                    continue;
                }
                for other in rule.others {
                    if let Some(hit) = one.hits_of(other).first()
                        && let Some(place) = section.document().place(hit.part)
                    {
                        people.entry(other.name).or_insert(place);
                    }
                }
            }
        }
        let chosen = match self
            .context
            .setting(rule.required_from)
            .map(|setting| &setting.value)
        {
            Some(wit::Value::Text(choice)) => choice.as_str(),
            _ => "",
        };
        let wanted = rule
            .required_others
            .iter()
            .find(|(choice, _)| *choice == chosen);
        let satisfied = wanted.is_none_or(|(_, name)| {
            if name.is_empty() {
                !people.is_empty()
            } else {
                people.contains_key(name)
            }
        });
        let names: Vec<&str> = people.keys().copied().collect();
        let (status, message) = match (names.is_empty(), satisfied) {
            (false, true) => (
                Status::Found,
                format!("We found feedback from others too: {}.", and(&names)),
            ),
            (true, true) => (
                Status::Info,
                "We found no feedback from others than the clients.".to_owned(),
            ),
            (_, false) => {
                let who = wanted.map_or("", |(_, name)| name);
                let who = if who.is_empty() { "somebody else" } else { who };
                (
                    Status::NotFound,
                    format!("We could not find feedback from {who}, which your centre asks for."),
                )
            }
        };
        let report = finding(rule.others_rule, self.soften(status), &message)
            .learner(message)
            .criterion(rule.criterion)
            .source(if wanted.is_some() {
                self.source(rule.required_from)
            } else {
                "heuristic"
            })
            .counted(number(names.len()), wanted.map(|_| 1.0), "others")
            .setting(rule.required_from);
        people.into_values().fold(report, wit::Finding::at)
    }

    /// Rows of practice that name a form of the section, or are among those that
    /// speak of feedback.
    fn feedback_in_rows(
        &self,
        rule: &ClientFeedback<'_>,
        sections: &[Section<'a>],
        shown_in: &BTreeSet<usize>,
    ) -> Option<wit::Finding> {
        self.practice().next()?;
        let forms: BTreeSet<String> = sections
            .iter()
            .flat_map(|section| forms_in(section.text()))
            .collect();
        let names_a_form = |text: &&str| forms_in(text).any(|form| forms.contains(&form));
        let shows = |session: &&Session<'_>| {
            shown_in.contains(&session.at)
                || (!forms.is_empty() && session.texts().iter().any(names_a_form))
        };
        let rows: Vec<&Session<'_>> = self.practice().filter(shows).collect();
        let labels: Vec<String> = rows.iter().map(|session| session.label()).collect();
        let (status, message) = if rows.is_empty() {
            let message = "We could not find feedback in the rows of the diary.".to_owned();
            (Status::NotFound, message)
        } else {
            let rows = counted(small(rows.len()), "row", "rows");
            (
                Status::Found,
                format!("The diary shows feedback in {rows}: {}.", list(&labels)),
            )
        };
        let learner = if rows.is_empty() {
            format!(
                "{message} You could write in a row when feedback was given, with the form’s number."
            )
        } else {
            message.clone()
        };
        let report = finding(rule.rows_rule, status, message)
            .learner(learner)
            .criterion(rule.criterion)
            .source(self.rule.source)
            .counted(number(rows.len()), None, "rows")
            .texts("rows", labels);
        let field = Some(self.rule.fields.happened);
        let places = rows.iter().map(|session| session.place(field));
        Some(places.fold(report, wit::Finding::at))
    }
}

impl Session<'_> {
    /// The row as a learner would name it: `D07`, else `row 8`.
    pub(super) fn label(&self) -> String {
        if self.reference.is_empty() {
            format!("row {}", self.number)
        } else {
            cut(self.reference.to_owned(), LETTERS_OF_A_FORM)
        }
    }
}

fn first_place(portion: &Portion<'_>) -> Option<wit::Place> {
    let (document, part) = portion.parts.first()?;
    document.place(part)
}

/// Positions of the tools that a text speaks of.
fn tools_in(text: &Text<'_>, tools: &[Concept<'_>]) -> impl Iterator<Item = usize> {
    tools
        .iter()
        .enumerate()
        .filter(|(_, tool)| !text.hits_of(tool).is_empty())
        .map(|(at, _)| at)
}

/// ` (again D30)`, empty without rows.
fn in_rows(before: &str, sessions: &[&Session<'_>]) -> String {
    if sessions.is_empty() {
        return String::new();
    }
    let labels: Vec<String> = sessions.iter().map(|session| session.label()).collect();
    format!(" ({before}{})", list(&labels))
}

/// Numbers of forms, such as `F-A1`: letters, a hyphen, and a number somewhere.
fn forms_in(text: &str) -> impl Iterator<Item = String> {
    text.split(char::is_whitespace)
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()))
        .filter(|word| {
            word.len() <= LETTERS_OF_A_FORM
                && word.contains('-')
                && word.starts_with(char::is_alphabetic)
                && word.contains(|c: char| c.is_ascii_digit())
        })
        .map(str::to_uppercase)
}
