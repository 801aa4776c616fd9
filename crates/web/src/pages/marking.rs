//! The marking page: criteria, evidence and mark sheet side by side.

use assessment::sheet::{Award, Obstacle, Outcome, Sheet, Verdict, obstacles};
use assessment::unit::{Entry, Unit, Value};
use serde::Serialize;

use super::text::{Block, Letter, Run};
use super::{
    ChangePiece, ChangeView, CountedTime, EvidenceTable, Frame, Labelled, Overview, Page,
    marking_tables, sample,
};
use crate::wording::minutes;

/// The marking page.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Marking {
    /// The frame.
    pub frame: Frame,
    /// Id of the submission.
    pub submission: String,
    /// The learner's name.
    pub learner: String,
    /// Facts beside it: `Submission 1 of 2`, `694 words`.
    pub facts: Vec<String>,
    /// The files: name and id.
    pub files: Vec<Labelled>,
    /// The tables: title and slot.
    pub tables: Vec<Labelled>,
    /// What work with a matrix opens with.
    pub overview: Option<Overview>,
    /// Id of the criterion that is shown, or `overview`.
    pub current: String,
    /// Whether criteria get marks; else pass or referral.
    pub marks: bool,
    /// Who signed and when, which ends changes; none while the sheet is open.
    pub signed: Option<String>,
    /// Id of the next learner's submission.
    pub next_submission: Option<String>,
    /// Outcomes with their criteria.
    pub outcomes: Vec<MarkingOutcome>,
    /// Findings on the whole submission.
    pub whole: Vec<FindingView>,
    /// What could not be read or run, in sentences.
    pub failures: Vec<String>,
    /// Whether the unit's checks ran; if not, they can be run again.
    pub checks_ran: bool,
    /// What the centre has set anew since the work was checked.
    pub changed_since: Vec<ChangedSetting>,
    /// What the sheet comes to.
    pub summary: Summary,
    /// When something was last saved: `14:32`.
    pub saved_at: Option<String>,
    /// Why the last form was not taken: `Whole marks from 0 to 16.`
    pub error: Option<String>,
    /// What somebody else saved meanwhile.
    pub conflict: Option<Conflict>,
}

/// Something that the centre has set anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChangedSetting {
    /// What it is.
    pub title: String,
    /// What the work was checked with; may be empty.
    pub checked_with: String,
    /// What counts for work that is checked now; may be empty.
    pub now: String,
}

/// An outcome with its criteria.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MarkingOutcome {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its criteria.
    pub criteria: Vec<MarkingCriterion>,
}

/// A criterion with its evidence and its line on the sheet.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MarkingCriterion {
    /// Its id.
    pub id: String,
    /// A short name for navigation, or the wording.
    pub title: String,
    /// Its regulated wording.
    pub wording: String,
    /// Its command verbs: `Describe and define`.
    pub verbs: String,
    /// Words under its headings.
    pub words: u32,
    /// Guidance on length, in words.
    pub guide: Option<u32>,
    /// Its evidence.
    pub evidence: Vec<EvidencePart>,
    /// Time that was counted for it.
    pub time: Vec<CountedTime>,
    /// Rows that its findings point at.
    pub tables: Vec<EvidenceTable>,
    /// What the checks found.
    pub findings: Vec<FindingView>,
    /// Most marks, or empty.
    pub maximum: String,
    /// Fewest marks that meet it, or empty.
    pub minimum: String,
    /// The mark as typed; may be empty.
    pub mark: String,
    /// `pass`, `referral` or empty.
    pub decision: String,
    /// Feedback to the learner.
    pub feedback: String,
    /// Code of the closest descriptor; may be empty.
    pub band: String,
    /// Version of the line that a change starts from.
    pub version: i64,
    /// Whether the mark is the one of the submission before, where it was met.
    pub carried: bool,
    /// What changed since then; none in the first submission.
    pub change: Option<ChangeView>,
    /// Its descriptors.
    pub bands: Vec<Band>,
}

/// A run of text that answers a criterion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EvidencePart {
    /// Name of the file.
    pub file_name: String,
    /// Its blocks.
    pub blocks: Vec<Block>,
}

