//! The mark sheet as ILM and bodies like it work it.
//!
//! - Every criterion must be met. With marks, a criterion is met with at least
//!   its minimum; with decisions, by `pass`.
//! - One criterion below its minimum makes a referral, whatever the total.
//! - A criterion without marks is not a zero: the sheet is incomplete.
//! - The two modes are alternatives and are never mixed on one sheet.

use crate::wit;

/// Most reasons that every host takes (`result-sheet.reasons`).
const MOST_REASONS: usize = 50;

/// Works out what the sheet comes to.
///
/// # Errors
///
/// `unsupported` for a mode that the unit does not allow and for a decision
/// other than `pass` and `referral`; `bad-input` for a sheet whose criteria,
/// bounds or kind of award do not fit the unit.
pub fn evaluate(
    unit: &wit::Unit,
    sheet: &wit::Sheet,
) -> Result<wit::ResultSheet, wit::PluginError> {
    let by_marks = match sheet.mode.as_str() {
        "marks" => true,
        "pass-referral" => false,
        other => return Err(unsupported(format!("This sheet has no mode `{other}`."))),
    };
    if !unit.sheet.modes.contains(&sheet.mode) {
        return Err(unsupported(format!(
            "This unit's sheet has no mode `{}`.",
            sheet.mode
        )));
    }
    let expected: Vec<&wit::Criterion> = unit.criteria().collect();
    if expected.len() != sheet.entries.len()
        || expected
            .iter()
            .zip(&sheet.entries)
            .any(|(criterion, entry)| criterion.id != entry.criterion)
    {
        return Err(bad_input(
            "The sheet must have one entry for each criterion of the unit, in the unit's order.",
        ));
    }

    let mut criteria = Vec::with_capacity(sheet.entries.len());
    let mut undecided = Vec::new();
    let mut below = Vec::new();
    let (mut total, mut maximum) = (0_u32, 0_u32);
    for (criterion, entry) in expected.iter().zip(&sheet.entries) {
        if by_marks {
            check_bounds(criterion, entry)?;
        }
        let id = &entry.criterion;
        let met = match &entry.award {
            wit::Award::Undecided => {
                let missing = if by_marks { "marked" } else { "decided" };
                undecided.push(format!("AC {id} is not {missing} yet."));
                None
            }
            wit::Award::Marks(marks) if by_marks => {
                if *marks > entry.maximum {
                    return Err(bad_input(format!(
                        "AC {id} has more marks than the {} there are.",
                        shown(unit, entry.maximum)
                    )));
                }
                total = total.saturating_add(*marks);
                let met = *marks >= entry.minimum;
                if !met {
                    below.push(below_minimum(unit, entry, *marks));
                }
                Some(met)
            }
            wit::Award::Decision(decision) if !by_marks => {
                let met = match decision.as_str() {
                    "pass" => true,
                    "referral" => false,
                    other => {
                        return Err(unsupported(format!(
                            "AC {id} has the unknown decision `{other}`."
                        )));
                    }
                };
                if !met {
                    below.push(format!("AC {id} is decided as a referral."));
                }
                Some(met)
            }
            wit::Award::Marks(_) => {
                return Err(bad_input(format!(
                    "AC {id} has marks on a sheet of decisions."
                )));
            }
            wit::Award::Decision(_) => {
                return Err(bad_input(format!(
                    "AC {id} has a decision on a sheet of marks."
                )));
            }
        };
        maximum = maximum.saturating_add(entry.maximum);
        criteria.push(wit::CriterionOutcome {
            criterion: id.clone(),
            met,
        });
    }

    let verdict = if !undecided.is_empty() {
        wit::Verdict::Incomplete
    } else if below.is_empty() {
        wit::Verdict::Pass
    } else {
        wit::Verdict::Referral
    };
    let reasons = reasons(verdict, undecided, below, criteria.len(), by_marks);
    Ok(wit::ResultSheet {
        verdict,
        label: String::new(),
        total: by_marks.then_some(total),
        maximum: by_marks.then_some(maximum),
        criteria,
        reasons,
        details: Vec::new(),
    })
}

/// What the gradebook gets: nothing but for a pass; then the marks, or 1 of 1
/// where there are none. The comment says no more than outcome and submission.
pub fn grade(
    unit: &wit::Unit,
    outcome: &wit::ResultSheet,
    context: &wit::Context,
) -> Option<wit::GradebookEntry> {
    if outcome.verdict != wit::Verdict::Pass {
        return None;
    }
    let parts = f64::from(unit.sheet.parts_per_mark.max(1));
    let (score, maximum) = match (outcome.total, outcome.maximum) {
        (Some(total), Some(maximum)) if maximum > 0 => {
            (f64::from(total) / parts, f64::from(maximum) / parts)
        }
        _ => (1.0, 1.0),
    };
    Some(wit::GradebookEntry {
        score,
        maximum,
        comment: format!("Pass, submission {}.", context.submission),
    })
}

