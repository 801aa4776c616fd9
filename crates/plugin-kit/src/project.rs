//! An author's project: a folder with a unit in one of four ways of writing.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// A way of writing a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// A crate that uses `unit-sdk`.
    Rust,
    /// A module in JavaScript.
    JavaScript,
    /// A module in Python.
    Python,
    /// A file without any program.
    Toml,
}

impl Language {
    /// All of them, in the order in which authors are asked.
    pub const ALL: [Self; 4] = [Self::Toml, Self::Rust, Self::JavaScript, Self::Python];

    /// The language of the project in this folder, by the file that holds the unit.
    pub fn of(project: &Path) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|language| project.join(language.mark()).is_file())
    }

    /// The file by which a project of this language is known.
    fn mark(self) -> &'static str {
        match self {
            Self::Rust => "Cargo.toml",
            other => other.source(),
        }
    }

    /// The file of a project that holds the unit.
    pub fn source(self) -> &'static str {
        match self {
            Self::Rust => "src/lib.rs",
            Self::JavaScript => "unit.js",
            Self::Python => "unit.py",
            Self::Toml => "unit.toml",
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::JavaScript => "javascript",
            Self::Python => "python",
            Self::Toml => "toml",
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Language {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.into_iter().find(|known| known.word() == text);
        known.ok_or_else(|| {
            format!(
                "`{text}` is none of the ways to write a unit: toml (no programming), rust, javascript, python"
            )
        })
    }
}

/// What a new project is told.
#[derive(Debug, Clone)]
pub struct NewProject {
    /// How the unit is written.
    pub language: Language,
    /// Id of the unit, which is the name of its folder too.
    pub id: String,
    /// The unit's title.
    pub title: String,
    /// The unit's number.
    pub number: String,
    /// Name of the awarding body.
    pub awarding_body: String,
    /// Where a unit in Rust has the kit from.
    pub sdk: Sdk,
}

/// Where a unit in Rust has the kit from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sdk {
    /// The folder of the crate in a clone.
    Folder(PathBuf),
    /// A git repository, at the tag of this version.
    Git(String),
}

/// Why a project was not made.
#[derive(Debug, thiserror::Error)]
pub enum NewProjectError {
    /// The id is none.
    #[error(
        "`{0}` cannot be the id of a unit; begin with a small letter, then small letters, digits and hyphens, at most 64 in all, such as `acme-101`"
    )]
    Id(String),
    /// A text would not stand in a line.
    #[error("{what} must be one line of text with something in it")]
    Text {
        /// Which text.
        what: &'static str,
    },
    /// There is something in the folder already.
    #[error("{} is there already, and it is not empty; choose another name or folder", .0.display())]
    Exists(PathBuf),
    /// A file cannot be written.
    #[error("{} cannot be written", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

/// A file of a project, and its text before the names are put in.
type File = (&'static str, &'static str);

/// What every project has.
const COMMON: [File; 10] = [
    (
        "README.md",
        include_str!("../templates/project/README.md.txt"),
    ),
    (
        ".gitignore",
        include_str!("../templates/project/gitignore.txt"),
    ),
    (
        "cases/begun/case.toml",
        include_str!("../templates/project/cases/begun/case.toml"),
    ),
    (
        "cases/begun/assignment.md",
        include_str!("../templates/project/cases/begun/assignment.md"),
    ),
    (
        "cases/begun/findings.json",
        include_str!("../templates/project/cases/begun/findings.json"),
    ),
    (
        "cases/begun/outcome.json",
        include_str!("../templates/project/cases/begun/outcome.json"),
    ),
    (
        "cases/complete/case.toml",
        include_str!("../templates/project/cases/complete/case.toml"),
    ),
    (
        "cases/complete/assignment.md",
        include_str!("../templates/project/cases/complete/assignment.md"),
    ),
    (
        "cases/complete/findings.json",
        include_str!("../templates/project/cases/complete/findings.json"),
    ),
    (
        "cases/complete/outcome.json",
        include_str!("../templates/project/cases/complete/outcome.json"),
    ),
];

/// What a project of this language has besides.
fn own_files(language: Language) -> &'static [File] {
    match language {
        Language::Rust => &[
            (
                "Cargo.toml",
                include_str!("../templates/rust/Cargo.toml.txt"),
            ),
            (
                "src/lib.rs",
                include_str!("../templates/rust/src/lib.rs.txt"),
            ),
        ],
        Language::JavaScript => &[
            (
                "package.json",
                include_str!("../templates/javascript/package.json.txt"),
            ),
            (
                "unit.js",
                include_str!("../templates/javascript/unit.js.txt"),
            ),
        ],
        Language::Python => &[
            (
                "requirements.txt",
                include_str!("../templates/python/requirements.txt"),
            ),
            ("unit.py", include_str!("../templates/python/unit.py.txt")),
        ],
        Language::Toml => &[("unit.toml", include_str!("../templates/toml/unit.toml.txt"))],
    }
}