/// A finding, for the assessor.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FindingView {
    /// Its key, which the form sends.
    pub key: String,
    /// Its letter.
    pub letter: String,
    /// Its id on the page: `f-1.2-A`.
    pub id: String,
    /// `found`, `look`, `not-found`, `not-applicable` or `info`.
    pub status: String,
    /// What was seen.
    pub message: String,
    /// Id of the first place on the page, where there is one.
    pub place: Option<String>,
    /// More, in the plugin's words.
    pub details: Vec<Detail>,
    /// Who asks for it: the awarding body's code, `centre` or `heuristic`.
    pub source: String,
    /// The threshold with its unit, where there is one: `2400 minutes`.
    pub threshold: String,
    /// Where the centre has it from, where it set the threshold.
    pub centre_source: String,
    /// `confirmed`, `dismissed` or empty.
    pub verdict: String,
}

/// More about a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Detail {
    /// What it is.
    pub title: String,
    /// One value; may be empty.
    pub text: String,
    /// Headings of the columns of a small table; may be empty.
    pub head: Vec<String>,
    /// Rows of a small table; may be empty.
    pub rows: Vec<Vec<String>>,
}

/// What work in a band looks like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Band {
    /// Its code.
    pub code: String,
    /// Its label as printed.
    pub label: String,
    /// About how many marks: `about 4`; may be empty.
    pub around: String,
    /// The texts; any one suffices.
    pub texts: Vec<String>,
    /// Whether the text stands in for one that is not at hand.
    pub provisional: bool,
    /// Who wrote it: the awarding body's code, `centre` or `heuristic`.
    pub source: String,
    /// Where the centre has it from, where it wrote it.
    pub centre_source: String,
}

/// What the sheet comes to: on the page, and in the answer to each save.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Sum of the marks, where there are marks.
    pub total: Option<String>,
    /// What the sum could be.
    pub maximum: Option<String>,
    /// The result.
    pub verdict: Verdict,
    /// The same for people, with what is to be expected while it is open.
    pub verdict_words: String,
    /// Criteria that are met.
    pub met: usize,
    /// Criteria that are not.
    pub below: usize,
    /// Criteria that nothing is put down for.
    pub open: usize,
    /// The criteria in the unit's order.
    pub criteria: Vec<SummaryCriterion>,
    /// What stands in the way of signing.
    pub obstacles: Vec<SummaryObstacle>,
    /// Why the result is what it is, in sentences.
    pub reasons: Vec<String>,
}

/// A criterion of a summary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SummaryCriterion {
    /// Its id.
    pub id: String,
    /// The mark, `Pass` or `Referral`; else empty.
    pub awarded: String,
    /// How it stands.
    pub state: Standing,
    /// The same for people, in two or three words.
    pub words: String,
}

/// How a criterion stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It is met.
    Met,
    /// It is referred.
    Refer,
    /// Nothing is put down.
    Open,
}

/// Something that stands in the way of signing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SummaryObstacle {
    /// The criterion.
    pub criterion: String,
    /// The field to fill in.
    pub field: Obstructs,
    /// What to do: `mark 2.4`.
    pub words: String,
}

/// The field that is to be filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Obstructs {
    /// The mark or the decision.
    Mark,
    /// The feedback.
    Feedback,
}

/// What somebody else saved meanwhile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Conflict {
    /// The criterion.
    pub criterion: String,
    /// Who saved it.
    pub by: String,
    /// When: `14:30`.
    pub at: String,
    /// Their mark.
    pub mark: String,
    /// Their decision.
    pub decision: String,
    /// Their feedback.
    pub feedback: String,
    /// Their band.
    pub band: String,
    /// Version of their line.
    pub version: i64,
}

