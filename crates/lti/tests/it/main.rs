//! The library against platforms that answer on this machine.

mod ags;
mod common;
mod deep_linking;
mod dynamic_registration;
mod example;
mod groups;
mod keys;
mod launch;
mod login;
mod nrps;
mod platform_storage;
mod replay;
mod roles;
mod token;
