//! Compiling: in this process, or in a job of its own with limits of its own, so
//! that a component on which the compiler chokes takes nobody along.

use std::ffi::OsString;
use std::io::{Read, Write};
use std::process::Stdio;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;
use wasmtime::Engine;

use crate::error::InstallError;
use crate::host::Limits;
use crate::rules::{plain, shortened};
use crate::sandbox::{Sandbox, one_line};

/// Most bytes of compiled code for each byte of a component. Rust makes about
/// eight, Python three.
const MOST_GROWTH: u64 = 16;
/// Compiled code that a component may have however small it is, and that none may
/// have however large, in bytes.
const CODE_BYTES: (u64, u64) = (16 << 20, 512 << 20);
/// How much is read of what a job says, in bytes.
const MOST_SAID_BYTES: u64 = 16 << 10;

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

/// Compiles in a job of its own, which ends when the caller stops waiting. Of what
/// it writes only so much is taken into this process's memory.
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
    let most = (component.len() as u64 * MOST_GROWTH).clamp(CODE_BYTES.0, CODE_BYTES.1);
    let input = job.stdin.take();
    let (code, said) = (job.stdout.take(), job.stderr.take());
    let write = async move {
        if let Some(mut input) = input {
            // A job that reads no further says why in its own words.
            input.write_all(&component).await.ok();
        }
    };
    let ((), code, said) = tokio::join!(write, read(code, most + 1), read(said, MOST_SAID_BYTES));
    if code.len() as u64 > most {
        // Dropping the job ends it.
        return Err(InstallError::CompileLimits);
    }
    let status = job.wait().await;
    let status = status.map_err(|error| failed(error.to_string()))?;
    let said = String::from_utf8_lossy(&said);
    let said = shortened(plain(said.trim().to_owned()), 1_000);
    match status.code() {
        Some(0) => Ok(code),
        Some(code) if code == i32::from(JOB_REFUSES) => Err(InstallError::Damaged { reason: said }),
        Some(_) => Err(failed(said)),
        // Ended by the system, as when a limit of the job was reached.
        None => Err(InstallError::CompileLimits),
    }
}

/// What comes from a job, at most so much. Where it breaks off, the job's status
/// says why.
async fn read(from: Option<impl AsyncRead + Unpin>, most: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(from) = from {
        from.take(most).read_to_end(&mut bytes).await.ok();
    }
    bytes
}

/// Status with which a job says that the component cannot be compiled.
pub const JOB_REFUSES: u8 = 3;