impl Summary {
    /// Puts an outcome into words. `outcome` has been held to `sheet`.
    pub fn new(unit: &Unit, sheet: &Sheet, outcome: &Outcome) -> Self {
        let marks = sheet.mode != "pass-referral";
        let obstacles: Vec<SummaryObstacle> = obstacles(sheet, outcome)
            .into_iter()
            .map(|obstacle| match obstacle {
                Obstacle::NotMarked { criterion } => SummaryObstacle {
                    words: format!("{} {criterion}", if marks { "mark" } else { "decide" }),
                    field: Obstructs::Mark,
                    criterion,
                },
                Obstacle::NoFeedback { criterion } => SummaryObstacle {
                    words: format!("give feedback on {criterion}"),
                    field: Obstructs::Feedback,
                    criterion,
                },
            })
            .collect();
        let criteria: Vec<SummaryCriterion> = sheet
            .entries
            .iter()
            .zip(&outcome.criteria)
            .map(|(entry, criterion)| {
                let needs_feedback = obstacles.iter().any(|obstacle| {
                    obstacle.criterion == entry.criterion && obstacle.field == Obstructs::Feedback
                });
                let (state, words) = match criterion.met {
                    None if marks => (Standing::Open, "Not marked".to_owned()),
                    None => (Standing::Open, "Not decided".to_owned()),
                    Some(true) => (Standing::Met, "Met".to_owned()),
                    Some(false) if needs_feedback => (Standing::Refer, "Needs feedback".to_owned()),
                    Some(false) if marks => (
                        Standing::Refer,
                        format!("Below {}", unit.marks(entry.minimum)),
                    ),
                    Some(false) => (Standing::Refer, "Not yet met".to_owned()),
                };
                SummaryCriterion {
                    id: entry.criterion.clone(),
                    awarded: match &entry.award {
                        Award::Undecided => String::new(),
                        Award::Marks(parts) => unit.marks(*parts),
                        Award::Decision(decision) if decision == "pass" => "Pass".to_owned(),
                        Award::Decision(_) => "Referral".to_owned(),
                    },
                    state,
                    words,
                }
            })
            .collect();
        let count = |state| {
            criteria
                .iter()
                .filter(|criterion| criterion.state == state)
                .count()
        };
        let below = count(Standing::Refer);
        let verdict_words = match outcome.verdict {
            Verdict::Incomplete if below > 0 => "Would be a referral".to_owned(),
            Verdict::Incomplete => "No outcome yet".to_owned(),
            Verdict::Pass if outcome.label.is_empty() => "Pass".to_owned(),
            Verdict::Pass => outcome.label.clone(),
            Verdict::Referral => "Referral".to_owned(),
        };
        Self {
            total: outcome
                .total
                .filter(|_| marks)
                .map(|parts| unit.marks(parts)),
            maximum: outcome
                .maximum
                .filter(|_| marks)
                .map(|parts| unit.marks(parts)),
            verdict: outcome.verdict,
            verdict_words,
            met: count(Standing::Met),
            below,
            open: count(Standing::Open),
            criteria,
            obstacles,
            // While marks are missing, the obstacles say the same with a link to each.
            reasons: if outcome.verdict == Verdict::Incomplete {
                Vec::new()
            } else {
                outcome.reasons.clone()
            },
        }
    }
}

impl Detail {
    /// A plugin's entry for people: its key becomes the title.
    pub fn from_entry(entry: &Entry) -> Self {
        let mut letters = entry.key.replace(['-', '_'], " ");
        if is_time(entry) {
            // People read hours, so the unit of the numbers does not stand in the title.
            letters = letters.replace("minutes", "time");
        }
        if let Some(first) = letters.get_mut(0..1) {
            first.make_ascii_uppercase();
        }
        let mut detail = Self {
            title: letters,
            text: String::new(),
            head: Vec::new(),
            rows: Vec::new(),
        };
        match &entry.value {
            Value::Flag(true) => "yes".clone_into(&mut detail.text),
            Value::Flag(false) => "no".clone_into(&mut detail.text),
            Value::Number(number) => detail.text = amount(entry, *number),
            Value::Text(text) => detail.text.clone_from(text),
            Value::Texts(texts) => detail.text = texts.join("; "),
            Value::Counts(counts) => {
                detail.rows = counts
                    .iter()
                    .map(|(name, number)| vec![name.clone(), amount(entry, *number)])
                    .collect();
            }
            Value::Grid(rows) => {
                if let Some((head, rows)) = rows.split_first() {
                    detail.head.clone_from(head);
                    detail.rows = rows.to_vec();
                }
            }
        }
        detail
    }
}

