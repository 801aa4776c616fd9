//! What a centre sets for itself: tried at the start, and looked at from the
//! command line.

use crate::{Installation, workspace};

const UNIT: &str = "ilm-8577-304";
/// The unit that prints no marks and asks for 36 hours.
const EXTENDED: &str = "ilm-8577-306";
/// An overlay that fits, with numbers that are made up.
const FITS: &str = r#"
unit = "ilm-8577-304"
source = "Centre handbook, section 4"
platforms = ["https://vle.example.org"]
[settings]
near_empty_words = 60
[[criteria]]
id = "1.1"
minimum = 9
"#;
/// One that asks for less than ILM.
const TOO_LOW: &str = r#"
unit = "ilm-8577-304"
source = "Centre handbook, section 4"
[settings]
near_empty_words = 6000
[[criteria]]
id = "1.1"
minimum = 7
"#;

/// One that asks for a minute less than ILM.
const TOO_SHORT: &str = r#"
unit = "ilm-8577-306"
source = "Centre handbook, section 4"
[settings]
min_minutes_total = 2159
"#;

/// An installation with both units and the reader of separated text, and
/// overlays of these names and texts.
fn installation(overlays: &[(&str, &str)]) -> Installation {
    let mut installation = Installation::new();
    for folder in ["plugins", "overlays"] {
        std::fs::create_dir(installation.path(folder)).expect("a folder");
    }
    for id in [UNIT, EXTENDED, "read-csv"] {
        let component = format!("{id}.wasm");
        let from = workspace().join("data/plugins").join(&component);
        std::fs::copy(from, installation.path("plugins").join(component))
            .expect("it is built; `cargo xtask plugins` builds it");
    }
    for (name, text) in overlays {
        std::fs::write(installation.path("overlays").join(name), text).expect("an overlay");
    }
    let folder = installation.path("overlays").display().to_string();
    installation
        .environment
        .push(("MARKBRIDGE__CENTRE__OVERLAYS_DIR", folder));
    installation
}

#[test]
fn what_does_not_fit_is_refused_at_the_start_and_by_the_check() {
    let installation = installation(&[
        ("a.toml", FITS),
        ("b.toml", TOO_LOW),
        ("c.toml", "unit = \"another-1\"\nsource = \"Handbook\"\n"),
        (
            "d.toml",
            "unit = \"ilm-8577-304\"\nsource = \"Handbook\"\nwording = \"Another\"\n",
        ),
        ("e.toml", TOO_SHORT),
        ("not-an-overlay.txt", "anything"),
    ]);
    for command in [&["config", "check"][..], &["serve"], &["worker"]] {
        let (status, said) = installation.run(command);
        assert_eq!(status, 2, "{command:?}: {said}");
        for words in [
            "b.toml: `settings.near_empty_words` is `6000`: expected a number from 0 to 1000",
            "b.toml: `criteria.1.1.minimum` is `7`: ILM asks for at least 8 of 16 marks; write 8 or more, or leave the line out",
            "e.toml: `settings.min_minutes_total` is `2159`: ILM asks for at least 2160 minutes; write 2160 or more, or leave the line out",
            "c.toml is for the unit `another-1`, which is not installed",
            "d.toml is no overlay",
            "unknown field `wording`",
        ] {
            assert!(said.contains(words), "{command:?}: “{words}” in: {said}");
        }
        assert!(!said.contains("a.toml"), "{command:?}: {said}");
    }
}

#[test]
fn what_an_overlay_changes_is_printed() {
    let installation = installation(&[("a.toml", FITS)]);
    installation.succeed(&["config", "check"]);
    let folder = installation.path("overlays");
    let file = folder.join("a.toml").display().to_string();
    let expected = format!(
        "{file}: Centre handbook, section 4\n  only for https://vle.example.org\n  \
         Words below which a section is nearly empty: 40 words → 60 words\n  \
         AC 1.1: marks: 16, at least 8 → 16, at least 9\n"
    );
    assert_eq!(installation.succeed(&["plugin", "overlay", UNIT]), expected);
    std::fs::remove_file(folder.join("a.toml")).expect("it is there");
    assert_eq!(
        installation.succeed(&["plugin", "overlay", UNIT]),
        "No overlay is for ilm-8577-304.\n"
    );

    let given = installation.path("given.toml");
    std::fs::write(&given, TOO_LOW).expect("an overlay");
    let given = given.display().to_string();
    let (status, said) = installation.run(&["plugin", "overlay", UNIT, &given]);
    assert_eq!(status, 2, "{said}");
    assert!(
        said.contains("ILM asks for at least 8 of 16 marks"),
        "{said}"
    );
}

