//! Cases: what a unit is to find in evidence, and what a sheet is to come to.
//!
//! A case is a folder in `cases/` with the evidence, a `case.toml`, and what was
//! accepted: `findings.json`, and `outcome.json` where the case has marks.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// The folder of a project that holds its cases.
const CASES: &str = "cases";
/// The file that says what a case is.
const CASE: &str = "case.toml";

/// A case, as its `case.toml` says.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// Its folder.
    #[serde(skip)]
    pub folder: PathBuf,
    /// The date that checks see.
    #[serde(deserialize_with = "day")]
    pub today: NaiveDate,
    /// Which submission it is, from 1; one more than the earlier one where it is
    /// not said.
    pub submission: Option<u32>,
    /// The files that are handed in, by slot.
    #[serde(default)]
    pub evidence: BTreeMap<String, Files>,
    /// The day on which the learner accepted the declaration.
    #[serde(default, deserialize_with = "maybe_day")]
    pub declared: Option<NaiveDate>,
    /// An overlay file to lay over the unit.
    pub overlay: Option<PathBuf>,
    /// Settings in place of the unit's own.
    #[serde(default)]
    pub settings: BTreeMap<String, toml::Value>,
    /// Marks, by criterion. What is left out is not marked.
    pub marks: Option<BTreeMap<String, f64>>,
    /// Decisions, by criterion: `pass` or `referral`.
    pub decisions: Option<BTreeMap<String, String>>,
    /// The submission before this one.
    pub previous: Option<Previous>,
}

/// An earlier submission.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Previous {
    /// When it was handed in.
    #[serde(deserialize_with = "day")]
    pub submitted: NaiveDate,
    /// Its submission number.
    #[serde(default = "first")]
    pub submission: u32,
    /// The files that were handed in, by slot.
    #[serde(default)]
    pub evidence: BTreeMap<String, Files>,
    /// The day on which the learner accepted the declaration.
    #[serde(default, deserialize_with = "maybe_day")]
    pub declared: Option<NaiveDate>,
    /// What was decided, by criterion: `pass` or `referral`.
    #[serde(default)]
    pub decisions: BTreeMap<String, String>,
}

/// A file, or several, below the case's folder.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Files {
    /// One.
    One(PathBuf),
    /// Several, in their order.
    Several(Vec<PathBuf>),
}

impl Files {
    /// The files.
    pub fn all(&self) -> &[PathBuf] {
        match self {
            Self::One(file) => std::slice::from_ref(file),
            Self::Several(files) => files,
        }
    }
}

/// Why cases could not be read.
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    /// A project without cases.
    #[error(
        "there are no cases in {}: each is a folder with evidence and a `{CASE}`, which begins with `today = 2026-07-10` and `[evidence]`", folder.display()
    )]
    None {
        /// Where they would be.
        folder: PathBuf,
    },
    /// A file cannot be read.
    #[error("{} cannot be read", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A `case.toml` is not as it should be.
    #[error("{} cannot be used:\n{problem}", path.display())]
    Case {
        /// The file.
        path: PathBuf,
        /// What is wrong, with the line.
        problem: String,
    },
}

/// The name of a case, which is that of its folder, and what stands there.
pub type NamedCase = (String, Result<Case, CaseError>);

/// The cases of a project with their names, in the order of these. One that cannot
/// be used leaves the others as they are.
///
/// # Errors
/// [`CaseError::None`].
pub fn cases(project: &Path) -> Result<Vec<NamedCase>, CaseError> {
    let folder = project.join(CASES);
    let Ok(entries) = std::fs::read_dir(&folder) else {
        return Err(CaseError::None { folder });
    };
    let mut folders: Vec<PathBuf> = entries
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.join(CASE).is_file())
        .collect();
    folders.sort();
    if folders.is_empty() {
        return Err(CaseError::None { folder });
    }
    let named = folders.into_iter().map(|folder| {
        let name = folder.file_name().unwrap_or_default();
        (name.to_string_lossy().into_owned(), case(folder))
    });
    Ok(named.collect())
}

fn case(folder: PathBuf) -> Result<Case, CaseError> {
    let path = folder.join(CASE);
    let text = std::fs::read_to_string(&path).map_err(|source| CaseError::File {
        path: path.clone(),
        source,
    })?;
    let refuse = |problem: String| CaseError::Case {
        path: path.clone(),
        problem,
    };
    let case: Case = toml::from_str(&text).map_err(|error| refuse(told(&text, &error)))?;
    if case.marks.is_some() && case.decisions.is_some() {
        return Err(refuse(
            "it has `[marks]` and `[decisions]`; a sheet has one of them".to_owned(),
        ));
    }
    Ok(Case { folder, ..case })
}

