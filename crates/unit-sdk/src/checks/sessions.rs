//! The arithmetic of a diary of sessions: exact time, what counts, and rows
//! that are worth a look.
//!
//! Time is added up in whole seconds, so that no order of the rows and no
//! splitting of a session changes a total.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::clients::Clients;
use crate::dates;
use crate::lexicon::{Concept, Text};
use crate::text::{and, counted, cut, quoted};
use crate::{Evidence, Row, Section, Status, Table, finding, wit};

/// A row of more than this is no session; the cell is taken for unreadable.
const MOST_SECONDS: i64 = 24 * 60 * 60;
/// Rows of one length say nothing where there are fewer.
const FEWEST_EQUAL_ROWS: usize = 5;
/// Most rows or pairs that a message names; the details have them all.
const MOST_NAMED: usize = 6;
/// How much of a cell a message repeats.
const BYTES_OF_A_CELL: usize = 60;
/// What people write into a cell to say that there is nothing to write.
const BLANKS: [&str; 7] = ["", "na", "none", "nil", "nothing", "tbc", "tba"];
/// Letters of the longest of these.
const LETTERS_OF_A_BLANK: usize = 7;

/// What a diary's columns, kinds and thresholds are called in a unit. The
/// texts are ids of fields, choices and settings.
#[derive(Clone, Copy, Debug)]
pub struct DiaryRule<'a> {
    /// The slot.
    pub slot: &'a str,
    /// The criterion that asks for hours and clients.
    pub hours_criterion: &'a str,
    /// The criterion that asks for records of progress.
    pub records_criterion: &'a str,
    /// Who asks for hours and clients: the awarding body's code.
    pub source: &'a str,
    /// The columns.
    pub fields: DiaryFields<'a>,
    /// Kinds of session whose time counts as practice.
    pub counted_kinds: &'a [&'a str],
    /// The kind that is a meeting with the supervisor.
    pub supervision_kind: &'a str,
    /// What a counted session is called: `mentoring`.
    pub practice: &'a str,
    /// Words before a client's code that are not part of it: `client`, `mentee`.
    pub client_words: &'a [&'a str],
    /// The thresholds.
    pub settings: DiarySettings<'a>,
}

/// Ids of a diary's fields.
#[derive(Clone, Copy, Debug)]
pub struct DiaryFields<'a> {
    /// The learner's own name of the row: `D07`.
    pub reference: &'a str,
    /// Day.
    pub date: &'a str,
    /// Client code, or several.
    pub client: &'a str,
    /// Time at which it began.
    pub start: &'a str,
    /// Length.
    pub minutes: &'a str,
    /// Kind of session, a choice.
    pub kind: &'a str,
    /// Goals worked on.
    pub goals: &'a str,
    /// Tools and techniques.
    pub tools: &'a str,
    /// What happened.
    pub happened: &'a str,
    /// Progress.
    pub progress: &'a str,
    /// Impact on the client's role.
    pub impact: &'a str,
}

/// Ids of the settings that a diary is held against.
#[derive(Clone, Copy, Debug)]
pub struct DiarySettings<'a> {
    /// Minutes of practice that are asked for in all.
    pub minutes_total: &'a str,
    /// Clients that are asked for.
    pub clients: &'a str,
    /// Minutes with which a client counts.
    pub minutes_per_client: &'a str,
    /// A longer session is worth a look.
    pub largest_session_minutes: &'a str,
    /// Share of the time with one client above which it is worth a look.
    pub largest_client_share: &'a str,
    /// Days between two sessions with a client above which it is worth a look.
    pub largest_gap_days: &'a str,
    /// Share of rows that should say goals and progress, or impact.
    pub least_row_share: &'a str,
}

/// A diary, read once for all checks.
#[derive(Debug)]
pub struct Diary<'a> {
    pub(super) rule: DiaryRule<'a>,
    pub(super) evidence: Evidence<'a>,
    pub(super) unit: &'a wit::Unit,
    pub(super) context: &'a wit::Context,
    pub(super) sessions: Vec<Session<'a>>,
    pub(super) clients: Clients,
    /// For each client, positions of the rows of practice with them.
    practice_of: Vec<Vec<usize>>,
    /// What all rows say, parted into words: the [`Session::texts`] of each.
    words: Text<'a>,
}

/// A row.
#[derive(Debug)]
pub(super) struct Session<'a> {
    /// Its position in the list of sessions.
    pub(super) at: usize,
    /// The table that it stands in, and the row as people see it.
    pub(super) table: u32,
    pub(super) number: String,
    place: wit::Place,
    pub(super) reference: &'a str,
    pub(super) day: Option<i32>,
    date: &'a str,
    /// Places in the list of clients.
    pub(super) clients: Vec<usize>,
    /// Seconds since midnight.
    start: Option<i64>,
    /// Length in seconds; none where it is blank or cannot be one.
    seconds: Option<i64>,
    minutes: &'a str,
    /// Id of the kind; none where it is blank or not known.
    kind: Option<&'a str>,
    kind_written: &'a str,
    pub(super) goals: &'a str,
    pub(super) tools: &'a str,
    pub(super) happened: &'a str,
    pub(super) progress: &'a str,
    pub(super) impact: &'a str,
}

