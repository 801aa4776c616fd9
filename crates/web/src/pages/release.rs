//! Sign a sheet, then release its result.

use serde::Serialize;

use super::marking::{Obstructs, Standing, SummaryObstacle};
use super::{Frame, Page, sample};

/// The sheet once more, and the signature under it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sign {
    /// The frame.
    pub frame: Frame,
    /// Id of the submission.
    pub submission: String,
    /// The learner's name.
    pub learner: String,
    /// Which submission it is, from 1.
    pub number: u32,
    /// The criteria in the unit's order.
    pub rows: Vec<SignRow>,
    /// `pass`, `referral` or `incomplete`.
    pub verdict: String,
    /// The result for people.
    pub verdict_words: String,
    /// Why, in sentences.
    pub reasons: Vec<String>,
    /// Sum of the marks, where there are marks.
    pub total: Option<String>,
    /// What the sum could be.
    pub maximum: Option<String>,
    /// Criteria that are met.
    pub met: usize,
    /// What stands in the way.
    pub obstacles: Vec<SummaryObstacle>,
    /// Digest of the sheet that is shown, which the form sends.
    pub digest: String,
    /// Version of the unit.
    pub unit_version: String,
    /// Name of the assessor as the platform gave it; may be empty.
    pub account_name: String,
    /// What was typed as a name.
    pub name: String,
    /// Whether the statement is ticked.
    pub judged: bool,
    /// What keeps the form from going through, in the order of the page.
    pub errors: Vec<SignError>,
}

/// A criterion of the sheet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SignRow {
    /// Its id.
    pub id: String,
    /// Its short name, or the wording.
    pub title: String,
    /// Marks, where there are marks; may be empty.
    pub mark: String,
    /// Most marks, or empty.
    pub maximum: String,
    /// Fewest marks that meet it, or empty.
    pub minimum: String,
    /// How it stands.
    pub state: Standing,
}

/// What keeps a signature from going through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignError {
    /// The statement is not ticked.
    Judged,
    /// No name is typed.
    Name,
    /// The sheet was changed after it was shown.
    Changed,
}

impl Page for Sign {
    const TEMPLATE: &'static str = "sign.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let referral = Self {
            frame: sample::assessor(""),
            submission: "s1".to_owned(),
            learner: "Dana P.".to_owned(),
            number: 1,
            rows: sample::CRITERIA
                .iter()
                .zip(sample::SHEET)
                .map(|((id, _, title, maximum, _), (marks, _))| SignRow {
                    id: (*id).to_owned(),
                    title: (*title).to_owned(),
                    mark: marks.to_string(),
                    maximum: maximum.to_string(),
                    minimum: (maximum / 2).to_string(),
                    state: if 2 * marks >= *maximum {
                        Standing::Met
                    } else {
                        Standing::Refer
                    },
                })
                .collect(),
            verdict: "referral".to_owned(),
            verdict_words: "Referral".to_owned(),
            reasons: vec!["1.2, 1.4, 2.1, 2.2 and 2.4 are below half of their marks.".to_owned()],
            total: Some("41".to_owned()),
            maximum: Some("100".to_owned()),
            met: 3,
            obstacles: Vec::new(),
            digest: "e27b5510".to_owned(),
            unit_version: "1.2.0".to_owned(),
            account_name: "Joan H.".to_owned(),
            name: String::new(),
            judged: false,
            errors: Vec::new(),
        };
        let mut pass = Self {
            verdict: "pass".to_owned(),
            verdict_words: "Pass".to_owned(),
            reasons: vec!["Every criterion is met.".to_owned()],
            total: None,
            maximum: None,
            met: 8,
            ..referral.clone()
        };
        for row in &mut pass.rows {
            row.mark.clear();
            row.maximum.clear();
            row.minimum.clear();
            row.state = Standing::Met;
        }
        let mut incomplete = Self {
            verdict: "incomplete".to_owned(),
            verdict_words: "Would be a referral".to_owned(),
            total: Some("38".to_owned()),
            obstacles: vec![
                SummaryObstacle {
                    criterion: "1.4".to_owned(),
                    field: Obstructs::Feedback,
                    words: "give feedback on 1.4".to_owned(),
                },
                SummaryObstacle {
                    criterion: "2.4".to_owned(),
                    field: Obstructs::Mark,
                    words: "mark 2.4".to_owned(),
                },
            ],
            ..referral.clone()
        };
        incomplete.rows[7].mark.clear();
        incomplete.rows[7].state = Standing::Open;
        let errors = Self {
            errors: vec![SignError::Changed, SignError::Judged, SignError::Name],
            account_name: String::new(),
            ..referral.clone()
        };
        vec![
            ("referral", referral),
            ("pass", pass),
            ("incomplete", incomplete),
            ("errors", errors),
        ]
    }
}

