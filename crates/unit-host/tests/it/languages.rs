//! One unit in several languages, and in none, gives the same bytes: in every
//! fresh instance, on engines with other settings, and after a restart.
//! `cargo xtask plugins` builds `plugins/examples` into `data/examples`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use assessment::evidence::{
    Document, Evidence, ReadColumn, ReadDocument, ReadTable, SlotState, block,
};
use assessment::sections;
use assessment::sheet::{Award, Sheet};
use assessment::table::{matching, table};
use assessment::unit::{Entry, Unit, Value};
use plugin_kit::{Interpreted, InterpretedError};
use unit_host::{
    Attempt, CallFailure, CallLimits, Context, Limits, Settings, UnitHost, UnitPlugin,
};

use crate::context;

const LANGUAGES: [&str; 4] = ["rust", "javascript", "python", "toml"];
/// Submissions and sheets that are tried.
const SUBMISSIONS: u64 = 120;
const SHEETS: u64 = 200;
/// Lines that a statement is made of, besides those made of `PARTS`: headings as
/// people write them, questions of the template, placeholders.
const LINES: [&str; 18] = [
    "AC 1.1",
    "1.1 Describe the workplace and the people in it",
    "1.2 Explain how to stay safe at work",
    "Explain how to stay safe at work",
    "2.1 My record",
    "2.2: Reflect on what was learnt and what comes next",
    "Section 1",
    "References",
    "What would you do if you heard the fire alarm?",
    "WHAT WOULD YOU DO if you heard the fire alarm? I would go out.",
    "They asked: what would you do, if you heard the fire alarm — and left.",
    "What would you do if you heard the fire alarms?",
    "[Type your answer here]",
    "Before {insert the date} and after <your name> and [12 rooms] [add].",
    "Click or tap here to enter text.",
    "Choose an item",
    "I know the way out, the people, the rules; I was shown all of it on my first day here.",
    "",
];
/// Parts of words: letters of one to four bytes, letters that change their
/// length with their case, and white space of several kinds.
const PARTS: [&str; 28] = [
    "a",
    "work",
    "Safe",
    "é",
    "ß",
    "İ",
    "Σ",
    "ς",
    "ﬁ",
    "ÅNGSTRÖM",
    "中",
    "文字",
    "𝔘",
    "😀",
    "👩‍🔧",
    "e\u{301}",
    " ",
    " ",
    " ",
    "  ",
    "\t",
    "\u{a0}",
    "\u{2028}",
    "\u{3000}",
    "\u{feff}",
    ".",
    "“-”",
    "[",
];
/// Cells of a record: dates and times as people type them, blank and odd ones.
const DATES: [&str; 6] = [
    "3/2/26",
    "2026-02-04",
    "5 Feb 2026",
    "",
    "soon",
    "31/02/2026",
];
const MINUTES: [&str; 12] = [
    "60", "1h 30", "1:30", "90 min", "0.5", "7.25", "", "long", "-5", "2000", "0", "1,5",
];
const STATES: [&str; 6] = [
    "given",
    "given",
    "empty",
    "unreadable",
    "waived",
    "from-later",
];

/// The same numbers in every run (Marsaglia's xorshift).
struct Chance(u64);

