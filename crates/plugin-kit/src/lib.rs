//! What turns an author's project into a component.
//!
//! The kit knows no engine and runs no plugin; it reads and writes nothing but
//! the author's own project. `markbridge plugin` and `cargo xtask plugins` call it.

mod anatomy;
pub mod cases;
mod component;
pub mod data_unit;
mod interpreted;
pub mod project;
pub mod rust;

pub use anatomy::{Anatomy, Import, anatomy};
pub use component::{ComponentError, componentize};
pub use interpreted::{Interpreted, InterpretedError};
