//! The mark sheet, and what the host lets a plugin's outcome say of it.

mod common;

use assessment::sheet::{
    Award, CriterionOutcome, Obstacle, Outcome, OutcomeError, Sheet, SheetEntry, Verdict, obstacles,
};

/// Maxima and minima of unit 8577-304 (ILM mark sheet), criteria 1.1 to 2.4.
const CRITERIA: [(&str, u32, u32); 8] = [
    ("1.1", 16, 8),
    ("1.2", 16, 8),
    ("1.3", 12, 6),
    ("1.4", 12, 6),
    ("2.1", 12, 6),
    ("2.2", 12, 6),
    ("2.3", 8, 4),
    ("2.4", 12, 6),
];

fn sheet(awards: [Award; 8]) -> Sheet {
    Sheet {
        mode: "marks".to_owned(),
        entries: CRITERIA
            .iter()
            .zip(awards)
            .map(|((criterion, maximum, minimum), award)| SheetEntry {
                criterion: (*criterion).to_owned(),
                maximum: *maximum,
                minimum: *minimum,
                award,
                feedback: String::new(),
                band: String::new(),
            })
            .collect(),
    }
}

/// What an honest plugin says.
fn outcome(verdict: Verdict, total: u32, met: [Option<bool>; 8]) -> Outcome {
    Outcome {
        verdict,
        label: String::new(),
        total: Some(total),
        maximum: Some(100),
        criteria: CRITERIA
            .iter()
            .zip(met)
            .map(|((criterion, ..), met)| CriterionOutcome {
                criterion: (*criterion).to_owned(),
                met,
            })
            .collect(),
        reasons: Vec::new(),
        details: Vec::new(),
    }
}

fn marks(marks: [u32; 8]) -> [Award; 8] {
    marks.map(Award::Marks)
}

/// The eight criteria, all but one as given.
fn all_but<T: Clone>(value: T, at: usize, other: T) -> [T; 8] {
    std::array::from_fn(|index| {
        if index == at {
            other.clone()
        } else {
            value.clone()
        }
    })
}

#[test]
fn the_test_values_of_unit_304() {
    let minima = CRITERIA.map(|(_, _, minimum)| minimum);
    let maxima = CRITERIA.map(|(_, maximum, _)| maximum);
    let mut blank = marks(maxima);
    blank[3] = Award::Undecided;
    let cases = [
        (
            "all minima",
            marks(minima),
            Verdict::Pass,
            50,
            [Some(true); 8],
        ),
        (
            "all maxima",
            marks(maxima),
            Verdict::Pass,
            100,
            [Some(true); 8],
        ),
        (
            "3 in 2.3, the rest full",
            marks([16, 16, 12, 12, 12, 12, 3, 12]),
            Verdict::Referral,
            95,
            all_but(Some(true), 6, Some(false)),
        ),
        (
            "7 in 1.1, the rest full",
            marks([7, 16, 12, 12, 12, 12, 8, 12]),
            Verdict::Referral,
            91,
            all_but(Some(true), 0, Some(false)),
        ),
        (
            "1.4 blank, the rest full",
            blank,
            Verdict::Incomplete,
            88,
            all_but(Some(true), 3, None),
        ),
    ];
    for (name, awards, verdict, total, met) in cases {
        let sheet = sheet(awards);
        let outcome = outcome(verdict, total, met);
        assert_eq!(sheet.holds(&outcome), Ok(()), "{name}");
        assert_eq!(outcome.percent(), Some(total), "{name}");
        for lie in [Verdict::Pass, Verdict::Referral, Verdict::Incomplete] {
            let said = Outcome {
                verdict: lie,
                ..outcome.clone()
            };
            let expected = if lie == verdict {
                Ok(())
            } else {
                Err(OutcomeError::Verdict(lie.word()))
            };
            assert_eq!(sheet.holds(&said), expected, "{name}, said to be {lie:?}");
        }
        let expected: Vec<Obstacle> = CRITERIA
            .iter()
            .zip(met)
            .filter_map(|((criterion, ..), met)| {
                let criterion = (*criterion).to_owned();
                match met {
                    Some(true) => None,
                    Some(false) => Some(Obstacle::NoFeedback { criterion }),
                    None => Some(Obstacle::NotMarked { criterion }),
                }
            })
            .collect();
        assert_eq!(obstacles(&sheet, &outcome), expected, "{name}");
    }
}