impl Chance {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).expect("31 bits") % end
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }

    fn line(&mut self) -> String {
        if self.below(2) == 0 {
            return self.one(&LINES).to_owned();
        }
        (0..self.below(40)).map(|_| self.one(&PARTS)).collect()
    }

    fn document(&mut self, unit: &Unit, item: u32) -> Document {
        let lines: Vec<String> = (0..self.below(24)).map(|_| self.line()).collect();
        let mut column = |most: usize| {
            let cells = lines.iter().map(|_| u8::try_from(self.below(most)));
            cells
                .collect::<Result<Vec<_>, _>>()
                .expect("a small number")
        };
        let read = ReadDocument {
            text: lines.join("\n"),
            kind: column(usize::from(block::TITLE) + 1),
            level: column(3),
            style: column(64),
            part: vec![0; lines.len()],
            ..ReadDocument::default()
        };
        let mut document = Document::new("statement", item, "work.docx", read).expect("a document");
        document.sections = sections::find(unit, &document);
        for section in &mut document.sections {
            if self.below(8) == 0 {
                "assessor".clone_into(&mut section.found_by);
            }
        }
        document
    }

    fn record(&mut self, unit: &Unit, item: u32) -> assessment::evidence::Table {
        let rows = self.below(12);
        let mut column = |heading: &str, cells: &[&str]| {
            let cells: Vec<&str> = (0..rows).map(|_| self.one(cells)).collect();
            ReadColumn {
                heading: heading.to_owned(),
                kind: cells
                    .iter()
                    .map(|cell| u8::from(!cell.is_empty()))
                    .collect(),
                cells: cells.join("\n"),
                written: String::new(),
            }
        };
        let columns = vec![
            column("Date", &DATES),
            column("Activity", &PARTS),
            column("Minutes", &MINUTES),
            column("Seen by", &PARTS),
        ];
        let read = ReadTable {
            row_count: u32::try_from(rows).expect("a few rows"),
            source_row: (2..).take(rows).collect(),
            headings: "marked".to_owned(),
            columns,
            ..ReadTable::default()
        };
        let slot = &unit.slots[1];
        table(
            slot,
            item,
            "record “1”.xlsx",
            &read,
            &matching(slot, &read),
            "en-GB",
        )
        .0
    }

    fn evidence(&mut self, unit: &Unit) -> Evidence {
        let several = |chance: &mut Self| 0..u32::try_from(chance.below(3)).expect("few");
        let documents = several(self).map(|item| self.document(unit, item));
        let documents = documents.collect();
        let tables = several(self).map(|item| self.record(unit, item)).collect();
        let slots = unit.slots.iter().map(|slot| SlotState {
            slot: slot.id.clone(),
            state: self.one(&STATES).to_owned(),
            note: String::new(),
        });
        Evidence {
            slots: slots.collect(),
            documents,
            tables,
        }
    }

    /// A context in which a centre has set one thing or another.
    fn context(&mut self, unit: &Unit) -> Context {
        let mut context = context(unit);
        if self.below(2) == 0 {
            let minutes = Value::Number([0.0, 61.5, 400.0][self.below(3)]);
            context.settings[0].1 = minutes;
            "centre".clone_into(&mut context.settings[0].2);
        }
        if self.below(3) == 0 {
            let counts = [("nominal", 1500.0), ("low", 1200.0), ("high", 2000.0)];
            let known = [1, 3][self.below(2)];
            let counts = counts[..known].iter();
            context.more.push(Entry {
                key: ["words", "words.1.1"][self.below(2)].to_owned(),
                value: Value::Counts(
                    counts
                        .map(|(name, count)| ((*name).to_owned(), *count))
                        .collect(),
                ),
            });
        }
        if self.below(3) == 0 {
            context.more.push(Entry {
                key: "prompts".to_owned(),
                value: Value::Texts(vec!["Safe work".to_owned(), "Σ ß".to_owned()]),
            });
        }
        context
    }

    fn sheet(&mut self, unit: &Unit) -> Sheet {
        let mut sheet = Sheet::empty(unit);
        let mode = self.one(&["marks", "marks", "pass-referral", "letters"]);
        mode.clone_into(&mut sheet.mode);
        let kinds = if self.below(6) == 0 { 4 } else { 2 };
        let by_marks = sheet.mode == "marks";
        for entry in &mut sheet.entries {
            entry.minimum += u32::try_from(self.below(2)).expect("one or none");
            // One kind of award fits the mode; the others are refused.
            entry.award = match (self.below(kinds), by_marks) {
                (0, true) | (2, false) => Award::Marks(u32::try_from(self.below(12)).expect("few")),
                (0, false) | (2, true) => {
                    Award::Decision(self.one(&["pass", "pass", "referral", "merit"]).to_owned())
                }
                (1, _) if self.below(3) > 0 => Award::Marks(10),
                _ => Award::Undecided,
            };
        }
        sheet
    }
}

/// A host of its own, which keeps what it compiles beside the components.
fn host(units: CallLimits) -> UnitHost {
    UnitHost::new(settings(&data().join("test-cache"), units)).expect("a host")
}

fn settings(cache: &Path, units: CallLimits) -> Settings {
    Settings {
        cache_dir: cache.to_owned(),
        cache_key: [7; 32],
        limits: Limits {
            units,
            ..Limits::default()
        },
        compile_job: None,
    }
}

fn data() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../data")
}

/// Time for interpreters on a machine that does other things too.
fn patient() -> CallLimits {
    CallLimits {
        time: Duration::from_mins(1),
        ..Limits::default().units
    }
}

