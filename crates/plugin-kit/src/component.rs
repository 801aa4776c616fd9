//! Core modules as components.

use wit_component::ComponentEncoder;

use crate::anatomy::anatomy;

/// What a plugin may import: types, which are no functions, and its log.
const ALLOWED_IMPORTS: [&str; 4] = [
    "markbridge:unit/types",
    "markbridge:unit/log",
    "markbridge:reader/types",
    "markbridge:reader/log",
];

/// Why a module is no plugin.
#[derive(Debug, thiserror::Error)]
pub enum ComponentError {
    /// The module does not say which interface it implements, or does not
    /// implement it.
    #[error("the compiled module is no plugin; does its crate call `plugin!` or `reader!`?")]
    NotAPlugin(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The module asks for more than its own interface allows.
    #[error("the plugin imports `{name}`, which no plugin may")]
    Import {
        /// Name of the import.
        name: String,
    },
}

/// Turns the core module that a compiler made for a plugin into a component,
/// and refuses one that asks for more than its own interface allows.
///
/// # Errors
/// [`ComponentError`].
pub fn componentize(module: &[u8]) -> Result<Vec<u8>, ComponentError> {
    let component = ComponentEncoder::default()
        .validate(true)
        .module(module)
        .and_then(ComponentEncoder::encode)
        .map_err(|error| ComponentError::NotAPlugin(error.into()))?;
    let imports = anatomy(&component).map(|anatomy| anatomy.imports);
    let forbidden = imports.into_iter().flatten().find(|import| !import.allowed);
    match forbidden {
        Some(import) => Err(ComponentError::Import { name: import.name }),
        None => Ok(component),
    }
}

/// Whether plugins get this import, whatever its version.
pub(crate) fn is_allowed(name: &str) -> bool {
    ALLOWED_IMPORTS.contains(&name.split('@').next().unwrap_or(name))
}
