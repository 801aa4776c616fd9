//! `markbridge plugin test`: the cases of a project.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use assessment::overlay::Overlay;
use assessment::sheet::CriterionOutcome;
use assessment::unit::Unit;
use clap::Args;
use plugin_kit::cases::{Case, Files, Previous, cases, differences};
use serde_json::Value;
use unit_host::{Account, Attempt, CallFailure, Context as UnitContext};

use super::author::write;
use super::evaluate::{filled, printed_outcome};
use super::evidence::{Gathered, Given, gather};
use super::workbench::{Installed, Project, Workbench};
use crate::overlay::OverlayFile;
use crate::settings::Settings;
use crate::{complain, say};

const FINDINGS: &str = "findings.json";
const OUTCOME: &str = "outcome.json";

#[derive(Debug, Args)]
pub(crate) struct Test {
    /// The project's folder, or its `unit.toml`.
    #[arg(default_value = ".")]
    project: PathBuf,
    /// Only the cases with this in their name.
    #[arg(long, value_name = "TEXT")]
    case: Option<String>,
    /// Take what comes now as what is to come.
    #[arg(long)]
    accept: bool,
    /// A component to test in place of the one that the project makes now.
    #[arg(long, value_name = "FILE")]
    component: Option<PathBuf>,
}

/// Runs the cases and says whether all passed.
pub(crate) async fn run(settings: &Settings, arguments: Test) -> anyhow::Result<bool> {
    let folder = match Project::find(&arguments.project) {
        Ok(project) => project.folder,
        // A component that is there already needs no sources.
        Err(_) if arguments.component.is_some() => arguments.project.clone(),
        Err(error) => return Err(error),
    };
    let mut cases = cases(&folder)?;
    if let Some(wanted) = &arguments.case {
        cases.retain(|(name, _)| name.contains(wanted.as_str()));
        if cases.is_empty() {
            bail!("no case has `{wanted}` in its name");
        }
    }
    let bytes = match &arguments.component {
        Some(file) => {
            std::fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?
        }
        None => Project::find(&arguments.project)?.build(false, &mut complain)?,
    };
    let workbench = Workbench::new(settings).await?;
    let installed = workbench.install(&bytes).await?;
    let (mut failed, mut unusable) = (0, 0);
    let mut broke_off = Vec::new();
    for (name, case) in &cases {
        let ran = match case {
            Ok(case) => run_case(&workbench, &installed, case)
                .await
                .map(|ran| (case, ran)),
            Err(error) => Err(anyhow::anyhow!("{error}")),
        };
        let (case, ran) = match ran {
            Ok(ran) => ran,
            Err(error) => {
                say(&format!("FAILED {name}"));
                for line in format!("{error:#}").lines() {
                    say(&format!("         {line}"));
                }
                unusable += 1;
                continue;
            }
        };
        let mut wrong = ran.problems.clone();
        for (name, answer) in [(FINDINGS, &ran.findings), (OUTCOME, &ran.outcome)] {
            wrong.extend(held(case, name, answer.as_ref(), arguments.accept)?);
        }
        say(&format!(
            "{} {:24} {}",
            if wrong.is_empty() { "ok    " } else { "FAILED" },
            name,
            ran.costs()
        ));
        for line in &wrong {
            say(&format!("         {line}"));
        }
        for line in &ran.log {
            say(&format!("         log: {line}"));
        }
        failed += usize::from(!wrong.is_empty());
        if ran.broke_off {
            broke_off.push((name.as_str(), case));
        }
    }
    if !broke_off.is_empty() && arguments.component.is_none() {
        trace(&workbench, &arguments.project, &broke_off).await?;
    }
    let wanting = failed > broke_off.len();
    failed += unusable;
    say(&format!("{} passed, {failed} failed", cases.len() - failed));
    if wanting {
        say("If this is what you meant, `markbridge plugin test --accept` keeps it.");
    }
    Ok(failed == 0)
}

/// What came of a case.
struct Ran {
    /// None where the check broke off.
    findings: Option<Value>,
    /// None where the case has no sheet, or working it out broke off.
    outcome: Option<Value>,
    /// What went wrong, for the author.
    problems: Vec<String>,
    log: Vec<String>,
    broke_off: bool,
    /// Of all calls, as a server makes them.
    time: Duration,
    /// From the engine that counts.
    accounts: Vec<Account>,
}

impl Ran {
    fn costs(&self) -> String {
        let fuel: u64 = self.accounts.iter().map(|account| account.fuel).sum();
        let memory = self.accounts.iter().map(|account| account.memory_bytes);
        format!(
            "{:8.1} ms {:>16} fuel {:8.1} MiB",
            self.time.as_secs_f64() * 1000.0,
            grouped(fuel),
            mebibytes(memory.max().unwrap_or_default())
        )
    }