/// Whether an entry's numbers are minutes, which its key says.
pub(super) fn is_time(entry: &Entry) -> bool {
    let is_number = matches!(entry.value, Value::Number(_) | Value::Counts(_));
    is_number && entry.key.split(['_', '-']).any(|word| word == "minutes")
}

/// A number of an entry for people: time in hours and minutes.
pub(super) fn amount(entry: &Entry, number: f64) -> String {
    if is_time(entry) {
        minutes(number)
    } else {
        number.to_string()
    }
}

impl Page for Marking {
    const TEMPLATE: &'static str = "marking.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let open = open();
        let mut first = open.clone();
        "2.4".clone_into(&mut first.current);
        first.failures = vec![
            "The check of contact details took too long and was stopped.".to_owned(),
            "“diary.csv” is damaged and could not be read.".to_owned(),
        ];
        first.checks_ran = false;
        first.changed_since = vec![ChangedSetting {
            title: "Words below which a section is nearly empty".to_owned(),
            checked_with: "40 words".to_owned(),
            now: "60 words".to_owned(),
        }];
        let mut wrong = open.clone();
        wrong.error = Some("Whole marks from 0 to 16.".to_owned());
        "17".clone_into(&mut wrong.outcomes[0].criteria[1].mark);
        let mut conflict = open.clone();
        conflict.conflict = Some(Conflict {
            criterion: "1.2".to_owned(),
            by: "Tom W.".to_owned(),
            at: "14:30".to_owned(),
            mark: "7".to_owned(),
            decision: String::new(),
            feedback: "The remit is missing.".to_owned(),
            band: "referral".to_owned(),
            version: 9,
        });
        let mut signed = open.clone();
        signed.signed = Some("Joan H., 14 July 2026, 15:10".to_owned());
        for (criterion, (marks, feedback)) in signed
            .outcomes
            .iter_mut()
            .flat_map(|outcome| &mut outcome.criteria)
            .zip(sample::SHEET)
        {
            criterion.mark = marks.to_string();
            feedback.clone_into(&mut criterion.feedback);
        }
        signed.summary = summary(8);
        let mut again = open.clone();
        "Submission 2 of 2".clone_into(&mut again.facts[0]);
        for (at, criterion) in again
            .outcomes
            .iter_mut()
            .flat_map(|outcome| &mut outcome.criteria)
            .enumerate()
        {
            let changed = at % 2 == 1;
            criterion.carried = at == 0;
            criterion.change = Some(ChangeView {
                since: 1,
                met: Some(at == 0),
                added: u32::from(changed) * 2,
                removed: u32::from(changed),
                pieces: if changed { changes() } else { Vec::new() },
            });
        }
        let mut overview_signed = overview();
        overview_signed.signed.clone_from(&signed.signed);
        vec![
            ("open", open),
            ("could-not-run", first),
            ("wrong-mark", wrong),
            ("conflict", conflict),
            ("signed", signed),
            ("resubmission", again),
            ("decisions", decisions()),
            ("overview", overview()),
            ("overview-signed", overview_signed),
        ]
    }
}

