//! The demo platform as a tool and a browser meet it: over HTTP on loopback.
#![expect(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it must be"
)]

mod browser;
mod launch;
mod registration;
mod scores;
mod services;
mod world;