/// How many texts a row has, and which of them say what was done.
const TEXTS: usize = 5;
const DOINGS: Range<usize> = 1..3;

/// Rows that belong together in a finding, and how they are named in it.
struct Oddity {
    text: String,
    places: Vec<wit::Place>,
}

impl<'a> Diary<'a> {
    /// Reads the diary, and from diary and documents how the clients are called.
    pub fn new(
        evidence: Evidence<'a>,
        unit: &'a wit::Unit,
        context: &'a wit::Context,
        rule: DiaryRule<'a>,
    ) -> Self {
        let tables: Vec<_> = evidence.tables(rule.slot).collect();
        let several = tables.len() > 1;
        let rows = || tables.iter().flat_map(Table::rows);
        let cells = |id: &str| rows().map(|row| row.text(id)).collect::<Vec<_>>();
        let (names, goals, references) = (
            cells(rule.fields.client),
            cells(rule.fields.goals),
            cells(rule.fields.reference),
        );
        let sections = unit
            .criteria()
            .flat_map(|criterion| evidence.sections(&criterion.id));
        let texts = sections.map(Section::text);
        let clients = Clients::new(&names, &goals, &references, texts, rule.client_words);
        let sessions: Vec<Session<'_>> = rows()
            .zip(&names)
            .enumerate()
            .map(|(at, (row, name))| Session::new(at, row, &rule, clients.in_cell(name), several))
            .collect();
        let words = Text::new(sessions.iter().flat_map(Session::texts));
        let mut practice_of = vec![Vec::new(); clients.len()];
        for (at, session) in sessions.iter().enumerate() {
            let counts = |kind: &str| rule.counted_kinds.contains(&kind);
            for client in session
                .clients
                .iter()
                .filter(|_| session.kind.is_some_and(counts))
            {
                practice_of[*client].push(at);
            }
        }
        Self {
            rule,
            evidence,
            unit,
            context,
            sessions,
            clients,
            practice_of,
            words,
        }
    }

    /// Hours of practice against what is asked for (rule `practice-hours`).
    pub fn practice_hours(&self) -> wit::Finding {
        const RULE: &str = "practice-hours";
        if let Some(finding) = self.without_rows(RULE) {
            return finding;
        }
        let practice = self.rule.practice;
        let total = self.total();
        let wanted_minutes = self.number(self.rule.settings.minutes_total);
        let wanted = seconds(wanted_minutes).unwrap_or(0);
        let sessions = self.practice().count();
        let mut not_counted: BTreeMap<String, i64> = BTreeMap::new();
        for session in &self.sessions {
            if !self.counts(session) {
                let kind = match session.kind {
                    Some(kind) => self.kind_title(kind),
                    None => "Kind not known".to_owned(),
                };
                *not_counted.entry(kind).or_default() += session.seconds.unwrap_or(0);
            }
        }
        let unknown: i64 = self
            .sessions
            .iter()
            .filter(|session| session.kind.is_none())
            .filter_map(|session| session.seconds)
            .sum();
        let aside = self.set_aside();
        let aside_seconds: i64 = aside
            .iter()
            .filter_map(|(session, _)| session.seconds)
            .sum();
        let without = total - aside_seconds;

        let to_go = if total < wanted {
            format!(", so {} to go", is_or_are(wanted - total))
        } else {
            String::new()
        };
        let might_be_met = total + unknown >= wanted || self.is_partly_unreadable();
        let status = match (total >= wanted, without >= wanted) {
            (true, true) => Status::Found,
            (false, _) if !might_be_met => Status::NotFound,
            _ => Status::Look,
        };
        let mut sentences = vec![format!(
            "{} of {practice} in {}; {} are asked for{to_go}.",
            duration(total),
            counted(small(sessions), "session", "sessions"),
            duration(wanted)
        )];
        if aside_seconds > 0 {
            let numbers: Vec<&str> = aside
                .iter()
                .map(|(session, _)| session.number.as_str())
                .collect();
            sentences.push(format!(
                "If {} {} set aside, {} would be left.",
                rows(&numbers),
                if numbers.len() == 1 { "was" } else { "were" },
                duration(without)
            ));
        }
        if unknown > 0 {
            sentences.push(format!(
                "{} hang on rows whose kind of session we do not know.",
                duration(unknown)
            ));
        }
        let learner = format!("We counted {}", sentences.join(" "));
        let left_out: Vec<String> = not_counted
            .iter()
            .filter(|(_, seconds)| **seconds > 0)
            .map(|(kind, seconds)| format!("{} ({})", lower(kind), duration(*seconds)))
            .collect();
        if !left_out.is_empty() {
            sentences.push(format!("Not counted: {}.", list(&left_out)));
        }
        if self.is_partly_unreadable() {
            sentences.push("Some of the diary’s files could not be read.".to_owned());
        }
        let message = format!("The diary shows {}", sentences.join(" "));
        let named = |client: usize| self.clients.name(client).to_owned();
        let per_client = self.seconds_per_client();
        let with_time = self.clients_with_time();
        let mut report = finding(RULE, status, message)
            .learner(learner)
            .criterion(self.rule.hours_criterion)
            .source(self.source(self.rule.settings.minutes_total))
            .counted(minutes(total), Some(wanted_minutes), "minutes")
            .setting(self.rule.settings.minutes_total)
            .number("counted_minutes", minutes(total))
            .number("clients", number(with_time.len()))
            .counts(
                "minutes_per_client",
                per_client
                    .iter()
                    .map(|(client, seconds)| (named(*client), minutes(*seconds))),
            )
            .counts("minutes_per_month", self.minutes_per_month())
            .counts(
                "minutes_not_counted",
                not_counted
                    .into_iter()
                    .map(|(kind, seconds)| (kind, minutes(seconds))),
            );
        if aside_seconds > 0 {
            let named = aside.iter().map(|(session, why)| {
                let name = format!("Row {} ({why})", session.number);
                (name, minutes(session.seconds.unwrap_or(0)))
            });
            report = report
                .counts("minutes_set_aside", named)
                .number("minutes_without_them", minutes(without));
        }
        let places = aside.iter().map(|(session, _)| session.place(None));
        places.fold(report, wit::Finding::at)
    }