#[test]
fn feedback_clears_the_way_of_a_referral_only() {
    let mut sheet = sheet(marks([7, 16, 12, 12, 12, 5, 8, 12]));
    sheet.entries[7].award = Award::Undecided;
    let mut met = [Some(true); 8];
    (met[0], met[5], met[7]) = (Some(false), Some(false), None);
    let outcome = outcome(Verdict::Incomplete, 72, met);
    assert_eq!(sheet.holds(&outcome), Ok(()));
    sheet.entries[0].feedback = "Say what a plan is for.".to_owned();
    sheet.entries[5].feedback = " \n\t\u{a0}".to_owned();
    sheet.entries[7].feedback = "Words do not stand in for a mark.".to_owned();
    let criterion = |id: &str| id.to_owned();
    assert_eq!(
        obstacles(&sheet, &outcome),
        [
            Obstacle::NoFeedback {
                criterion: criterion("2.2")
            },
            Obstacle::NotMarked {
                criterion: criterion("2.4")
            },
        ]
    );
}

/// What a plugin makes of the honest outcome.
type Lie = fn(&mut Outcome);

#[test]
fn a_plugin_that_lies_is_found_out() {
    let sheet = sheet(marks([16, 16, 12, 12, 12, 12, 3, 12]));
    let honest = outcome(Verdict::Referral, 95, all_but(Some(true), 6, Some(false)));
    assert_eq!(sheet.holds(&honest), Ok(()));
    let cases: [(&str, Lie, OutcomeError); 12] = [
        (
            "a pass over a referred criterion",
            |said| said.verdict = Verdict::Pass,
            OutcomeError::Verdict("pass"),
        ),
        (
            "a referred criterion that counts as met",
            |said| {
                said.verdict = Verdict::Pass;
                said.criteria[6].met = Some(true);
            },
            OutcomeError::Contradicts("2.3".to_owned()),
        ),
        (
            "a met criterion that counts as referred",
            |said| said.criteria[0].met = Some(false),
            OutcomeError::Contradicts("1.1".to_owned()),
        ),
        (
            "a marked criterion that counts as undecided",
            |said| {
                said.verdict = Verdict::Incomplete;
                said.criteria[7].met = None;
            },
            OutcomeError::Contradicts("2.4".to_owned()),
        ),
        (
            "a total that is one too many",
            |said| said.total = Some(96),
            OutcomeError::Total,
        ),
        (
            "a total that is one too few",
            |said| said.total = Some(94),
            OutcomeError::Total,
        ),
        (
            "the last criterion is missing",
            |said| drop(said.criteria.pop()),
            OutcomeError::OtherCriteria,
        ),
        (
            "the referred criterion is missing",
            |said| {
                said.verdict = Verdict::Pass;
                said.criteria.remove(6);
            },
            OutcomeError::OtherCriteria,
        ),
        (
            "no criteria at all",
            |said| {
                said.verdict = Verdict::Pass;
                said.criteria.clear();
            },
            OutcomeError::OtherCriteria,
        ),
        (
            "one criterion too many",
            |said| said.criteria.push(said.criteria[0].clone()),
            OutcomeError::OtherCriteria,
        ),
        (
            "criteria in another order",
            |said| said.criteria.swap(0, 1),
            OutcomeError::OtherCriteria,
        ),
        (
            "an invented criterion",
            |said| "9.9".clone_into(&mut said.criteria[2].criterion),
            OutcomeError::OtherCriteria,
        ),
    ];
    for (name, lie, expected) in cases {
        let mut said = honest.clone();
        lie(&mut said);
        assert_eq!(sheet.holds(&said), Err(expected), "{name}");
    }
    let silent = Outcome {
        total: None,
        maximum: None,
        ..honest
    };
    assert_eq!(sheet.holds(&silent), Ok(()), "a plugin need not add up");
    assert_eq!(silent.percent(), None);
}