/// Whether this can be the id of a new unit, and the name of its folder.
pub fn is_id(id: &str) -> bool {
    id.len() <= 64
        && id.starts_with(|first: char| first.is_ascii_lowercase())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

impl NewProject {
    /// Writes the project into `folder`, which is made.
    ///
    /// # Errors
    /// [`NewProjectError`]; what is in the folder stays as it was.
    pub fn write(&self, folder: &Path) -> Result<(), NewProjectError> {
        if !is_id(&self.id) {
            return Err(NewProjectError::Id(self.id.clone()));
        }
        for (what, text) in [
            ("the title", &self.title),
            ("the number", &self.number),
            ("the awarding body", &self.awarding_body),
        ] {
            if text.trim().is_empty() || text.chars().any(char::is_control) {
                return Err(NewProjectError::Text { what });
            }
        }
        let is_empty = |mut entries: std::fs::ReadDir| entries.next().is_none();
        if folder.exists() && !std::fs::read_dir(folder).is_ok_and(is_empty) {
            return Err(NewProjectError::Exists(folder.to_owned()));
        }
        for (name, text) in COMMON.iter().chain(own_files(self.language)) {
            let path = folder.join(name);
            let parent = path.parent().unwrap_or(folder);
            std::fs::create_dir_all(parent)
                .and_then(|()| std::fs::write(&path, self.with_names(text)))
                .map_err(|source| NewProjectError::File { path, source })?;
        }
        Ok(())
    }

    /// A template with the project's names in it. A quoted text of JSON is one of
    /// all four languages too, as long as it has no control characters.
    fn with_names(&self, template: &str) -> String {
        let quoted = |text: &str| serde_json::Value::from(text.trim()).to_string();
        let sdk = match &self.sdk {
            Sdk::Folder(folder) => format!("{{ path = {} }}", quoted(&folder.to_string_lossy())),
            Sdk::Git(address) => format!(
                "{{ git = {}, tag = {} }}",
                quoted(address),
                quoted(concat!("v", env!("CARGO_PKG_VERSION")))
            ),
        };
        let first = match self.language {
            Language::JavaScript => "\nBefore the first build: `npm install`.",
            Language::Python => {
                "\nBefore the first build: `python3 -m venv .venv` and `.venv/bin/pip install -r requirements.txt`."
            }
            Language::Rust | Language::Toml => "",
        };
        let own_ignored = match self.language {
            Language::JavaScript => "/node_modules\n/markbridge\n",
            Language::Python => "/.venv\n/markbridge\n__pycache__\n",
            Language::Rust | Language::Toml => "",
        };
        let names = [
            ("{{id}}", quoted(&self.id)),
            ("{{id-plain}}", self.id.clone()),
            ("{{title}}", quoted(&self.title)),
            // In comments, which some languages end where three quotes stand.
            ("{{title-plain}}", self.title.trim().replace('"', "”")),
            ("{{number}}", quoted(&self.number)),
            ("{{body}}", quoted(&code(&self.awarding_body))),
            ("{{body-name}}", quoted(&self.awarding_body)),
            ("{{sdk}}", sdk),
            ("{{source}}", format!("`{}`", self.language.source())),
            ("{{first}}", first.to_owned()),
            ("{{ignored}}", own_ignored.to_owned()),
        ];
        // Each place is filled once, so what people typed is never a place itself.
        let mut text = String::new();
        let mut rest = template;
        while let Some(at) = rest.find("{{") {
            let place = &rest[at..];
            let known = names.iter().find(|(name, _)| place.starts_with(name));
            let (name, value) = known.map_or(("{{", "{{"), |(name, value)| (*name, value.as_str()));
            text.push_str(&rest[..at]);
            text.push_str(value);
            rest = &place[name.len()..];
        }
        text.push_str(rest);
        text
    }
}

/// The code of a name: `Acme Awards` is `acme-awards`.
fn code(name: &str) -> String {
    let words = name.split(|letter: char| !letter.is_ascii_alphanumeric());
    let words: Vec<String> = words
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    match words.join("-") {
        code if code.is_empty() => "awarding-body".to_owned(),
        mut code => {
            code.truncate(64);
            code
        }
    }
}