    /// Clients with time against how many are asked for (rule `practice-clients`).
    pub fn practice_clients(&self) -> wit::Finding {
        const RULE: &str = "practice-clients";
        if let Some(finding) = self.without_rows(RULE) {
            return finding;
        }
        let with_time = self.clients_with_time();
        let wanted = self.number(self.rule.settings.clients);
        let per_client = self.seconds_per_client();
        let shown: Vec<String> = per_client
            .iter()
            .map(|(client, seconds)| {
                format!("{} ({})", self.clients.name(*client), duration(*seconds))
            })
            .collect();
        let clients = counted(small(with_time.len()), "client", "clients");
        let practice = self.rule.practice;
        let status = if number(with_time.len()) >= wanted {
            Status::Found
        } else if self.is_partly_unreadable() {
            Status::Look
        } else {
            Status::NotFound
        };
        let shown = if shown.is_empty() {
            String::new()
        } else {
            format!(" {}.", list(&shown))
        };
        let message = format!("{practice} time with {clients}; {wanted} are asked for.{shown}");
        finding(RULE, status, format!("The diary shows {message}"))
            .learner(format!("We found {message}"))
            .criterion(self.rule.hours_criterion)
            .source(self.source(self.rule.settings.clients))
            .counted(number(with_time.len()), Some(wanted), "clients")
            .setting(self.rule.settings.clients)
    }

    /// Rows that are worth a look, one finding for each rule that has some:
    /// `session-kind`, `session-minutes`, `session-date`, `session-client`,
    /// `session-group`, `session-twice`, `session-overlap`, `session-future`,
    /// `session-long`, `client-share`, `session-lengths`, `diary-order`, `diary-gaps`.
    pub fn oddities(&self) -> Vec<wit::Finding> {
        [
            self.unknown_kinds(),
            self.without_minutes(),
            self.without_dates(),
            self.without_clients(),
            self.groups(),
            self.twice(),
            self.overlaps(),
            self.future(),
            self.long(),
            self.client_share(),
            self.equal_lengths(),
            self.order_breaks(),
            self.gaps(),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// How many rows record goals with progress (rule `rows-progress`) and
    /// impact (rule `rows-impact`), and whether each goal has a later note of
    /// progress (rule `goals-progress`). Nothing without rows of practice.
    pub fn records(&self) -> Vec<wit::Finding> {
        if self.practice().next().is_none() {
            return Vec::new();
        }
        let has_progress =
            |session: &Session<'_>| !session.goals.is_empty() && !session.progress.is_empty();
        let has_impact = |session: &Session<'_>| !session.impact.is_empty();
        let fields = &self.rule.fields;
        let with_time = self.clients_with_time().into_iter();
        let without: Vec<String> = with_time
            .filter(|client| !self.practice_with(*client).any(has_impact))
            .map(|client| self.clients.name(client).to_owned())
            .collect();
        let mut findings = vec![
            self.share_of_rows(
                "rows-progress",
                "goals and progress",
                fields.progress,
                has_progress,
                &[],
            ),
            self.share_of_rows(
                "rows-impact",
                "impact on the role",
                fields.impact,
                has_impact,
                &without,
            ),
        ];
        findings.extend(self.goals_progress());
        findings
    }

    /// Sessions dated before the contract with their client (rule
    /// `session-before-contract`); `contracts` has the day of each client's.
    pub(super) fn before_contract(&self, contracts: &[Option<i32>]) -> Option<wit::Finding> {
        let mut odd = Vec::new();
        for session in self.practice() {
            let Some(day) = session.day else { continue };
            for client in &session.clients {
                let Some(contract) = contracts.get(*client).copied().flatten() else {
                    continue;
                };
                if day < contract {
                    odd.push(Oddity {
                        text: format!(
                            "row {} ({}, {}; contract of {})",
                            session.number,
                            self.clients.name(*client),
                            dates::shown(day),
                            dates::shown(contract)
                        ),
                        places: vec![session.place(Some(self.rule.fields.date))],
                    });
                }
            }
        }
        self.look(
            "session-before-contract",
            odd,
            "Sessions with a date before the contract",
            "You could check the dates, or say which agreement held before.",
        )
    }

    /// Whether a row counts as practice.
    pub(super) fn counts(&self, session: &Session<'_>) -> bool {
        session
            .kind
            .is_some_and(|kind| self.rule.counted_kinds.contains(&kind))
    }

    /// The rows that count as practice.
    pub(super) fn practice(&self) -> impl Iterator<Item = &Session<'a>> {
        self.sessions.iter().filter(|session| self.counts(session))
    }

    /// Positions of the rows in which one of the terms stands.
    pub(super) fn rows_that_say(&self, terms: &[&str]) -> BTreeSet<usize> {
        let hits = self.words.hits(terms).into_iter();
        hits.map(|hit| self.words.piece(hit.words.start) / TEXTS)
            .collect()
    }

    /// Positions of the rows whose tools, or what happened, speak of the concept.
    pub(super) fn rows_that_do(&self, concept: &Concept<'_>) -> BTreeSet<usize> {
        let hits = self.words.hits_of(concept).into_iter();
        let pieces = hits.map(|hit| self.words.piece(hit.words.start));
        pieces
            .filter(|piece| DOINGS.contains(&(piece % TEXTS)))
            .map(|piece| piece / TEXTS)
            .collect()
    }

    /// Those with this client.
    pub(super) fn practice_with(&self, client: usize) -> impl Iterator<Item = &Session<'a>> {
        let rows = self.practice_of[client].iter();
        rows.map(|row| &self.sessions[*row])
    }

