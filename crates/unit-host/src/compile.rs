//! Compiling: in this process, or in a job of its own with limits of its own, so
//! that a component on which the compiler chokes takes nobody along.

use std::ffi::OsString;
use std::io::{Read, Write};
use std::process::Stdio;

use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use wasmtime::Engine;

use crate::error::InstallError;
use crate::host::Limits;
use crate::rules::{plain, shortened};
use crate::sandbox::{Sandbox, one_line};

/// The other end of [`Settings::compile_job`](crate::Settings::compile_job): reads
/// a component from `input`, compiles it as a host with these limits does, and
/// writes the code to `output`. The process that calls this should be able to die.
///
/// # Errors
/// What the compiler says of the component, or that input or output broke off.
pub fn compile_job(
    limits: &Limits,
    mut input: impl Read,
    mut output: impl Write,
) -> Result<(), String> {
    let mut component = Vec::new();
    input
        .read_to_end(&mut component)
        .map_err(|error| error.to_string())?;
    let sandbox = Sandbox::new(limits).map_err(|error| one_line(&error))?;
    let compiled = sandbox.engine.precompile_component(&component);
    let compiled = compiled.map_err(|error| one_line(&error))?;
    output
        .write_all(&compiled)
        .and_then(|()| output.flush())
        .map_err(|error| error.to_string())
}

/// Compiles in this process.
pub(crate) async fn here(engine: Engine, component: Vec<u8>) -> Result<Vec<u8>, InstallError> {
    let compiled =
        tokio::task::spawn_blocking(move || engine.precompile_component(&component)).await;
    match compiled {
        Ok(Ok(compiled)) => Ok(compiled),
        Ok(Err(error)) => Err(InstallError::Damaged {
            reason: one_line(&error),
        }),
        Err(_) => Err(InstallError::Damaged {
            reason: "the compiler failed on it".to_owned(),
        }),
    }
}

/// Compiles in a job of its own, which ends when the caller stops waiting.
pub(crate) async fn in_a_job(
    command: &[OsString],
    component: Vec<u8>,
) -> Result<Vec<u8>, InstallError> {
    let failed = |reason: String| InstallError::CompileJob { reason };
    let (program, arguments) = command
        .split_first()
        .ok_or_else(|| failed("no command is set".to_owned()))?;
    let mut job = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        // Secrets that this process was given by its environment are not for it.
        .env_remove("MARKBRIDGE__KEYS__SEAL_KEY")
        .spawn()
        .map_err(|error| failed(error.to_string()))?;
    let input = job.stdin.take();
    let write = async move {
        if let Some(mut input) = input {
            // A job that reads no further says why in its own words.
            input.write_all(&component).await.ok();
        }
    };
    let ((), output) = tokio::join!(write, job.wait_with_output());
    let output = output.map_err(|error| failed(error.to_string()))?;
    let said = String::from_utf8_lossy(&output.stderr);
    let said = shortened(plain(said.trim().to_owned()), 1_000);
    match output.status.code() {
        Some(0) => Ok(output.stdout),
        Some(code) if code == i32::from(JOB_REFUSES) => Err(InstallError::Damaged { reason: said }),
        Some(_) => Err(failed(said)),
        // Ended by the system, as when a limit of the job was reached.
        None => Err(InstallError::CompileLimits),
    }
}

/// Status with which a job says that the component cannot be compiled.
pub const JOB_REFUSES: u8 = 3;