    fn failure(&mut self, what: &str, failure: &CallFailure) {
        self.problems
            .push(format!("{what}: {failure} ({})", failure.code()));
        self.log.extend(failure.log().iter().cloned());
        self.broke_off = true;
    }
}

/// A number with a comma after each three digits.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
pub(crate) fn mebibytes(bytes: usize) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

/// What a case hands to the unit.
struct Asked {
    unit: Unit,
    gathered: Gathered,
    context: UnitContext,
    previous: Option<Attempt>,
}

async fn run_case(
    workbench: &Workbench,
    installed: &Installed,
    case: &Case,
) -> anyhow::Result<Ran> {
    let asked = asked(workbench, installed, case).await?;
    let Asked { unit, context, .. } = &asked;
    let evidence = &asked.gathered.evidence;
    let mut ran = Ran {
        findings: None,
        outcome: None,
        problems: Vec::new(),
        log: Vec::new(),
        broke_off: false,
        time: Duration::ZERO,
        accounts: Vec::new(),
    };
    workbench.accounts.take_accounts();
    let (host, plugin) = (&workbench.host, &installed.plugin);
    let began = Instant::now();
    let answer = host
        .check(
            plugin,
            evidence.clone(),
            context.clone(),
            asked.previous.clone(),
        )
        .await;
    ran.time += began.elapsed();
    let again = workbench
        .accounts
        .check(
            &installed.with_accounts,
            evidence.clone(),
            context.clone(),
            asked.previous.clone(),
        )
        .await;
    match answer {
        Ok(findings) => {
            if again.as_ref().ok() != Some(&findings) {
                ran.problems.push(
                    "the same evidence gave other findings the second time; a unit must answer the same each time".to_owned(),
                );
            }
            ran.findings = Some(serde_json::to_value(findings)?);
        }
        Err(failure) => ran.failure("check", &failure),
    }
    if let Some((mode, values)) = awards(case) {
        let sheet = filled(unit, mode, &values)?;
        let began = Instant::now();
        let answer = host.evaluate(plugin, &sheet, context).await;
        ran.time += began.elapsed();
        match answer {
            Ok(outcome) => {
                let grade = host.grade(plugin, &outcome, context).await;
                let mut printed = printed_outcome(unit, &sheet, &outcome);
                match grade {
                    Ok(grade) => printed["gradebook"] = serde_json::to_value(grade)?,
                    Err(failure) => ran.failure("grade", &failure),
                }
                ran.outcome = Some(printed);
            }
            Err(failure) => ran.failure("evaluate", &failure),
        }
        // For its account alone.
        let again = workbench
            .accounts
            .evaluate(&installed.with_accounts, &sheet, context);
        again.await.ok();
    }
    ran.accounts = workbench.accounts.take_accounts();
    if !ran.broke_off {
        let logs = ran.accounts.iter().flat_map(|account| account.log.clone());
        ran.log = logs.collect();
    }
    Ok(ran)
}

/// Evidence, settings and earlier submission of a case.
async fn asked(workbench: &Workbench, installed: &Installed, case: &Case) -> anyhow::Result<Asked> {
    let described = installed.plugin.unit();
    let mut unit = described.clone();
    if let Some(overlay) = &case.overlay {
        unit = OverlayFile::read(case.folder.join(overlay))?.laid_over(&unit)?;
    }
    if !case.settings.is_empty() {
        let overlay = Overlay {
            unit: unit.id.clone(),
            source: "case.toml".to_owned(),
            settings: serde_json::from_value(serde_json::to_value(&case.settings)?)
                .context("a value in [settings] must be a number, a text, true or false")?,
            ..Overlay::default()
        };
        let file = OverlayFile {
            path: case.folder.join("case.toml"),
            overlay,
        };
        unit = file.laid_over(&unit)?;
    }
    let host = &workbench.host;
    let given = files(case, &case.evidence);
    let gathered = gather(host, &unit, &given, case.declared).await?;
    let previous = match &case.previous {
        Some(previous) => Some(earlier(workbench, &unit, case, previous).await?),
        None => None,
    };
    let submission = case.submission.unwrap_or_else(|| {
        let earlier = case.previous.as_ref();
        earlier.map_or(1, |previous| previous.submission + 1)
    });
    Ok(Asked {
        context: UnitContext::standard(&unit, case.today, submission, 1),
        unit,
        gathered,
        previous,
    })
}