#[test]
fn a_sheet_is_worked_out_with_an_overlay() {
    let installation = installation(&[]);
    let file = installation.path("given.toml");
    std::fs::write(&file, FITS).expect("an overlay");
    let file = file.display().to_string();
    let marks = "1.1=8,1.2=8,1.3=6,1.4=6,2.1=6,2.2=6,2.3=4,2.4=6";
    let evaluate = ["plugin", "evaluate", UNIT, "--marks", marks];
    let own = installation.succeed(&evaluate);
    assert!(own.starts_with("pass, 50 of 100"), "{own}");
    let said = installation.succeed(&[&evaluate[..], &["--overlay", &file]].concat());
    assert!(said.starts_with("referral, 50 of 100"), "{said}");
    assert!(
        said.contains("AC 1.1 has 8 of 16 marks; at least 9 are needed."),
        "{said}"
    );
}

/// The marks are made up: the unit prints none.
#[test]
fn a_sheet_of_decisions_is_marked_with_an_overlay() {
    let ids = [
        "1.1", "1.2", "1.3", "2.1", "2.2", "2.3", "2.4", "3.1", "3.2", "3.3", "4.1", "4.2",
    ];
    let criteria = ids
        .map(|id| format!("[[criteria]]\nid = \"{id}\"\nmaximum = 10\nminimum = 5\n"))
        .concat();
    let installation = installation(&[]);
    let file = installation.path("given.toml");
    let head = format!("unit = \"{EXTENDED}\"\nsource = \"Made up\"\n");
    std::fs::write(
        &file,
        format!("{head}[sheet]\nmode = \"marks\"\n{criteria}"),
    )
    .expect("an overlay");
    let file = file.display().to_string();
    let all = |marks: u32| ids.map(|id| format!("{id}={marks}")).join(",");
    let evaluate = |marks: &str| {
        let evaluate = ["plugin", "evaluate", EXTENDED, "--marks", marks];
        installation.succeed(&[&evaluate[..], &["--overlay", &file]].concat())
    };
    assert!(evaluate(&all(5)).starts_with("pass, 60 of 120"));
    let below = evaluate(&all(10).replace("4.2=10", "4.2=4"));
    assert!(below.starts_with("referral, 114 of 120"), "{below}");

    let (status, said) = installation.run(&["plugin", "evaluate", EXTENDED, "--marks", &all(5)]);
    assert_eq!(status, 2, "{said}");
    assert!(said.contains("the unit prints no marks"), "{said}");
    let decisions = ids.map(|id| format!("{id}=pass")).join(",");
    let said = installation.succeed(&["plugin", "evaluate", EXTENDED, "--decisions", &decisions]);
    assert_eq!(said.lines().next(), Some("pass"), "{said}");
}

#[test]
fn hours_are_counted_against_an_overlay() {
    let installation = installation(&[]);
    let file = installation.path("given.toml");
    std::fs::write(&file, TOO_SHORT.replace("2159", "2400")).expect("an overlay");
    let diary = workspace().join("tests/fixtures/306-complete/306-complete-diary.csv");
    let (file, diary) = (
        file.display().to_string(),
        format!("diary={}", diary.display()),
    );
    let check = [
        "plugin",
        "check",
        EXTENDED,
        "--evidence",
        &diary,
        "--today",
        "2026-07-10",
        "--json",
    ];
    for (more, status, source) in [
        (&[][..], "found", "ilm"),
        (&["--overlay", &file], "not-found", "centre"),
    ] {
        let said = installation.succeed(&[&check[..], more].concat());
        let report: serde_json::Value = serde_json::from_str(&said).expect("JSON");
        let findings = report["findings"].as_array().into_iter().flatten();
        let hours = findings
            .into_iter()
            .find(|finding| finding["rule"] == "practice-hours")
            .expect("the hours are counted");
        assert_eq!(hours["detail"]["counted_minutes"], 2355, "{hours}");
        assert_eq!(
            (&hours["status"], &hours["source"]),
            (&status.into(), &source.into())
        );
    }
}

#[test]
fn the_example_fits_with_all_its_lines() {
    let example = workspace().join(format!("config/overlays/{UNIT}.example.toml"));
    let text = std::fs::read_to_string(example).expect("the example");
    let is_line = |line: &str| {
        let rest = line.strip_prefix("# ").unwrap_or_default();
        let key = rest.split(" = ").next().unwrap_or_default();
        let is_key =
            key.len() < rest.len() && key.chars().all(|c| c.is_ascii_lowercase() || c == '_');
        rest.starts_with('[') || is_key
    };
    let lines: Vec<_> = text
        .lines()
        .map(|line| if is_line(line) { &line[2..] } else { line })
        .collect();
    let uncommented = lines.join("\n");
    for (overlays, changed) in [(text, 3), (uncommented, 11)] {
        let installation = installation(&[("example.toml", &overlays)]);
        let said = installation.succeed(&["plugin", "overlay", UNIT]);
        let changes = said.lines().filter(|line| line.contains(" → ")).count();
        assert_eq!(changes, changed, "{said}");
    }
}
