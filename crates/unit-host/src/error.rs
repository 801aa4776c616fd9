//! What can go wrong: when the host starts, when a plugin is installed, and
//! when it is called.

use std::path::PathBuf;
use std::time::Duration;

use assessment::sheet::OutcomeError;

use crate::package::PackageError;
use crate::rules::shortened;

/// Why the host could not start.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// The directory of compiled plugins cannot be used.
    #[error(
        "the directory `{}` for compiled plugins cannot be used; name one that this process owns and may write to", path.display()
    )]
    CacheDirectory {
        /// The directory.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The sandbox could not be set up.
    #[error(
        "the sandbox for plugins could not be set up; if the address space is limited (`ulimit -v`), lift the limit"
    )]
    Sandbox(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A limit makes no sense.
    #[error("the limit `{0}` must be more than zero")]
    Limit(&'static str),
}

/// Why a plugin could not be installed.
#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    /// The component is larger than the host accepts.
    #[error(
        "the plugin has {} MiB; at most {} are accepted: build it without debugging information", bytes.div_ceil(1 << 20), limit >> 20
    )]
    TooLarge {
        /// Its size in bytes.
        bytes: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// The bytes are something else than a component.
    #[error(
        "this is {found}, not a WebAssembly component; `markbridge plugin build` makes a component from a plugin's source"
    )]
    NotAComponent {
        /// What the bytes are.
        found: &'static str,
    },
    /// The component breaks the rules of WebAssembly, or is cut off.
    #[error("the component is not valid: {reason}; build it again or copy the file again")]
    Damaged {
        /// What the compiler said.
        reason: String,
    },
    /// The component has papers, and they are not in order.
    #[error(transparent)]
    Package(#[from] PackageError),
    /// Compiling takes longer than the host allows.
    #[error(
        "the plugin was not compiled within {} seconds; make it smaller, or leave out libraries that it does not need", limit.as_secs_f64()
    )]
    CompileTime {
        /// The limit.
        limit: Duration,
    },
    /// Compiling takes more memory or processor time than its job is given.
    #[error(
        "compiling the plugin takes more memory or time than this server gives; make it smaller, or leave out libraries that it does not need"
    )]
    CompileLimits,
    /// The job that compiles could not be started.
    #[error("the job that compiles plugins could not be run: {reason}")]
    CompileJob {
        /// What the system said.
        reason: String,
    },
    /// The component does not export what the host calls.
    #[error(
        "the component does not export `{wanted}`; it exports {found}: build it against a version of the interface that this host has"
    )]
    NoInterface {
        /// The interface that the host calls.
        wanted: &'static str,
        /// What there is instead.
        found: String,
    },
    /// The component imports what no plugin gets.
    #[error(
        "the component imports `{name}`, which no plugin gets: plugins have no files, network, clock, environment or randomness; build it with `markbridge plugin build`, or leave out the library that needs `{name}`"
    )]
    Import {
        /// Name of the import.
        name: String,
    },
    /// An interface of the right name has other types than the host's.
    #[error(
        "the component does not fit the interface `{wanted}`: {reason}; build it against the released files of the interface"
    )]
    Mismatch {
        /// The interface that the host calls.
        wanted: &'static str,
        /// The difference.
        reason: String,
    },
    /// The plugin could not say what it is.
    #[error("the plugin could not describe itself; correct its `describe`")]
    Describe(#[source] CallFailure),
    /// What the plugin says of itself breaks the rules of the interface.
    #[error("the plugin's description is not valid: {problem}")]
    Description {
        /// The first problem found.
        problem: String,
    },
}

