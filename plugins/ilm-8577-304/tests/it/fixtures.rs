//! The checks on whole assignments: what their manifests say must be found.

use crate::common::{CRITERIA, check, counted, evidence, of_rule, texts, the};
use ilm_8577_304::Mentoring;
use read_docx::ReadDocx;
use read_txt::ReadTxt;
use serde_json::Value;
use unit_sdk::wit::{self, Finding};
use unit_sdk::{Evidence, Plugin, testing};

const STRONG: &[u8] = include_bytes!("../../../../tests/fixtures/304-strong/304-strong.docx");
const STRONG_TEXT: &[u8] = include_bytes!("../../../../tests/fixtures/304-strong/304-strong.txt");
const STRONG_FACTS: &str = include_str!("../../../../tests/fixtures/304-strong/manifest.json");
const WEAK: &[u8] = include_bytes!("../../../../tests/fixtures/304-weak/304-weak.docx");
const WEAK_FACTS: &str = include_str!("../../../../tests/fixtures/304-weak/manifest.json");
const MIDDLING_FACTS: &str = include_str!("../../../../tests/fixtures/304-middling/manifest.json");
const LOGISTICS: &[u8] = include_bytes!("../../../../tests/fixtures/304-middling/logistics.txt");
const MIDDLING: [(&str, &[u8]); 3] = [
    (
        "care-home.txt",
        include_bytes!("../../../../tests/fixtures/304-middling/care-home.txt"),
    ),
    ("logistics.txt", LOGISTICS),
    (
        "council.txt",
        include_bytes!("../../../../tests/fixtures/304-middling/council.txt"),
    ),
];

/// Which rule answers which component of a manifest.
const RULES: [(&str, &str); 35] = [
    ("definition_sentence", "definition"),
    ("purpose_passage", "purpose"),
    ("beneficiaries", "beneficiaries"),
    ("formal_and_informal", "formal-and-informal"),
    ("role", "role"),
    ("remit_or_boundary", "remit"),
    ("responsibilities", "responsibilities"),
    ("stakeholders", "stakeholders"),
    ("overlap_with_other_relationships", "overlap"),
    ("knowledge", "knowledge"),
    ("skills", "skills"),
    ("behaviour", "behaviour"),
    ("professional_standard", "professional-standard"),
    ("ethics", "ethics"),
    ("equality_diversity", "equality"),
    ("contract_elements_at_least", "contract-contents"),
    ("contract_elements_named", "contract-contents"),
    ("ethics_or_quality_reason", "contract-reason"),
    ("consequence_if_absent", "contract-absent"),
    ("merely_listed", "merely-listed"),
    ("causal_connective", "reasons"),
    ("model_named", "model"),
    ("stages_present", "model-stages"),
    ("linked_to_managing_relationship", "model-manages"),
    ("contrast_coaching_training", "other-approaches"),
    ("diagnostic_tool", "diagnostic-tool"),
    ("learning_preference_tool", "learning-preferences"),
    ("goal_setting", "goal-setting"),
    ("communication", "communication"),
    ("at_least_3_tools", "tools"),
    ("why_cue", "record-reasons"),
    ("contents", "record-contents"),
    ("monitoring", "record-monitoring"),
    ("confidential_storage", "record-storage"),
    ("barrier_levels", "barrier-levels"),
];
/// Facts that are held elsewhere in these tests.
const HELD_ELSEWHERE: [&str; 8] = [
    "list_share_look",
    "list_share",
    "left_over_prompts",
    "placeholder",
    "mentor_benefit",
    "barriers_at_least",
    "strategies",
    "environment",
];
/// What the manifests call a thing, and what the unit calls it.
const NAMES: [(&str, &str); 13] = [
    ("senior managers", "senior management"),
    ("new person (mentee)", "mentee"),
    ("organisation (business)", "organisation"),
    ("purpose/scope", "purpose or scope"),
    ("frequency/duration/venue", "meetings"),
    ("start/end date", "start date"),
    ("confidentiality + limits", "confidentiality"),
    ("signature", "signatures"),
    ("will/way forward", "will or way forward"),
    ("three stage model", "three stages"),
    ("national occupational standards", "occupational standards"),
    ("time", "time or length"),
    ("human resources", "human resources or training"),
];

fn of<'a>(findings: &'a [Finding], rule: &str, criterion: &str) -> &'a Finding {
    let mut all = findings.iter();
    all.find(|finding| finding.rule == rule && finding.criterion.as_deref() == Some(criterion))
        .unwrap_or_else(|| panic!("nothing of {rule} for {criterion}"))
}

