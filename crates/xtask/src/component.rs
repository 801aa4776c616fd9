//! Plugins as components.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use wit_component::{ComponentEncoder, DecodedWasm, decode};

/// Turns the core module that the compiler made for a plugin into a component,
/// and refuses one that asks for more than its own interface allows.
pub(crate) fn componentize(core: &Path, out: &Path) -> Result<()> {
    let module = std::fs::read(core)
        .with_context(|| format!("cannot read the module {}", core.display()))?;
    let component = ComponentEncoder::default()
        .validate(true)
        .module(&module)
        .and_then(ComponentEncoder::encode)
        .with_context(|| {
            format!(
                "cannot make a component of {}; does its crate call `plugin!` or `reader!`?",
                core.display()
            )
        })?;
    check_imports(&component).with_context(|| format!("{} is no plugin", core.display()))?;
    std::fs::write(out, component)
        .with_context(|| format!("cannot write the component {}", out.display()))
}

/// A plugin imports types, which are no functions, and its log: no other power.
fn check_imports(component: &[u8]) -> Result<()> {
    let DecodedWasm::Component(resolve, world) = decode(component)? else {
        anyhow::bail!("it is an interface package, not a component");
    };
    for key in resolve.worlds[world].imports.keys() {
        let name = resolve.name_world_key(key);
        let interface = name.split('@').next().unwrap_or(&name);
        ensure!(
            [
                "markbridge:unit/types",
                "markbridge:unit/log",
                "markbridge:reader/types",
                "markbridge:reader/log"
            ]
            .contains(&interface),
            "it imports {name}, which no plugin may"
        );
    }
    Ok(())
}
