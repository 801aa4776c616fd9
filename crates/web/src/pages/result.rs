//! The learner's result.

use serde::Serialize;

use super::{ChangeView, Frame, Page, Stage, sample};

/// The released result, or where the work stands until then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LearnerResult {
    /// The frame.
    pub frame: Frame,
    /// Where the work stands.
    pub stage: Stage,
    /// Nothing before release.
    pub released: Option<Released>,
}

/// A released result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Released {
    /// Which submission it is for, from 1.
    pub submission: u32,
    /// When it was released, for people.
    pub on: String,
    /// Who marked it.
    pub assessor: String,
    /// When it was handed in, for people.
    pub handed_in: String,
    /// Whether the unit is passed.
    pub pass: bool,
    /// A finer grade as printed; may be empty.
    pub label: String,
    /// The criteria in the unit's order.
    pub criteria: Vec<ResultCriterion>,
    /// Sum of the marks, where the unit has marks.
    pub total: Option<String>,
    /// What the sum could be.
    pub maximum: Option<String>,
    /// What the course's gradebook has.
    pub course_grade: CourseGrade,
    /// Another submission, where there is one.
    pub resubmission: Option<Resubmission>,
    /// Working days to appeal, where the centre says so.
    pub appeal_days: Option<u32>,
    /// Id of the submission whose mark sheet the learner may print.
    pub mark_sheet: Option<String>,
}

/// How a criterion came out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ResultCriterion {
    /// Its id.
    pub id: String,
    /// Its regulated wording.
    pub wording: String,
    /// Whether it is met.
    pub met: bool,
    /// Marks, where the unit has marks.
    pub awarded: Option<String>,
    /// Most marks.
    pub maximum: String,
    /// Fewest marks that meet it.
    pub minimum: String,
    /// The assessor's feedback; may be empty.
    pub feedback: String,
    /// What changed since the submission before; none in the first.
    pub change: Option<ChangeView>,
}

/// What the course's gradebook has, as the learner is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum CourseGrade {
    /// A referral sends no number.
    NoNumber,
    /// It is on its way.
    Waiting,
    /// The course has it.
    Sent {
        /// `66 of 100`.
        score: String,
    },
    /// The course did not take it; staff know.
    Failed,
    /// It gets nothing: the platform takes no grades, or none for a preview learner.
    NotOffered,
}

/// Another submission that is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Resubmission {
    /// Which it is, from 1.
    pub submission: u32,
    /// Whether it is the last one.
    pub last: bool,
    /// By when to hand in, for people.
    pub by: Option<String>,
    /// Whether the learner has begun it.
    pub started: bool,
}

impl Page for LearnerResult {
    const TEMPLATE: &'static str = "result.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let referral = Released {
            submission: 1,
            on: "24 July 2026".to_owned(),
            assessor: "Joan H.".to_owned(),
            handed_in: "10 July 2026".to_owned(),
            pass: false,
            label: String::new(),
            criteria: sample::CRITERIA
                .iter()
                .zip(sample::SHEET)
                .map(
                    |((id, wording, _, maximum, _), (marks, feedback))| ResultCriterion {
                        id: (*id).to_owned(),
                        wording: (*wording).to_owned(),
                        met: 2 * marks >= *maximum,
                        awarded: Some(marks.to_string()),
                        maximum: maximum.to_string(),
                        minimum: (maximum / 2).to_string(),
                        feedback: feedback.to_owned(),
                        change: None,
                    },
                )
                .collect(),
            total: Some("41".to_owned()),
            maximum: Some("100".to_owned()),
            course_grade: CourseGrade::NoNumber,
            resubmission: Some(Resubmission {
                submission: 2,
                last: true,
                by: Some("Friday 21 August 2026".to_owned()),
                started: false,
            }),
            appeal_days: Some(20),
            mark_sheet: Some("s1".to_owned()),
        };
        let pass = Released {
            pass: true,
            criteria: referral
                .criteria
                .iter()
                .map(|criterion| ResultCriterion {
                    met: true,
                    awarded: Some(criterion.maximum.clone()),
                    feedback: String::new(),
                    ..criterion.clone()
                })
                .collect(),
            total: Some("100".to_owned()),
            course_grade: CourseGrade::Sent {
                score: "100 of 100".to_owned(),
            },
            resubmission: None,
            ..referral.clone()
        };
        let closed = Released {
            submission: 2,
            resubmission: None,
            total: None,
            maximum: None,
            appeal_days: None,
            mark_sheet: None,
            criteria: referral
                .criteria
                .iter()
                .map(|criterion| ResultCriterion {
                    awarded: None,
                    change: Some(ChangeView {
                        since: 1,
                        met: Some(criterion.met),
                        added: 0,
                        removed: 0,
                        pieces: Vec::new(),
                    }),
                    ..criterion.clone()
                })
                .collect(),
            ..referral.clone()
        };
        let page = |stage, released| Self {
            frame: sample::learner("result"),
            stage,
            released,
        };
        let on_its_way = Released {
            course_grade: CourseGrade::Waiting,
            ..pass.clone()
        };
        vec![
            ("referral", page(Stage::Result, Some(referral))),
            ("pass", page(Stage::Result, Some(pass))),
            ("on-its-way", page(Stage::Result, Some(on_its_way))),
            ("closed", page(Stage::Result, Some(closed))),
            ("none", page(Stage::GettingReady, None)),
            ("waiting", page(Stage::BeingMarked, None)),
        ]
    }
}
