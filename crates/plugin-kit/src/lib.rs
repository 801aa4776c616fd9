//! What turns an author's project into a component.
//!
//! The kit knows no engine and runs no plugin; it reads and writes nothing but
//! the author's own project. `markbridge plugin` and `cargo xtask plugins` call it.

mod component;
mod interpreted;

pub use component::{ComponentError, componentize};
pub use interpreted::{Interpreted, InterpretedError};