async fn install(host: &UnitHost, language: &str) -> Arc<UnitPlugin> {
    let path = data().join(format!("examples/workplace-induction-{language}.wasm"));
    let component = std::fs::read(&path)
        .unwrap_or_else(|error| panic!("{}: {error}; run `cargo xtask plugins`", path.display()));
    let installed = host.install_unit(component).await;
    installed.unwrap_or_else(|error| panic!("{language}: {error}"))
}

/// Hosts with their plugins: two that differ in nothing, as before and after a
/// restart, one whose engine has other limits, and one whose engine counts what
/// is done, so that its code is another.
async fn everywhere() -> Vec<(UnitHost, Vec<Arc<UnitPlugin>>)> {
    let roomy = CallLimits {
        memory_bytes: 300 << 20,
        concurrent_calls: 3,
        ..patient()
    };
    let counting = UnitHost::with_accounts(settings(&data().join("test-cache"), patient()));
    let counting = counting.expect("a host");
    let mut hosts = Vec::new();
    for host in [host(patient()), host(patient()), host(roomy), counting] {
        let mut plugins = Vec::new();
        for language in LANGUAGES {
            plugins.push(install(&host, language).await);
        }
        hosts.push((host, plugins));
    }
    hosts
}

#[tokio::test]
async fn findings_are_the_same_bytes_in_every_language_and_engine() {
    let hosts = everywhere().await;
    let unit = hosts[0].1[0].unit().clone();
    for (_, plugins) in &hosts {
        for (plugin, language) in plugins.iter().zip(LANGUAGES) {
            assert_eq!(plugin.unit(), &unit, "{language}");
        }
    }
    let mut seen = BTreeSet::new();
    for seed in 0..SUBMISSIONS {
        let mut chance = Chance::new(seed);
        let evidence = chance.evidence(&unit);
        let context = chance.context(&unit);
        let previous = (chance.below(4) == 0).then(|| Attempt {
            number: 1,
            submitted: context.today,
            evidence: chance.evidence(&unit),
            decisions: Vec::new(),
        });
        let mut first = None;
        for (host, plugins) in &hosts {
            for (plugin, language) in plugins.iter().zip(LANGUAGES) {
                // Two calls are two fresh instances.
                for _ in 0..2 {
                    let findings = host
                        .check(plugin, evidence.clone(), context.clone(), previous.clone())
                        .await
                        .unwrap_or_else(|failure| panic!("{language}, seed {seed}: {failure}"));
                    for found in &findings {
                        seen.insert((found.rule.clone(), found.status.clone()));
                        let keys = found.details.iter().map(|entry| entry.key.clone());
                        seen.extend(keys.map(|key| (found.rule.clone(), key)));
                    }
                    let bytes = serde_json::to_string_pretty(&findings).expect("JSON");
                    let expected = first.get_or_insert_with(|| bytes.clone());
                    assert_eq!(&bytes, expected, "{language}, seed {seed}");
                }
            }
        }
    }
    // The submissions led down every path of the checks.
    for (rule, what) in [
        ("section-found", "found"),
        ("section-found", "look"),
        ("section-found", "not-found"),
        ("section-found", "not-applicable"),
        ("section-words", "info"),
        ("section-words", "template_words"),
        ("section-empty", "look"),
        ("total-words", "info"),
        ("induction-hours", "found"),
        ("induction-hours", "look"),
        ("induction-hours", "not-found"),
        ("induction-hours", "not-applicable"),
    ] {
        assert!(
            seen.contains(&(rule.to_owned(), what.to_owned())),
            "{rule} {what}"
        );
    }
}

#[tokio::test]
async fn outcomes_and_grades_are_the_same_in_every_language() {
    let host = host(patient());
    let mut plugins = Vec::new();
    for language in LANGUAGES {
        plugins.push(install(&host, language).await);
    }
    let unit = plugins[0].unit().clone();
    let (mut passes, mut refused) = (0, 0);
    for seed in 0..SHEETS {
        let mut chance = Chance::new(seed);
        let sheet = chance.sheet(&unit);
        let mut context = context(&unit);
        context.submission = 2;
        let mut first = None;
        for (plugin, language) in plugins.iter().zip(LANGUAGES) {
            let outcome = host.evaluate(plugin, &sheet, &context).await;
            let grade = match &outcome {
                Ok(outcome) => host
                    .grade(plugin, outcome, &context)
                    .await
                    .expect("a grade"),
                Err(_) => None,
            };
            passes += u32::from(grade.is_some());
            refused += u32::from(outcome.is_err());
            let said = format!("{outcome:#?} {grade:#?}");
            let expected = first.get_or_insert_with(|| said.clone());
            assert_eq!(&said, expected, "{language}, seed {seed}");
        }
    }
    assert!(
        passes > 0 && refused > 0,
        "{passes} passes, {refused} refused"
    );
}

