//! The learner's start page, and what shows while an activity has no unit.

use serde::Serialize;

use super::{Frame, Labelled, Page, sample};

/// Where the learner's work stands, what to do next, and what the unit asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LearnerHome {
    /// The frame.
    pub frame: Frame,
    /// Facts beside the title: `Level 3`, `3 credits`.
    pub facts: Vec<String>,
    /// Which submission this is, from 1.
    pub submission: u32,
    /// How many there can be.
    pub submissions: u32,
    /// Where the work stands.
    pub stage: Stage,
    /// When it was handed in, for people.
    pub handed_in: Option<String>,
    /// When the result was released, for people.
    pub released: Option<String>,
    /// How many working days marking takes, where the centre says so.
    pub marking_days: Option<u32>,
    /// By when to hand in, for people.
    pub hand_in_by: Option<String>,
    /// The one thing to do.
    pub next: NextStep,
    /// What the checks found, counted; empty while they have not run.
    pub checks: Vec<CheckCount>,
    /// The criteria in the unit's order.
    pub criteria: Vec<CriterionRow>,
    /// Sum of the marks, where the unit has marks.
    pub maximum: Option<String>,
    /// Guidance on the length of everything, in words.
    pub words: Option<String>,
    /// What to hand in.
    pub slots: Vec<SlotRow>,
    /// About this hand-in: the assessor, registration number and so on.
    pub about: Vec<Labelled>,
}

/// Where the work stands, in the four steps that learners see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Only the learner sees it.
    GettingReady,
    /// Handed in, marking has not begun.
    HandedIn,
    /// Being marked and checked.
    BeingMarked,
    /// The result is released.
    Result,
}

/// The one thing to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum NextStep {
    /// Something that is asked for is not there yet.
    AddEvidence,
    /// A file could not be read.
    ReplaceFile,
    /// Everything is there; look at the checks and hand in.
    HandIn,
    /// Wait; it can still be taken back.
    WaitOrTakeBack,
    /// Wait.
    Wait,
    /// See the result, which is a pass.
    SeePass,
    /// See the result, and hand in again.
    SeeReferral,
    /// See the result, which is a referral with no submission left.
    SeeClosed,
}

/// How many criteria the checks see in one way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CheckCount {
    /// `found`, `look`, `not-found` or `no-heading`.
    pub status: String,
    /// How many.
    pub count: usize,
    /// Which: `1.1 and 2.3`.
    pub criteria: String,
}

/// A criterion in the unit's table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CriterionRow {
    /// Its id.
    pub id: String,
    /// Its regulated wording.
    pub wording: String,
    /// Most marks, where the unit has marks.
    pub maximum: Option<String>,
    /// Fewest marks that meet it.
    pub minimum: Option<String>,
    /// Guidance on length, in words.
    pub words: Option<String>,
}

/// What to hand in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SlotRow {
    /// Its title.
    pub title: String,
    /// What is wanted.
    pub help: String,
    /// Whether handing in asks for it.
    pub required: bool,
    /// What is there: names of files, or how many rows.
    pub given: Vec<String>,
}

