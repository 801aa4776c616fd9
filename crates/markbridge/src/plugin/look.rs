//! `markbridge plugin check` without evidence: what a component is, and whether a
//! server takes it.

use std::path::Path;
use std::time::Instant;

use anyhow::Context;
use assessment::unit::Unit;
use plugin_kit::{Anatomy, anatomy};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use unit_host::{InstallError, Package, UnitHost, shares};

use super::test::{grouped, mebibytes, own_lines};
use super::workbench::Project;
use crate::settings::Settings;
use crate::{complain, compose, say};

/// Prints the report, and says whether a server takes the component.
pub(crate) async fn run(
    settings: &Settings,
    component: &str,
    as_json: bool,
) -> anyhow::Result<bool> {
    let path = Path::new(component);
    let installed = settings.plugins.dir.join(format!("{component}.wasm"));
    let bytes = if path.is_dir() || path.extension().is_some_and(|ending| ending == "toml") {
        Project::find(path)?.build(false, &mut complain)?
    } else {
        let file = if path.is_file() { path } else { &installed };
        std::fs::read(file).with_context(|| {
            format!("there is neither a file nor a plugin `{component}`; expected a component, a project's folder, or the id of a plugin in {}", settings.plugins.dir.display())
        })?
    };
    let report = report(settings, &bytes).await?;
    if as_json {
        say(&report.to_string());
    } else {
        print(&report);
    }
    Ok(report["problems"].as_array().is_some_and(Vec::is_empty))
}

/// What there is to say of the component, as JSON.
async fn report(settings: &Settings, bytes: &[u8]) -> anyhow::Result<Value> {
    let mut problems = Vec::new();
    let (component, packed) = match Package::read(bytes) {
        Ok(package) => {
            let packed = match &package.papers {
                Some(papers) => {
                    let trusted = settings.plugins.trusted_keys()?;
                    let signer = papers.signer(&trusted, compose::now().date_naive());
                    let (key, problem) = match signer {
                        Ok(key) => (key, None),
                        Err(error) => (None, Some(error.to_string())),
                    };
                    json!({
                        "author": papers.manifest.author,
                        "licence": papers.manifest.licence,
                        "signed": papers.is_signed(),
                        "trusted_key": key.map(|key| key.name().to_owned()),
                        "signature_problem": problem,
                    })
                }
                None => Value::Null,
            };
            (package.component, packed)
        }
        Err(error) => {
            problems.push(sentence(&error.to_string()));
            (bytes, Value::Null)
        }
    };
    let Anatomy { exports, imports } = anatomy(component).unwrap_or_default();
    for import in imports.iter().filter(|import| !import.allowed) {
        problems.push(format!("It imports `{}`. {}", import.name, import.advice()));
    }
    let interface = exports
        .iter()
        .find(|name| name.starts_with("markbridge:"))
        .map(|name| name.replace("/plugin@", "@"));
    // A cache of its own, so that the time is that of the compiler.
    let cache = tempfile::tempdir().context("there is no place for temporary files")?;
    let host = UnitHost::with_accounts(compose::host_settings(settings, cache.path())?)?;
    let began = Instant::now();
    let unit = host.install_unit(component.to_vec()).await;
    let time = began.elapsed();
    let mut described = Value::Null;
    let (mut kind, mut id, mut version) = (Value::Null, Value::Null, Value::Null);
    match unit {
        Ok(plugin) => {
            kind = json!("unit");
            (id, version) = (
                json!(plugin.identity().id),
                json!(plugin.identity().version),
            );
            described = description(plugin.unit());
        }
        Err(InstallError::NoInterface { found, .. }) => {
            match host.install_reader(component.to_vec()).await {
                Ok(reader) => {
                    kind = json!("reader");
                    (id, version) = (json!(reader.identity().id), json!(reader.identity().version));
                    described = json!({ "reads": reader.extensions() });
                }
                Err(InstallError::NoInterface { .. }) => problems.push(format!(
                    "It exports {found}, and not the interface of a unit (`markbridge:unit/plugin@1.0.0`) or of a reader. In Rust, does the crate call `plugin!`?"
                )),
                Err(error) => problems.push(chain(&error)),
            }
        }
        // Said already, with where it comes from.
        Err(InstallError::Import { .. }) if !problems.is_empty() => {}
        Err(error) => problems.push(chain(&error)),
    }
    let account = host.take_accounts().pop();
    let at_rest = account.as_ref().map(|account| account.memory_bytes);
    let trace = account.map(|account| own_lines(&account.trace));
    let imports: Vec<_> = imports
        .iter()
        .map(|import| json!({ "name": import.name, "allowed": import.allowed }))
        .collect();
    Ok(json!({
        "kind": kind,
        "id": id,
        "version": version,
        "interface": interface,
        "digest": format!("{:x}", Sha256::digest(component)),
        "bytes": component.len(),
        "most_bytes": settings.plugins.limits().component_bytes,
        "exports": exports,
        "imports": imports,
        "package": packed,
        "compile_milliseconds": u64::try_from(time.as_millis()).unwrap_or(u64::MAX),
        "memory_at_rest": at_rest,
        "description": described,
        "trace": trace.unwrap_or_default(),
        "problems": problems,
    }))
}