/// A project with the tools that `cargo xtask plugins` installed for the example.
fn project(name: &str, tools: &str) -> tempfile::TempDir {
    let test = std::env::current_exe().expect("this test");
    let target = test.ancestors().nth(3).expect("a target directory");
    let installed = target.join("examples").join(name).join(tools);
    assert!(
        installed.is_dir(),
        "{} is missing; run `cargo xtask plugins`",
        installed.display()
    );
    let folder = tempfile::tempdir().expect("a folder");
    std::os::unix::fs::symlink(installed, folder.path().join(tools)).expect("a link");
    folder
}

fn source_of_the_example(language: &str, file: &str) -> String {
    let path = data().join("../plugins/examples").join(language).join(file);
    std::fs::read_to_string(path).expect("the example")
}

/// Builds the example with a change, and gives what its author reads when a
/// check and an evaluation go wrong.
async fn slips(
    language: Interpreted,
    name: &str,
    tools: &str,
    change: (&str, &str),
) -> [String; 2] {
    let folder = project(name, tools);
    let source = source_of_the_example(name, language.source());
    assert!(source.contains(change.0));
    let path = folder.path().join(language.source());
    std::fs::write(path, source.replace(change.0, change.1)).expect("a unit");
    let component = language.build(folder.path()).expect("a component");
    let host = UnitHost::new(settings(&folder.path().join("cache"), patient())).expect("a host");
    let plugin = host.install_unit(component).await.expect("a plugin");
    let (unit, context) = (plugin.unit(), context(plugin.unit()));
    let check = host
        .check(&plugin, Evidence::default(), context.clone(), None)
        .await
        .expect_err("a slip");
    let evaluate = host
        .evaluate(&plugin, &Sheet::empty(unit), &context)
        .await
        .expect_err("a slip");
    [check, evaluate].map(|failure| match failure {
        CallFailure::Plugin { message, .. } => message,
        other => panic!("{other:?}"),
    })
}

#[tokio::test]
async fn a_slip_in_javascript_is_told_with_its_line() {
    let change = (
        "  check(evidence, context) {\n",
        "  evaluate: () => ({ verdict: \"perhaps\" }),\n  check(evidence, context) {\n    evidence.nowhere.near();\n",
    );
    let [check, evaluate] = slips(
        Interpreted::JavaScript,
        "javascript",
        "node_modules",
        change,
    )
    .await;
    assert!(
        check.starts_with(
            "TypeError: cannot read property 'near' of undefined (check, at check (/unit.js:"
        ),
        "{check}"
    );
    assert_eq!(
        evaluate,
        "TypeError: the answer.verdict must be one of pass, referral, incomplete; it is \"perhaps\" (evaluate)"
    );
}

/// What a unit in JavaScript can do wrong; the text of its first document says
/// which, with the code of the failure, and how it is told.
const MISBEHAVIOURS: [(&str, &str); 10] = [
    ("an endless loop", "took-too-long"),
    ("all memory", "internal"),
    ("endless recursion", "stack-overflow"),
    ("an error", "internal"),
    ("20,000 findings", "too-much-output"),
    ("a message of 512 MiB", "internal"),
    ("log lines without end", "took-too-long"),
    (
        "the time",
        "internal: Error: a plugin has no clock; `context.today` is",
    ),
    ("chance", "internal: Error: a plugin has no random numbers"),
    (
        "a setting that is none",
        "internal: RangeError: there is no setting `least_word`; the unit has min_minutes, ",
    ),
];
const MISBEHAVE: &str = r#"  check(evidence, context) {
    const deeper = (depth) => deeper(depth + 1) + 1;
    const found = (message) => ({ ...new Checks(evidence, induction, context).totalWords()[0], message });
    switch (evidence.raw.documents[0].text) {
      case "an endless loop": for (;;);
      case "all memory": for (const kept = []; ;) kept.push(new Array(10000).fill(kept.length));
      case "endless recursion": return deeper(0);
      case "an error": throw new Error("of the unit");
      case "20,000 findings": return new Array(20000).fill(found("again"));
      case "a message of 512 MiB": return [found("x".repeat(2 ** 29))];
      case "log lines without end": for (;;) log("again and again");
      case "the time": return [found(`${new Date("2026-05-01").getDate()} ${new Date()}`)];
      case "chance": return [found(String(Math.random()))];
      case "a setting that is none": return [found(String(context.number("least_word")))];
    }
