//! The mark sheet to print: the record on two pages of A4.

use serde::Serialize;

use super::marking::{Band, Standing};
use super::{Frame, Labelled, Page, sample};

/// The mark sheet to print.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MarkSheet {
    /// The frame.
    pub frame: Frame,
    /// The learner's name.
    pub learner: String,
    /// Where the reader came from.
    pub back: String,
    /// Name of the awarding body.
    pub awarding_body: String,
    /// Which submission it is, from 1.
    pub number: u32,
    /// How many there can be.
    pub submissions: u32,
    /// Head of the sheet: centre, learner, registration number.
    pub head: Vec<Labelled>,
    /// Other rules of the sheet, in sentences.
    pub notes: Vec<String>,
    /// When the learner declared the work their own, for people.
    pub declared: Option<String>,
    /// Whether the learner refused use of the script.
    pub script_use_refused: bool,
    /// Outcomes with their criteria.
    pub outcomes: Vec<MarkSheetOutcome>,
    /// Whether criteria get marks.
    pub marks: bool,
    /// Sum of the marks: `41 / 100`.
    pub total: Option<String>,
    /// The result for people.
    pub verdict_words: String,
    /// Who signed; none while the sheet is a draft.
    pub signed_by: Option<String>,
    /// When, for people.
    pub signed_on: String,
    /// What proves it: versions and digests.
    pub proof: Vec<String>,
}

/// An outcome of the sheet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MarkSheetOutcome {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its criteria.
    pub rows: Vec<MarkSheetRow>,
}

/// A criterion of the sheet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MarkSheetRow {
    /// Its id.
    pub id: String,
    /// Its regulated wording.
    pub wording: String,
    /// Its descriptors.
    pub bands: Vec<Band>,
    /// The mark; may be empty.
    pub mark: String,
    /// Most marks, or empty.
    pub maximum: String,
    /// Fewest marks that meet it, or empty.
    pub minimum: String,
    /// How it stands.
    pub state: Standing,
    /// Feedback to the learner.
    pub feedback: String,
}

impl Page for MarkSheet {
    const TEMPLATE: &'static str = "mark-sheet.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let band = |code: &str, label: &str, around: String, text: &str, provisional| Band {
            code: code.to_owned(),
            label: label.to_owned(),
            around,
            texts: vec![text.to_owned()],
            provisional,
            source: "centre".to_owned(),
            centre_source: "Mark sheet held by the centre".to_owned(),
        };
        let rows: Vec<MarkSheetRow> = sample::CRITERIA
            .iter()
            .zip(sample::SHEET)
            .map(|((id, wording, _, maximum, _), (marks, feedback))| MarkSheetRow {
                id: (*id).to_owned(),
                wording: (*wording).to_owned(),
                bands: vec![
                    band("referral", "Referral", format!("about {}", maximum / 4), "One or more of the three is missing, wrong or out of place.", *id == "2.4"),
                    band("pass", "Pass", (maximum / 2).to_string(), "All three explained, briefly but correctly; “effective” seen narrowly.", *id == "2.4"),
                    band("good-pass", "Good pass", format!("about {}", maximum * 3 / 4), "All three explained fully in a broad setting; “effective” seen in full.", *id == "2.4"),
                ],
                mark: marks.to_string(),
                maximum: maximum.to_string(),
                minimum: (maximum / 2).to_string(),
                state: if 2 * marks >= *maximum { Standing::Met } else { Standing::Refer },
                feedback: feedback.to_owned(),
            })
            .collect();
        let (first, second) = rows.split_at(4);
        let outcome = |at: usize, rows: &[MarkSheetRow]| MarkSheetOutcome {
            id: sample::OUTCOMES[at].0.to_owned(),
            title: sample::OUTCOMES[at].1.to_owned(),
            rows: rows.to_vec(),
        };
        let signed = Self {
            frame: sample::assessor(""),
            learner: "Dana P.".to_owned(),
            back: "/a/0197f2c4/submissions/s1".to_owned(),
            awarding_body: "ILM".to_owned(),
            number: 1,
            submissions: 2,
            head: vec![
                Labelled::new("Centre number", "000000"),
                Labelled::new("Centre name", "Example Training Centre"),
                Labelled::new("Learner registration no.", "TEST0002"),
                Labelled::new("Learner", "Dana P."),
            ],
            notes: vec![
                "To pass the unit, every criterion must get at least half of its marks. One below half makes the whole submission a referral, whatever the total.".to_owned(),
            ],
            declared: Some("10 July 2026, 14:02".to_owned()),
            script_use_refused: false,
            outcomes: vec![outcome(0, first), outcome(1, second)],
            marks: true,
            total: Some("41 / 100".to_owned()),
            verdict_words: "Referral".to_owned(),
            signed_by: Some("Joan H.".to_owned()),
            signed_on: "14 July 2026".to_owned(),
            proof: vec![
                "Decision version 1".to_owned(),
                "unit plugin ilm-8577-304 1.2.0, sha256:9c1f…04ad".to_owned(),
                "sheet sha256:e27b…5510".to_owned(),
            ],
        };
        let mut draft = Self {
            signed_by: None,
            declared: None,
            script_use_refused: true,
            marks: false,
            total: None,
            verdict_words: "No outcome yet".to_owned(),
            ..signed.clone()
        };
        for row in draft
            .outcomes
            .iter_mut()
            .flat_map(|outcome| &mut outcome.rows)
        {
            row.mark.clear();
            row.maximum.clear();
            row.minimum.clear();
            row.bands.clear();
            row.feedback.clear();
            row.state = Standing::Open;
        }
        vec![("signed", signed), ("draft", draft)]
    }
}
