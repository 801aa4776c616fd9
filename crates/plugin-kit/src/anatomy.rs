//! What a component is made of, for its author: exports, imports, and where
//! imports that no plugin may have usually come from.

use wit_component::{DecodedWasm, decode};

use crate::component::is_allowed;

/// What a component exports and imports.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Anatomy {
    /// Names of exported interfaces and functions.
    pub exports: Vec<String>,
    /// Names of imported interfaces and functions.
    pub imports: Vec<Import>,
}

/// Something that a component imports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// Its name.
    pub name: String,
    /// Whether plugins get it.
    pub allowed: bool,
}

impl Import {
    /// Where an import that plugins do not get usually comes from, and what to do.
    pub fn advice(&self) -> &'static str {
        let is = |part: &str| self.name.contains(part);
        if is("wasi:random") || is("random") {
            "A plugin has no random numbers, so that it answers the same each time. Often a library wants them for hash maps or ids: give it a fixed seed, or leave it out."
        } else if is("clock") || is("time") {
            "A plugin has no clock. Today's date is in the context of each call (`today`)."
        } else if is("wasi:filesystem") {
            "A plugin has no files. Put word lists and tables into the source itself."
        } else if is("wasi:sockets") || is("wasi:http") || is("http") {
            "A plugin has no network. What it needs to know must be in it, or be a setting."
        } else if is("wasi:cli") || is("wasi:io") {
            "A plugin has no terminal and no environment; use `log` in place of printing. In Rust this comes with the targets wasm32-wasip1 and wasm32-wasip2: `markbridge plugin build` takes wasm32-unknown-unknown."
        } else if is("wasi:") {
            "A plugin has no system beneath it. `markbridge plugin build` makes components without it."
        } else {
            "No plugin gets it. Leave out the library that needs it."
        }
    }
}

/// Takes a component apart. None where it cannot be followed.
pub fn anatomy(component: &[u8]) -> Option<Anatomy> {
    let Ok(DecodedWasm::Component(resolve, world)) = decode(component) else {
        return None;
    };
    let world = &resolve.worlds[world];
    let exports = world.exports.keys().map(|key| resolve.name_world_key(key));
    let imports = world.imports.keys().map(|key| {
        let name = resolve.name_world_key(key);
        Import {
            allowed: is_allowed(&name),
            name,
        }
    });
    Some(Anatomy {
        exports: exports.collect(),
        imports: imports.collect(),
    })
}