    /// Meetings with the supervisor.
    pub(super) fn supervision(&self) -> impl Iterator<Item = &Session<'a>> {
        let kind = self.rule.supervision_kind;
        self.sessions
            .iter()
            .filter(move |session| session.kind == Some(kind))
    }

    /// First and last day of practice.
    pub(super) fn period(&self) -> Option<(i32, i32)> {
        let days = || self.practice().filter_map(|session| session.day);
        days().min().zip(days().max())
    }

    /// Seconds of practice with a client.
    pub(super) fn seconds_with(&self, client: usize) -> i64 {
        self.practice_with(client)
            .filter_map(|session| session.seconds)
            .sum()
    }

    /// Seconds of the rows of a kind.
    pub(super) fn seconds_of(&self, kind: &str) -> i64 {
        let rows = self
            .sessions
            .iter()
            .filter(|session| session.kind == Some(kind));
        rows.filter_map(|session| session.seconds).sum()
    }

    /// Clients that have enough time to count.
    pub(super) fn clients_with_time(&self) -> Vec<usize> {
        let least = seconds(self.number(self.rule.settings.minutes_per_client))
            .unwrap_or(0)
            .max(1);
        (0..self.clients.len())
            .filter(|client| self.seconds_with(*client) >= least)
            .collect()
    }

    /// A setting's value.
    pub(super) fn number(&self, setting: &str) -> f64 {
        self.context.threshold(setting)
    }

    /// Who says so, of a threshold that a centre may have raised.
    pub(super) fn source(&self, setting: &str) -> &str {
        let set = self.context.setting(setting);
        set.map_or(self.rule.source, |setting| &setting.source)
    }

    /// Seconds of practice in all.
    pub(super) fn total(&self) -> i64 {
        self.practice().filter_map(|session| session.seconds).sum()
    }

    fn seconds_per_client(&self) -> Vec<(usize, i64)> {
        let rows = self.sessions.iter();
        let in_rows: BTreeSet<usize> = rows
            .flat_map(|session| session.clients.iter().copied())
            .collect();
        in_rows
            .into_iter()
            .map(|client| (client, self.seconds_with(client)))
            .collect()
    }

    fn minutes_per_month(&self) -> Vec<(String, f64)> {
        let mut months: BTreeMap<(i32, String), i64> = BTreeMap::new();
        for session in self.practice() {
            if let Some((day, seconds)) = session.day.zip(session.seconds) {
                *months.entry(dates::month(day)).or_default() += seconds;
            }
        }
        let named = months
            .into_iter()
            .map(|((_, name), seconds)| (name, minutes(seconds)));
        named.collect()
    }

    /// Rows that people may want to leave out of the total: the same row again,
    /// and days that are still to come.
    fn set_aside(&self) -> Vec<(&Session<'a>, &'static str)> {
        let again: BTreeSet<usize> = self.twins().into_iter().map(|(_, second)| second).collect();
        let mut aside = Vec::new();
        for (index, session) in self.sessions.iter().enumerate() {
            if !self.counts(session) {
                continue;
            }
            if again.contains(&index) {
                aside.push((session, "the same again"));
            } else if self.is_future(session) {
                aside.push((session, "after today"));
            }
        }
        aside
    }

    /// Pairs of rows that are the same but for their reference, by position.
    fn twins(&self) -> Vec<(usize, usize)> {
        let mut first_of = BTreeMap::new();
        let mut twins = Vec::new();
        for (index, session) in self.sessions.iter().enumerate() {
            if !self.counts(session) || session.date.is_empty() {
                continue;
            }
            let key = (
                (
                    session.date,
                    &session.clients,
                    session.start,
                    session.minutes,
                    session.kind,
                ),
                session.texts(),
            );
            match first_of.get(&key) {
                Some(first) => twins.push((*first, index)),
                None => {
                    first_of.insert(key, index);
                }
            }
        }
        twins
    }

    fn is_future(&self, session: &Session<'_>) -> bool {
        session.day.is_some_and(|day| day > self.context.today_day)
    }

    fn unknown_kinds(&self) -> Option<wit::Finding> {
        let unknown = |session: &&Session<'_>| session.kind.is_none();
        let rows = self.sessions.iter().filter(unknown);
        let total: i64 = rows.clone().filter_map(|session| session.seconds).sum();
        let odd =
            rows.map(|session| Self::row(session, self.rule.fields.kind, session.kind_written));
        self.look(
            "session-kind",
            odd.collect(),
            &format!(
                "Rows whose kind of session is blank or not known ({} that we did not count)",
                duration(total)
            ),
            "You could choose the kind of session in these rows.",
        )
    }

    fn without_minutes(&self) -> Option<wit::Finding> {
        let odd = self
            .practice()
            .filter(|session| session.seconds.is_none_or(|length| length == 0));
        let odd = odd.map(|session| Self::row(session, self.rule.fields.minutes, session.minutes));
        self.look(
            "session-minutes",
            odd.collect(),
            "Sessions without time, or with one that we could not read",
            "You could write how many minutes they lasted, or choose the kind “cancelled”.",
        )
    }

    fn without_dates(&self) -> Option<wit::Finding> {
        let odd = self.practice().filter(|session| session.day.is_none());
        let odd = odd.map(|session| Self::row(session, self.rule.fields.date, session.date));
        self.look(
            "session-date",
            odd.collect(),
            "Sessions whose date is blank or could not be read",
            "You could write the date as in 03/02/2026.",
        )
    }

    fn without_clients(&self) -> Option<wit::Finding> {
        let odd = self.practice().filter(|session| session.clients.is_empty());
        let odd = odd.map(|session| Self::row(session, self.rule.fields.client, ""));
        self.look(
            "session-client",
            odd.collect(),
            "Sessions without a client; their time counts in the total and for nobody",
            "You could write the client’s code in these rows.",
        )
    }

    fn groups(&self) -> Option<wit::Finding> {
        let odd = self.practice().filter(|session| session.clients.len() > 1);
        let odd = odd.map(|session| {
            let names: Vec<&str> = session
                .clients
                .iter()
                .map(|client| self.clients.name(*client))
                .collect();
            Self::row(session, self.rule.fields.client, &and(&names))
        });
        self.look(
            "session-group",
            odd.collect(),
            "Sessions with several clients; their time counts once in the total and for each of them",
            "You could say in the row how the session was shared.",
        )
    }

    fn twice(&self) -> Option<wit::Finding> {
        let odd = self.twins().into_iter().map(|(first, second)| {
            let (first, second) = (&self.sessions[first], &self.sessions[second]);
            Oddity {
                text: format!(
                    "rows {} and {} ({})",
                    first.number,
                    second.number,
                    self.what(second)
                ),
                places: vec![second.place(None), first.place(None)],
            }
        });
        self.look(
            "session-twice",
            odd.collect(),
            "The same session stands in two rows",
            "If it was one session, you could take one of the rows out.",
        )
    }

    fn overlaps(&self) -> Option<wit::Finding> {
        let kind = self.rule.supervision_kind;
        let held = self
            .sessions
            .iter()
            .filter(|session| self.counts(session) || session.kind == Some(kind));
        let mut timed: Vec<(i64, i64, &Session<'_>)> = held
            .filter_map(|session| {
                let begin = i64::from(session.day?) * MOST_SECONDS + session.start?;
                let length = session.seconds.filter(|seconds| *seconds > 0)?;
                Some((begin, begin + length, session))
            })
            .collect();
        // The sort is stable, so sessions that begin together stay in the order of the rows.
        timed.sort_by_key(|(begin, ..)| *begin);
        let mut odd = Vec::new();
        let mut last: Option<(i64, i64, &Session<'_>)> = None;
        for (begin, end, session) in timed {
            if let Some((_, before, earlier)) = last
                && begin < before
            {
                let shared = before.min(end) - begin;
                let field = Some(self.rule.fields.start);
                odd.push(Oddity {
                    text: format!(
                        "rows {} and {} by {}",
                        earlier.number,
                        session.number,
                        duration(shared)
                    ),
                    places: vec![earlier.place(field), session.place(field)],
                });
            }
            if last.is_none_or(|(_, before, _)| end > before) {
                last = Some((begin, end, session));
            }
        }
        self.look(
            "session-overlap",
            odd,
            "Sessions overlap",
            "You could check dates and times, or say in the row how it came about.",
        )
    }

    fn future(&self) -> Option<wit::Finding> {
        let odd = self.practice().filter(|session| self.is_future(session));
        let odd = odd.map(|session| Self::row(session, self.rule.fields.date, &shown_day(session)));
        self.look(
            "session-future",
            odd.collect(),
            "Sessions with a date after today",
            "You could check the year.",
        )
    }

    fn long(&self) -> Option<wit::Finding> {
        let setting = self.rule.settings.largest_session_minutes;
        let most = seconds(self.number(setting))?;
        let odd = self
            .practice()
            .filter(|session| session.seconds.is_some_and(|length| length > most));
        let odd = odd.map(|session| {
            Self::row(
                session,
                self.rule.fields.minutes,
                &duration(session.seconds.unwrap_or(0)),
            )
        });
        let found = self.look(
            "session-long",
            odd.collect(),
            &format!("Sessions of more than {}", duration(most)),
            "You could check the time, or say in the row why it took so long.",
        )?;
        let longest = self
            .practice()
            .filter_map(|session| session.seconds)
            .max()
            .unwrap_or(0);
        Some(
            found
                .counted(minutes(longest), Some(minutes(most)), "minutes")
                .setting(setting),
        )
    }

    fn client_share(&self) -> Option<wit::Finding> {
        let setting = self.rule.settings.largest_client_share;
        let (most, total) = (self.number(setting), self.total());
        let per_client = self.seconds_per_client();
        let (client, largest) = per_client.into_iter().max_by_key(|(_, seconds)| *seconds)?;
        let share = minutes(largest) / minutes(total.max(1));
        if total == 0 || share <= most {
            return None;
        }
        let name = self.clients.name(client);
        let message = format!(
            "{} % of the time is with {name}: {} of {}.",
            (share * 100.0).round(),
            duration(largest),
            duration(total)
        );
        let found = finding("client-share", Status::Look, &message)
            .learner(format!("{message} Your assessor has been told."))
            .criterion(self.rule.hours_criterion)
            .counted(share, Some(most), "share of time")
            .setting(setting);
        Some(found)
    }

    fn equal_lengths(&self) -> Option<wit::Finding> {
        let lengths: Vec<i64> = self
            .practice()
            .filter_map(|session| session.seconds)
            .collect();
        let first = *lengths.first()?;
        if lengths.len() < FEWEST_EQUAL_ROWS || lengths.iter().any(|length| *length != first) {
            return None;
        }
        let message = format!(
            "All {} sessions have the same length: {}.",
            lengths.len(),
            duration(first)
        );
        let found = finding("session-lengths", Status::Look, &message)
            .learner(format!(
                "{message} If times differed, you could write the exact ones."
            ))
            .criterion(self.rule.hours_criterion)
            .counted(number(lengths.len()), None, "sessions");
        Some(found)
    }

    fn order_breaks(&self) -> Option<wit::Finding> {
        let mut odd = Vec::new();
        let dated: Vec<&Session<'_>> = self
            .sessions
            .iter()
            .filter(|session| session.day.is_some())
            .collect();
        for pair in dated.windows(2) {
            let (before, after) = (pair[0], pair[1]);
            if before.table == after.table && after.day < before.day {
                let field = Some(self.rule.fields.date);
                odd.push(Oddity {
                    text: format!(
                        "row {} ({}) below row {} ({})",
                        after.number,
                        shown_day(after),
                        before.number,
                        shown_day(before)
                    ),
                    places: vec![after.place(field), before.place(field)],
                });
            }
        }
        let found = self.look(
            "diary-order",
            odd,
            "Rows that do not follow in time",
            "You could check these dates. The order of the rows changes no total.",
        )?;
        Some(found.criterion(self.rule.records_criterion))
    }

    fn gaps(&self) -> Option<wit::Finding> {
        let setting = self.rule.settings.largest_gap_days;
        let most = self.number(setting);
        let (mut odd, mut longest) = (Vec::new(), 0);
        for client in 0..self.clients.len() {
            let mut dated: Vec<(i32, &Session<'_>)> = self
                .practice_with(client)
                .filter_map(|session| Some((session.day?, session)))
                .collect();
            dated.sort_by_key(|(day, _)| *day);
            for pair in dated.windows(2) {
                let ((from, before), (to, after)) = (pair[0], pair[1]);
                longest = longest.max(to - from);
                if f64::from(to - from) > most {
                    odd.push(Oddity {
                        text: format!(
                            "{}, {} days from {} to {} (rows {} and {})",
                            self.clients.name(client),
                            to - from,
                            dates::shown(from),
                            dates::shown(to),
                            before.number,
                            after.number
                        ),
                        places: vec![before.place(None), after.place(None)],
                    });
                }
            }
        }
        let found = self.look(
            "diary-gaps",
            odd,
            &format!("More than {most} days between two sessions with a client"),
            "You could say what happened in between.",
        )?;
        let found = found.criterion(self.rule.records_criterion);
        Some(
            found
                .counted(f64::from(longest), Some(most), "days")
                .setting(setting),
        )
    }

    fn share_of_rows(
        &self,
        rule: &str,
        what: &str,
        field: &str,
        holds: impl Fn(&Session<'_>) -> bool,
        clients_without: &[String],
    ) -> wit::Finding {
        let all = self.practice().count();
        let lacking: Vec<&Session<'_>> =
            self.practice().filter(|session| !holds(session)).collect();
        let having = all - lacking.len();
        let setting = self.rule.settings.least_row_share;
        let status = if having == 0 {
            Status::NotFound
        } else if number(having) / number(all) < self.number(setting) || !clients_without.is_empty()
        {
            Status::Look
        } else {
            Status::Found
        };
        let numbers: Vec<&str> = lacking
            .iter()
            .map(|session| session.number.as_str())
            .collect();
        let (not_in, advice) = if lacking.is_empty() {
            (String::new(), String::new())
        } else {
            (
                format!("; we could not find it in {}", rows(&numbers)),
                format!(" You could add a few words on {what}."),
            )
        };
        let none_for = if clients_without.is_empty() {
            String::new()
        } else {
            format!(" There is none for {}.", list(clients_without))
        };
        let about = format!(
            "{having} of {all} {} rows say {what}{not_in}.{none_for}",
            self.rule.practice
        );
        let learner = format!("In your diary {about}{advice}");
        let report = finding(rule, status, format!("In the diary {about}"))
            .learner(learner)
            .criterion(self.rule.records_criterion)
            .counted(number(having), Some(number(all)), "rows")
            .number("rows", number(all));
        let places = lacking.iter().map(|session| session.place(Some(field)));
        places.fold(report, wit::Finding::at)
    }

    fn goals_progress(&self) -> Option<wit::Finding> {
        let mut dated: Vec<&Session<'_>> = self.practice().collect();
        dated.sort_by_key(|session| session.day);
        // A goal of a client, and whether a session after its first one notes progress.
        let mut goals: BTreeMap<(usize, String), bool> = BTreeMap::new();
        for session in dated {
            for client in &session.clients {
                for goal in Clients::goals_in(session.goals) {
                    let key = (*client, goal);
                    let noted = !session.progress.is_empty();
                    goals
                        .entry(key)
                        .and_modify(|later| *later |= noted)
                        .or_insert(false);
                }
            }
        }
        if goals.is_empty() {
            return None;
        }
        let with = goals.values().filter(|later| **later).count();
        let without: Vec<String> = goals
            .iter()
            .filter(|(_, later)| !**later)
            .map(|((client, goal), _)| format!("{goal} ({})", self.clients.name(*client)))
            .collect();
        let status = if without.is_empty() {
            Status::Found
        } else {
            Status::Look
        };
        let (not_for, advice) = if without.is_empty() {
            (String::new(), "")
        } else {
            (
                format!("; we could not find one for {}", list(&without)),
                " You could say in a later row how far each goal has come.",
            )
        };
        let message = format!(
            "{with} of {} have a later note of progress{not_for}.",
            counted(small(goals.len()), "goal", "goals")
        );
        let learner = format!("In your diary {message}{advice}");
        let found = finding("goals-progress", status, format!("In the diary {message}"))
            .learner(learner)
            .criterion(self.rule.records_criterion)
            .counted(number(with), Some(number(goals.len())), "goals")
            .texts("goals_without", without);
        Some(found)
    }

    /// A finding for the rows, none if there are none.
    fn look(&self, rule: &str, odd: Vec<Oddity>, what: &str, advice: &str) -> Option<wit::Finding> {
        if odd.is_empty() {
            return None;
        }
        let named: Vec<&str> = odd
            .iter()
            .take(MOST_NAMED)
            .map(|odd| odd.text.as_str())
            .collect();
        let more = odd.len() - named.len();
        let more = if more > 0 {
            format!("; and {more} more")
        } else {
            String::new()
        };
        let message = format!("{what}: {}{more}.", named.join("; "));
        let report = finding(rule, Status::Look, &message)
            .learner(format!("{message} {advice}"))
            .criterion(self.rule.hours_criterion)
            .counted(number(odd.len()), Some(0.0), "rows")
            .texts("rows", odd.iter().map(|odd| odd.text.clone()));
        let places = odd.into_iter().flat_map(|odd| odd.places);
        Some(places.fold(report, wit::Finding::at))
    }

    fn row(session: &Session<'_>, field: &str, note: &str) -> Oddity {
        let note = if note.is_empty() { "blank" } else { note };
        let note = cut(note.to_owned(), BYTES_OF_A_CELL);
        Oddity {
            text: format!("row {} ({note})", session.number),
            places: vec![session.place(Some(field))],
        }
    }

    /// A session in a few words: `9 March 2026, Client A, 2 h`.
    fn what(&self, session: &Session<'_>) -> String {
        let mut words = vec![shown_day(session)];
        words.extend(
            session
                .clients
                .iter()
                .map(|client| self.clients.name(*client).to_owned()),
        );
        words.extend(session.seconds.map(duration));
        words.join(", ")
    }

    fn kind_title(&self, kind: &str) -> String {
        let slot = self
            .unit
            .slots
            .iter()
            .find(|slot| slot.id == self.rule.slot);
        let field = slot.and_then(|slot| {
            slot.fields
                .iter()
                .find(|field| field.id == self.rule.fields.kind)
        });
        let choice = field.and_then(|field| field.choices.iter().find(|choice| choice.id == kind));
        choice.map_or(kind, |choice| &choice.title).to_owned()
    }

    fn is_partly_unreadable(&self) -> bool {
        !matches!(
            self.evidence.state(self.rule.slot),
            "given" | "empty" | "waived"
        )
    }

    /// What there is to say where the diary has no rows.
    fn without_rows(&self, rule: &str) -> Option<wit::Finding> {
        if !self.sessions.is_empty() {
            return None;
        }
        let practice = self.rule.practice;
        let report = match self.evidence.state(self.rule.slot) {
            "waived" => finding(
                rule,
                Status::NotApplicable,
                format!("There is no diary; other evidence of the {practice} was agreed."),
            ),
            "given" | "empty" => finding(
                rule,
                Status::NotFound,
                format!("We could not find a diary with rows, so no {practice} was counted."),
            )
            .learner("We could not find a diary with rows. You could fill it in on the page, or hand in a table."),
            _ => finding(
                rule,
                Status::NotApplicable,
                format!("The diary could not be read, so no {practice} was counted. Please look in the file."),
            )
            .learner("We could not read your diary. You could save it in another format, or type the rows on the page."),
        };
        Some(
            report
                .criterion(self.rule.hours_criterion)
                .source(self.rule.source),
        )
    }
}

impl<'a> Session<'a> {
    fn new(
        at: usize,
        row: Row<'_, 'a>,
        rule: &DiaryRule<'a>,
        clients: Vec<usize>,
        several: bool,
    ) -> Self {
        let fields = &rule.fields;
        let table = row.table().inner();
        let length = row.number(fields.minutes).and_then(seconds);
        let kind = row.text(fields.kind);
        let text = |field| filled(row.text(field));
        Self {
            at,
            table: table.item,
            number: shown_number(row, several),
            place: row.place(),
            reference: row.text(fields.reference).trim(),
            day: row
                .number(fields.date)
                .and_then(whole)
                .and_then(|day| i32::try_from(day).ok()),
            date: row.written(fields.date),
            clients,
            start: row.number(fields.start).and_then(seconds),
            seconds: length.filter(|length| (0..=MOST_SECONDS).contains(length)),
            minutes: row.written(fields.minutes),
            kind: Some(kind).filter(|kind| !kind.is_empty()),
            kind_written: row.written(fields.kind),
            goals: text(fields.goals),
            tools: text(fields.tools),
            happened: text(fields.happened),
            progress: text(fields.progress),
            impact: text(fields.impact),
        }
    }

    /// What the row says in words; the [`DOINGS`] among them.
    pub(super) fn texts(&self) -> [&'a str; TEXTS] {
        [
            self.goals,
            self.tools,
            self.happened,
            self.progress,
            self.impact,
        ]
    }

    /// Where the row stands; with a column, its cell.
    pub(super) fn place(&self, column: Option<&str>) -> wit::Place {
        wit::Place {
            column: column.map(str::to_owned),
            ..self.place.clone()
        }
    }
}

/// A cell's text; empty where people only say that there is nothing.
fn filled(text: &str) -> &str {
    let letters = text.chars().filter(|c| c.is_alphanumeric());
    let lower = letters.flat_map(char::to_lowercase);
    // One letter more than the longest of them has, so that no more is read.
    let begins: String = lower.take(LETTERS_OF_A_BLANK + 1).collect();
    if BLANKS.contains(&begins.as_str()) {
        ""
    } else {
        text
    }
}

/// Minutes as whole seconds; none for what no length of time can be.
pub(super) fn seconds(minutes: f64) -> Option<i64> {
    whole(minutes * 60.0)
}

fn whole(number: f64) -> Option<i64> {
    // Well inside of what both types hold exactly.
    #[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
    (number.abs() < 1e12).then(|| number.round() as i64)
}

/// Seconds as minutes, as measures and details count.
pub(super) fn minutes(seconds: i64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^53 seconds")]
    let seconds = seconds as f64;
    seconds / 60.0
}

pub(super) fn number(count: usize) -> f64 {
    f64::from(small(count))
}

pub(super) fn small(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Exact time as people say it: `35 h 59 min`, `45 min`.
pub fn duration(seconds: i64) -> String {
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let parts = [(hours, "h"), (minutes, "min"), (rest, "s")];
    let shown: Vec<String> = parts
        .iter()
        .filter(|(number, _)| *number != 0)
        .map(|(number, unit)| format!("{number} {unit}"))
        .collect();
    if shown.is_empty() {
        "0 min".to_owned()
    } else {
        shown.join(" ")
    }
}

/// `1 minute is`, `2 h 5 min are`.
pub(super) fn is_or_are(seconds: i64) -> String {
    if seconds == 60 {
        "1 minute is".to_owned()
    } else {
        format!("{} are", duration(seconds))
    }
}

fn shown_day(session: &Session<'_>) -> String {
    session
        .day
        .map_or_else(|| session.date.to_owned(), dates::shown)
}

/// A row's number as people see it, with its table where there are several.
pub(super) fn shown_number(row: Row<'_, '_>, several: bool) -> String {
    let number = row.shown_number();
    if several {
        format!("{number} of {}", quoted(vec![&row.table().inner().title]))
    } else {
        number.to_string()
    }
}

/// `row 3`, `rows 3 and 14`.
pub(super) fn rows(numbers: &[&str]) -> String {
    let more = numbers.len().saturating_sub(MOST_NAMED);
    let noun = if numbers.len() == 1 { "row" } else { "rows" };
    if more == 0 {
        return format!("{noun} {}", and(numbers));
    }
    format!(
        "{noun} {} and {more} more",
        numbers[..MOST_NAMED].join(", ")
    )
}

pub(super) fn list(texts: &[String]) -> String {
    and(&texts.iter().map(String::as_str).collect::<Vec<_>>())
}

fn lower(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().into_iter().flat_map(char::to_lowercase);
    first.chain(letters).collect()
}
