//! Parts of a platform's page: whether everything works, and the launches that
//! failed.

use serde::Serialize;
use workflow::diagnosis::Probe;

/// How the last tests of a registration went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnosis {
    /// When they were made, for people; none where that was never.
    pub tested: Option<String>,
    /// How many worked.
    pub works: usize,
    /// How many want a look.
    pub look: usize,
    /// How many failed.
    pub fails: usize,
    /// Each of them.
    pub probes: Vec<Probe>,
}

/// The newest launches that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FailedLaunches {
    /// Those of this registration.
    pub own: Vec<FailedLaunchRow>,
    /// Those of which nobody knows whose they were.
    pub strangers: Vec<FailedLaunchRow>,
}

/// A launch that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FailedLaunchRow {
    /// When, for people.
    pub when: String,
    /// What its person was shown, to quote it.
    pub reference: String,
    /// What happened.
    pub what: String,
    /// What to do.
    pub next: String,
}

impl Diagnosis {
    /// Tests of every outcome, and none yet.
    pub(super) fn samples() -> [Self; 2] {
        let tested = Self {
            tested: Some("10 July 2026, 14:06".to_owned()),
            works: 1,
            look: 1,
            fails: 1,
            probes: vec![
                Probe::works(
                    "Access token",
                    "Granted in 0.3 s, valid for 60 minutes, for 5 services",
                ),
                Probe::look(
                    "Gradebook",
                    "3 columns; making columns is not allowed",
                    "In Moodle, choose “Use this service for grade sync and column management”.",
                ),
                Probe::fails(
                    "Clock",
                    "Our clock is 120 s behind the platform’s <b>",
                    "Let both servers set their clocks by the network.",
                ),
            ],
        };
        let never = Self {
            tested: None,
            works: 0,
            look: 0,
            fails: 0,
            probes: Vec::new(),
        };
        [tested, never]
    }
}

impl FailedLaunches {
    /// Some of both kinds, and none.
    pub(super) fn samples() -> [Self; 2] {
        let row = |reference: &str, what: &str| FailedLaunchRow {
            when: "10 July 2026, 09:58".to_owned(),
            reference: reference.to_owned(),
            what: what.to_owned(),
            next: "The activity is opened again from the course.".to_owned(),
        };
        let some = Self {
            own: vec![row("3MXA-11PT", "the deployment `9` is not registered")],
            strangers: vec![
                row(
                    "7F2K-90QD",
                    "the state is not known: it was used before, or is too old",
                ),
                row(
                    "T05C-6YWN",
                    "no platform is registered with the issuer `<b>`",
                ),
            ],
        };
        let none = Self {
            own: Vec::new(),
            strangers: Vec::new(),
        };
        [some, none]
    }
}