/// Holds the findings to everything that the manifest says about each criterion.
fn holds(evidence: &wit::Evidence, findings: &[Finding], facts: &str) {
    let facts: Value = serde_json::from_str(facts).expect("the manifest is JSON");
    let per_criterion = facts["expected"]["per_ac"].as_object().expect("criteria");
    for (criterion, facts) in per_criterion {
        if facts["heading_present"] == false {
            assert_eq!(of(findings, "section-found", criterion).status, "not-found");
            continue;
        }
        let words = facts
            .get("words_without_prompts_and_placeholder")
            .unwrap_or(&facts["words"]);
        let measure = of(findings, "section-words", criterion).measure.as_ref();
        assert_eq!(
            measure.map(|measure| measure.counted),
            words.as_f64(),
            "{criterion}"
        );
        let Some(components) = facts["components_expected"].as_object() else {
            continue;
        };
        for (component, expected) in components {
            if HELD_ELSEWHERE.contains(&component.as_str()) {
                continue;
            }
            let rule = RULES.iter().find(|(name, _)| name == component);
            let (_, rule) = rule.unwrap_or_else(|| panic!("no rule for {component}"));
            let finding = of(findings, rule, criterion);
            match expected {
                Value::Array(things) => {
                    let said =
                        format!("{} {}", finding.message, texts(evidence, finding).join(" "));
                    assert_eq!(finding.status, "found", "{component}: {said}");
                    for thing in things {
                        let thing = thing.as_str().expect("a name");
                        let known = NAMES.iter().find(|(name, _)| *name == thing);
                        let name = known.map_or(thing, |(_, name)| name).to_lowercase();
                        assert!(
                            said.to_lowercase().contains(&name),
                            "{component}: no {name} in {said}"
                        );
                    }
                }
                expected => {
                    let expected = expected.as_str().expect("a status");
                    let status = match finding.status.as_str() {
                        // The manifests say so of cues that nothing shows.
                        "look" if *rule == "reasons" => "not_found",
                        "not-found" => "not_found",
                        status => status,
                    };
                    assert!(
                        expected.starts_with(status),
                        "{component}: {} is not {expected}",
                        finding.message
                    );
                }
            }
        }
    }
}

#[test]
fn the_strong_assignment_has_all_that_its_manifest_says() {
    for evidence in [
        evidence::<ReadDocx>(STRONG),
        evidence::<ReadTxt>(STRONG_TEXT),
    ] {
        let findings = check(&evidence);
        holds(&evidence, &findings, STRONG_FACTS);
        let to_look_at: Vec<&Finding> = findings
            .iter()
            .filter(|finding| !matches!(finding.status.as_str(), "found" | "info"))
            .collect();
        assert!(to_look_at.is_empty(), "{to_look_at:?}");
        assert_eq!(of_rule(&findings, "order"), ["- found"]);
        assert_eq!(counted(&findings, "total-words"), [2545.0]);
        assert_eq!(the(&findings, "header-fields").status, "found");
        assert_eq!(the(&findings, "references").status, "found");
        assert!(texts(&evidence, the(&findings, "references")).contains(&"(EMCC, 2021)"));
        assert_eq!(the(&findings, "declaration").status, "found");
        assert_eq!(counted(&findings, "repeated-passages"), [0.0]);
        assert_eq!(of_rule(&findings, "personal-data"), ["- info"]);
        let barriers = the(&findings, "strategies")
            .measure
            .as_ref()
            .expect("a count");
        assert!(barriers.counted >= 2.0);
        assert_eq!(the(&findings, "environment").status, "found");
        assert!(of_rule(&findings, "merely-listed").is_empty());
    }
}

#[test]
fn the_weak_assignment_has_all_that_its_manifest_says() {
    let evidence = evidence::<ReadDocx>(WEAK);
    let findings = check(&evidence);
    holds(&evidence, &findings, WEAK_FACTS);
    assert_eq!(of_rule(&findings, "section-empty"), ["1.4 look"]);
    assert_eq!(counted(&findings, "merely-listed"), [1.0]);
    assert_eq!(counted(&findings, "left-over-prompts"), [4.0]);
    assert!(
        texts(&evidence, the(&findings, "left-over-prompts")).contains(&"[Type your answer here]")
    );
    assert_eq!(counted(&findings, "total-words"), [694.0]);
    assert!(
        !of(&findings, "beneficiaries", "1.1")
            .message
            .contains("mentor,")
    );
    let header = the(&findings, "header-fields");
    assert_eq!(header.status, "look");
    assert!(
        header
            .message
            .contains("the registration number and the centre number"),
        "{}",
        header.message
    );
    let references = the(&findings, "references");
    assert_eq!(
        (
            references.status.as_str(),
            references.learner_message.as_deref()
        ),
        ("info", None)
    );
    assert_eq!(the(&findings, "declaration").status, "info");
}

#[test]
fn personal_data_is_pointed_at_and_never_repeated() {
    let evidence = evidence::<ReadDocx>(WEAK);
    let findings = check(&evidence);
    let facts: Value = serde_json::from_str(WEAK_FACTS).expect("the manifest is JSON");
    let hits = facts["expected"]["personal_data_hits"]
        .as_array()
        .expect("hits");
    let pointed: Vec<(Option<&str>, Vec<&str>)> = findings
        .iter()
        .filter(|finding| finding.rule == "personal-data")
        .map(|finding| (finding.criterion.as_deref(), texts(&evidence, finding)))
        .collect();
    let expected: Vec<(Option<&str>, Vec<&str>)> = hits
        .iter()
        .map(|hit| {
            (
                hit["in"].as_str(),
                vec![hit["text"].as_str().expect("a text")],
            )
        })
        .collect();
    assert_eq!(pointed, expected);
    let shown = format!(
        "{:?}",
        findings
            .iter()
            .map(|finding| (&finding.message, &finding.learner_message, &finding.details))
            .collect::<Vec<_>>()
    );
    for hit in hits {
        assert!(!shown.contains(hit["text"].as_str().expect("a text")));
    }
    let learner = findings
        .iter()
        .find(|finding| finding.rule == "personal-data")
        .and_then(|finding| finding.learner_message.as_deref());
    assert!(learner.is_some_and(|learner| learner.contains("“Client A”")));
}

