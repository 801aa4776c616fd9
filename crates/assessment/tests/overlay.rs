//! What a centre may set for itself, and what it is refused.

mod common;

use assessment::overlay::{Change, Overlay, changes};
use assessment::unit::{Choice, Criterion, Field, Setting, Unit, Value, WordGuidance};
use serde_json::{Value as Json, json};

/// A field of a setting; bounds from 0 to 5000 where it is a number of minutes.
fn field(id: &str, kind: &str) -> Field {
    let minutes = kind == "duration";
    Field {
        id: id.to_owned(),
        title: format!("Title of {id}"),
        aliases: Vec::new(),
        help: String::new(),
        kind: kind.to_owned(),
        unit: if minutes { "minutes" } else { "" }.to_owned(),
        required: true,
        minimum: minutes.then_some(0.0),
        maximum: minutes.then_some(5000.0),
        choices: ["paper", "screen"]
            .into_iter()
            .filter(|_| kind == "choice")
            .map(|id| Choice {
                id: id.to_owned(),
                title: id.to_owned(),
                aliases: Vec::new(),
            })
            .collect(),
        example: String::new(),
    }
}

fn setting(id: &str, kind: &str, standard: Value, source: &str, overlay: &str) -> Setting {
    Setting {
        field: field(id, kind),
        standard,
        source: source.to_owned(),
        overlay: overlay.to_owned(),
    }
}

/// The invented unit with a setting of each kind and rule.
fn unit() -> Unit {
    let number = Value::Number;
    let mut unit = common::unit();
    unit.settings = vec![
        setting("least", "duration", number(2160.0), "test", "raise"),
        setting("most", "duration", number(240.0), "heuristic", "lower"),
        setting("fixed", "duration", number(60.0), "centre", "fixed"),
        setting(
            "later",
            "duration",
            number(60.0),
            "test",
            "from-a-later-version",
        ),
        setting("clients", "whole-number", number(3.0), "test", "raise"),
        setting("share", "number", number(0.6), "heuristic", "free"),
        setting("signed", "yes-no", Value::Flag(false), "test", "raise"),
        setting("dated", "yes-no", Value::Flag(true), "test", "raise"),
        setting(
            "form",
            "choice",
            Value::Text("paper".to_owned()),
            "test",
            "free",
        ),
        setting(
            "model",
            "text",
            Value::Text("any".to_owned()),
            "other",
            "raise",
        ),
        setting("words_1.1", "whole-number", number(400.0), "centre", "free"),
    ];
    unit
}

/// The same without marks on its sheet, which is decided by pass or referral.
fn unmarked() -> Unit {
    let mut unit = unit();
    unit.sheet.modes = vec!["pass-referral".to_owned(), "marks".to_owned()];
    for criterion in unit
        .outcomes
        .iter_mut()
        .flat_map(|outcome| &mut outcome.criteria)
    {
        (criterion.maximum, criterion.minimum) = (0, 0);
        criterion.descriptors.clear();
    }
    unit
}

/// An overlay for the unit, from its lines.
fn overlay(mut lines: Json) -> Overlay {
    lines["unit"] = json!("garden-1");
    lines["source"] = json!("Centre handbook, section 4");
    serde_json::from_value(lines).expect("an overlay")
}

/// The unit with the lines laid over it.
fn laid(unit: &Unit, lines: Json) -> Unit {
    let mut laid = unit.clone();
    overlay(lines)
        .lay(unit, &mut laid)
        .expect("the overlay fits");
    laid
}

/// Why the lines are refused, each reason as people read it.
fn refusals(unit: &Unit, lines: &Json) -> Vec<String> {
    let mut laid = unit.clone();
    let refusals = overlay(lines.clone())
        .lay(unit, &mut laid)
        .expect_err(&format!("{lines} does not fit"));
    assert_eq!(&laid, unit, "{lines} leaves the unit as it was");
    refusals.iter().map(ToString::to_string).collect()
}

