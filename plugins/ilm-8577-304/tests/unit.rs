//! The unit on the fixtures and on mark sheets, natively.

use ilm_8577_304::Mentoring;
use read_docx::ReadDocx;
use read_txt::ReadTxt;
use unit_sdk::reader::Reader;
use unit_sdk::reader::wit::{Content, Document, File, Wanted};
use unit_sdk::wit::Award::{Decision, Marks, Undecided};
use unit_sdk::wit::{Award, Finding, GradebookEntry, ResultSheet, Verdict};
use unit_sdk::{Evidence, Plugin, testing};

const STRONG: &[u8] = include_bytes!("../../../tests/fixtures/304-strong/304-strong.docx");
const STRONG_TEXT: &[u8] = include_bytes!("../../../tests/fixtures/304-strong/304-strong.txt");
const WEAK: &[u8] = include_bytes!("../../../tests/fixtures/304-weak/304-weak.docx");
const CRITERIA: [&str; 8] = ["1.1", "1.2", "1.3", "1.4", "2.1", "2.2", "2.3", "2.4"];

fn read<R: Reader>(bytes: &[u8]) -> Document {
    let file = File {
        bytes: bytes.to_vec(),
        media_type: String::new(),
        name: String::new(),
        wanted: Wanted::Document,
        locale: "en-GB".into(),
    };
    match R::read(&file).expect("the fixture is read") {
        Content::Document(document) => document,
        Content::Tables(_) => panic!("gave tables"),
    }
}

fn check(document: &Document) -> Vec<Finding> {
    let unit = Mentoring::describe();
    let evidence = testing::evidence(&unit, "assignment", document);
    let context = testing::context(&unit);
    Mentoring::check(Evidence::new(&evidence), &context, None).expect("the check runs")
}

/// `criterion status` of all findings of a rule.
fn of_rule(findings: &[Finding], rule: &str) -> Vec<String> {
    let of_rule = findings.iter().filter(|finding| finding.rule == rule);
    of_rule
        .map(|finding| {
            format!(
                "{} {}",
                finding.criterion.as_deref().unwrap_or("-"),
                finding.status
            )
        })
        .collect()
}

fn counted(findings: &[Finding], rule: &str) -> Vec<f64> {
    let of_rule = findings.iter().filter(|finding| finding.rule == rule);
    of_rule
        .map(|finding| finding.measure.as_ref().expect("a count").counted)
        .collect()
}

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
fn every_finding_has_a_rule_with_help_and_a_known_source() {
    let unit = Mentoring::describe();
    for finding in check(&read::<ReadDocx>(WEAK)) {
        assert!(
            unit.rules.iter().any(|rule| rule.id == finding.rule),
            "{}",
            finding.rule
        );
        assert!(
            ["ilm", "centre", "heuristic"].contains(&finding.source.as_str()),
            "{}",
            finding.source
        );
        let setting = finding.measure.and_then(|measure| measure.setting);
        if let Some(setting) = setting {
            assert!(
                unit.settings.iter().any(|known| known.field.id == setting),
                "{setting}"
            );
        }
    }
}

#[test]
fn the_strong_assignment_has_all_sections_and_nothing_to_look_at() {
    for document in [read::<ReadDocx>(STRONG), read::<ReadTxt>(STRONG_TEXT)] {
        let findings = check(&document);
        let all_found: Vec<String> = CRITERIA.iter().map(|id| format!("{id} found")).collect();
        assert_eq!(of_rule(&findings, "section-found"), all_found);
        assert_eq!(of_rule(&findings, "order"), ["- found"]);
        assert_eq!(
            counted(&findings, "section-words"),
            [381.0, 405.0, 309.0, 317.0, 323.0, 307.0, 199.0, 304.0]
        );
        assert_eq!(counted(&findings, "total-words"), [2545.0]);
        let to_look_at: Vec<&Finding> = findings
            .iter()
            .filter(|finding| !matches!(finding.status.as_str(), "found" | "info"))
            .collect();
        assert!(to_look_at.is_empty(), "{to_look_at:?}");
    }
}

#[test]
fn the_weak_assignment_shows_what_its_manifest_says() {
    let findings = check(&read::<ReadDocx>(WEAK));
    let mut sections: Vec<String> = CRITERIA.iter().map(|id| format!("{id} found")).collect();
    sections[7] = "2.4 not-found".into();
    assert_eq!(of_rule(&findings, "section-found"), sections);
    assert_eq!(of_rule(&findings, "section-empty"), ["1.4 look"]);
    assert_eq!(of_rule(&findings, "merely-listed"), ["1.4 look"]);
    assert_eq!(of_rule(&findings, "left-over-prompts"), ["1.3 look"]);
    assert_eq!(counted(&findings, "left-over-prompts"), [4.0]);
    assert_eq!(
        counted(&findings, "section-words"),
        [155.0, 140.0, 80.0, 16.0, 46.0, 148.0, 109.0]
    );
    assert_eq!(counted(&findings, "total-words"), [694.0]);
    let missing = findings
        .iter()
        .find(|finding| finding.status == "not-found")
        .expect("2.4 is missing");
    let learner = missing.learner_message.as_deref().unwrap_or("");
    assert!(
        learner.starts_with("We could not find a heading for AC 2.4."),
        "{learner}"
    );
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
