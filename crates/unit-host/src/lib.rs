//! The host of unit plugins and readers: WebAssembly components that get the
//! evidence as a value, answer with a value, and have no power besides.
//!
//! - [`UnitHost::install_unit`] and [`UnitHost::install_reader`] check,
//!   compile and keep a component;
//! - [`UnitHost::read`] turns a file into prose or tables;
//! - [`UnitHost::check`], [`UnitHost::evaluate`] and [`UnitHost::grade`] ask a unit.
//!
//! # Invariants
//!
//! - A learner's bytes are parsed in the sandbox only.
//! - A plugin gets one function, `log`; whatever imports more is not installed.
//! - Each call has a store of its own, with limits on memory, time, stack,
//!   output and log. Whatever a plugin does, the call ends with a
//!   [`CallFailure`] that has a name, and the next call finds nothing of it.
//! - Compiled code is loaded only with this host's keyed digest on it.
//! - What a plugin logs about evidence never reaches the host's own log.
//!
//! # Adding a version of the interface
//!
//! A released WIT file never changes. For 1.x nothing is to do here but to
//! point `bindings` at the newer directory; a 2.0 gets a module of its own
//! there, conversions beside those in `convert`, and a look at the exported
//! name in `fits` decides which one a component speaks.

mod bindings;
mod cache;
mod compile;
mod convert;
mod error;
mod host;
mod package;
mod reader;
mod rules;
mod sandbox;
mod turns;

pub use compile::{JOB_REFUSES, compile_job};
pub use error::{CallFailure, HostError, InstallError};
pub use host::{
    Attempt, CallLimits, Context, Identity, Limits, OwnLimits, Settings, UnitHost, UnitPlugin,
};
pub use package::{Manifest, Package, PackageError, Papers, TrustedKey};
pub use reader::{Content, FileToRead, ReaderPlugin, Wanted};
pub use rules::{Share, shares};
pub use sandbox::Account;
pub use turns::Health;