#[test]
fn each_rule_of_a_setting_is_kept() {
    for (id, value, refused) in [
        ("least", json!(2160), None),
        ("least", json!(2400), None),
        (
            "least",
            json!(2159),
            Some("Test asks for at least 2160 minutes; write 2160 or more, or leave the line out"),
        ),
        (
            "least",
            json!(5001),
            Some("expected a number from 0 to 5000"),
        ),
        (
            "least",
            json!("36 hours"),
            Some("expected minutes as a number such as `90`"),
        ),
        ("most", json!(240), None),
        ("most", json!(180.5), None),
        (
            "most",
            json!(241),
            Some(
                "our rule of thumb allows at most 240 minutes; write 240 or less, or leave the line out",
            ),
        ),
        ("fixed", json!(60), None),
        (
            "fixed",
            json!(61),
            Some(
                "the unit’s own template says 60 minutes, and a centre cannot change that; leave the line out",
            ),
        ),
        ("later", json!(60), None),
        (
            "later",
            json!(90),
            Some("Test says 60 minutes, and a centre cannot change that; leave the line out"),
        ),
        ("clients", json!(4), None),
        (
            "clients",
            json!(2),
            Some("Test asks for at least 3; write 3 or more, or leave the line out"),
        ),
        (
            "clients",
            json!(3.5),
            Some("expected a whole number such as `40`"),
        ),
        ("share", json!(0.5), None),
        (
            "share",
            json!(true),
            Some("expected a number such as `0.6`"),
        ),
        ("signed", json!(true), None),
        ("signed", json!(1), Some("expected `true` or `false`")),
        (
            "dated",
            json!(false),
            Some("Test says yes, and a centre cannot change that; leave the line out"),
        ),
        ("form", json!("screen"), None),
        (
            "form",
            json!("stone"),
            Some("expected one of `paper`, `screen`"),
        ),
        ("model", json!("any"), None),
        (
            "model",
            json!("GROW"),
            Some("other says any, and a centre cannot change that; leave the line out"),
        ),
        (
            "model",
            json!(7),
            Some("expected a text in quotation marks"),
        ),
    ] {
        let unit = unit();
        let lines = json!({ "settings": { id: value } });
        let Some(reason) = refused else {
            let laid = laid(&unit, lines);
            let setting = laid.setting(id).expect("a setting");
            let own = &unit.setting(id).expect("a setting").standard;
            let shown = serde_json::to_value(&setting.standard).expect("a value");
            match (value.as_f64(), shown["value"].as_f64()) {
                (Some(wanted), Some(stands)) => assert!((wanted - stands).abs() < 1e-9, "{id}"),
                _ => assert_eq!(shown["value"], value, "{id}"),
            }
            assert_eq!(
                setting.source == "centre",
                &setting.standard != own || id == "fixed",
                "{id}: who says so"
            );
            continue;
        };
        let shown = value.as_str().map_or(value.to_string(), str::to_owned);
        assert_eq!(
            refusals(&unit, &lines),
            [format!("`settings.{id}` is `{shown}`: {reason}")]
        );
    }
}

#[test]
fn marks_are_raised_and_never_lowered() {
    for (lines, refused) in [
        (json!({"id": "1.2", "minimum": 6}), None),
        (json!({"id": "1.2", "minimum": 9}), None),
        (json!({"id": "1.2", "maximum": 12, "minimum": 12}), None),
        (
            json!({"id": "1.2", "minimum": 5}),
            Some(
                "`criteria.1.2.minimum` is `5`: Test asks for at least 6 of 12 marks; write 6 or more, or leave the line out",
            ),
        ),
        (
            json!({"id": "1.2", "minimum": 13}),
            Some(
                "`criteria.1.2.minimum` is `13`: there are 12 marks; write more than 0 and not more than that",
            ),
        ),
        (
            json!({"id": "1.2", "minimum": 7.5}),
            Some("`criteria.1.2.minimum` is `7.5`: expected a whole number from 0 to 10000"),
        ),
        (
            json!({"id": "1.2", "maximum": 20}),
            Some(
                "`criteria.1.2.maximum` is `20`: Test prints 12 marks, and a centre cannot change them; leave the line out",
            ),
        ),
        (
            json!({"id": "3.1", "minimum": 9}),
            Some(
                "`criteria.id` is `3.1`: the unit has no criterion of this name; write one of `1.1`, `1.2`, `2.1`, or leave it out",
            ),
        ),
    ] {
        let (unit, lines) = (unit(), json!({ "criteria": [lines] }));
        match refused {
            None => {
                let laid = laid(&unit, lines.clone());
                let criterion = laid.criterion("1.2").expect("a criterion");
                let wanted = lines["criteria"][0]["minimum"].as_u64();
                assert_eq!(Some(u64::from(criterion.minimum)), wanted);
                assert_eq!(criterion.maximum, 12);
            }
            Some(reason) => assert_eq!(refusals(&unit, &lines), [reason]),
        }
    }
}

