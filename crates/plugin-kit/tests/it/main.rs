//! The kit as its users call it.

mod unit_toml;
