//! By what a finding is known in a later report.

use assessment::evidence::{Document, ReadDocument};
use assessment::finding::{CheckReport, Finding, Place};

fn document(text: &str) -> Document {
    let blocks = text.split('\n').count();
    let read = ReadDocument {
        text: text.to_owned(),
        kind: vec![0; blocks],
        level: vec![0; blocks],
        style: vec![0; blocks],
        part: vec![0; blocks],
        ..ReadDocument::default()
    };
    Document::new("assignment", 0, "work.docx", read).expect("the columns fit")
}

fn finding(message: &str, document: &Document, part: &str) -> Finding {
    let start = document.read.text.find(part).expect("it is there");
    let small = |number: usize| u32::try_from(number).expect("a short text");
    Finding {
        rule: "remit".to_owned(),
        criterion: Some("1.2".to_owned()),
        status: "look".to_owned(),
        message: message.to_owned(),
        learner_message: None,
        source: "ilm".to_owned(),
        measure: None,
        places: vec![Place {
            slot: "assignment".to_owned(),
            item: 0,
            start: small(start),
            end: small(start + part.len()),
            column: None,
        }],
        details: Vec::new(),
    }
}

fn keys(findings: Vec<Finding>, document: &Document) -> Vec<String> {
    let report = CheckReport {
        findings,
        failures: Vec::new(),
    };
    report.keys(std::slice::from_ref(document))
}

#[test]
fn a_finding_stays_the_same_where_its_text_moves() {
    let (before, after) = (
        document("the remit\nand more"),
        document("new words\nthe remit\nand more"),
    );
    let old = keys(vec![finding("Seen.", &before, "remit")], &before);
    let new = keys(
        vec![
            finding("Seen.", &after, "new"),
            finding("Seen.", &after, "remit"),
            finding("Seen twice.", &after, "remit"),
        ],
        &after,
    );
    assert_eq!(old[0], new[1]);
    assert!(new[0] != old[0] && new[2] != old[0]);
}

#[test]
fn findings_that_are_alike_are_counted() {
    let text = document("the remit and the remit");
    let twice = vec![
        finding("Seen.", &text, "remit"),
        finding("Seen.", &text, "remit"),
    ];
    let keys = keys(twice, &text);
    assert!(keys[0] != keys[1]);
}