async fn earlier(
    workbench: &Workbench,
    unit: &Unit,
    case: &Case,
    previous: &Previous,
) -> anyhow::Result<Attempt> {
    let given = files(case, &previous.evidence);
    let gathered = gather(&workbench.host, unit, &given, previous.declared).await?;
    for criterion in previous.decisions.keys() {
        if unit.criteria().all(|known| known.id != *criterion) {
            bail!("[previous.decisions] names `{criterion}`, which is no criterion of the unit");
        }
    }
    let decisions = unit.criteria().map(|criterion| CriterionOutcome {
        criterion: criterion.id.clone(),
        met: previous
            .decisions
            .get(&criterion.id)
            .map(|decision| decision == "pass"),
    });
    Ok(Attempt {
        number: previous.submission,
        submitted: previous.submitted,
        evidence: gathered.evidence,
        decisions: decisions.collect(),
    })
}

fn files(case: &Case, evidence: &std::collections::BTreeMap<String, Files>) -> Vec<Given> {
    let given = evidence.iter().flat_map(|(slot, files)| {
        files.all().iter().map(|file| Given {
            slot: slot.clone(),
            file: case.folder.join(file),
        })
    });
    given.collect()
}

/// Mode and values of the case's sheet.
fn awards(case: &Case) -> Option<(&'static str, Vec<(String, String)>)> {
    if let Some(marks) = &case.marks {
        let marks = marks
            .iter()
            .map(|(id, marks)| (id.clone(), marks.to_string()));
        return Some(("marks", marks.collect()));
    }
    let decisions = case.decisions.as_ref()?;
    let decisions = decisions
        .iter()
        .map(|(id, decision)| (id.clone(), decision.clone()));
    Some(("pass-referral", decisions.collect()))
}

/// What is wrong with what came, held against what was accepted; what came is
/// accepted first where that is wished.
fn held(
    case: &Case,
    name: &str,
    answer: Option<&Value>,
    accept: bool,
) -> anyhow::Result<Vec<String>> {
    let file = case.folder.join(name);
    let text = std::fs::read_to_string(&file).ok();
    let Some(answer) = answer else {
        return Ok(match text {
            Some(_) if name == OUTCOME && awards(case).is_none() => vec![format!(
                "there is an {OUTCOME}, but neither [marks] nor [decisions]; delete it or add them"
            )],
            _ => Vec::new(),
        });
    };
    if accept {
        let mut text = serde_json::to_string_pretty(answer)?;
        text.push('\n');
        write(&file, text.as_bytes())?;
        return Ok(Vec::new());
    }
    let Some(text) = text else {
        return Ok(first_time(name, answer));
    };
    let accepted: Value =
        serde_json::from_str(&text).with_context(|| format!("{} is not JSON", file.display()))?;
    let mut lines = differences(&accepted, answer);
    if !lines.is_empty() {
        lines.insert(0, format!("{name}: - as accepted, + as it is now"));
    }
    Ok(lines)
}

/// What came, where nothing was accepted before: there is something to read before
/// it is kept.
fn first_time(name: &str, answer: &Value) -> Vec<String> {
    let mut lines = vec![format!(
        "there is no {name} yet. This is what came; if it is right, `markbridge plugin test --accept` keeps it:"
    )];
    if answer.is_array() {
        lines.extend(differences(&Value::Array(Vec::new()), answer));
    } else {
        lines.push(format!("+ {answer}"));
    }
    lines
}

/// The functions of a trace that are not those of Rust itself, unless there are no others.
pub(crate) fn own_lines(trace: &[String]) -> Vec<String> {
    let is_own = |line: &&String| !line.contains(" (/rustc/");
    let own: Vec<_> = trace.iter().filter(is_own).collect();
    let shown = if own.is_empty() {
        trace.iter().collect()
    } else {
        own
    };
    shown
        .into_iter()
        .map(|line| line.replace(" (./", " ("))
        .collect()
}

/// Runs cases that broke off once more, on a build that knows its functions and
/// lines, and prints where they broke off.
async fn trace(
    workbench: &Workbench,
    project: &Path,
    cases: &[(&str, &Case)],
) -> anyhow::Result<()> {
    let component = Project::find(project)?.build(true, &mut complain)?;
    let installed = workbench.install(&component).await?;
    for (name, case) in cases {
        let ran = run_case(workbench, &installed, case).await?;
        for account in ran
            .accounts
            .iter()
            .filter(|account| !account.trace.is_empty())
        {
            say(&format!("{name} broke off in `{}`:", account.function));
            for line in own_lines(&account.trace) {
                say(&format!("  {line}"));
            }
        }
    }
    Ok(())
}
