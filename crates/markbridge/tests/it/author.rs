//! The kit for authors, as an author uses it: the real binary in a folder where
//! there is nothing else.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::workspace;

/// A folder of an author, who has this binary and no clone.
struct Author {
    folder: TempDir,
    environment: Vec<(&'static str, String)>,
}

impl Author {
    fn new() -> Self {
        let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
        let target = target.unwrap_or_else(|| workspace().join("target"));
        let text = |path: PathBuf| path.display().to_string();
        Self {
            folder: tempfile::tempdir().expect("a folder"),
            environment: vec![
                // What all these tests compile, they compile once.
                ("XDG_CACHE_HOME", text(workspace().join("data/test-cache"))),
                ("CARGO_TARGET_DIR", text(target.join("authors"))),
                ("CARGO_NET_OFFLINE", "true".to_owned()),
            ],
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs `markbridge plugin` in a folder, and gives its status and all that it wrote.
    fn run(&self, folder: &Path, arguments: &[&str]) -> (i32, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_markbridge"))
            .arg("plugin")
            .args(arguments)
            .current_dir(folder)
            .env_remove("CARGO")
            .env_remove("RUSTFLAGS")
            .envs(self.environment.iter().cloned())
            .output()
            .expect("the binary runs");
        let text = [output.stdout, output.stderr].concat();
        (
            output.status.code().unwrap_or(-1),
            String::from_utf8_lossy(&text).into_owned(),
        )
    }

    fn succeed(&self, folder: &Path, arguments: &[&str]) -> String {
        let (status, text) = self.run(folder, arguments);
        assert_eq!(status, 0, "{arguments:?}: {text}");
        text
    }

    /// Runs a command that fails, and looks for each of these texts.
    fn fail(&self, folder: &Path, arguments: &[&str], says: &[&str]) {
        let (status, text) = self.run(folder, arguments);
        assert_ne!(status, 0, "{arguments:?}: {text}");
        for said in says {
            assert!(text.contains(said), "{arguments:?}, `{said}`: {text}");
        }
    }

    /// A new unit in Rust, with the kit of this clone. Tests that run side by side
    /// take other ids, for cargo keeps what it built by the name of the package.
    fn rust(&self, id: &str, dir: &str) -> PathBuf {
        let sdk = workspace().display().to_string();
        self.succeed(
            self.folder.path(),
            &[
                "new",
                id,
                "--language",
                "rust",
                "--title",
                "Opening a “workshop” \\ \"yard\"",
                "--awarding-body",
                "Acme Awards",
                "--sdk",
                &sdk,
                "--dir",
                dir,
            ],
        );
        let folder = self.path(dir);
        // The versions that this clone has, so that nothing is downloaded.
        std::fs::copy(workspace().join("Cargo.lock"), folder.join("Cargo.lock")).expect("a lock");
        folder
    }
}

fn replace(file: &Path, old: &str, new: &str) {
    let text = std::fs::read_to_string(file).expect("a file");
    assert!(text.contains(old), "{}: {old}", file.display());
    std::fs::write(file, text.replace(old, new)).expect("written");
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}

#[test]
fn a_unit_in_rust_is_made_tested_built_and_packed() {
    let author = Author::new();
    let project = author.rust("acme-101", "here");
    let tested = author.succeed(&project, &["test"]);
    assert!(tested.contains("2 passed, 0 failed"), "{tested}");
    assert!(
        tested.contains(" fuel ") && tested.contains(" MiB"),
        "{tested}"
    );

    let built = author.succeed(&project, &["build"]);
    let component = std::fs::read(project.join("acme-101.wasm")).expect("a component");
    assert!(built.contains("acme-101 0.1.0"), "{built}");
    // The same bytes in another folder, and no word of this machine.
    let elsewhere = author.rust("acme-101", "else/where");
    let built = author.succeed(&elsewhere, &["build"]);
    let compiled = format!("Compiling acme-101 v0.1.0 ({}", elsewhere.display());
    assert!(built.contains(&compiled), "{built}");
    let again = std::fs::read(elsewhere.join("acme-101.wasm")).expect("a component");
    assert!(component == again, "another folder gave other bytes");
    for place in [
        author.folder.path().display().to_string(),
        workspace().display().to_string(),
        std::env::var("HOME").expect("a home") + "/",
    ] {
        assert!(!holds(&component, &place), "{place}");
    }

    let looked = author.succeed(&project, &["check", "acme-101.wasm"]);
    for said in [
        "acme-101 0.1.0, a unit",
        "markbridge:unit@1.0.0",
        "2 criteria of at most 200",
        "assignment: Assignment, a document, asked for",
        "memory at rest",
        "A server takes it.",
    ] {
        assert!(looked.contains(said), "{said}: {looked}");
    }

    author.succeed(&project, &["key", "my.key", "--no-password"]);
    std::fs::write(project.join("LICENCE"), "Anybody may use this.").expect("a licence");
    let packing = ["pack", "--key", "my.key", "--author", "Acme"];
    author.succeed(&project, &packing);
    let file = project.join("acme-101-0.1.0.wasm");
    let packed = std::fs::read(&file).expect("a package");
    assert!(packed.starts_with(&component), "the component comes first");
    let report = author.succeed(&project, &["check", "acme-101-0.1.0.wasm", "--json"]);
    let report: Value = serde_json::from_str(&report).expect("JSON");
    assert_eq!(report["package"]["signed"], true);
    assert_eq!(report["package"]["author"], "Acme");
    assert_eq!(report["bytes"], component.len());

    let mut tampered = packed;
    tampered[component.len() / 2] ^= 1;
    std::fs::write(&file, tampered).expect("written");
    author.fail(
        &project,
        &["check", "acme-101-0.1.0.wasm"],
        &[
            "is not the one that was packed",
            "get the package again from whoever made it",
        ],
    );
}

#[test]
fn a_unit_without_programming_needs_nothing_but_this_binary() {
    let mut author = Author::new();
    author.environment.push(("PATH", String::new()));
    let here = author.folder.path();
    let title = "Opening a “workshop” \\ \"yard\"";
    let new = ["new", "acme-104", "--language", "toml", "--title", title];
    author.succeed(here, &new);
    let project = author.path("acme-104");
    let tested = author.succeed(&project, &["test"]);
    assert!(tested.contains("2 passed, 0 failed"), "{tested}");
    author.succeed(&project, &["pack"]);
    let looked = author.succeed(here, &["check", "acme-104/acme-104-0.1.0.wasm"]);
    assert!(looked.contains(title), "{looked}");
    assert!(looked.contains("yes, and not signed"), "{looked}");

    replace(&project.join("unit.toml"), "verbs", "verb");
    author.fail(&project, &["test"], &["unit.toml, line ", "`verb`"]);
}

#[test]
fn what_comes_otherwise_than_accepted_is_shown_and_can_be_accepted() {
    let author = Author::new();
    let project = author.rust("acme-102", "unit");
    let source = project.join("src/lib.rs");
    replace(&source, "findings.extend(checks.section_words());", "");
    author.fail(
        &project,
        &["test"],
        &[
            "FAILED complete",
            "- section-words 1.1 ",
            "markbridge plugin test --accept",
            "0 passed, 2 failed",
        ],
    );
    author.succeed(&project, &["test", "--accept"]);
    let tested = author.succeed(&project, &["test", "--case", "begun"]);
    assert!(tested.contains("1 passed, 0 failed"), "{tested}");

    // A mistake in the program is named with its function and its line.
    replace(
        &source,
        "let mut findings",
        "let words: Vec<u32> = Vec::new();\n        let _ = words[findings_of(&evidence)];\n        let mut findings",
    );
    let text = std::fs::read_to_string(&source).expect("a file");
    let own = "\n#[inline(never)]\nfn findings_of(evidence: &Evidence<'_>) -> usize {\n    evidence.documents().count()\n}\n";
    std::fs::write(&source, text + own).expect("written");
    author.fail(
        &project,
        &["test", "--case", "begun"],
        &[
            "index out of bounds: the len is 0 but the index is 1",
            "begun broke off in `check`:",
            "check (src/lib.rs:",
        ],
    );
}

#[test]
fn what_is_missing_is_said_with_what_to_do() {
    let author = Author::new();
    let here = author.folder.path();
    author.fail(
        here,
        &["build"],
        &["there is no unit in .", "markbridge plugin new"],
    );
    author.fail(
        here,
        &["new", "Acme 101", "--language", "toml"],
        &["`Acme 101` cannot be the id", "such as `acme-101`"],
    );
    author.fail(
        here,
        &["new", "acme-101", "--language", "cobol"],
        &["toml (no programming), rust, javascript, python"],
    );
    author.fail(
        here,
        &["new", "acme-101", "--language", "rust"],
        &["name it with --sdk: the folder of a clone of Markbridge"],
    );
    author.fail(here, &["new"], &["NAME is missing"]);
    let project = author.rust("acme-103", "unit");
    author.fail(here, &["new", "unit", "--language", "toml"], &["not empty"]);

    let mut without_tools = Author::new();
    without_tools.environment.push(("PATH", String::new()));
    without_tools.fail(
        &project,
        &["build"],
        &[
            "https://rustup.rs",
            "rustup target add wasm32-unknown-unknown",
        ],
    );

    for (language, tool, install) in [
        ("javascript", "componentize-qjs", "npm install"),
        (
            "python",
            "componentize-py",
            "pip install -r requirements.txt",
        ),
    ] {
        author.succeed(
            here,
            &["new", "other-1", "--language", language, "--dir", language],
        );
        let folder = author.path(language);
        without_tools.fail(&folder, &["test"], &[tool, "is not installed", install]);
    }

    // One case that cannot be used leaves the others as they are.
    std::fs::create_dir_all(project.join("cases/one")).expect("a folder");
    let case = project.join("cases/one/case.toml");
    std::fs::write(&case, "today = \"tomorrow\"\n").expect("a case");
    author.fail(
        &project,
        &["test"],
        &[
            "ok     begun",
            "ok     complete",
            "FAILED one",
            "case.toml cannot be used",
            "`tomorrow` is no date",
            "line 1",
            "2 passed, 1 failed",
        ],
    );
    std::fs::remove_dir_all(project.join("cases")).expect("removed");
    author.fail(&project, &["test"], &["there are no cases in", "case.toml"]);
}

#[test]
fn a_component_that_wants_more_is_refused_with_where_that_comes_from() {
    let author = Author::new();
    let component = wat::parse_str(
        r#"(component
            (import "wasi:random/random@0.2.6" (instance
                (export "get-random-u64" (func (result u64)))))
            (import "wasi:clocks/wall-clock@0.2.6" (instance
                (export "resolution" (func (result u64)))))
        )"#,
    )
    .expect("a component");
    std::fs::write(author.path("bad.wasm"), component).expect("written");
    author.fail(
        author.folder.path(),
        &["check", "bad.wasm"],
        &[
            "It imports `wasi:random/random@0.2.6`. A plugin has no random numbers",
            "It imports `wasi:clocks/wall-clock@0.2.6`. A plugin has no clock.",
            "No server takes it",
        ],
    );
    std::fs::write(author.path("text.wasm"), "hello").expect("written");
    author.fail(
        author.folder.path(),
        &["check", "text.wasm"],
        &["some other file, not a WebAssembly component"],
    );
}