#[test]
fn a_sheet_without_marks_becomes_a_marked_one() {
    let marks = |id: &str, maximum: f64, minimum: f64| json!({ "id": id, "maximum": maximum, "minimum": minimum });
    let all = [
        marks("1.1", 10.0, 5.0),
        marks("1.2", 10.0, 5.5),
        marks("2.1", 5.0, 2.5),
    ];
    let mut unit = unmarked();
    unit.sheet.parts_per_mark = 2;
    let sheet = json!({ "mode": "marks", "reference": "T1 FEB 12 V1" });
    let laid = laid(&unit, json!({ "sheet": sheet, "criteria": all }));
    assert!(laid.is_marked() && !unit.is_marked());
    assert_eq!(laid.sheet.modes, ["marks", "pass-referral"]);
    assert_eq!(laid.task_edition, "T1 FEB 12 V1");
    let parts: Vec<_> = laid
        .criteria()
        .map(|criterion| (criterion.maximum, criterion.minimum))
        .collect();
    assert_eq!(parts, [(20, 10), (20, 11), (10, 5)]);

    for (lines, reason) in [
        (
            json!({ "sheet": sheet, "criteria": all[..2] }),
            "`sheet.mode` is `marks`: there are no marks for the criteria `2.1`; write `maximum` and `minimum` for each",
        ),
        (
            json!({ "sheet": { "mode": "grades" } }),
            "`sheet.mode` is `grades`: the unit has no mode of its sheet of this name; write one of `pass-referral`, `marks`, or leave it out",
        ),
        (
            json!({ "criteria": [{ "id": "1.1", "maximum": 10 }] }),
            "`criteria.1.1.maximum` is `10`: it needs a `minimum` beside it, without which 0 marks would meet the criterion",
        ),
        (
            json!({ "criteria": [{ "id": "1.1", "minimum": 5 }] }),
            "`criteria.1.1.minimum` is `5`: the unit prints no marks here; write a `maximum` as well",
        ),
        (
            json!({ "criteria": [{ "id": "1.1", "maximum": 10, "minimum": 0 }] }),
            "`criteria.1.1.minimum` is `0`: there are 10 marks; write more than 0 and not more than that",
        ),
        (
            json!({ "criteria": [{ "id": "1.1", "maximum": 10.3, "minimum": 5 }] }),
            "`criteria.1.1.maximum` is `10.3`: expected a number in steps of 1/2 from 0 to 10000",
        ),
        (
            json!({ "criteria": [{ "id": "1.1", "maximum": -1, "minimum": 5 }] }),
            "`criteria.1.1.maximum` is `-1`: expected a number in steps of 1/2 from 0 to 10000",
        ),
    ] {
        assert_eq!(refusals(&unit, &lines), [reason]);
    }
}

#[test]
fn descriptors_are_replaced_and_nothing_else() {
    let unit = unit();
    let laid = laid(
        &unit,
        json!({ "descriptors": [
            { "criterion": "1.2", "band": "pass", "texts": ["Tests soil"] },
            { "criterion": "2.1", "band": "referral", "texts": ["Names none", "Or the wrong ones"], "around": 2 },
        ] }),
    );
    let mut expected = unit.clone();
    for (outcome, criterion, band, texts, around) in [
        (0, 1, 1, &["Tests soil"][..], None),
        (1, 0, 0, &["Names none", "Or the wrong ones"][..], Some(2)),
    ] {
        let descriptor = &mut expected.outcomes[outcome].criteria[criterion].descriptors[band];
        descriptor.texts = texts.iter().map(ToString::to_string).collect();
        descriptor.around = around;
        descriptor.provisional = false;
        descriptor.source = "centre".to_owned();
    }
    assert_eq!(laid.outcomes, expected.outcomes);
    assert_eq!(laid.settings, expected.settings);
    assert_eq!(
        laid.centre_source("criterion:1.2.pass"),
        Some("Centre handbook, section 4")
    );
    assert_eq!(laid.centre_source("criterion:1.1.pass"), None);
    for (lines, reason) in [
        (
            json!({ "criterion": "3.1", "band": "pass", "texts": ["No such"] }),
            "`descriptors.criterion` is `3.1`: the unit has no criterion of this name; write one of `1.1`, `1.2`, `2.1`, or leave it out",
        ),
        (
            json!({ "criterion": "1.2", "band": "good-pass", "texts": ["No such"] }),
            "`descriptors.1.2.good-pass` is `good-pass`: the criterion has no band of this name, it has `referral`, `pass`; correct it, or write a `label` to add it",
        ),
        (
            json!({ "criterion": "1.2", "band": "pass", "texts": [] }),
            "`descriptors.1.2.pass` is ``: there is no text in `texts`; write at least one",
        ),
        (
            json!({ "criterion": "1.2", "band": "pass", "texts": ["Two\nlines"] }),
            "`descriptors.1.2.pass.texts` is `Two\nlines`: it has a line break or another control character; write it in one line",
        ),
    ] {
        assert_eq!(
            refusals(&unit, &json!({ "descriptors": [lines] })),
            [reason]
        );
    }
}

