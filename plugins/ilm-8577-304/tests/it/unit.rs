//! The unit as it is described, and its mark sheet.

use crate::common::{CRITERIA, host_criterion};
use ilm_8577_304::Mentoring;
use unit_sdk::wit::Award::{Decision, Marks, Undecided};
use unit_sdk::wit::{Award, GradebookEntry, ResultSheet, Verdict};
use unit_sdk::{Plugin, testing};

fn evaluate(mode: &str, awards: &[Award]) -> ResultSheet {
    let unit = Mentoring::describe();
    let sheet = testing::sheet(&unit, mode, awards);
    Mentoring::evaluate(&sheet, &testing::context(&unit)).expect("a proper sheet")
}

fn marks(marks: [u32; 8]) -> Vec<Award> {
    marks.into_iter().map(Marks).collect()
}

#[test]
fn the_unit_is_described_as_its_sheet_says() {
    let unit = Mentoring::describe();
    let of = |number: fn(&unit_sdk::wit::Criterion) -> u32| {
        unit.criteria().map(number).collect::<Vec<_>>()
    };
    assert_eq!(
        unit.criteria()
            .map(|criterion| criterion.id.as_str())
            .collect::<Vec<_>>(),
        CRITERIA
    );
    assert_eq!(
        of(|criterion| criterion.maximum),
        [16, 16, 12, 12, 12, 12, 8, 12]
    );
    assert_eq!(of(|criterion| criterion.minimum), [8, 8, 6, 6, 6, 6, 4, 6]);
    let targets = of(|criterion| criterion.words.as_ref().map_or(0, |words| words.nominal));
    assert_eq!(targets, [400, 400, 300, 300, 300, 300, 200, 300]);
    let around: Vec<Option<u32>> = unit.outcomes[0].criteria[0]
        .descriptors
        .iter()
        .map(|band| band.around)
        .collect();
    assert_eq!(around, [Some(4), Some(8), Some(12)]);
    for criterion in unit.criteria() {
        let provisional = criterion.descriptors.iter().all(|band| band.provisional);
        assert_eq!(provisional, criterion.id == "2.4");
        let first = criterion
            .wording
            .split(' ')
            .next()
            .unwrap_or("")
            .to_lowercase();
        assert_eq!(criterion.verbs[0], first);
    }
    assert_eq!(
        unit.outcomes[0].indicative_content.len() + unit.outcomes[1].indicative_content.len(),
        26
    );
    let slots: Vec<(&str, &str, bool)> = unit
        .slots
        .iter()
        .map(|slot| (slot.id.as_str(), slot.kind.as_str(), slot.required))
        .collect();
    assert_eq!(
        slots,
        [
            ("assignment", "document", true),
            ("declaration", "declaration", true)
        ]
    );
}

#[test]
fn the_regulated_wording_is_that_of_the_specification() {
    // SHA-256 of each criterion as ILM's unit specification prints it.
    let digests = [
        "c8cb1371b5380291e53b43bcc205a862c454662fb2767ad28e0857463df5b9e5",
        "fa716a3e4e2cd5c88ddbb6eff621df7b72898d7567f3bf6ff3b4ec0eb358dafd",
        "ab3dc3aed3c7c1fb8f1394cea8d18cdb59305d622f48dbdc46d38527d46c8f78",
        "0b74b72f4ba1dbf2e3fbe300ee010b689465ff28c67971d17bd723c0d25145ba",
        "d72ae1d82a019028002806ae7c17c34564d4442d37098476b9ad21c2a296c234",
        "c374d34e167d4344bc79a7023deca5b874162dbd52f90068274c972eeca19aa6",
        "183359acb1cb0943479ac1c8c6d9289081a22c68bf7fcb4bcb2e3868366f6cd4",
        "2ac79f643d446012f5b945340ee8823e7a96f47405d18e5b2e9d5d24bf63be8f",
    ];
    let unit = Mentoring::describe();
    let found: Vec<String> = unit
        .criteria()
        .map(|criterion| host_criterion(criterion).wording_digest())
        .collect();
    assert_eq!(found, digests);
}

#[test]
fn exactly_half_of_every_criterion_is_a_pass() {
    let result = evaluate("marks", &marks([8, 8, 6, 6, 6, 6, 4, 6]));
    assert_eq!(
        (result.verdict, result.total, result.maximum),
        (Verdict::Pass, Some(50), Some(100))
    );
    let unit = Mentoring::describe();
    let grade = Mentoring::grade(&result, &testing::context(&unit)).expect("a grade");
    let expected = GradebookEntry {
        score: 50.0,
        maximum: 100.0,
        comment: "Pass, submission 1.".into(),
    };
    assert_eq!(grade, Some(expected));
}

#[test]
fn one_criterion_below_half_is_a_referral_whatever_the_total() {
    for (given, total, reason) in [
        (
            [16, 16, 12, 12, 12, 12, 3, 12],
            95,
            "AC 2.3 has 3 of 8 marks; at least 4 are needed.",
        ),
        (
            [7, 16, 12, 12, 12, 12, 8, 12],
            91,
            "AC 1.1 has 7 of 16 marks; at least 8 are needed.",
        ),
    ] {
        let result = evaluate("marks", &marks(given));
        assert_eq!(
            (result.verdict, result.total),
            (Verdict::Referral, Some(total))
        );
        assert_eq!(result.reasons[0], reason);
        let unit = Mentoring::describe();
        assert_eq!(
            Mentoring::grade(&result, &testing::context(&unit)),
            Ok(None)
        );
    }
}

#[test]
fn a_blank_criterion_leaves_the_sheet_incomplete() {
    let mut awards = marks([16, 16, 12, 12, 12, 12, 8, 12]);
    awards[3] = Undecided;
    let result = evaluate("marks", &awards);
    assert_eq!(
        (result.verdict, result.criteria[3].met),
        (Verdict::Incomplete, None)
    );
    assert_eq!(result.reasons, ["AC 1.4 is not marked yet."]);
}

#[test]
fn decisions_are_an_alternative_to_marks() {
    let mut awards = vec![Decision("pass".into()); 8];
    assert_eq!(evaluate("pass-referral", &awards).verdict, Verdict::Pass);
    awards[7] = Decision("referral".into());
    let result = evaluate("pass-referral", &awards);
    assert_eq!((result.verdict, result.total), (Verdict::Referral, None));
    assert_eq!(result.reasons, ["AC 2.4 is decided as a referral."]);
}