/// Why a plugin did not answer. Never stops a learner: it is a notice for the
/// assessor. Log lines are the plugin author's own and may quote evidence.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CallFailure {
    /// The call used up its time.
    #[error("the plugin took longer than the {} seconds it is given", limit.as_secs_f64())]
    TookTooLong {
        /// The limit.
        limit: Duration,
        /// What the plugin logged.
        log: Vec<String>,
    },
    /// The call wanted more memory than it is given, and stopped.
    #[error("the plugin needed more than the {allowance} it is given")]
    OutOfMemory {
        /// What it is given: `128 MiB of memory`.
        allowance: String,
        /// What the plugin logged.
        log: Vec<String>,
    },
    /// Calls were nested too deeply.
    #[error("the plugin nested its calls too deeply")]
    StackOverflow {
        /// What the plugin logged.
        log: Vec<String>,
    },
    /// The plugin broke off.
    #[error("the plugin broke off: {message}")]
    Trapped {
        /// What WebAssembly says.
        message: String,
        /// What the plugin logged.
        log: Vec<String>,
    },
    /// The answer is larger than the interface allows.
    #[error("the plugin answered with more than is allowed: {message}")]
    TooMuchOutput {
        /// What there was too much of.
        message: String,
        /// What the plugin logged.
        log: Vec<String>,
    },
    /// There is more evidence than a plugin is promised to get.
    #[error("there is more evidence than a unit can look at: {message}")]
    TooMuchEvidence {
        /// What there is too much of.
        message: String,
    },
    /// Every slot stayed in use for as long as a call may wait.
    #[error("too many checks are running")]
    Busy,
    /// The plugin says itself why it cannot answer.
    #[error("{message}")]
    Plugin {
        /// `bad-input`, `unsupported` or `internal`.
        code: String,
        /// The plugin's sentence for the assessor.
        message: String,
        /// What the plugin logged.
        log: Vec<String>,
    },
    /// The outcome contradicts the mark sheet.
    #[error("the plugin's outcome contradicts the mark sheet")]
    BrokenPromise(#[source] OutcomeError),
    /// The answer breaks a rule of the interface.
    #[error("the plugin's answer is not valid: {message}")]
    Invalid {
        /// The first problem found.
        message: String,
    },
}

impl CallFailure {
    /// The code that reports and commands carry.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TookTooLong { .. } => "took-too-long",
            Self::OutOfMemory { .. } => "out-of-memory",
            Self::StackOverflow { .. } => "stack-overflow",
            Self::Trapped { .. } => "trapped",
            Self::TooMuchOutput { .. } => "too-much-output",
            Self::TooMuchEvidence { .. } => "too-much-evidence",
            Self::Busy => "busy",
            Self::Plugin { code, .. } => match code.as_str() {
                "bad-input" => "bad-input",
                "unsupported" => "unsupported",
                _ => "internal",
            },
            Self::BrokenPromise(_) => "broken-promise",
            Self::Invalid { .. } => "invalid-answer",
        }
    }

    /// Whole sentences for the assessor, with what to do next.
    pub fn message(&self) -> String {
        let next = match self {
            Self::Busy => "Run the check again in a minute.",
            Self::TooMuchEvidence { .. } => {
                "Read the work itself, or return it for fewer or shorter files."
            }
            _ => "Go on without it, and tell whoever looks after the plugin.",
        };
        let reason = match self {
            Self::BrokenPromise(broken) => broken.to_string(),
            other => other.to_string(),
        };
        let reason = reason.trim_end_matches('.');
        format!("The check could not run: {reason}. {next}")
    }

    /// The failure with the plugin's last log line, which is where the message of
    /// a panic stands. Only for calls that have no evidence in reach.
    pub(crate) fn with_last_line(self) -> Self {
        match self {
            Self::Trapped { message, log } => {
                let last = log
                    .last()
                    .map(|line| format!("; its last log line: {line}"));
                let last = shortened(last.unwrap_or_default(), 500);
                Self::Trapped {
                    message: message + &last,
                    log,
                }
            }
            other => other,
        }
    }

    /// What the plugin logged before it failed, for its author.
    pub fn log(&self) -> &[String] {
        match self {
            Self::TookTooLong { log, .. }
            | Self::OutOfMemory { log, .. }
            | Self::StackOverflow { log }
            | Self::Trapped { log, .. }
            | Self::TooMuchOutput { log, .. }
            | Self::Plugin { log, .. } => log,
            Self::TooMuchEvidence { .. }
            | Self::Busy
            | Self::BrokenPromise(_)
            | Self::Invalid { .. } => &[],
        }
    }
}
