//! What a centre sets for itself: tried at the start, and looked at from the
//! command line.

use std::path::PathBuf;

use crate::Installation;

const UNIT: &str = "ilm-8577-304";
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

/// The workspace. Cargo tells it at every run: two checkouts that share a target
/// directory share the tests' binaries too.
fn workspace() -> PathBuf {
    let here = std::env::var_os("CARGO_MANIFEST_DIR");
    let here = here.map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
    here.join("../..")
}

/// An installation with the one unit, and overlays of these names and texts.
fn installation(overlays: &[(&str, &str)]) -> Installation {
    let mut installation = Installation::new();
    for folder in ["plugins", "overlays"] {
        std::fs::create_dir(installation.path(folder)).expect("a folder");
    }
    let component = format!("{UNIT}.wasm");
    std::fs::copy(
        workspace().join("data/plugins").join(&component),
        installation.path("plugins").join(&component),
    )
    .expect("the unit is built; `cargo xtask plugins` builds it");
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
        ("not-an-overlay.txt", "anything"),
    ]);
    for command in [&["config", "check"][..], &["serve"], &["worker"]] {
        let (status, said) = installation.run(command);
        assert_eq!(status, 2, "{command:?}: {said}");
        for words in [
            "b.toml: `settings.near_empty_words` is `6000`: expected a number from 0 to 1000",
            "b.toml: `criteria.1.1.minimum` is `7`: ILM asks for at least 8 of 16 marks; write 8 or more, or leave the line out",
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