/// The sample sheet with its first `marked` criteria marked; 1.4 lacks feedback
/// while it is not finished.
fn summary(marked: usize) -> Summary {
    let criteria: Vec<SummaryCriterion> = sample::CRITERIA
        .iter()
        .zip(sample::SHEET)
        .enumerate()
        .map(|(at, ((id, _, _, maximum, _), (marks, _)))| {
            let (awarded, state, words) = if at >= marked {
                (String::new(), Standing::Open, "Not marked".to_owned())
            } else if 2 * marks >= *maximum {
                (marks.to_string(), Standing::Met, "Met".to_owned())
            } else if marked < 8 && *id == "1.4" {
                (
                    marks.to_string(),
                    Standing::Refer,
                    "Needs feedback".to_owned(),
                )
            } else {
                (
                    marks.to_string(),
                    Standing::Refer,
                    format!("Below {}", maximum / 2),
                )
            };
            SummaryCriterion {
                id: (*id).to_owned(),
                awarded,
                state,
                words,
            }
        })
        .collect();
    let count = |state| {
        criteria
            .iter()
            .filter(|criterion| criterion.state == state)
            .count()
    };
    let finished = marked == 8;
    Summary {
        total: Some(
            sample::SHEET
                .iter()
                .take(marked)
                .map(|(marks, _)| marks)
                .sum::<u32>()
                .to_string(),
        ),
        maximum: Some("100".to_owned()),
        verdict: if finished {
            Verdict::Referral
        } else {
            Verdict::Incomplete
        },
        verdict_words: if finished {
            "Referral"
        } else {
            "Would be a referral"
        }
        .to_owned(),
        met: count(Standing::Met),
        below: count(Standing::Refer),
        open: count(Standing::Open),
        obstacles: if finished {
            Vec::new()
        } else {
            vec![
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
            ]
        },
        reasons: vec![
            "1.2, 1.4, 2.1 and 2.2 are below half of their marks, whatever the total.".to_owned(),
        ],
        criteria,
    }
}

fn open() -> Marking {
    let criteria: Vec<MarkingCriterion> = sample::CRITERIA
        .iter()
        .zip(sample::SHEET)
        .map(
            |((id, wording, title, maximum, guide), (marks, feedback))| {
                let open = *id == "2.4";
                MarkingCriterion {
                    id: (*id).to_owned(),
                    title: (*title).to_owned(),
                    wording: (*wording).to_owned(),
                    verbs: wording.split(' ').next().unwrap_or_default().to_owned(),
                    words: if open { 0 } else { 140 },
                    guide: Some(*guide),
                    evidence: if open { Vec::new() } else { evidence(id) },
                    time: Vec::new(),
                    tables: Vec::new(),
                    findings: if open { Vec::new() } else { findings(id) },
                    maximum: maximum.to_string(),
                    minimum: (maximum / 2).to_string(),
                    mark: if open {
                        String::new()
                    } else {
                        marks.to_string()
                    },
                    decision: String::new(),
                    feedback: if open || *id == "1.4" {
                        String::new()
                    } else {
                        feedback.to_owned()
                    },
                    band: if open { "" } else { "referral" }.to_owned(),
                    version: 8,
                    carried: false,
                    change: None,
                    bands: bands(*maximum, open),
                }
            },
        )
        .collect();
    let (first, second) = criteria.split_at(4);
    Marking {
        frame: sample::assessor(""),
        submission: "s1".to_owned(),
        learner: "Dana P.".to_owned(),
        facts: vec![
            "Submission 1 of 2".to_owned(),
            "Handed in 10 July 2026, 14:02".to_owned(),
            "694 words".to_owned(),
        ],
        files: vec![Labelled::new("304-weak.docx", "e1")],
        tables: vec![Labelled::new("Mentoring diary", "diary")],
        overview: None,
        current: "1.2".to_owned(),
        marks: true,
        signed: None,
        next_submission: Some("s2".to_owned()),
        outcomes: vec![
            MarkingOutcome {
                id: sample::OUTCOMES[0].0.to_owned(),
                title: sample::OUTCOMES[0].1.to_owned(),
                criteria: first.to_vec(),
            },
            MarkingOutcome {
                id: sample::OUTCOMES[1].0.to_owned(),
                title: sample::OUTCOMES[1].1.to_owned(),
                criteria: second.to_vec(),
            },
        ],
        whole: vec![FindingView {
            key: "24".to_owned(),
            letter: "A".to_owned(),
            id: "f-all-A".to_owned(),
            status: "info".to_owned(),
            message: "694 words in seven sections. The unit suggests 2,000 to 3,000.".to_owned(),
            place: None,
            details: Vec::new(),
            source: "ilm".to_owned(),
            threshold: String::new(),
            centre_source: String::new(),
            verdict: String::new(),
        }],
        failures: Vec::new(),
        checks_ran: true,
        changed_since: Vec::new(),
        summary: summary(7),
        saved_at: Some("14:32".to_owned()),
        error: None,
        conflict: None,
    }
}

