//! What would break the tool if it could: files that were made for it, files
//! that were changed at random, and plugins that misbehave.

mod files;
/// The guests of the host's own tests.
#[expect(dead_code, reason = "the host's tests use more of it")]
#[path = "../../../crates/unit-host/tests/it/guest.rs"]
mod guest;
mod installing;
mod mutations;
mod pages;
mod units;
