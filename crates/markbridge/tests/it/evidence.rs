//! `markbridge plugin check` on evidence as learners produce it: every fixture,
//! read and checked in the sandbox, yields what its manifest says, and the page
//! `docs/src/checks.md` shows what the checks make of each.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::PathBuf;

use serde_json::Value;

use crate::{Installation, workspace};

/// The date of all manifests.
const TODAY: &str = "2026-07-10";

/// One way to hand a fixture's evidence in.
struct HandIn {
    fixture: &'static str,
    unit: &'static str,
    /// Slot and file.
    files: &'static [(&'static str, &'static str)],
}

const HAND_INS: [HandIn; 14] = [
    HandIn {
        fixture: "304-strong",
        unit: "ilm-8577-304",
        files: &[("assignment", "304-strong.docx")],
    },
    HandIn {
        fixture: "304-strong",
        unit: "ilm-8577-304",
        files: &[("assignment", "304-strong.odt")],
    },
    HandIn {
        fixture: "304-strong",
        unit: "ilm-8577-304",
        files: &[("assignment", "304-strong.pdf")],
    },
    HandIn {
        fixture: "304-strong",
        unit: "ilm-8577-304",
        files: &[("assignment", "304-strong.txt")],
    },
    HandIn {
        fixture: "304-strong",
        unit: "ilm-8577-304",
        files: &[("assignment", "304-strong.rtf")],
    },
    HandIn {
        fixture: "304-strong",
        unit: "ilm-8577-304",
        files: &[("assignment", "304-strong.html")],
    },
    HandIn {
        fixture: "304-weak",
        unit: "ilm-8577-304",
        files: &[("assignment", "304-weak.docx")],
    },
    HandIn {
        fixture: "304-middling",
        unit: "ilm-8577-304",
        files: &[("assignment", "care-home.txt")],
    },
    HandIn {
        fixture: "304-middling",
        unit: "ilm-8577-304",
        files: &[("assignment", "logistics.txt")],
    },
    HandIn {
        fixture: "304-middling",
        unit: "ilm-8577-304",
        files: &[("assignment", "council.txt")],
    },
    HandIn {
        fixture: "306-complete",
        unit: "ilm-8577-306",
        files: &[
            ("diary", "306-complete-diary.xlsx"),
            ("portfolio", "306-complete-portfolio.docx"),
        ],
    },
    HandIn {
        fixture: "306-complete",
        unit: "ilm-8577-306",
        files: &[
            ("diary", "306-complete-diary.ods"),
            ("portfolio", "306-complete-portfolio.docx"),
        ],
    },
    HandIn {
        fixture: "306-short",
        unit: "ilm-8577-306",
        files: &[
            ("diary", "306-short-diary.csv"),
            ("portfolio", "306-short-portfolio.docx"),
        ],
    },
    HandIn {
        fixture: "306-short",
        unit: "ilm-8577-306",
        files: &[
            ("diary", "306-short-diary.xlsx"),
            ("portfolio", "306-short-portfolio.docx"),
        ],
    },
];

impl HandIn {
    fn check(&self, installation: &Installation) -> Value {
        let folder = workspace().join("tests/fixtures").join(self.fixture);
        let files = self.files.iter();
        let files = files.map(|(slot, file)| (*slot, folder.join(file)));
        check(installation, self.unit, &files.collect::<Vec<_>>())
    }

    /// What the manifest says of the fixture.
    fn manifest(&self) -> Value {
        let manifest = workspace()
            .join("tests/fixtures")
            .join(self.fixture)
            .join("manifest.json");
        let manifest = std::fs::read_to_string(manifest).expect("a manifest");
        serde_json::from_str(&manifest).expect("JSON")
    }

    fn name(&self) -> String {
        let files: Vec<_> = self.files.iter().map(|(_, file)| *file).collect();
        files.join(", ")
    }
}

