//! The library against platforms that answer on this machine.

mod ags;
mod common;
mod keys;
mod launch;
mod login;
mod nrps;
mod roles;
mod token;