/// A mistake with its line, in words for who writes cases.
fn told(text: &str, error: &toml::de::Error) -> String {
    let before = error.span().and_then(|span| text.get(..span.start));
    let line = before.map_or(1, |before| before.matches('\n').count() + 1);
    let message = match error.message() {
        missing if missing.contains("missing field `today`") => {
            "it needs `today = 2026-07-10` above the first `[`: the day on which the checks run"
        }
        mark if mark.ends_with("expected f64") => {
            "a mark is a number without quotation marks, such as `8`"
        }
        other => other,
    };
    format!("line {line}: {message}")
}

/// A date of TOML, or a text that looks like one.
fn day<'de, D: Deserializer<'de>>(value: D) -> Result<NaiveDate, D::Error> {
    let written = match toml::Value::deserialize(value)? {
        toml::Value::Datetime(written) => written.to_string(),
        toml::Value::String(written) => written,
        other => format!("{other:?}"),
    };
    let wrong = || D::Error::custom(format!("`{written}` is no date; expected `2026-07-10`"));
    written.parse().map_err(|_| wrong())
}

fn maybe_day<'de, D: Deserializer<'de>>(value: D) -> Result<Option<NaiveDate>, D::Error> {
    day(value).map(Some)
}

fn first() -> u32 {
    1
}

/// What differs between what was accepted and what came, a line each. Findings
/// are compared by rule and criterion, so that one that is new does not shift
/// all that follow.
pub fn differences(accepted: &Value, came: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    compare("", accepted, came, &mut lines);
    lines
}

fn compare(about: &str, accepted: &Value, came: &Value, lines: &mut Vec<String>) {
    match (accepted, came) {
        _ if accepted == came => {}
        (Value::Object(old), Value::Object(new)) => {
            let added = new.keys().filter(|key| !old.contains_key(*key));
            for key in old.keys().chain(added) {
                let field = |object: &serde_json::Map<String, Value>| {
                    object.get(key).cloned().unwrap_or_default()
                };
                compare(&below(about, key), &field(old), &field(new), lines);
            }
        }
        (Value::Array(old), Value::Array(new)) => {
            let (old, new) = (named(old), named(new));
            for (name, was) in &old {
                match new.iter().find(|(other, _)| other == name) {
                    Some((_, is)) => compare(&below(about, name), was, is, lines),
                    None => lines.push(format!("- {} {}", below(about, name), short(was))),
                }
            }
            for (name, is) in &new {
                if old.iter().all(|(other, _)| other != name) {
                    lines.push(format!("+ {} {}", below(about, name), short(is)));
                }
            }
            let both = |list: &[(String, &Value)], other: &[(String, &Value)]| {
                let names = list.iter().map(|(name, _)| name.clone());
                names
                    .filter(|name| other.iter().any(|(known, _)| known == name))
                    .collect::<Vec<_>>()
            };
            if both(&old, &new) != both(&new, &old) {
                lines.push(below(about, "~ they stand in another order"));
            }
        }
        _ => {
            let about = if about.is_empty() { "all" } else { about };
            lines.push(format!("- {about}: {}", short(accepted)));
            lines.push(format!("+ {about}: {}", short(came)));
        }
    }
}

fn below(about: &str, name: &str) -> String {
    if about.is_empty() {
        name.to_owned()
    } else {
        format!("{about}, {name}")
    }
}

/// The items of a list with a name each: a finding's rule and criterion, else its
/// number. What has a name twice gets a number too.
fn named(items: &[Value]) -> Vec<(String, &Value)> {
    let mut seen = BTreeMap::<String, usize>::new();
    items
        .iter()
        .enumerate()
        .map(|(at, item)| {
            let texts = ["rule", "criterion", "key"].map(|key| item[key].as_str());
            let parts: Vec<&str> = texts.into_iter().flatten().collect();
            if parts.is_empty() {
                return (format!("no. {}", at + 1), item);
            }
            let name = parts.join(" ");
            let times = seen.entry(name.clone()).or_default();
            *times += 1;
            let name = match times {
                1 => name,
                times => format!("{name} (no. {times})"),
            };
            (name, item)
        })
        .collect()
}

/// A value in a line: of a finding its status and message, else the value.
fn short(value: &Value) -> String {
    match (value["status"].as_str(), value["message"].as_str()) {
        (Some(status), Some(message)) => format!("{status}: {message}"),
        _ => match value {
            Value::String(text) => text.clone(),
            Value::Null => "nothing".to_owned(),
            other => other.to_string(),
        },
    }
}
