//! The learner's evidence: add, look at the checks, declare, hand in.

use serde::Serialize;

use super::{Frame, Page, PersonalPlace, sample};

/// What the learner hands in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HandIn {
    /// The frame.
    pub frame: Frame,
    /// Which submission this is, from 1.
    pub submission: u32,
    /// How many there can be.
    pub submissions: u32,
    /// By when to hand in, for people.
    pub hand_in_by: Option<String>,
    /// Whether it is still the learner's to change.
    pub state: HandInState,
    /// When it was handed in, for people.
    pub handed_in: Option<String>,
    /// The slots that take files.
    pub slots: Vec<HandInSlot>,
    /// What the checks found.
    pub checks: Checks,
    /// Places that the checks call personal details.
    pub personal: Vec<PersonalPlace>,
    /// Whether the learner has looked at them.
    pub looked_at_personal_data: bool,
    /// Criteria that were referred and whose text is as it was then.
    pub untouched: Vec<String>,
    /// The statement to accept.
    pub statement: String,
    /// Who may ask to use the script, and can be refused; none hides the question.
    pub script_user: Option<String>,
    /// Whether the statement is accepted.
    pub own_work: bool,
    /// Whether use of the script is refused.
    pub refuse_script_use: bool,
    /// What keeps the form from going through, in the order of the page.
    pub errors: Vec<FieldError>,
}

/// Whether a hand-in is still the learner's to change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum HandInState {
    /// The learner prepares it.
    Draft,
    /// Handed in; it can be taken back.
    HandedIn,
    /// Marking has begun, or it is over.
    Locked,
}

/// A slot that takes files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HandInSlot {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What is wanted.
    pub help: String,
    /// Whether handing in asks for it.
    pub required: bool,
    /// `document`, `table` or `form`.
    pub kind: String,
    /// Rows that are there.
    pub rows: usize,
    /// Whether an import waits for the learner's word.
    pub waiting: bool,
    /// Most files.
    pub most_files: u32,
    /// What the file field accepts: `.docx,.csv`.
    pub accept: String,
    /// The same for people: `Word (.docx)`.
    pub kinds: String,
    /// Largest file, for people: `20 MB`.
    pub largest: String,
    /// The files that are there.
    pub files: Vec<EvidenceFile>,
}

/// A file that is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EvidenceFile {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its size, for people.
    pub size: String,
    /// When it was added, for people.
    pub added: String,
    /// Whether it was typed into the page.
    pub typed: bool,
    /// What came of reading it.
    pub reading: Reading,
}

/// What came of reading a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum Reading {
    /// It is being read.
    Waiting,
    /// It was read as a document with headings for some of the criteria.
    Document {
        /// Criteria with a heading.
        headings: usize,
        /// Criteria that this slot serves.
        criteria: usize,
    },
    /// It is kept as it is, and not read.
    Kept,
    /// It could not be read; the code is a reader's or the host's.
    Failed {
        /// `password-protected`, `image-only`, `damaged` and so on.
        code: String,
    },
}

/// What the checks found, for the learner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Checks {
    /// Whether they ran.
    pub state: CheckState,
    /// When, for people.
    pub at: Option<String>,
    /// Whether they would find something else now.
    pub stale: bool,
    /// Per criterion, in the unit's order.
    pub criteria: Vec<CheckedCriterion>,
    /// About the whole submission.
    pub whole: Vec<LearnerFinding>,
}

/// Whether the checks ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CheckState {
    /// Nothing to check yet.
    NotYet,
    /// They are running.
    Running,
    /// They ran.
    Done,
    /// Some or all could not run.
    CouldNotRun,
}

/// What the checks found for a criterion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CheckedCriterion {
    /// Its id.
    pub id: String,
    /// Its regulated wording.
    pub wording: String,
    /// Whether its heading was looked for and not found.
    pub no_heading: bool,
    /// What was found.
    pub findings: Vec<LearnerFinding>,
    /// Words under its heading.
    pub words: Option<u32>,
    /// Guidance on length, in words.
    pub guide: Option<u32>,
}

/// A finding in the learner's words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LearnerFinding {
    /// `found`, `look`, `not-found` or `info`.
    pub status: String,
    /// The words.
    pub text: String,
}

