//! The job that compiles a plugin, in a process of its own with limits of its
//! own: the compiler is large, and the plugin is anybody's.

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Context;
use rustix::process::{Resource, Rlimit, setrlimit};
use unit_host::JOB_REFUSES;

use crate::complain;
use crate::settings::Settings;

/// Name of the command, which people do not need.
pub(crate) const COMMAND: &str = "compile-plugin";

/// The command line that starts the job, with the settings of this process.
///
/// # Errors
/// Where the system does not tell which program this is. Compiling in this process
/// instead would take the limits off.
pub(crate) fn command(settings: &Settings) -> anyhow::Result<Vec<OsString>> {
    let program = std::env::current_exe().context(
        "the system does not tell where this program lies, which runs the job that compiles plugins; on Linux, see that /proc is there",
    )?;
    let mut command = vec![program.into_os_string()];
    if let Some(file) = &settings.file {
        command.extend(["--config".into(), file.as_os_str().to_owned()]);
    }
    command.push(COMMAND.into());
    Ok(command)
}

/// Compiles the component on standard input to standard output.
pub(crate) fn run(settings: &Settings) -> anyhow::Result<ExitCode> {
    let plugins = &settings.plugins;
    let cores = std::thread::available_parallelism().map_or(1, usize::from) as u64;
    // Reserved address space is not counted, for the sandbox reserves much of it.
    limit(Resource::Data, plugins.compile_mib << 20)?;
    // The server ends the job by the clock; this is for a job that it left behind.
    limit(Resource::Cpu, plugins.compile_seconds * (cores + 1))?;
    let compiled = unit_host::compile_job(
        &plugins.limits(),
        std::io::stdin().lock(),
        std::io::stdout().lock(),
    );
    Ok(match compiled {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            complain(&reason);
            ExitCode::from(JOB_REFUSES)
        }
    })
}

fn limit(resource: Resource, most: u64) -> anyhow::Result<()> {
    let limit = Rlimit {
        current: Some(most),
        maximum: Some(most),
    };
    setrlimit(resource, limit).context("the limits of the compiling job could not be set")
}