/// A centre may raise a minimum, never lower it, and it may not change the maximum.
fn check_bounds(
    criterion: &wit::Criterion,
    entry: &wit::SheetEntry,
) -> Result<(), wit::PluginError> {
    let id = &entry.criterion;
    if criterion.maximum > 0 && entry.maximum != criterion.maximum {
        return Err(bad_input(format!(
            "AC {id} has another maximum than the unit's."
        )));
    }
    if entry.minimum < criterion.minimum {
        return Err(bad_input(format!(
            "AC {id} has a lower minimum than the unit's."
        )));
    }
    if entry.minimum > entry.maximum {
        return Err(bad_input(format!(
            "AC {id} has a minimum above its maximum."
        )));
    }
    Ok(())
}

fn reasons(
    verdict: wit::Verdict,
    undecided: Vec<String>,
    below: Vec<String>,
    criteria: usize,
    by_marks: bool,
) -> Vec<String> {
    let mut reasons = match verdict {
        wit::Verdict::Pass if criteria == 1 => vec!["The one criterion is met.".to_owned()],
        wit::Verdict::Pass => vec![format!("All {criteria} criteria are met.")],
        wit::Verdict::Referral | wit::Verdict::Incomplete => {
            let would_be = !undecided.is_empty() && !below.is_empty();
            let mut reasons = undecided;
            reasons.extend(below);
            if would_be {
                reasons.push(
                    "When it is finished, the sheet will be a referral unless that changes."
                        .to_owned(),
                );
            } else if verdict == wit::Verdict::Referral && by_marks {
                reasons.push(
                    "One criterion below its minimum makes a referral, whatever the total."
                        .to_owned(),
                );
            }
            reasons
        }
    };
    if reasons.len() > MOST_REASONS {
        let left_out = reasons.len() - (MOST_REASONS - 1);
        reasons.truncate(MOST_REASONS - 1);
        reasons.push(format!("There are {left_out} more reasons."));
    }
    reasons
}

fn below_minimum(unit: &wit::Unit, entry: &wit::SheetEntry, marks: u32) -> String {
    let minimum = shown(unit, entry.minimum);
    let is = if minimum == "1" { "is" } else { "are" };
    format!(
        "AC {} has {} of {} marks; at least {minimum} {is} needed.",
        entry.criterion,
        shown(unit, marks),
        shown(unit, entry.maximum),
    )
}

/// Parts as marks: `7`, or `7.5` where marks have parts.
fn shown(unit: &wit::Unit, parts: u32) -> String {
    (f64::from(parts) / f64::from(unit.sheet.parts_per_mark.max(1))).to_string()
}

fn bad_input(message: impl Into<String>) -> wit::PluginError {
    wit::PluginError {
        code: "bad-input".into(),
        message: message.into(),
    }
}

