//! Building the plugins of this repository as components.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use plugin_kit::{componentize, data_unit, rust};

use crate::{cargo, examples, root, run, target};

/// The plugin that is none by itself: it runs the data of a unit's file.
const UNIT_FROM_DATA: &str = "unit-from-data";

/// Builds every crate of `plugins/` and puts the components where the server
/// looks for them.
pub(crate) fn build() -> Result<()> {
    add_target()?;
    let names = names()?;
    println!("Building {} plugins …", names.len());
    let mut build = cargo();
    build.arg("build");
    let profile = rust::for_plugins(&mut build, &root(), false, &mut |line| eprintln!("{line}"))?;
    for name in &names {
        build.args(["--package", name]);
    }
    build.args(["--package", examples::NAME]);
    run(&mut build)?;
    let out = root().join("data").join("plugins");
    std::fs::create_dir_all(&out).with_context(|| format!("{} cannot be made", out.display()))?;
    let modules = target()?.join(profile);
    for name in &names {
        if name == UNIT_FROM_DATA {
            keep(&modules.join("unit_from_data.wasm"))?;
            continue;
        }
        component_of(&modules, name, &out.join(format!("{name}.wasm")))?;
    }
    // The server installs what lies in `data/plugins`, and an example is for reading.
    let examples = root().join("data").join("examples");
    std::fs::create_dir_all(&examples)?;
    let example = examples.join(format!("{}-rust.wasm", examples::NAME));
    component_of(&modules, examples::NAME, &example)?;
    let file = root().join("plugins/examples/toml/unit.toml");
    let file = std::fs::read_to_string(&file)
        .with_context(|| format!("cannot read {}", file.display()))?;
    let module = std::fs::read(modules.join("unit_from_data.wasm"))?;
    let component = data_unit::build(&file, &module).context("the example without a program")?;
    let to = examples.join(format!("{}-toml.wasm", examples::NAME));
    std::fs::write(&to, component)
        .with_context(|| format!("cannot write the component {}", to.display()))
}

/// Builds the unit that does nothing, and puts it beside the examples.
pub(crate) fn build_empty() -> Result<()> {
    let mut build = cargo();
    build.arg("build");
    let profile = rust::for_plugins(&mut build, &root(), false, &mut |line| eprintln!("{line}"))?;
    run(build.args(["--package", "unit-sdk", "--example", "empty"]))?;
    let modules = target()?.join(profile).join("examples");
    component_of(&modules, "empty", &root().join("data/examples/empty.wasm"))
}

/// Makes a component of what the compiler made of a package.
fn component_of(modules: &Path, name: &str, to: &Path) -> Result<()> {
    let module = modules.join(format!("{}.wasm", name.replace('-', "_")));
    let bytes = std::fs::read(&module)
        .with_context(|| format!("cannot read the module {}", module.display()))?;
    let component = componentize(&bytes)
        .with_context(|| format!("cannot make a component of {}", module.display()))?;
    std::fs::write(to, component)
        .with_context(|| format!("cannot write the component {}", to.display()))
}

/// Puts the module where the build of the binary finds it. One that has not
/// changed is left alone, so that the binary is not built again.
fn keep(core: &Path) -> Result<()> {
    let kit = root().join("data").join("kit");
    let to = kit.join(format!("{UNIT_FROM_DATA}.wasm"));
    let module = std::fs::read(core)
        .with_context(|| format!("cannot read the module {}", core.display()))?;
    if std::fs::read(&to).is_ok_and(|there| there == module) {
        return Ok(());
    }
    std::fs::create_dir_all(&kit).with_context(|| format!("{} cannot be made", kit.display()))?;
    std::fs::write(&to, module).with_context(|| format!("cannot write {}", to.display()))
}

/// Names of the packages in `plugins/`: those with a manifest.
pub(crate) fn names() -> Result<Vec<String>> {
    let folder = root().join("plugins");
    let mut names: Vec<String> = std::fs::read_dir(&folder)?
        .filter_map(Result::ok)
        .filter(|entry| entry.path().join("Cargo.toml").is_file())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    Ok(names)
}

/// Adds the Wasm target of this toolchain if it is missing.
fn add_target() -> Result<()> {
    let sysroot = Command::new("rustc")
        .args(["--print", "sysroot"])
        .output()
        .context("rustc is not there; install it with rustup")?;
    let sysroot = String::from_utf8(sysroot.stdout)?;
    let installed = Path::new(sysroot.trim())
        .join("lib")
        .join("rustlib")
        .join(rust::TARGET)
        .is_dir();
    if installed {
        return Ok(());
    }
    println!("Adding the target {} …", rust::TARGET);
    run(Command::new("rustup").args(["target", "add", rust::TARGET])).context(
        "the Wasm target could not be added; run `rustup target add wasm32-unknown-unknown`",
    )
}