fn changes() -> Vec<ChangePiece> {
    [
        ("kept", "The role of a mentor is to"),
        ("removed", "help"),
        ("added", "support people"),
        ("kept", "at work."),
    ]
    .map(|(kind, text)| ChangePiece {
        kind,
        text: text.to_owned(),
    })
    .to_vec()
}

fn decisions() -> Marking {
    let mut page = open();
    page.marks = false;
    "2.3".clone_into(&mut page.current);
    page.summary.total = None;
    page.summary.maximum = None;
    page.summary.reasons = vec!["1.2, 1.4, 2.1 and 2.2 are referred.".to_owned()];
    page.summary.met = 2;
    page.summary.open = 2;
    for criterion in &mut page.summary.criteria {
        if criterion.id == "2.3" {
            criterion.state = Standing::Open;
        }
        let (awarded, words) = match criterion.state {
            Standing::Met => ("Pass", "Met"),
            Standing::Refer => ("Referral", "Not yet met"),
            Standing::Open => ("", "Not decided"),
        };
        awarded.clone_into(&mut criterion.awarded);
        words.clone_into(&mut criterion.words);
    }
    page.summary.obstacles = ["2.3", "2.4"]
        .map(|id| SummaryObstacle {
            criterion: id.to_owned(),
            field: Obstructs::Mark,
            words: format!("decide {id}"),
        })
        .to_vec();
    for criterion in page
        .outcomes
        .iter_mut()
        .flat_map(|outcome| &mut outcome.criteria)
    {
        criterion.maximum.clear();
        criterion.minimum.clear();
        criterion.mark.clear();
        criterion.bands.clear();
        criterion.guide = None;
        let line = page
            .summary
            .criteria
            .iter()
            .find(|line| line.id == criterion.id);
        let decision = match line.map(|line| line.state) {
            Some(Standing::Met) => "pass",
            Some(Standing::Refer) => "referral",
            _ => "",
        };
        decision.clone_into(&mut criterion.decision);
    }
    let criterion = &mut page.outcomes[1].criteria[2];
    criterion.tables = vec![marking_tables::sample_rows("2.3")];
    criterion.time = vec![marking_tables::sample_time()];
    criterion.findings.push(FindingView {
        key: "30".to_owned(),
        letter: "X".to_owned(),
        id: "f-2.3-X".to_owned(),
        status: "look".to_owned(),
        message: "35 h 59 min counted, of at least 40 h.".to_owned(),
        place: Some("r-2.3-X".to_owned()),
        details: vec![
            Detail::from_entry(&Entry {
                key: "minutes_per_client".to_owned(),
                value: Value::Counts(vec![
                    ("Client A".to_owned(), 1245.0),
                    ("Client B".to_owned(), 914.0),
                ]),
            }),
            Detail::from_entry(&Entry {
                key: "clients".to_owned(),
                value: Value::Number(2.0),
            }),
            Detail::from_entry(&Entry {
                key: "evidence-matrix".to_owned(),
                value: Value::Grid(vec![
                    vec![
                        "Client".to_owned(),
                        "Plan".to_owned(),
                        "Contract".to_owned(),
                    ],
                    vec!["Client A".to_owned(), "yes".to_owned(), "signed".to_owned()],
                    vec![
                        "Client C".to_owned(),
                        "in part".to_owned(),
                        "not found".to_owned(),
                    ],
                ]),
            }),
        ],
        source: "centre".to_owned(),
        threshold: "2400 minutes".to_owned(),
        centre_source: "Centre handbook 2026, section 4".to_owned(),
        verdict: "confirmed".to_owned(),
    });
    page
}

fn overview() -> Marking {
    let mut page = decisions();
    page.overview = Some(marking_tables::sample_overview());
    "overview".clone_into(&mut page.current);
    page
}

