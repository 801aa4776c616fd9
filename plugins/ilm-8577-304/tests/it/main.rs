//! Tests of the unit, natively.

mod common;
mod fixtures;
mod texts;
mod unit;
