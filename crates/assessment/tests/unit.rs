//! The unit's own helpers.

mod common;

use assessment::unit::{Field, Slot};

#[test]
fn marks_are_shown_with_their_parts() {
    for (parts_per_mark, parts, shown) in [
        (1, 0, "0"),
        (1, 16, "16"),
        (2, 14, "7"),
        (2, 15, "7.5"),
        (4, 1, "0.25"),
        (10, 73, "7.3"),
        (10, 70, "7"),
        // A unit that names no parts has whole marks.
        (0, 7, "7"),
    ] {
        let mut unit = common::unit();
        unit.sheet.parts_per_mark = parts_per_mark;
        assert_eq!(
            unit.marks(parts),
            shown,
            "{parts} of {parts_per_mark} in a mark"
        );
    }
}

#[test]
fn parts_of_a_unit_are_found_by_id() {
    let unit = common::unit();
    let ids: Vec<&str> = unit
        .criteria()
        .map(|criterion| criterion.id.as_str())
        .collect();
    assert_eq!(ids, ["1.1", "1.2", "2.1"]);
    assert_eq!(
        unit.criterion("2.1").map(|criterion| criterion.maximum),
        Some(8)
    );
    assert_eq!(unit.criterion("2"), None);
    assert!(unit.slot("assignment").is_some());
    assert!(unit.slot("diary").is_none());
    assert!(unit.rule("length").is_none());
    assert_eq!(
        unit.declaration().map(|slot| slot.id.as_str()),
        Some("declaration")
    );
}

#[test]
fn a_reworded_criterion_has_another_digest() {
    let unit = common::unit();
    let mut criterion = unit.criterion("1.1").expect("it is there").clone();
    let digest = criterion.wording_digest();
    assert_eq!(digest.len(), 64);
    criterion.maximum += 1;
    assert_eq!(
        criterion.wording_digest(),
        digest,
        "only the wording counts"
    );
    criterion.wording.push('.');
    assert_ne!(criterion.wording_digest(), digest);
}

#[test]
fn an_import_template_is_drawn_from_a_tables_fields() {
    let field = |title: &str, example: &str| Field {
        id: title.to_lowercase(),
        title: title.to_owned(),
        aliases: Vec::new(),
        help: String::new(),
        kind: "text".to_owned(),
        unit: String::new(),
        required: true,
        minimum: None,
        maximum: None,
        choices: Vec::new(),
        example: example.to_owned(),
    };
    let slot = |kind: &str| Slot {
        id: "diary".to_owned(),
        kind: kind.to_owned(),
        title: "Diary".to_owned(),
        help: String::new(),
        required: true,
        most_files: 1,
        criteria: Vec::new(),
        fields: vec![
            field("Date", "2 Feb 2026"),
            field("Client, by code", "Client A"),
            field("Notes", "He said \"yes\""),
        ],
        statement: String::new(),
    };
    assert_eq!(
        slot("table").import_template().as_deref(),
        Some("Date,\"Client, by code\",Notes\r\n2 Feb 2026,Client A,\"He said \"\"yes\"\"\"\r\n")
    );
    assert_eq!(slot("document").import_template(), None);
}