#[test]
fn decisions_are_held_like_marks() {
    let pass = || Award::Decision("pass".to_owned());
    for (award, met, verdict) in [
        (pass(), Some(true), Verdict::Pass),
        (
            Award::Decision("referral".to_owned()),
            Some(false),
            Verdict::Referral,
        ),
        // What is not known to be a pass is none.
        (
            Award::Decision("Pass".to_owned()),
            Some(false),
            Verdict::Referral,
        ),
        (
            Award::Decision(String::new()),
            Some(false),
            Verdict::Referral,
        ),
        (Award::Undecided, None, Verdict::Incomplete),
    ] {
        let sheet = sheet(all_but(pass(), 2, award.clone()));
        let said = Outcome {
            total: None,
            maximum: None,
            ..outcome(verdict, 0, all_but(Some(true), 2, met))
        };
        assert_eq!(sheet.holds(&said), Ok(()), "{award:?}");
    }
}

#[test]
fn undecided_goes_before_referral() {
    let mut sheet = sheet(marks([0; 8]));
    sheet.entries[0].award = Award::Undecided;
    let mut met = [Some(false); 8];
    met[0] = None;
    assert_eq!(sheet.holds(&outcome(Verdict::Incomplete, 0, met)), Ok(()));
    assert_eq!(
        sheet.holds(&outcome(Verdict::Referral, 0, met)),
        Err(OutcomeError::Verdict("referral"))
    );
}

#[test]
fn percent_is_rounded_down() {
    for (total, maximum, percent) in [
        (Some(0), Some(100), Some(0)),
        (Some(2), Some(3), Some(66)),
        (Some(199), Some(200), Some(99)),
        (Some(200), Some(200), Some(100)),
        (Some(u32::MAX), Some(u32::MAX), Some(100)),
        (Some(5), Some(0), None),
        (None, Some(100), None),
        (Some(5), None, None),
    ] {
        let said = Outcome {
            total,
            maximum,
            ..outcome(Verdict::Pass, 0, [Some(true); 8])
        };
        assert_eq!(said.percent(), percent, "{total:?} of {maximum:?}");
    }
}

#[test]
fn an_empty_sheet_follows_the_unit() {
    let sheet = Sheet::empty(&common::unit());
    assert_eq!(sheet.mode, "marks", "the first mode is the default");
    let lines: Vec<_> = sheet
        .entries
        .iter()
        .map(|entry| {
            (
                entry.criterion.as_str(),
                entry.maximum,
                entry.minimum,
                &entry.award,
            )
        })
        .collect();
    assert_eq!(
        lines,
        [
            ("1.1", 16, 8, &Award::Undecided),
            ("1.2", 12, 6, &Award::Undecided),
            ("2.1", 8, 4, &Award::Undecided),
        ]
    );
    assert_eq!(sheet.entry("1.2"), Some(&sheet.entries[1]));
    assert_eq!(sheet.entry("1"), None);
}

#[test]
fn the_digest_tells_every_change() {
    type Change = fn(&mut Sheet);
    let original = sheet(marks([8; 8]));
    let changes: [Change; 8] = [
        |sheet| sheet.mode.push('x'),
        |sheet| sheet.entries[0].award = Award::Marks(9),
        |sheet| sheet.entries[0].award = Award::Undecided,
        |sheet| sheet.entries[0].minimum = 7,
        |sheet| sheet.entries[0].feedback.push('a'),
        // The same letters in another field or line are another sheet.
        |sheet| sheet.entries[0].band.push('a'),
        |sheet| sheet.entries[1].feedback.push('a'),
        |sheet| drop(sheet.entries.pop()),
    ];
    let mut digests = vec![original.digest()];
    assert_eq!(
        original.clone().digest(),
        digests[0],
        "the same sheet has the same digest"
    );
    for change in changes {
        let mut sheet = original.clone();
        change(&mut sheet);
        digests.push(sheet.digest());
    }
    let all = digests.len();
    digests.sort();
    digests.dedup();
    assert_eq!(
        digests.len(),
        all,
        "no two of the sheets have the same digest"
    );
}