/// What is not `found` or `info`, as `criterion status rule`.
fn open(findings: &[Finding]) -> Vec<String> {
    let open = findings
        .iter()
        .filter(|finding| !matches!(finding.status.as_str(), "found" | "info"));
    open.map(|finding| {
        format!(
            "{} {} {}",
            finding.criterion.as_deref().unwrap_or("-"),
            finding.status,
            finding.rule
        )
    })
    .collect()
}

#[test]
fn assignments_of_middling_quality_are_understood() {
    let facts: Value = serde_json::from_str(MIDDLING_FACTS).expect("the manifest is JSON");
    let texts_of = |value: &Value| -> Vec<String> {
        let texts = value.as_array().into_iter().flatten();
        texts
            .map(|text| text.as_str().expect("a text").to_owned())
            .collect()
    };
    for file in facts["files"].as_array().expect("files") {
        let name = file["file"].as_str().expect("a name");
        let (_, bytes) = MIDDLING
            .iter()
            .find(|(known, _)| *known == name)
            .expect("the file is here");
        let evidence = evidence::<ReadTxt>(bytes);
        let findings = check(&evidence);
        assert_eq!(of_rule(&findings, "section-found").len(), 8);
        assert!(
            of_rule(&findings, "section-found")
                .iter()
                .all(|found| found.ends_with(" found")),
            "{name}"
        );
        let open = open(&findings);
        if file["only_open"].is_array() {
            assert_eq!(open, texts_of(&file["only_open"]), "{name}");
        }
        for expected in texts_of(&file["open_among_others"]) {
            assert!(
                open.contains(&expected),
                "{name}: {expected} is not in {open:#?}"
            );
        }
        let personal: Vec<&str> = findings
            .iter()
            .filter(|finding| finding.rule == "personal-data")
            .flat_map(|finding| texts(&evidence, finding))
            .collect();
        assert_eq!(personal, texts_of(&file["personal_data_hits"]), "{name}");
    }
}

#[test]
fn a_resubmission_shows_what_has_changed() {
    let unit = Mentoring::describe();
    let context = testing::context(&unit);
    let decisions = CRITERIA.iter().map(|id| wit::CriterionOutcome {
        criterion: (*id).into(),
        met: Some(!matches!(*id, "2.1" | "2.4")),
    });
    let earlier = String::from_utf8(LOGISTICS.to_vec()).expect("text");
    let later = earlier
        .replace(
            "The last part is what they will do.",
            "The last part is what they will do, and by when.",
        )
        .replace("These standards are voluntary.", "");
    let previous = wit::Attempt {
        number: 1,
        submitted: 20_600,
        evidence: crate::common::evidence_from_text(&earlier),
        decisions: decisions.collect(),
    };
    let evidence = crate::common::evidence_from_text(&later);
    let findings = Mentoring::check(Evidence::new(&evidence), &context, Some(&previous))
        .expect("the check runs");
    assert_eq!(
        of_rule(&findings, "changes"),
        ["1.3 look", "2.1 found", "2.4 look"]
    );
    assert_eq!(counted(&findings, "changes"), [0.0, 3.0, 0.0]);
}

#[test]
fn every_finding_has_a_rule_with_help_a_known_source_and_plain_words() {
    let unit = Mentoring::describe();
    let mut files = vec![evidence::<ReadDocx>(STRONG), evidence::<ReadDocx>(WEAK)];
    files.extend(MIDDLING.map(|(_, bytes)| evidence::<ReadTxt>(bytes)));
    for finding in files.iter().flat_map(check) {
        let rule = unit.rules.iter().find(|rule| rule.id == finding.rule);
        assert!(
            rule.is_some_and(|rule| !rule.help.is_empty()),
            "{}",
            finding.rule
        );
        assert!(
            ["ilm", "centre", "heuristic"].contains(&finding.source.as_str()),
            "{}",
            finding.source
        );
        let setting = finding
            .measure
            .as_ref()
            .and_then(|measure| measure.setting.as_ref());
        if let Some(setting) = setting {
            assert!(
                unit.settings.iter().any(|known| known.field.id == *setting),
                "{setting}"
            );
        }
        let shown = format!(
            "{} {}",
            finding.message,
            finding.learner_message.as_deref().unwrap_or("")
        );
        for judging in [
            "fail",
            "too short",
            "wrong",
            "you forgot",
            "must ",
            "poor",
            " pass ",
            "insufficient",
        ] {
            assert!(!shown.to_lowercase().contains(judging), "{shown}");
        }
    }
}
