//! The unit's own helpers, and a centre's texts laid over it.

mod common;

use assessment::unit::{Field, Overlay, OverlayDescriptor, OverlayError, Slot};

fn overlay(unit: &str, descriptors: &[(&str, &str, &str)]) -> Overlay {
    Overlay {
        unit: unit.to_owned(),
        source: "The centre's handbook".to_owned(),
        descriptors: descriptors
            .iter()
            .map(|(criterion, band, text)| OverlayDescriptor {
                criterion: (*criterion).to_owned(),
                band: (*band).to_owned(),
                text: (*text).to_owned(),
            })
            .collect(),
    }
}

#[test]
fn an_overlay_replaces_descriptors_and_nothing_else() {
    let mut unit = common::unit();
    overlay(
        "garden-1",
        &[
            ("1.2", "pass", "Tests soil"),
            ("2.1", "referral", "Names none"),
        ],
    )
    .apply(&mut unit)
    .expect("the overlay fits");

    let mut expected = common::unit();
    for (outcome, criterion, band, text) in [(0, 1, 1, "Tests soil"), (1, 0, 0, "Names none")] {
        let descriptor = &mut expected.outcomes[outcome].criteria[criterion].descriptors[band];
        descriptor.texts = vec![text.to_owned()];
        descriptor.provisional = false;
        descriptor.source = "centre".to_owned();
    }
    assert_eq!(unit, expected);
}

#[test]
fn an_overlay_that_does_not_fit_leaves_the_unit_as_it_was() {
    let fits = ("1.1", "pass", "Fits");
    for (overlay, expected, message) in [
        (
            overlay("garden-2", &[fits]),
            OverlayError::OtherUnit("garden-2".to_owned()),
            "the overlay is for the unit `garden-2`",
        ),
        (
            overlay("garden-1", &[fits, ("3.1", "pass", "No such")]),
            OverlayError::NoCriterion("3.1".to_owned()),
            "the unit has no criterion `3.1`",
        ),
        (
            overlay("garden-1", &[fits, ("1.2", "good-pass", "No such")]),
            OverlayError::NoBand {
                criterion: "1.2".to_owned(),
                band: "good-pass".to_owned(),
                known: "`referral`, `pass`".to_owned(),
            },
            "criterion `1.2` has no band `good-pass`; it has `referral`, `pass`",
        ),
    ] {
        let mut unit = common::unit();
        let error = overlay
            .apply(&mut unit)
            .expect_err("the overlay does not fit");
        assert_eq!(error, expected);
        assert_eq!(error.to_string(), message);
        assert_eq!(unit, common::unit(), "{message}");
    }
}

#[test]
fn an_overlay_cannot_name_what_it_may_not_set() {
    let marks = r#"{"unit":"garden-1","source":"x","minimum":1}"#;
    assert!(serde_json::from_str::<Overlay>(marks).is_err());
    let descriptor = r#"{"unit":"garden-1","source":"x",
        "descriptors":[{"criterion":"1.1","band":"pass","text":"t","around":1}]}"#;
    assert!(serde_json::from_str::<Overlay>(descriptor).is_err());
    let bare = r#"{"unit":"garden-1","source":"x"}"#;
    let bare: Overlay = serde_json::from_str(bare).expect("descriptors may be left out");
    assert_eq!(
        bare,
        Overlay {
            source: "x".to_owned(),
            ..overlay("garden-1", &[])
        }
    );
}

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