/// What `markbridge plugin check` says of these files.
fn check(installation: &Installation, unit: &str, files: &[(&str, PathBuf)]) -> Value {
    let evidence: Vec<String> = files
        .iter()
        .map(|(slot, file)| format!("{slot}={}", file.display()))
        .collect();
    let mut arguments = vec!["plugin", "check", unit, "--today", TODAY, "--json"];
    arguments.extend(evidence.iter().flat_map(|given| ["--evidence", given]));
    let printed = installation.succeed(&arguments);
    let report = serde_json::from_str(&printed);
    report.unwrap_or_else(|error| panic!("{evidence:?}: {error}: {printed}"))
}

/// An installation with the plugins of this project.
fn installation() -> Installation {
    let mut installation = Installation::new();
    let data = workspace().join("data");
    installation.environment = vec![
        (
            "MARKBRIDGE__PLUGINS__DIR",
            data.join("plugins").display().to_string(),
        ),
        (
            "MARKBRIDGE__PLUGINS__CACHE_DIR",
            data.join("test-cache").display().to_string(),
        ),
    ];
    installation
}

fn texts(value: &Value) -> BTreeSet<&str> {
    value
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

/// What is left to look at, where the manifest says so of the file.
fn assert_open(hand_in: &HandIn, report: &Value, manifest: &Value) {
    let (_, name) = hand_in.files[0];
    let files = manifest["files"].as_array().expect("files");
    let file = files.iter().find(|file| file["file"] == name);
    let file = file.expect("the manifest knows the file");
    let open: BTreeSet<String> = report["findings"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|finding| finding["status"] == "look" || finding["status"] == "not-found")
        .map(|finding| {
            let text = |key: &str| finding[key].as_str().unwrap_or("-");
            format!("{} {} {}", text("criterion"), text("status"), text("rule"))
        })
        .collect();
    let open: BTreeSet<&str> = open.iter().map(String::as_str).collect();
    if file["only_open"].is_array() {
        assert_eq!(open, texts(&file["only_open"]), "{name}");
    }
    let expected = texts(&file["open_among_others"]);
    assert!(expected.is_subset(&open), "{name}: {open:?}");
}

/// Words below the headings of each criterion.
fn words_of_sections(report: &Value) -> BTreeMap<String, u64> {
    let mut words: BTreeMap<String, u64> = BTreeMap::new();
    for section in report["documents"]
        .as_array()
        .into_iter()
        .flatten()
        .flat_map(|document| document["sections"].as_array().into_iter().flatten())
    {
        let criterion = section["criterion"].as_str().expect("a criterion");
        *words.entry(criterion.to_owned()).or_default() +=
            section["words"].as_u64().expect("a count");
    }
    words
}

/// Words of each criterion's sections, within one in a hundred of the manifest.
fn assert_sections(hand_in: &HandIn, report: &Value, expected: &Value) {
    let per_criterion = [&expected["per_ac"], &expected["portfolio_per_ac"]]
        .into_iter()
        .find_map(Value::as_object)
        .expect("criteria in the manifest");
    let words = words_of_sections(report);
    let name = hand_in.name();
    let present: BTreeSet<&str> = per_criterion
        .iter()
        .filter(|(_, facts)| facts["heading_present"] == true)
        .map(|(criterion, _)| criterion.as_str())
        .collect();
    let found: BTreeSet<&str> = words.keys().map(String::as_str).collect();
    assert_eq!(found, present, "{name}: criteria with a section");
    for (criterion, counted) in words {
        let expected = per_criterion[&criterion]["words"].as_u64().expect("words");
        let off = counted.abs_diff(expected) * 100;
        assert!(
            off <= expected,
            "{name}: {criterion} has {counted} words, the manifest says {expected}"
        );
    }
}

/// The finding of a rule, for a criterion or for the whole.
fn findings<'r>(report: &'r Value, rule: &'r str) -> impl Iterator<Item = &'r Value> {
    let findings = report["findings"].as_array().into_iter().flatten();
    findings.filter(move |finding| finding["rule"] == rule)
}

/// Hours, clients and rows of a diary, exactly.
fn assert_diary(hand_in: &HandIn, report: &Value, expected: &Value) {
    let diary = &expected["diary"];
    let Some(minutes) = diary["counted_minutes_as_written"].as_u64() else {
        return;
    };
    let name = hand_in.name();
    let rows = &report["tables"][0]["rows"];
    assert_eq!(*rows, diary["data_rows"], "{name}: rows");
    let hours = findings(report, "practice-hours").next().expect("hours");
    let detail = &hours["detail"];
    assert_eq!(detail["counted_minutes"], minutes, "{name}: minutes");
    assert_eq!(
        detail["clients"], diary["clients_with_time"],
        "{name}: clients"
    );
    let with_time = |counts: &Value| -> BTreeMap<String, u64> {
        let counts = counts.as_object().into_iter().flatten();
        counts
            .map(|(client, minutes)| (client.clone(), minutes.as_u64().expect("minutes")))
            .filter(|(_, minutes)| *minutes > 0)
            .collect()
    };
    assert_eq!(
        with_time(&detail["minutes_per_client"]),
        with_time(&diary["minutes_per_client"]),
        "{name}: minutes of each client"
    );
    let met = diary["hours_met"] == true && diary["clients_met"] == true;
    let status = if met { "found" } else { "not-found" };
    assert_eq!(
        hours["status"], status,
        "{name}: 36 hours with three clients"
    );
}

#[test]
fn every_fixture_yields_what_its_manifest_says() {
    let installation = installation();
    for hand_in in &HAND_INS {
        let report = hand_in.check(&installation);
        let manifest = hand_in.manifest();
        let failures = report["failures"].as_array().expect("failures");
        assert!(failures.is_empty(), "{}: {failures:?}", hand_in.name());
        assert_open(hand_in, &report, &manifest);
        let expected = &manifest["expected"];
        if expected.is_null() {
            continue;
        }
        assert_sections(hand_in, &report, expected);
        assert_diary(hand_in, &report, expected);
        let missing: BTreeSet<&str> = findings(&report, "section-found")
            .filter(|finding| finding["status"] == "not-found")
            .filter_map(|finding| finding["criterion"].as_str())
            .collect();
        assert_eq!(missing, texts(&expected["missing"]), "{}", hand_in.name());
    }
}

/// Words that containers have to write in ways of their own.
const WORDS: [&str; 12] = [
    "mentor",
    "goals",
    "café",
    "“trust”",
    "it’s",
    "a&b",
    "<tag>",
    "{brace}",
    "C:\\dir",
    "3<4",
    "50%",
    "日本語",
];
/// Documents that are made up, each in every container that is plain text.
const DOCUMENTS: usize = 4;

#[test]
fn the_words_of_a_section_do_not_depend_on_the_container() {
    let installation = installation();
    let folder = tempfile::tempdir().expect("a folder");
    for document in 0..DOCUMENTS {
        // Sections of a few paragraphs, another mixture in each document.
        let sections: Vec<(String, Vec<String>)> = ["1.1", "1.3", "2.2", "2.4"]
            .iter()
            .enumerate()
            .map(|(at, criterion)| {
                let paragraph = |number: usize| {
                    let count = 1 + (document * 7 + at * 5 + number * 3) % 11;
                    let word = |word| WORDS[(document + at * 3 + number + word * 5) % WORDS.len()];
                    (0..count).map(word).collect::<Vec<_>>().join(" ")
                };
                let paragraphs = (0..=(document + at) % 3).map(paragraph);
                (format!("AC {criterion}"), paragraphs.collect())
            })
            .collect();
        let expected: BTreeMap<String, u64> = sections
            .iter()
            .map(|(heading, paragraphs)| {
                let words = paragraphs.iter().flat_map(|text| text.split(' ')).count();
                let criterion = heading.trim_start_matches("AC ").to_owned();
                (criterion, u64::try_from(words).expect("few words"))
            })
            .collect();
        let (mut text, mut html, mut rtf) =
            (String::new(), String::new(), String::from("{\\rtf1 "));
        for (heading, paragraphs) in &sections {
            for line in [heading].into_iter().chain(paragraphs) {
                let _ = writeln!(text, "{line}");
                let escaped = line.replace('&', "&amp;").replace('<', "&lt;");
                let _ = writeln!(html, "<p>{escaped}</p>");
                for unit in line.encode_utf16() {
                    let _ = match u8::try_from(unit) {
                        Ok(sign @ (b'{' | b'}' | b'\\')) => write!(rtf, "\\{}", char::from(sign)),
                        Ok(letter) if letter.is_ascii() => write!(rtf, "{}", char::from(letter)),
                        _ => write!(rtf, "\\u{}?", unit.cast_signed()),
                    };
                }
                rtf.push_str("\\par\n");
            }
        }
        rtf.push('}');
        for (ending, content) in [("txt", text), ("html", html), ("rtf", rtf)] {
            let file = folder.path().join(format!("{document}.{ending}"));
            std::fs::write(&file, content).expect("the file is written");
            let report = check(&installation, "ilm-8577-304", &[("assignment", file)]);
            assert_eq!(
                words_of_sections(&report),
                expected,
                "document {document} as .{ending}"
            );
        }
    }
}

#[test]
fn the_page_of_checks_shows_what_they_make_of_each_fixture() {
    let installation = installation();
    let mut page = String::from(
        "# What the checks make of the fixtures\n\n\
         Written by the tests from `markbridge plugin check` on each fixture, with 10 July 2026\n\
         as today. The letters stand for findings: F found, L worth a look, N not found,\n\
         i information, – does not apply; a number says how many. An empty cell: the rule had\n\
         nothing to say. `MARKBRIDGE_WRITE_DOCS=1 cargo test --test it page_of_checks` writes\n\
         this page anew.\n",
    );
    for unit in ["ilm-8577-304", "ilm-8577-306"] {
        let hand_ins: Vec<&HandIn> = HAND_INS
            .iter()
            .filter(|hand_in| hand_in.unit == unit)
            .collect();
        let reports: Vec<Value> = hand_ins
            .iter()
            .map(|hand_in| hand_in.check(&installation))
            .collect();
        write_table(&mut page, unit, &hand_ins, &reports);
    }
    let path = workspace().join("docs/src/checks.md");
    if std::env::var_os("MARKBRIDGE_WRITE_DOCS").is_some() {
        std::fs::write(&path, &page).expect("the page is written");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == page,
        "docs/src/checks.md is not what the checks say now; write it anew as it says itself"
    );
}

/// One row for each rule and criterion, one column for each hand-in.
fn write_table(page: &mut String, unit: &str, hand_ins: &[&HandIn], reports: &[Value]) {
    let mut rows: Vec<(String, String)> = Vec::new();
    let key = |finding: &Value| {
        let text = |field: &str| finding[field].as_str().unwrap_or("").to_owned();
        (text("rule"), text("criterion"))
    };
    for report in reports {
        for finding in report["findings"].as_array().into_iter().flatten() {
            let key = key(finding);
            if !rows.contains(&key) {
                rows.push(key);
            }
        }
    }
    rows.sort();
    let names: Vec<String> = hand_ins.iter().map(|hand_in| hand_in.name()).collect();
    let _ = write!(
        page,
        "\n## {unit}\n\n| rule | criterion | {} |\n|---|---|{}\n",
        names.join(" | "),
        "---|".repeat(names.len())
    );
    for row in rows {
        let cells: Vec<String> = reports
            .iter()
            .map(|report| {
                let all = report["findings"].as_array().into_iter().flatten();
                letters(all.filter(|finding| key(finding) == row))
            })
            .collect();
        let _ = writeln!(page, "| {} | {} | {} |", row.0, row.1, cells.join(" | "));
    }
}

/// `F`, `2 L`: how many findings there are of each status.
fn letters<'f>(findings: impl Iterator<Item = &'f Value>) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in findings {
        *counts
            .entry(match finding["status"].as_str() {
                Some("found") => "F",
                Some("look") => "L",
                Some("not-found") => "N",
                Some("not-applicable") => "–",
                _ => "i",
            })
            .or_default() += 1;
    }
    let shown = counts.into_iter().map(|(letter, count)| match count {
        1 => letter.to_owned(),
        _ => format!("{count} {letter}"),
    });
    shown.collect::<Vec<_>>().join(", ")
}
