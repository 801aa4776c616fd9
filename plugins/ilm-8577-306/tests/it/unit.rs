//! What the unit says of itself, and its mark sheet.

use ilm_8577_306::ExtendedMentoring;
use unit_sdk::wit::Award::{Decision, Marks};
use unit_sdk::wit::{Sheet, Value, Verdict};
use unit_sdk::{Plugin, testing};

use crate::evidence::{Work, host_unit};
use crate::fixtures::{complete, short};

/// Criteria with their verbs, in the specification's order.
const VERBS: [(&str, &[&str]); 12] = [
    ("1.1", &["prepare", "plan"]),
    ("1.2", &["contract"]),
    ("1.3", &["agree"]),
    ("2.1", &["use"]),
    ("2.2", &["use"]),
    ("2.3", &["mentor"]),
    ("2.4", &["keep"]),
    ("3.1", &["collect", "show"]),
    ("3.2", &["reflect", "assess"]),
    ("3.3", &["review"]),
    ("4.1", &["reflect", "review"]),
    ("4.2", &["plan"]),
];

#[test]
fn the_unit_is_described_as_its_specification_says() {
    let unit = ExtendedMentoring::describe();
    assert_eq!(
        (unit.level.as_str(), unit.credit, unit.guided_learning_hours),
        ("3", Some(7), Some(12))
    );
    let criteria: Vec<(&str, Vec<&str>)> = unit
        .criteria()
        .map(|criterion| {
            (
                criterion.id.as_str(),
                criterion.verbs.iter().map(String::as_str).collect(),
            )
        })
        .collect();
    assert_eq!(criteria, VERBS.map(|(id, verbs)| (id, verbs.to_vec())));
    for criterion in unit.criteria() {
        let wording = criterion.wording.to_lowercase();
        assert!(
            criterion
                .verbs
                .iter()
                .all(|verb| wording.contains(verb.as_str())),
            "{}",
            criterion.id
        );
        assert!(
            criterion
                .descriptors
                .iter()
                .all(|band| band.provisional && band.source == "heuristic")
        );
    }
    let content: Vec<usize> = unit
        .outcomes
        .iter()
        .map(|outcome| outcome.indicative_content.len())
        .collect();
    assert_eq!(content, [11, 9, 3, 3]);
    let number = unit
        .provenance
        .iter()
        .find(|fact| fact.about == "unit.number");
    assert_eq!(number.map(|fact| fact.basis.as_str()), Some("inferred"));
    let slots: Vec<(&str, &str)> = unit
        .slots
        .iter()
        .map(|slot| (slot.id.as_str(), slot.kind.as_str()))
        .collect();
    assert_eq!(
        slots,
        [
            ("diary", "table"),
            ("portfolio", "document"),
            ("declaration", "declaration")
        ]
    );
}

/// The beginning of the digest of each wording, as a mark sheet names it; taken
/// from the specification, so that no letter changes unseen.
#[test]
fn the_wording_is_regulated_to_the_letter() {
    let expected = [
        "3633ecd05ca6d455",
        "68b53c794533fc80",
        "8d16a9417193f7a0",
        "83b4043f28ad4e48",
        "6954396ce094834e",
        "e738a8c88b7a4cbd",
        "9f6c9e98a0ab1102",
        "2f2f509c96f51f38",
        "4c64d03b5fc9e230",
        "d37a6e9fd07764ea",
        "34ea9729c012a378",
        "986ae1136df15975",
    ];
    let unit = host_unit();
    let digests: Vec<String> = unit
        .criteria()
        .map(|criterion| criterion.wording_digest()[..16].to_owned())
        .collect();
    assert_eq!(digests, expected);
}

#[test]
fn what_the_awarding_body_asks_for_can_only_be_raised() {
    let unit = ExtendedMentoring::describe();
    for setting in &unit.settings {
        let id = setting.field.id.as_str();
        let number = matches!(setting.standard, Value::Number(_));
        let overlay = if setting.source == "ilm" && number {
            "raise"
        } else {
            "free"
        };
        assert_eq!(setting.overlay, overlay, "{id}");
        assert!(
            !number || setting.field.maximum.is_some(),
            "{id} has bounds"
        );
    }
    let standard = |id: &str| {
        let setting = unit.settings.iter().find(|setting| setting.field.id == id);
        setting.map(|setting| setting.standard.clone())
    };
    assert_eq!(standard("min_minutes_total"), Some(Value::Number(2160.0)));
    assert_eq!(standard("min_clients"), Some(Value::Number(3.0)));
    assert_eq!(
        standard("min_supervision_records"),
        Some(Value::Number(1.0))
    );
    // Every choice asks for feedback of every client.
    assert_eq!(
        standard("feedback_required_from"),
        Some(Value::Text("clients".into()))
    );
}

#[test]
fn every_finding_has_a_rule_with_help_and_a_known_source() {
    let unit = ExtendedMentoring::describe();
    let works = [
        complete(),
        short(),
        Work::new(),
        Work::new().portfolio("AC 1.1 Plan\nClient A to follow."),
    ];
    for finding in works.iter().flat_map(|work| work.check().0) {
        assert!(
            unit.rules.iter().any(|rule| rule.id == finding.rule),
            "{}",
            finding.rule
        );
        assert!(
            ["ilm", "heuristic"].contains(&finding.source.as_str()),
            "{}",
            finding.source
        );
        if let Some(setting) = finding.measure.and_then(|measure| measure.setting) {
            assert!(
                unit.settings.iter().any(|known| known.field.id == setting),
                "{setting}"
            );
        }
        for message in [Some(finding.message), finding.learner_message]
            .into_iter()
            .flatten()
        {
            let said = message.to_lowercase();
            let judging = ["too short", "wrong", "you forgot", "fail", "you must"];
            assert!(!judging.iter().any(|word| said.contains(word)), "{message}");
        }
    }
}

#[test]
fn twelve_passes_make_a_pass() {
    let unit = ExtendedMentoring::describe();
    assert_eq!(unit.sheet.modes, ["pass-referral", "marks"]);
    let context = testing::context(&unit);
    let mut awards = vec![Decision("pass".into()); 12];
    let evaluate =
        |sheet: &Sheet| ExtendedMentoring::evaluate(sheet, &context).expect("a proper sheet");
    let pass = evaluate(&testing::sheet(&unit, "pass-referral", &awards));
    assert_eq!(pass.verdict, Verdict::Pass);
    let grade = ExtendedMentoring::grade(&pass, &context)
        .expect("a grade")
        .expect("a pass is sent");
    assert_eq!((grade.score, grade.maximum), (1.0, 1.0));
    awards[5] = Decision("referral".into());
    let referral = evaluate(&testing::sheet(&unit, "pass-referral", &awards));
    assert_eq!(referral.reasons, ["AC 2.3 is decided as a referral."]);
}

#[test]
fn a_centre_may_bring_the_marks_of_the_official_sheet() {
    let unit = ExtendedMentoring::describe();
    let context = testing::context(&unit);
    let mut sheet = testing::sheet(&unit, "marks", &vec![Marks(4); 12]);
    for entry in &mut sheet.entries {
        (entry.maximum, entry.minimum) = (8, 4);
    }
    let pass = ExtendedMentoring::evaluate(&sheet, &context).expect("a proper sheet");
    assert_eq!(
        (pass.verdict, pass.total, pass.maximum),
        (Verdict::Pass, Some(48), Some(96))
    );
    sheet.entries[5].award = Marks(3);
    let referral = ExtendedMentoring::evaluate(&sheet, &context).expect("a proper sheet");
    assert_eq!(referral.verdict, Verdict::Referral);
}