fn evidence(id: &str) -> Vec<EvidencePart> {
    let run = |text: &str| Run {
        text: text.to_owned(),
        status: String::new(),
        places: Vec::new(),
        letters: Vec::new(),
    };
    let lit = |text: &str, status: &str, letter: &str| Run {
        text: text.to_owned(),
        status: status.to_owned(),
        places: vec![format!("p-{id}-{letter}")],
        letters: vec![Letter {
            letter: letter.to_owned(),
            status: status.to_owned(),
            finding: format!("f-{id}-{letter}"),
        }],
    };
    let paragraph = |runs| Block {
        number: 0,
        kind: "paragraph",
        label: String::new(),
        runs,
    };
    vec![EvidencePart {
        file_name: "304-weak.docx".to_owned(),
        blocks: vec![
            paragraph(vec![
                lit(
                    "The role of a mentor is to support the new person, to be friendly and to answer questions.",
                    "found",
                    "A",
                ),
                run(
                    " I think the mentor should be somebody who likes people and has been at the garden centre for at least a year, because they will know how the seasons change what we do.",
                ),
            ]),
            paragraph(vec![
                lit(
                    "The responsibilities of a mentor are to be on time, to explain jobs properly, to check that the person is safe",
                    "found",
                    "B",
                ),
                run(
                    " with tools and chemicals, and to tell the manager if there is a problem. A mentor should also set a good example. If I leave hoses across the path then the new person will think that is fine.",
                ),
            ]),
            Block {
                number: 0,
                kind: "item",
                label: "•".to_owned(),
                runs: vec![lit("The people who have an interest", "look", "C")],
            },
            Block {
                number: 0,
                kind: "item",
                label: "•".to_owned(),
                runs: vec![run(
                    "The manager wants the work done right and the customers want good advice about plants.",
                )],
            },
        ],
    }]
}

fn findings(id: &str) -> Vec<FindingView> {
    let finding =
        |key: u32, letter: &str, status: &str, message: &str, place: bool, source: &str| {
            FindingView {
                key: key.to_string(),
                letter: letter.to_owned(),
                id: format!("f-{id}-{letter}"),
                status: status.to_owned(),
                message: message.to_owned(),
                place: place.then(|| format!("p-{id}-{letter}")),
                details: Vec::new(),
                source: source.to_owned(),
                threshold: String::new(),
                centre_source: String::new(),
                verdict: String::new(),
            }
        };
    vec![
        finding(0, "A", "found", "Role", true, "ilm"),
        finding(1, "B", "found", "Responsibilities", true, "ilm"),
        FindingView {
            verdict: "dismissed".to_owned(),
            ..finding(
                2,
                "C",
                "look",
                "Stakeholders: three people are named as a list.",
                true,
                "heuristic",
            )
        },
        finding(
            3,
            "D",
            "not-found",
            "Remit or boundaries not found. All three of role, remit and responsibilities are asked for.",
            false,
            "ilm",
        ),
        finding(
            4,
            "E",
            "not-found",
            "Overlap with other working relationships not found.",
            false,
            "centre",
        ),
    ]
}

fn bands(maximum: u32, provisional: bool) -> Vec<Band> {
    let band = |code: &str, label: &str, around: String, text: &str| Band {
        code: code.to_owned(),
        label: label.to_owned(),
        around,
        texts: vec![text.to_owned()],
        provisional,
        source: if provisional { "heuristic" } else { "centre" }.to_owned(),
        centre_source: if provisional {
            ""
        } else {
            "Mark sheet held by the centre"
        }
        .to_owned(),
    };
    vec![
        band(
            "referral",
            "Referral",
            format!("about {}", maximum / 4),
            "One or more of the three is missing, wrong or out of place.",
        ),
        band(
            "pass",
            "Pass",
            (maximum / 2).to_string(),
            "All three explained, briefly but correctly; “effective” seen narrowly.",
        ),
        band(
            "good-pass",
            "Good pass",
            format!("about {}", maximum * 3 / 4),
            "All three explained fully in a broad setting; “effective” seen in full.",
        ),
    ]
}