#[test]
fn a_band_of_the_official_sheet_is_added_with_its_label() {
    let laid = laid(
        &unmarked(),
        json!({ "descriptors": [
            { "criterion": "1.1", "band": "pass", "label": "Pass", "around": 5, "texts": ["Enough"] },
        ] }),
    );
    let descriptors = &laid.criterion("1.1").expect("a criterion").descriptors;
    let [pass] = &descriptors[..] else {
        panic!("one descriptor: {descriptors:?}");
    };
    assert_eq!(
        (
            pass.band.as_str(),
            pass.label.as_str(),
            pass.around,
            pass.source.as_str()
        ),
        ("pass", "Pass", Some(5), "centre")
    );
}

#[test]
fn texts_and_lengths_are_the_centres_own() {
    let unit = unit();
    let laid = laid(
        &unit,
        json!({
            "title": "Looking after gardens",
            "words": { "nominal": 3000, "low": 2500, "high": 3500 },
            "settings": { "words_1.1": 450 },
            "outcomes": [{ "id": "2", "aliases": ["Care"], "prompts": ["Which plants?"] }],
            "criteria": [
                { "id": "1.1", "aliases": ["Plan purpose", "Plan purpose"] },
                { "id": "1.2", "words": { "nominal": 250 }, "prompts": ["Why test?"] },
            ],
        }),
    );
    let guidance = |nominal, range: Option<(u32, u32)>| {
        Some(WordGuidance {
            nominal,
            low: range.map(|range| range.0),
            high: range.map(|range| range.1),
            source: "centre".to_owned(),
        })
    };
    assert_eq!(laid.title, "Looking after gardens");
    assert_eq!(laid.words, guidance(3000, Some((2500, 3500))));
    let criterion = |id: &str| laid.criterion(id).expect("a criterion");
    assert_eq!(
        criterion("1.1").words,
        guidance(450, None),
        "the setting says so"
    );
    assert_eq!(criterion("1.2").words, guidance(250, None));
    assert_eq!(criterion("1.1").aliases, ["Plan purpose"]);
    assert_eq!(criterion("1.2").prompts, ["Why test?"]);
    assert_eq!(
        criterion("1.2").aliases,
        ["Soil testing", "Which soil do we have?"]
    );
    assert_eq!(laid.outcomes[1].aliases, ["Care"]);
    assert_eq!(laid.outcomes[1].prompts, ["Which plants?"]);
    let wordings = |unit: &Unit| {
        unit.criteria()
            .map(Criterion::wording_digest)
            .collect::<Vec<_>>()
    };
    assert_eq!(wordings(&laid), wordings(&unit));
}

#[test]
fn words_of_a_criterion_reach_the_setting_of_the_checks() {
    let laid = laid(
        &unit(),
        json!({ "criteria": [{ "id": "1.1", "words": { "nominal": 500, "low": 450 } }] }),
    );
    let setting = laid.setting("words_1.1").expect("a setting");
    assert_eq!(setting.standard, Value::Number(500.0));
    let words = laid.criterion("1.1").and_then(|one| one.words.clone());
    assert_eq!(
        words.map(|words| (words.nominal, words.low)),
        Some((500, Some(450)))
    );
}

#[test]
fn everything_that_does_not_fit_is_said_at_once() {
    assert_eq!(
        refusals(
            &unit(),
            &json!({
                "title": " ",
                "words": { "nominal": 100, "low": 200 },
                "settings": { "clients": 1, "hours": 36 },
                "outcomes": [{ "id": "7" }],
                "criteria": [{ "id": "1.1", "words": { "nominal": 0 }, "aliases": [""] }],
            })
        ),
        [
            "`title` is ` `: it is empty; write a text, or leave the line out",
            "`words` is `100, 200 or more`: expected `nominal` above 0, `low` not above it and `high` not below it",
            "`settings.clients` is `1`: Test asks for at least 3; write 3 or more, or leave the line out",
            "`settings.hours` is `36`: the unit has no setting of this name; write one of `least`, `most`, `fixed`, `later`, `clients`, `share`, `signed`, `dated`, `form`, `model`, `words_1.1`, or leave it out",
            "`outcomes.id` is `7`: the unit has no outcome of this name; write one of `1`, `2`, or leave it out",
            "`criteria.1.1.aliases` is ``: it is empty; write a text, or leave the line out",
            "`criteria.1.1.words` is `0`: expected `nominal` above 0, `low` not above it and `high` not below it",
        ]
    );
    let mut other = overlay(json!({}));
    other.unit = "garden-2".to_owned();
    let mut laid = unit();
    let refused = other.lay(&unit(), &mut laid).expect_err("another unit's");
    assert_eq!(
        refused[0].to_string(),
        "`unit` is `garden-2`: the overlay is for another unit than `garden-1`"
    );
    assert_eq!(laid, unit());
}