/// What keeps a form from going through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum FieldError {
    /// The own-work box is not ticked.
    OwnWork,
    /// The box about personal details is not ticked.
    PersonalData,
    /// A slot that is asked for has no file.
    SlotEmpty {
        /// The slot.
        slot: String,
    },
    /// The upload form came without a file.
    NoFile {
        /// The slot.
        slot: String,
    },
    /// The file is too large.
    TooLarge {
        /// The slot.
        slot: String,
    },
    /// The slot does not take this kind of file.
    OtherKind {
        /// The slot.
        slot: String,
    },
    /// The name of the file says that the slot takes it, its content does not.
    Mislabelled {
        /// The slot.
        slot: String,
    },
    /// The file has nothing in it.
    Empty {
        /// The slot.
        slot: String,
    },
    /// Rows that were imported wait for the learner's word.
    ImportWaits {
        /// The slot.
        slot: String,
    },
    /// The slot is full.
    SlotFull {
        /// The slot.
        slot: String,
    },
}

impl Page for HandIn {
    const TEMPLATE: &'static str = "evidence.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let draft = draft();
        let errors = Self {
            errors: vec![
                FieldError::NoFile {
                    slot: "assignment".to_owned(),
                },
                FieldError::OwnWork,
            ],
            refuse_script_use: true,
            ..draft.clone()
        };
        let empty = Self {
            slots: two_slots(),
            checks: Checks {
                state: CheckState::NotYet,
                at: None,
                stale: false,
                criteria: Vec::new(),
                whole: Vec::new(),
            },
            hand_in_by: None,
            script_user: None,
            errors: vec![
                FieldError::ImportWaits {
                    slot: "diary".to_owned(),
                },
                FieldError::SlotEmpty {
                    slot: "portfolio".to_owned(),
                },
                FieldError::OwnWork,
            ],
            ..draft.clone()
        };
        let mut unreadable = Self {
            errors: vec![FieldError::OtherKind {
                slot: "assignment".to_owned(),
            }],
            ..draft.clone()
        };
        unreadable.slots[0].files[0].reading = Reading::Failed {
            code: "password-protected".to_owned(),
        };
        unreadable.checks = Checks {
            state: CheckState::CouldNotRun,
            at: Some("today at 13:41".to_owned()),
            stale: true,
            criteria: Vec::new(),
            whole: Vec::new(),
        };
        let mut resubmission = Self {
            submission: 2,
            personal: vec![PersonalPlace {
                href: "/a/0197f2c4/evidence/e1/text#personal-1".to_owned(),
                words: "304-weak.docx: place 1, in 2.2".to_owned(),
            }],
            untouched: vec!["1.2".to_owned(), "1.4".to_owned()],
            errors: vec![FieldError::PersonalData, FieldError::OwnWork],
            ..draft.clone()
        };
        let typed = EvidenceFile {
            id: "e2".to_owned(),
            name: "Typed text".to_owned(),
            typed: true,
            ..resubmission.slots[0].files[0].clone()
        };
        resubmission.slots[0].files.push(typed);
        let mut reading = draft.clone();
        reading.slots[0].files[0].reading = Reading::Waiting;
        reading.checks.state = CheckState::Running;
        reading.checks.criteria.clear();
        reading.checks.whole.clear();
        let handed_in = Self {
            state: HandInState::HandedIn,
            handed_in: Some("10 July 2026, 14:02".to_owned()),
            own_work: true,
            ..draft.clone()
        };
        let locked = Self {
            state: HandInState::Locked,
            refuse_script_use: true,
            ..handed_in.clone()
        };
        vec![
            ("draft", draft),
            ("errors", errors),
            ("empty", empty),
            ("unreadable", unreadable),
            ("resubmission", resubmission),
            ("reading", reading),
            ("handed-in", handed_in),
            ("locked", locked),
        ]
    }
}