/// What learner and gradebook get, and how far it got.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Release {
    /// The frame.
    pub frame: Frame,
    /// Id of the submission.
    pub submission: String,
    /// The learner's name.
    pub learner: String,
    /// Which submission it is, from 1.
    pub number: u32,
    /// How many there can be.
    pub submissions: u32,
    /// Whether it is a pass.
    pub pass: bool,
    /// The result for people.
    pub verdict_words: String,
    /// Why, in sentences.
    pub reasons: Vec<String>,
    /// Sum of the marks, where there are marks: `41 of 100`.
    pub total: Option<String>,
    /// Criteria that are met.
    pub met: usize,
    /// All criteria.
    pub criteria: usize,
    /// The signature.
    pub signature: Signature,
    /// When it was released, for people; none until then.
    pub released: Option<String>,
    /// Name of the platform: `Moodle`.
    pub platform: String,
    /// The number that the gradebook gets: `66 of 100`; none for a referral.
    pub score: Option<String>,
    /// The comment that the gradebook gets.
    pub comment: String,
    /// How far the grade got.
    pub delivery: DeliveryView,
    /// Whether the form to reopen came without a reason.
    pub reason_missing: bool,
}

/// A signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Signature {
    /// Who signed.
    pub by: String,
    /// When, for people.
    pub at: String,
    /// Version of the decision, from 1.
    pub version: u32,
}

/// How far a grade got.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum DeliveryView {
    /// Nothing is sent: it is not released, or it leaves the gradebook as it is.
    Nothing,
    /// The platform takes no grades for this activity.
    NotOffered,
    /// The learner is a preview learner, who gets no grades.
    Preview,
    /// It waits for its next try.
    Waiting {
        /// How often it was tried.
        tries: u32,
        /// What the platform answered last; may be empty.
        answer: String,
        /// The next try, for people; may be empty.
        next_try: String,
    },
    /// The platform took it.
    Delivered {
        /// When, for people.
        at: String,
        /// What the platform answered.
        answer: String,
    },
    /// The platform refused it.
    Failed {
        /// How often it was tried.
        tries: u32,
        /// What happened and what to do.
        advice: String,
        /// What the platform answered.
        answer: String,
    },
}

impl Page for Release {
    const TEMPLATE: &'static str = "release.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let referral = Self {
            frame: sample::assessor(""),
            submission: "s1".to_owned(),
            learner: "Dana P.".to_owned(),
            number: 1,
            submissions: 2,
            pass: false,
            verdict_words: "Referral".to_owned(),
            reasons: vec!["1.2 and 2.4 are below half of their marks.".to_owned()],
            total: Some("41 of 100".to_owned()),
            met: 3,
            criteria: 8,
            signature: Signature {
                by: "Joan H.".to_owned(),
                at: "14 July 2026, 15:10".to_owned(),
                version: 1,
            },
            released: None,
            platform: "Moodle".to_owned(),
            score: None,
            comment: "Referral: not yet met, submission 1.".to_owned(),
            delivery: DeliveryView::Nothing,
            reason_missing: false,
        };
        let pass = Self {
            pass: true,
            verdict_words: "Pass".to_owned(),
            reasons: Vec::new(),
            total: Some("66 of 100".to_owned()),
            met: 8,
            score: Some("66 of 100".to_owned()),
            comment: "Pass, submission 1.".to_owned(),
            ..referral.clone()
        };
        let released = |delivery| Self {
            released: Some("24 July 2026, 09:00".to_owned()),
            delivery,
            ..pass.clone()
        };
        let delivered = released(DeliveryView::Delivered {
            at: "24 July 2026, 09:01".to_owned(),
            answer: "200".to_owned(),
        });
        let waiting = released(DeliveryView::Waiting {
            tries: 2,
            answer: "503: service unavailable".to_owned(),
            next_try: "09:04".to_owned(),
        });
        let first_try = released(DeliveryView::Waiting {
            tries: 0,
            answer: String::new(),
            next_try: String::new(),
        });
        let failed = released(DeliveryView::Failed {
            tries: 5,
            advice: "This happens when somebody is no longer enrolled as a student. Ask your Moodle administrator to enrol them again, then send again.".to_owned(),
            answer: "400: user not found in course".to_owned(),
        });
        let reopen = Self {
            reason_missing: true,
            ..referral.clone()
        };
        let no_gradebook = released(DeliveryView::NotOffered);
        let preview = released(DeliveryView::Preview);
        let preview_before = Self {
            delivery: DeliveryView::Preview,
            ..pass.clone()
        };
        let referral_released = Self {
            released: Some("24 July 2026, 09:00".to_owned()),
            ..referral.clone()
        };
        vec![
            ("referral", referral),
            ("pass", pass),
            ("delivered", delivered),
            ("waiting", waiting),
            ("first-try", first_try),
            ("failed", failed),
            ("reason-missing", reopen),
            ("no-gradebook", no_gradebook),
            ("preview", preview),
            ("preview-before", preview_before),
            ("referral-released", referral_released),
        ]
    }
}
