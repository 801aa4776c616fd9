//! What a centre sets for itself: tried at the start, and looked at from the
//! command line.

use crate::doctor::Server;
use crate::guest::UnitGuest;
use crate::install::{digest, put, version};
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
fn a_version_that_an_overlay_does_not_fit_stops_no_way_back() {
    const MISFIT: &str = "`settings.near_empty_words`";
    let installation = installation(&[("a.toml", FITS)]);
    // This version has no settings, and two marks for 1.1.
    let component = UnitGuest::of(UNIT, "99.0.0").component();
    let file = put(&installation, "guest.wasm", &component);
    installation.succeed(&["plugin", "install", &file, "--digest", &digest(&component)]);
    let pin = ["plugin", "pin", UNIT, "99.0.0", "--yes"];
    let (status, said) = installation.run(&pin);
    assert_eq!(status, 2, "{said}");
    for words in [
        MISFIT,
        "does not fit version 99.0.0",
        "take those lines out",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    let in_use = |version: &str| {
        let said = installation.succeed(&["plugin", "list"]);
        let of_unit = said.lines().skip_while(|line| !line.starts_with(UNIT));
        let line = of_unit.skip(1).find(|line| line.ends_with("in use"));
        assert!(line.is_some_and(|line| line.contains(version)), "{said}");
    };
    in_use("1.0.0");

    // It comes about otherwise: the file is put there after the switch.
    let (overlay, away) = (installation.path("overlays/a.toml"), installation.path("a"));
    std::fs::rename(&overlay, &away).expect("moved");
    installation.succeed(&pin);
    std::fs::rename(&away, &overlay).expect("moved");
    for command in [&["config", "check"][..], &["serve"]] {
        let (status, said) = installation.run(command);
        assert_eq!(status, 2, "{command:?}: {said}");
        assert!(said.contains(MISFIT), "{command:?}: {said}");
    }
    in_use("99.0.0");
    installation.succeed(&["plugin", "pin", UNIT, "--back", "--yes"]);
    in_use("1.0.0");
    installation.succeed(&["config", "check"]);

    // Whatever does not fit the version in use either keeps nobody from another.
    std::fs::rename(&overlay, &away).expect("moved");
    installation.succeed(&pin);
    std::fs::write(&overlay, TOO_LOW).expect("an overlay");
    installation.succeed(&["plugin", "pin", UNIT, "--back", "--yes"]);
    in_use("1.0.0");
}

#[test]
fn an_installed_unit_is_known_by_its_id_and_by_its_overlay() {
    let overlay =
        "unit = \"demo-1\"\nsource = \"Handbook\"\n[[criteria]]\nid = \"1.1\"\nminimum = 2\n";
    let installation = installation(&[("demo.toml", overlay)]);
    let (status, said) = installation.run(&["config", "check"]);
    assert_eq!(status, 2, "{said}");
    assert!(said.contains("`demo-1`, which is not installed"), "{said}");

    let component = version("1.0.0", 1).component();
    let file = put(&installation, "demo.wasm", &component);
    installation.succeed(&["plugin", "install", &file, "--digest", &digest(&component)]);
    installation.succeed(&["config", "check"]);
    let said = installation.succeed(&["plugin", "overlay", "demo-1"]);
    assert!(
        said.contains("AC 1.1: marks: 2, at least 1 → 2, at least 2"),
        "{said}"
    );
    let said = installation.succeed(&["plugin", "evaluate", "demo-1", "--marks", "1.1=1,1.2=1"]);
    assert!(said.starts_with("pass"), "{said}");
    let (_, said) = installation.run(&["plugin", "template", "demo-1", "assignment"]);
    assert!(
        said.contains("assignment") && !said.contains("neither a file"),
        "{said}"
    );
    let (_, said) = installation.run(&["doctor"]);
    assert!(
        said.contains("works  Units and readers: units: 3, readers: 1"),
        "{said}"
    );

    // Its bytes get lost. The server goes on without it, and everybody says so.
    let kept = format!("evidence/plugins/{}.wasm", digest(&component));
    std::fs::remove_file(installation.path(&kept)).expect("it is kept there");
    let said = installation.succeed(&["config", "check"]);
    assert!(said.contains("demo.toml was not tried"), "{said}");
    let said = installation.succeed(&["plugin", "list"]);
    assert!(said.contains("no version is in use"), "{said}");
    assert!(said.contains("chosen, cannot be loaded"), "{said}");
    let (status, said) = installation.run(&["doctor"]);
    assert_eq!(status, 1, "{said}");
    assert!(
        said.contains("fails  Units and readers: no version of demo-1 is in use"),
        "{said}"
    );
    let _server = Server::start(&installation);
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