fn draft() -> HandIn {
    let findings: [&[(&str, &str)]; 8] = [
        &[
            (
                "found",
                "Your definition (“Mentoring is when somebody with experience helps…”) and a passage on the purpose.",
            ),
            ("found", "Formal and informal mentoring, both."),
            (
                "info",
                "Benefits for the mentee and the business. You could also say what the mentor gains.",
            ),
        ],
        &[
            ("found", "The role, and the responsibilities."),
            (
                "not-found",
                "We could not find a passage on the remit: where a mentor’s role starts and stops.",
            ),
        ],
        &[
            ("found", "Knowledge, skills and behaviour, all three."),
            (
                "look",
                "Three questions from the template are still in your text. They are not counted as your words.",
            ),
            (
                "not-found",
                "We could not find a professional standard or code for mentors.",
            ),
            (
                "not-found",
                "We could not find a passage on ethics, or equality and diversity.",
            ),
        ],
        &[(
            "look",
            "This part is a list of ten short lines. The criterion says “explain”: say why the contract includes these things, and what could go wrong without them.",
        )],
        &[(
            "not-found",
            "We could not find the stages of the model you would use.",
        )],
        &[(
            "not-found",
            "We could not find a diagnostic tool: one that shows where the mentee is starting from.",
        )],
        &[(
            "found",
            "Why records matter, what they contain, and how you keep them private.",
        )],
        &[],
    ];
    let words = [155, 140, 80, 16, 46, 148, 109, 0];
    HandIn {
        frame: sample::learner("evidence"),
        submission: 1,
        submissions: 2,
        hand_in_by: Some("Friday 17 July 2026, 17:00".to_owned()),
        state: HandInState::Draft,
        handed_in: None,
        slots: vec![HandInSlot {
            id: "assignment".to_owned(),
            title: "Assignment".to_owned(),
            help: "One document with a heading for each criterion.".to_owned(),
            required: true,
            kind: "document".to_owned(),
            rows: 0,
            waiting: false,
            most_files: 1,
            accept: ".docx".to_owned(),
            kinds: "Word (.docx)".to_owned(),
            largest: "20 MB".to_owned(),
            files: vec![EvidenceFile {
                id: "e1".to_owned(),
                name: "304-weak.docx".to_owned(),
                size: "38 KB".to_owned(),
                added: "10 July 2026, 13:41".to_owned(),
                typed: false,
                reading: Reading::Document {
                    headings: 7,
                    criteria: 8,
                },
            }],
        }],
        checks: Checks {
            state: CheckState::Done,
            at: Some("today at 13:41".to_owned()),
            stale: false,
            criteria: sample::CRITERIA
                .iter()
                .zip(findings)
                .zip(words)
                .map(|(((id, wording, _, _, guide), findings), words)| CheckedCriterion {
                    id: (*id).to_owned(),
                    wording: (*wording).to_owned(),
                    no_heading: words == 0,
                    findings: findings
                        .iter()
                        .map(|(status, text)| LearnerFinding {
                            status: (*status).to_owned(),
                            text: (*text).to_owned(),
                        })
                        .collect(),
                    words: Some(words),
                    guide: Some(*guide),
                })
                .collect(),
            whole: vec![LearnerFinding {
                status: "look".to_owned(),
                text: "Two places in 2.2 look like contact details. Please keep other people’s details out of your work.".to_owned(),
            }],
        },
        personal: Vec::new(),
        looked_at_personal_data: false,
        untouched: Vec::new(),
        statement: "I confirm that this is my own work, and that where I used other people’s words or ideas I have said whose they are.".to_owned(),
        script_user: Some("ILM".to_owned()),
        own_work: false,
        refuse_script_use: false,
        errors: Vec::new(),
    }
}

fn two_slots() -> Vec<HandInSlot> {
    let diary = HandInSlot {
        id: "diary".to_owned(),
        title: "Mentoring diary".to_owned(),
        help: "A table with one row for each session.".to_owned(),
        required: true,
        kind: "table".to_owned(),
        rows: 0,
        waiting: true,
        most_files: 1,
        accept: ".csv".to_owned(),
        kinds: "CSV from a spreadsheet (.csv)".to_owned(),
        largest: "20 MB".to_owned(),
        files: Vec::new(),
    };
    let portfolio = HandInSlot {
        id: "portfolio".to_owned(),
        title: "Portfolio".to_owned(),
        help: "Plans, contracts and records of your clients.".to_owned(),
        kind: "document".to_owned(),
        waiting: false,
        most_files: 5,
        accept: ".docx".to_owned(),
        kinds: "Word (.docx)".to_owned(),
        ..diary.clone()
    };
    vec![diary, portfolio]
}