#[test]
fn an_overlay_cannot_name_what_it_may_not_set() {
    for line in [
        json!({ "rules": [] }),
        json!({ "id": "garden-2" }),
        json!({ "criteria": [{ "id": "1.1", "wording": "Another" }] }),
        json!({ "criteria": [{ "id": "1.1", "verbs": ["list"] }] }),
        json!({ "outcomes": [{ "id": "1", "title": "Another" }] }),
        json!({ "sheet": { "parts_per_mark": 2 } }),
    ] {
        let mut lines = line.clone();
        lines["unit"] = json!("garden-1");
        lines["source"] = json!("x");
        let error = serde_json::from_value::<Overlay>(lines).expect_err(&line.to_string());
        assert!(error.to_string().contains("unknown field"), "{error}");
    }
}

#[test]
fn a_later_overlay_counts_above_an_earlier_one_and_never_below_the_unit() {
    let unit = unit();
    let mut laid = unit.clone();
    let lay = |laid: &mut Unit, source: &str, lines: Json| {
        let mut overlay = overlay(lines);
        overlay.source = source.to_owned();
        overlay.lay(&unit, laid)
    };
    lay(
        &mut laid,
        "First",
        json!({ "settings": { "least": 2400, "clients": 4 } }),
    )
    .expect("it fits");
    lay(
        &mut laid,
        "Second",
        json!({ "settings": { "least": 2200 } }),
    )
    .expect("it fits");
    let stands = |laid: &Unit, id: &str| laid.setting(id).map(|setting| setting.standard.clone());
    assert_eq!(stands(&laid, "least"), Some(Value::Number(2200.0)));
    assert_eq!(stands(&laid, "clients"), Some(Value::Number(4.0)));
    assert_eq!(laid.centre_source("setting:least"), Some("Second"));
    assert_eq!(laid.centre_source("setting:clients"), Some("First"));
    lay(&mut laid, "Third", json!({ "settings": { "least": 2000 } })).expect_err("too low");
    lay(
        &mut laid,
        "Fourth",
        json!({ "settings": { "least": 2160 } }),
    )
    .expect("the unit's own");
    assert_eq!(
        laid.setting("least").map(|one| one.source.as_str()),
        Some("test")
    );
}

#[test]
fn changes_name_what_differs_and_where_it_is_from() {
    let unit = unit();
    let laid = laid(
        &unit,
        json!({
            "words": { "nominal": 3000, "low": 2500, "high": 3500 },
            "settings": { "least": 2400, "clients": 3, "signed": true },
            "criteria": [{ "id": "1.2", "minimum": 9 }],
        }),
    );
    let change = |about: &str, title: &str, before: &str, after: &str| Change {
        about: about.to_owned(),
        title: title.to_owned(),
        before: before.to_owned(),
        after: after.to_owned(),
        source: "Centre handbook, section 4".to_owned(),
    };
    assert_eq!(
        changes(&unit, &laid),
        [
            change("unit.words", "Words in all", "", "3000, 2500 to 3500"),
            change(
                "setting:least",
                "Title of least",
                "2160 minutes",
                "2400 minutes"
            ),
            change("setting:signed", "Title of signed", "no", "yes"),
            change(
                "criterion:1.2.marks",
                "AC 1.2: marks",
                "12, at least 6",
                "12, at least 9"
            ),
        ]
    );
    assert_eq!(changes(&laid, &laid), []);
    let back = changes(&laid, &unit);
    assert!(
        back.iter().all(|change| change.source.is_empty()),
        "{back:?}"
    );
}

#[test]
fn an_overlay_is_for_all_platforms_or_for_those_it_names() {
    let mut overlay = overlay(json!({}));
    let is_for =
        |overlay: &Overlay| overlay.is_for("https://vle.example.org", "client-7", "College");
    assert!(is_for(&overlay));
    for (platform, expected) in [
        ("https://vle.example.org", true),
        ("client-7", true),
        ("College", true),
        ("https://vle.example", false),
        ("college", false),
    ] {
        overlay.platforms = vec!["another".to_owned(), platform.to_owned()];
        assert_eq!(is_for(&overlay), expected, "{platform}");
    }
}