/// What a unit says of itself.
fn description(unit: &Unit) -> Value {
    let shares: Vec<_> = shares(unit)
        .unwrap_or_default()
        .iter()
        .map(|share| json!({ "what": share.what, "count": share.count, "limit": share.limit }))
        .collect();
    let slots: Vec<_> = unit
        .slots
        .iter()
        .map(|slot| {
            json!({ "id": slot.id, "kind": slot.kind, "title": slot.title, "required": slot.required })
        })
        .collect();
    let rules: Vec<_> = unit
        .rules
        .iter()
        .map(|rule| json!({ "id": rule.id, "title": rule.title }))
        .collect();
    let settings: Vec<_> = unit
        .settings
        .iter()
        .map(|setting| {
            json!({ "id": setting.field.id, "title": setting.field.title, "source": setting.source })
        })
        .collect();
    json!({
        "number": unit.number,
        "title": unit.title,
        "shares": shares,
        "slots": slots,
        "rules": rules,
        "settings": settings,
    })
}

fn print(report: &Value) {
    let text = |key: &str| report[key].as_str().unwrap_or_default();
    let line = |name: &str, value: &str| say(&format!("{name:17}{value}"));
    let number = |value: &Value| grouped(value.as_u64().unwrap_or_default());
    if text("id").is_empty() {
        line("plugin", "not one that a server takes; see below");
    } else {
        line(
            "plugin",
            &format!("{} {}, a {}", text("id"), text("version"), text("kind")),
        );
    }
    let described = &report["description"];
    if let Some(title) = described["title"].as_str() {
        line(
            "unit",
            &format!(
                "{}, {title}",
                described["number"].as_str().unwrap_or_default()
            ),
        );
    }
    if !text("interface").is_empty() {
        line("interface", text("interface"));
    }
    line(
        "size",
        &format!(
            "{} bytes of at most {}",
            number(&report["bytes"]),
            number(&report["most_bytes"])
        ),
    );
    line("SHA-256", text("digest"));
    line("exports", &names(&report["exports"], None));
    line("imports", &names(&report["imports"], Some("name")));
    let package = &report["package"];
    line(
        "packed",
        &match (package["signed"].as_bool(), package["trusted_key"].as_str()) {
            (None, _) => "no; `markbridge plugin pack` packs it".to_owned(),
            (Some(false), _) => "yes, and not signed".to_owned(),
            (Some(true), Some(name)) => format!("yes, signed by {name}, whose key is trusted here"),
            (Some(true), None) => format!(
                "yes, and signed, but not so that it counts here: {}",
                package["signature_problem"].as_str().unwrap_or_default()
            ),
        },
    );
    if let Some(memory) = report["memory_at_rest"].as_u64() {
        let memory = usize::try_from(memory).unwrap_or(usize::MAX);
        line("memory at rest", &format!("{:.1} MiB", mebibytes(memory)));
        line(
            "compiled in",
            &format!("{} ms", number(&report["compile_milliseconds"])),
        );
    }
    for share in described["shares"].as_array().into_iter().flatten() {
        line(
            "holds",
            &format!(
                "{} {} of at most {}",
                number(&share["count"]),
                share["what"].as_str().unwrap_or_default(),
                number(&share["limit"])
            ),
        );
    }
    for slot in described["slots"].as_array().into_iter().flatten() {
        let required = if slot["required"] == true {
            "asked for"
        } else {
            "may be left out"
        };
        line(
            "slot",
            &format!(
                "{}: {}, a {}, {required}",
                slot["id"].as_str().unwrap_or_default(),
                slot["title"].as_str().unwrap_or_default(),
                slot["kind"].as_str().unwrap_or_default()
            ),
        );
    }
    for (name, list) in [("rule", "rules"), ("setting", "settings")] {
        for one in described[list].as_array().into_iter().flatten() {
            line(
                name,
                &format!(
                    "{}: {}",
                    one["id"].as_str().unwrap_or_default(),
                    one["title"].as_str().unwrap_or_default()
                ),
            );
        }
    }
    if described["reads"].is_array() {
        line("reads", &names(&described["reads"], None));
    }
    let problems = report["problems"].as_array().into_iter().flatten();
    let problems: Vec<_> = problems.filter_map(Value::as_str).collect();
    if problems.is_empty() {
        say("A server takes it.");
        return;
    }
    say("No server takes it:");
    for problem in problems {
        say(&format!("- {problem}"));
    }
    for function in report["trace"].as_array().into_iter().flatten() {
        say(&format!("    {}", function.as_str().unwrap_or_default()));
    }
}

/// Names in a line; `field` is where objects have theirs.
fn names(list: &Value, field: Option<&str>) -> String {
    let names: Vec<_> = list
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|one| field.map_or(one, |field| &one[field]).as_str())
        .collect();
    if names.is_empty() {
        "nothing".to_owned()
    } else {
        names.join(", ")
    }
}

/// An error with its causes, as a sentence.
fn chain(error: &InstallError) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    sentence(&text)
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(char::to_uppercase);
    let rest = letters.as_str().trim_end_matches('.');
    format!("{}{rest}.", first.into_iter().flatten().collect::<String>())
}