fn unsupported(message: String) -> wit::PluginError {
    wit::PluginError {
        code: "unsupported".into(),
        message,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::describe::{criterion, outcome, unit};
    use crate::testing;
    use wit::Award::{Decision, Marks, Undecided};

    fn two_criteria() -> wit::Unit {
        unit("test", "1.0.0", "1", "Test").outcome(
            outcome("1", "One")
                .criterion(criterion("1.1", &["describe"], "Describe").marks(8, 4))
                .criterion(criterion("1.2", &["explain"], "Explain").marks(2, 1)),
        )
    }

    fn sheet(mode: &str, awards: &[wit::Award; 2]) -> wit::Sheet {
        testing::sheet(&two_criteria(), mode, awards)
    }

    fn verdict(mode: &str, awards: &[wit::Award; 2]) -> (wit::Verdict, Vec<String>) {
        let result = evaluate(&two_criteria(), &sheet(mode, awards)).expect("a proper sheet");
        (result.verdict, result.reasons)
    }

    fn code(sheet: &wit::Sheet) -> String {
        evaluate(&two_criteria(), sheet)
            .expect_err("an improper sheet")
            .code
    }

    #[test]
    fn a_criterion_is_met_with_exactly_its_minimum() {
        let (pass, reasons) = verdict("marks", &[Marks(4), Marks(1)]);
        assert_eq!(
            (pass, reasons),
            (wit::Verdict::Pass, vec!["All 2 criteria are met.".into()])
        );
        let (referral, reasons) = verdict("marks", &[Marks(3), Marks(0)]);
        assert_eq!(referral, wit::Verdict::Referral);
        assert_eq!(
            reasons,
            [
                "AC 1.1 has 3 of 8 marks; at least 4 are needed.",
                "AC 1.2 has 0 of 2 marks; at least 1 is needed.",
                "One criterion below its minimum makes a referral, whatever the total.",
            ]
        );
    }

    #[test]
    fn an_unfinished_sheet_is_incomplete_even_with_a_criterion_below() {
        let (incomplete, reasons) = verdict("marks", &[Marks(3), Undecided]);
        assert_eq!(incomplete, wit::Verdict::Incomplete);
        assert_eq!(
            reasons,
            [
                "AC 1.2 is not marked yet.",
                "AC 1.1 has 3 of 8 marks; at least 4 are needed.",
                "When it is finished, the sheet will be a referral unless that changes.",
            ]
        );
        let (incomplete, reasons) = verdict("pass-referral", &[Undecided, Decision("pass".into())]);
        assert_eq!(incomplete, wit::Verdict::Incomplete);
        assert_eq!(reasons, ["AC 1.1 is not decided yet."]);
    }

    #[test]
    fn decisions_have_no_total() {
        let awards = [Decision("pass".into()), Decision("referral".into())];
        let result =
            evaluate(&two_criteria(), &sheet("pass-referral", &awards)).expect("a proper sheet");
        assert_eq!(result.verdict, wit::Verdict::Referral);
        assert_eq!((result.total, result.maximum), (None, None));
        assert_eq!(result.reasons, ["AC 1.2 is decided as a referral."]);
    }

    #[test]
    fn sheets_that_do_not_fit_are_refused() {
        assert_eq!(code(&sheet("marks", &[Marks(9), Marks(1)])), "bad-input");
        assert_eq!(
            code(&sheet("marks", &[Decision("pass".into()), Marks(1)])),
            "bad-input"
        );
        assert_eq!(
            code(&sheet("pass-referral", &[Marks(4), Marks(1)])),
            "bad-input"
        );
        assert_eq!(
            code(&sheet(
                "pass-referral",
                &[Decision("merit".into()), Undecided]
            )),
            "unsupported"
        );
        assert_eq!(
            code(&sheet("letters", &[Undecided, Undecided])),
            "unsupported"
        );

        let mut short = sheet("marks", &[Marks(4), Marks(1)]);
        short.entries.pop();
        assert_eq!(code(&short), "bad-input");
        let mut lowered = sheet("marks", &[Marks(4), Marks(1)]);
        lowered.entries[0].minimum = 3;
        assert_eq!(code(&lowered), "bad-input");
        let mut raised = sheet("marks", &[Marks(4), Marks(1)]);
        raised.entries[0].minimum = 5;
        let result = evaluate(&two_criteria(), &raised).expect("a centre may raise a minimum");
        assert_eq!(result.verdict, wit::Verdict::Referral);
    }

    #[test]
    fn half_marks_are_shown_as_such() {
        let mut unit = two_criteria();
        unit.sheet.parts_per_mark = 2;
        let sheet = testing::sheet(&unit, "marks", &[Marks(3), Marks(2)]);
        let result = evaluate(&unit, &sheet).expect("a proper sheet");
        assert_eq!(
            result.reasons[0],
            "AC 1.1 has 1.5 of 4 marks; at least 2 are needed."
        );
    }

    #[test]
    fn only_a_pass_is_sent() {
        let (unit, context) = (two_criteria(), testing::context(&two_criteria()));
        let graded = |mode, awards| {
            let result = evaluate(&unit, &sheet(mode, awards)).expect("a proper sheet");
            grade(&unit, &result, &context)
        };
        let pass = graded("marks", &[Marks(5), Marks(1)]).expect("a pass is sent");
        assert_eq!((pass.score, pass.maximum), (6.0, 10.0));
        assert_eq!(pass.comment, "Pass, submission 1.");
        let decisions = [Decision("pass".into()), Decision("pass".into())];
        let pass = graded("pass-referral", &decisions);
        let pass = pass.expect("a pass is sent");
        assert_eq!((pass.score, pass.maximum), (1.0, 1.0));
        assert_eq!(graded("marks", &[Marks(3), Marks(1)]), None);
        assert_eq!(graded("marks", &[Marks(5), Undecided]), None);
    }
}
