//! Who is in the course, who came and who went.

use serde::Serialize;

use super::{Frame, Page, Pager, sample};

/// The roster as staff see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RosterPage {
    /// The frame.
    pub frame: Frame,
    /// Name of the course; may be empty.
    pub course: String,
    /// How the reading stands.
    pub roster: Roster,
    /// Who is in the course, and who was.
    pub tiles: Vec<RosterTile>,
    /// Who is listed: `here`, `gone`, `came` or `went`.
    pub who: &'static str,
    /// The reading by which people came or went, as addresses name it; else empty.
    pub reading: String,
    /// The same, for people.
    pub reading_at: String,
    /// What was searched for; may be empty.
    pub query: String,
    /// This page's people.
    pub rows: Vec<MemberRow>,
    /// Which page it is.
    pub pager: Pager,
    /// The last readings, latest first.
    pub readings: Vec<ReadingRow>,
}

/// How the reading of a roster stands, on every page that shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Roster {
    /// Whether it is there.
    pub state: RosterState,
    /// When it was last read to its end, for people.
    pub at: Option<String>,
    /// How many people the reading under way has seen, for people; none before
    /// its first page.
    pub seen: Option<String>,
    /// How many people came by the last reading, for people; none for nobody.
    pub came: Option<String>,
    /// How many went.
    pub went: Option<String>,
    /// What went wrong, and what to do; may be empty.
    pub problem: String,
}

/// Whether a roster is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RosterState {
    /// It was read.
    Read,
    /// It was not read yet.
    NotYet,
    /// It is being read, or will be at once.
    Reading,
    /// The last try failed.
    Failed,
    /// The platform offers none; only those who opened the activity are listed.
    NotOffered,
}

/// How many people are in a part of the roster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RosterTile {
    /// `here` or `gone`.
    pub who: &'static str,
    /// How many, for people.
    pub count: String,
}

/// Somebody on the roster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MemberRow {
    /// Their name.
    pub name: String,
    /// `learner` or `assessor`.
    pub role: &'static str,
    /// Whether they are no longer in the course.
    pub left: bool,
    /// When a roster or a launch first told of them, for people.
    pub first_seen: String,
    /// When one did last, for people.
    pub last_seen: String,
}

/// One reading of the roster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReadingRow {
    /// When it began, as addresses name it.
    pub id: String,
    /// The same, for people.
    pub at: String,
    /// Whether it came to its end.
    pub complete: bool,
    /// People seen, for people.
    pub seen: String,
    /// How many came, for people; none for nobody.
    pub came: Option<String>,
    /// How many went.
    pub went: Option<String>,
    /// What went wrong; may be empty.
    pub problem: String,
}

impl Page for RosterPage {
    const TEMPLATE: &'static str = "roster.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let row = |name: &str, role, left| MemberRow {
            name: name.to_owned(),
            role,
            left,
            first_seen: "2 March 2026".to_owned(),
            last_seen: "10 July 2026".to_owned(),
        };
        let reading = |at: &str, came: Option<&str>, went: Option<&str>| ReadingRow {
            id: "1783670400000".to_owned(),
            at: at.to_owned(),
            complete: true,
            seen: "1,250".to_owned(),
            came: came.map(str::to_owned),
            went: went.map(str::to_owned),
            problem: String::new(),
        };
        let here = Self {
            frame: sample::assessor("roster"),
            course: "Workplace mentoring, spring 2026".to_owned(),
            roster: Roster::sample(RosterState::Read),
            tiles: vec![
                RosterTile {
                    who: "here",
                    count: "1,250".to_owned(),
                },
                RosterTile {
                    who: "gone",
                    count: "2".to_owned(),
                },
            ],
            who: "here",
            reading: String::new(),
            reading_at: String::new(),
            query: String::new(),
            rows: vec![
                row("Kit A.", "learner", false),
                row("Joan H.", "assessor", false),
                row("Maximiliane Featherstonehaugh-Ravensbourne", "learner", false),
                row("Learner 4f1a7b", "learner", false),
            ],
            pager: Pager::new(1, 50, 1_250, &[("who", "here")]),
            readings: vec![
                reading("10 July 2026, 08:00", Some("1,250"), Some("1")),
                ReadingRow {
                    complete: false,
                    problem: "The platform cannot answer at the moment (503 Service Unavailable). Wait: the call can be repeated.".to_owned(),
                    ..reading("9 July 2026, 08:00", None, None)
                },
            ],
        };
        let went = Self {
            who: "went",
            reading: "1783670400000".to_owned(),
            reading_at: "10 July 2026, 08:00".to_owned(),
            rows: vec![row("Grace N.", "learner", true)],
            pager: Pager::new(1, 50, 1, &[]),
            ..here.clone()
        };
        let first_day = Self {
            roster: Roster::sample(RosterState::Reading),
            rows: Vec::new(),
            pager: Pager::new(1, 50, 0, &[]),
            readings: Vec::new(),
            ..here.clone()
        };
        let nobody_found = Self {
            roster: Roster::sample(RosterState::NotOffered),
            query: "Zo<e>".to_owned(),
            ..first_day.clone()
        };
        vec![
            ("here", here),
            ("went", went),
            ("first-day", first_day),
            ("nobody-found", nobody_found),
        ]
    }
}

impl Roster {
    pub(super) fn sample(state: RosterState) -> Self {
        let read_before = !matches!(state, RosterState::NotYet | RosterState::NotOffered);
        Self {
            state,
            at: read_before.then(|| "9 July 2026, 08:00".to_owned()),
            seen: (state == RosterState::Reading).then(|| "1,250".to_owned()),
            came: Some("3".to_owned()),
            went: None,
            problem: if state == RosterState::Failed {
                "The platform cannot answer at the moment (503 Service Unavailable). Wait: the call can be repeated.".to_owned()
            } else {
                String::new()
            },
        }
    }
}