impl Page for LearnerHome {
    const TEMPLATE: &'static str = "unit.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let ready = Self {
            frame: sample::learner("unit"),
            facts: vec![
                "Unit 8577-304".to_owned(),
                "Level 3".to_owned(),
                "3 credits".to_owned(),
                "9 guided learning hours".to_owned(),
            ],
            submission: 1,
            submissions: 2,
            stage: Stage::GettingReady,
            handed_in: None,
            released: None,
            marking_days: Some(10),
            hand_in_by: Some("Friday 17 July 2026, 17:00".to_owned()),
            next: NextStep::HandIn,
            checks: vec![
                CheckCount {
                    status: "found".to_owned(),
                    count: 2,
                    criteria: "1.1 and 2.3".to_owned(),
                },
                CheckCount {
                    status: "not-found".to_owned(),
                    count: 5,
                    criteria: "1.2, 1.3, 1.4, 2.1 and 2.2".to_owned(),
                },
                CheckCount {
                    status: "no-heading".to_owned(),
                    count: 1,
                    criteria: "2.4".to_owned(),
                },
            ],
            criteria: sample::CRITERIA
                .iter()
                .map(|(id, wording, _, maximum, words)| CriterionRow {
                    id: (*id).to_owned(),
                    wording: (*wording).to_owned(),
                    maximum: Some(maximum.to_string()),
                    minimum: Some((maximum / 2).to_string()),
                    words: Some(words.to_string()),
                })
                .collect(),
            maximum: Some("100".to_owned()),
            words: Some("2,500".to_owned()),
            slots: vec![SlotRow {
                title: "Assignment".to_owned(),
                help: "One document with a heading for each criterion.".to_owned(),
                required: true,
                given: vec!["304-weak.docx".to_owned()],
            }],
            about: vec![Labelled::new("Your assessor", "Joan H.")],
        };
        let empty = Self {
            next: NextStep::AddEvidence,
            checks: Vec::new(),
            slots: vec![
                SlotRow {
                    title: "Mentoring diary".to_owned(),
                    help: "A table with one row for each session.".to_owned(),
                    required: true,
                    given: vec!["24 rows".to_owned()],
                },
                SlotRow {
                    title: "Portfolio".to_owned(),
                    help: "Plans, contracts and records of your clients.".to_owned(),
                    required: false,
                    given: Vec::new(),
                },
            ],
            hand_in_by: None,
            marking_days: None,
            criteria: ready
                .criteria
                .iter()
                .map(|criterion| CriterionRow {
                    maximum: None,
                    minimum: None,
                    words: None,
                    ..criterion.clone()
                })
                .collect(),
            maximum: None,
            words: None,
            about: Vec::new(),
            ..ready.clone()
        };
        let unreadable = Self {
            next: NextStep::ReplaceFile,
            checks: Vec::new(),
            ..ready.clone()
        };
        let handed_in = Self {
            stage: Stage::HandedIn,
            handed_in: Some("10 July 2026, 14:02".to_owned()),
            next: NextStep::WaitOrTakeBack,
            checks: Vec::new(),
            ..ready.clone()
        };
        let marked = Self {
            stage: Stage::BeingMarked,
            next: NextStep::Wait,
            ..handed_in.clone()
        };
        let referral = Self {
            stage: Stage::Result,
            released: Some("24 July 2026".to_owned()),
            next: NextStep::SeeReferral,
            ..handed_in.clone()
        };
        let pass = Self {
            next: NextStep::SeePass,
            ..referral.clone()
        };
        let closed = Self {
            submission: 2,
            next: NextStep::SeeClosed,
            ..referral.clone()
        };
        vec![
            ("ready", ready),
            ("empty", empty),
            ("unreadable", unreadable),
            ("handed-in", handed_in),
            ("being-marked", marked),
            ("referral", referral),
            ("pass", pass),
            ("closed", closed),
        ]
    }
}

/// Staff choose the unit of an activity that names none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChooseUnit {
    /// The frame.
    pub frame: Frame,
    /// The units that are installed.
    pub units: Vec<UnitChoice>,
    /// Whether the form came without a choice.
    pub missing: bool,
}

/// A unit to choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnitChoice {
    /// Its id.
    pub id: String,
    /// Its number.
    pub number: String,
    /// Its title.
    pub title: String,
    /// Its level as printed.
    pub level: String,
    /// Name of its awarding body.
    pub awarding_body: String,
}

impl Page for ChooseUnit {
    const TEMPLATE: &'static str = "choose-unit.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let choose = Self {
            frame: no_unit(sample::assessor("")),
            units: vec![
                UnitChoice {
                    id: "ilm-8577-304".to_owned(),
                    number: "8577-304".to_owned(),
                    title: "Understanding good practice in workplace mentoring".to_owned(),
                    level: "Level 3".to_owned(),
                    awarding_body: "ILM".to_owned(),
                },
                UnitChoice {
                    id: "ilm-8577-306".to_owned(),
                    number: "8577-306".to_owned(),
                    title: "Undertaking an extended period of mentoring in the workplace"
                        .to_owned(),
                    level: "Level 3".to_owned(),
                    awarding_body: "ILM".to_owned(),
                },
            ],
            missing: false,
        };
        let missing = Self {
            missing: true,
            ..choose.clone()
        };
        let none = Self {
            units: Vec::new(),
            ..choose.clone()
        };
        vec![("choose", choose), ("missing", missing), ("none", none)]
    }
}

/// What learners see while staff have not chosen a unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NotSetUp {
    /// The frame.
    pub frame: Frame,
}

impl Page for NotSetUp {
    const TEMPLATE: &'static str = "not-set-up.html";

    fn samples() -> Vec<(&'static str, Self)> {
        vec![(
            "learner",
            Self {
                frame: no_unit(sample::learner("")),
            },
        )]
    }
}

fn no_unit(frame: Frame) -> Frame {
    Frame {
        unit_number: String::new(),
        unit_title: String::new(),
        nav: Vec::new(),
        ..frame
    }
}
