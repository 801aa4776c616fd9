//! The tutorials of the book, played as a reader plays them: every command is
//! run, and every file is written as the page has it.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::workspace;

/// A piece of a page that a reader acts on.
enum Step {
    /// A command, and words that its answer has.
    Run {
        command: String,
        answer: Vec<String>,
    },
    /// A file with what stands in it.
    Write { file: String, text: String },
}

/// The blocks of a page: `console` with commands after `$`, and what has `file=`
/// after its language.
fn steps(page: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let Some(kind) = line.strip_prefix("```") else {
            continue;
        };
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        if let Some((_, file)) = kind.split_once("file=") {
            steps.push(Step::Write {
                file: file.to_owned(),
                text: block.join("\n") + "\n",
            });
        }
        if kind != "console" {
            continue;
        }
        for line in block {
            if let Some(command) = line.strip_prefix("$ ") {
                steps.push(Step::Run {
                    command: command.to_owned(),
                    answer: Vec::new(),
                });
            } else if let Some(Step::Run { answer, .. }) = steps.last_mut() {
                answer.push(line.to_owned());
            }
        }
    }
    steps
}

/// Plays a page in an empty folder. Gives how many commands were run.
fn play(page: &str) -> usize {
    let path = workspace().join("docs/src/first-unit").join(page);
    let text = std::fs::read_to_string(&path).expect("a page");
    let folder = tempfile::tempdir().expect("a folder");
    let mut place: PathBuf = folder.path().to_owned();
    let binary = Path::new(env!("CARGO_BIN_EXE_markbridge"));
    let binaries = binary.parent().expect("a folder").display();
    let others = std::env::var("PATH").unwrap_or_default();
    let mut commands = 0;
    for step in steps(&text) {
        match step {
            Step::Write { file, text } => {
                let file = place.join(file);
                std::fs::create_dir_all(file.parent().expect("a folder")).expect("made");
                std::fs::write(file, text).expect("written");
            }
            Step::Run { command, .. } if command.starts_with("cd ") => {
                place.push(command.trim_start_matches("cd "));
                assert!(place.is_dir(), "{page}: {command}");
            }
            Step::Run { command, answer } => {
                let output = Command::new("bash")
                    .args(["-c", &command])
                    .current_dir(&place)
                    .env("PATH", format!("{binaries}:{others}"))
                    .env("MARKBRIDGE_SOURCE", workspace())
                    .output()
                    .expect("bash");
                let said = [output.stdout, output.stderr].concat();
                let said = String::from_utf8_lossy(&said);
                assert!(output.status.success(), "{page}: {command}\n{said}");
                for words in answer {
                    assert!(
                        said.contains(&words),
                        "{page}: {command}\n{said}\nno `{words}`"
                    );
                }
                commands += 1;
            }
        }
    }
    commands
}

#[test]
fn a_first_unit_without_programming() {
    assert!(play("toml.md") > 5);
}

#[test]
fn a_first_unit_in_rust() {
    assert!(play("rust.md") > 5);
}

#[test]
fn a_first_unit_in_javascript() {
    assert!(play("javascript.md") > 5);
}

#[test]
fn a_first_unit_in_python() {
    assert!(play("python.md") > 5);
}

/// The unit that the cookbook's recipes are cooked in.
const KITCHEN: &str = r#"
[unit]
id = "garden-100"
version = "0.1.0"
number = "G100"
title = "Working safely in the garden"
awarding-body = "example"
awarding-body-name = "Example Awards"

[[outcome]]
id = "1"
title = "Know how to work safely"

[[outcome.criterion]]
id = "1.1"
wording = "Describe the risks of a garden tool"
verbs = ["describe"]
marks = 10

[[outcome.criterion]]
id = "1.2"
wording = "Explain how to keep others safe"
verbs = ["explain"]
marks = 10

[[slot]]
id = "assignment"
kind = "document"
title = "Assignment"

[[slot]]
id = "diary"
kind = "table"
title = "Diary"

[[slot.field]]
id = "date"
title = "Date"
kind = "date"

[[slot.field]]
id = "minutes"
title = "Minutes"
kind = "duration"
unit = "minutes"

[[slot]]
id = "declaration"
kind = "declaration"
title = "Declaration"
statement = "This is my own work."
"#;

#[test]
fn every_recipe_of_the_cookbook_builds() {
    let page = std::fs::read_to_string(workspace().join("docs/src/cookbook.md")).expect("a page");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("unit.toml");
    let mut recipes = 0;
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if line != "```toml,recipe" {
            continue;
        }
        let recipe: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        let recipe = recipe.join("\n");
        std::fs::write(&file, format!("{KITCHEN}\n{recipe}\n")).expect("written");
        let output = Command::new(env!("CARGO_BIN_EXE_markbridge"))
            .args(["plugin", "build"])
            .arg(&file)
            .output()
            .expect("the binary runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{recipe}\n{said}");
        recipes += 1;
    }
    assert!(recipes > 10);
}

/// Every link of the book leads to a page of it, and every page is in the summary.
#[test]
fn the_books_links_lead_somewhere() {
    let source = workspace().join("docs/src");
    let mut pages = Vec::new();
    let mut folders = vec![source.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                pages.push(path);
            }
        }
    }
    assert!(pages.len() > 12);
    let summary = std::fs::read_to_string(source.join("SUMMARY.md")).expect("a summary");
    for page in &pages {
        let name = page
            .strip_prefix(&source)
            .expect("inside")
            .display()
            .to_string();
        assert!(
            name == "SUMMARY.md" || summary.contains(&format!("({name})")),
            "{name} is not in the summary"
        );
        let text = std::fs::read_to_string(page).expect("a page");
        for link in text.split("](").skip(1) {
            let target = link.split(')').next().unwrap_or_default();
            let target = target.split('#').next().unwrap_or_default();
            if target.is_empty() || target.contains("://") {
                continue;
            }
            let there = page.parent().expect("a folder").join(target);
            assert!(there.is_file(), "{name} links to {target}");
        }
    }
}
