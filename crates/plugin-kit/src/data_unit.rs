//! A unit without programming: `unit.toml` becomes a component.
//!
//! The file is read into the data of `unit-from-data`, and the data is put into
//! that plugin's module, which runs the checks of the kit. Nothing is compiled.

mod checks;
mod file;
mod lists;
mod module;
mod page;
mod stock;
mod unit;

use toml::de::DeTable;
use unit_from_data::data::UnitData;

pub use file::Problem;
pub use page::page;

use crate::component::{ComponentError, componentize};
use file::File;

/// Why a file makes no unit.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The file is not as it should be: everything that is wrong with it.
    #[error("the file cannot be used as it is")]
    File(Vec<Problem>),
    /// The file says more than a unit may.
    #[error(
        "the unit has {bytes} bytes of data; at most {most} fit into a plugin: take long word lists out"
    )]
    TooLarge {
        /// How much there is.
        bytes: usize,
        /// How much there may be.
        most: usize,
    },
    /// The module is not that of `unit-from-data`, or of another version.
    #[error(
        "the module that runs the unit has no place for its data; it is not the one that belongs to this version"
    )]
    NoPlace,
    /// The module is damaged.
    #[error("the module that runs the unit is damaged: {0}")]
    Module(#[from] wasmparser::BinaryReaderError),
    /// No component comes of it.
    #[error(transparent)]
    Component(#[from] ComponentError),
}

/// Makes a component of the text of a `unit.toml`; `module` is the core module of
/// `unit-from-data`.
///
/// # Errors
/// [`BuildError`].
pub fn build(text: &str, module: &[u8]) -> Result<Vec<u8>, BuildError> {
    let data = data(text).map_err(BuildError::File)?;
    Ok(componentize(&module::with_data(module, &data)?)?)
}

/// The data that the text of a `unit.toml` makes, as `unit-from-data` reads it.
///
/// # Errors
/// Everything that is wrong with the file, in the order of its lines.
pub fn data(text: &str) -> Result<Vec<u8>, Vec<Problem>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (root, errors) = DeTable::parse_recoverable(text);
    let file = File::new(text);
    for error in &errors {
        let at = error.span().map_or(0, |span| span.start);
        let before = text.get(..at).and_then(|before| before.rfind('\n'));
        let line = &text[before.map_or(0, |end| end + 1)..];
        let line = line.lines().next().unwrap_or_default();
        let message = error.message();
        file.problem(at, format!("`{line}` is no proper TOML: {message}."));
    }
    if !errors.is_empty() {
        // What follows from a bracket that is missing would only mislead.
        return Err(file.problems());
    }
    let data = read(&file, Some(root.get_ref()));
    let written = data.written();
    drop(data);
    let problems = file.problems();
    if problems.is_empty() {
        Ok(written)
    } else {
        Err(problems)
    }
}

fn read<'f>(file: &'f File<'f>, root: Option<&'f DeTable<'f>>) -> UnitData<'f> {
    let root = file.root(root);
    let (mut unit, sources) = unit::read(&root);
    unit::settings(&root, &mut unit, sources);
    let (diary, checks) = checks::read(&root, &mut unit, sources);
    UnitData {
        unit,
        diary,
        checks,
    }
}