"#;

#[tokio::test(flavor = "multi_thread")]
async fn what_javascript_does_wrong_ends_with_its_call() {
    let folder = project("javascript", "node_modules");
    let source = source_of_the_example("javascript", Interpreted::JavaScript.source());
    let source = source
        .replace("  check(evidence, context) {\n", MISBEHAVE)
        .replace("documentSlot, field", "documentSlot, field, log");
    let path = folder.path().join(Interpreted::JavaScript.source());
    std::fs::write(path, source).expect("a unit");
    let component = Interpreted::JavaScript
        .build(folder.path())
        .expect("a component");
    let host = UnitHost::new(settings(
        &folder.path().join("cache"),
        Limits::default().units,
    ))
    .expect("a host");
    let plugin = host.install_unit(component).await.expect("a plugin");
    let asked = async |text: &str| {
        let read = ReadDocument {
            text: text.to_owned(),
            kind: vec![0],
            level: vec![0],
            style: vec![0],
            part: vec![0],
            ..ReadDocument::default()
        };
        let document = Document::new("statement", 0, "statement.docx", read).expect("a document");
        let evidence = Evidence {
            documents: vec![document],
            ..Evidence::default()
        };
        let about = context(plugin.unit());
        host.check(&plugin, evidence, about, None).await
    };
    let expected = asked("My first day.").await.expect("findings");
    for (what, code) in MISBEHAVIOURS {
        let failure = asked(what).await.expect_err(what);
        let told = format!("{}: {failure}", failure.code());
        assert!(told.starts_with(code), "{what}: {told}");
        assert_eq!(
            asked("My first day.").await.as_ref(),
            Ok(&expected),
            "after {what}"
        );
    }
}

#[tokio::test]
async fn a_slip_in_python_is_told_with_its_line() {
    let change = (
        "\nPlugin = plugin(INDUCTION, check)\n",
        "\ncheck = lambda evidence, context, previous: evidence.nowhere\nPlugin = plugin(INDUCTION, check, evaluate=lambda sheet, context: 7)\n",
    );
    let [check, evaluate] = slips(Interpreted::Python, "python", ".venv", change).await;
    assert!(
        check.starts_with(
            "AttributeError: 'Evidence' object has no attribute 'nowhere' (check, unit.py:"
        ),
        "{check}"
    );
    assert_eq!(
        evaluate,
        "TypeError: the answer must be a ResultSheet; it is 7 (evaluate)"
    );
}

#[test]
fn a_unit_that_cannot_be_built_is_told_in_its_own_words() {
    let example = source_of_the_example("javascript", Interpreted::JavaScript.source());
    let other_kind = example.replace("\"duration\"", "\"duraton\"");
    let other_name = example.replace("minimum: 5, words", "minmum: 5, words");
    for (language, name, tools, source, expected) in [
        (
            Interpreted::JavaScript,
            "javascript",
            "node_modules",
            "export const plugin = nothing;",
            "nothing is not defined\n    at <anonymous> (/unit.js:1:",
        ),
        (
            Interpreted::JavaScript,
            "javascript",
            "node_modules",
            &other_kind,
            "the kind of the field minutes is `duraton`; it must be one of text, long-text, ",
        ),
        (
            Interpreted::JavaScript,
            "javascript",
            "node_modules",
            &other_name,
            "the criterion 1.1 has no `minmum`; it can have id, wording, verbs, ",
        ),
        (
            Interpreted::Python,
            "python",
            ".venv",
            "import markbridge\n\ndef f(:\n",
            "unit.py\", line 3\n",
        ),
    ] {
        let folder = project(name, tools);
        std::fs::write(folder.path().join(language.source()), source).expect("a unit");
        let error = language.build(folder.path()).expect_err("no component");
        let InterpretedError::Refused { said, .. } = error else {
            panic!("{error}");
        };
        assert!(said.contains(expected), "{said}");
        assert!(!said.contains("backtrace"), "{said}");
    }
}
