//! Puts the plugins that authors need into the binary, where they are built: the
//! readers, and the module that runs a `unit.toml`. `cargo xtask plugins` builds them.

use std::fmt::Write;
use std::path::{Path, PathBuf};

fn main() -> std::io::Result<()> {
    let crate_folder = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let data = crate_folder
        .ancestors()
        .nth(2)
        .map(|root| root.join("data"));
    let data = data.unwrap_or_default();
    // Cargo looks again each time where a file that is named is missing.
    println!("cargo::rerun-if-changed={}", data.join("plugins").display());
    let mut readers = files(&data.join("plugins"))?;
    readers.retain(|file| name(file).starts_with("read-"));
    let kit = files(&data.join("kit"))?;
    let mut text = String::new();
    for (constant, files) in [("READERS", readers), ("KIT", kit)] {
        let lines = files.iter().fold(String::new(), |mut lines, file| {
            writeln!(
                lines,
                "    ({:?}, include_bytes!({:?})),",
                name(file),
                file.to_string_lossy()
            )
            .ok();
            lines
        });
        writeln!(text, "const {constant}: &[(&str, &[u8])] = &[\n{lines}];").ok();
    }
    let out = PathBuf::from(std::env::var_os("OUT_DIR").unwrap_or_default());
    std::fs::write(out.join("carried.rs"), text)
}

/// The WebAssembly files of a folder, in the order of their names.
fn files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        files.push(entry?.path());
    }
    files.retain(|file| file.extension().is_some_and(|ending| ending == "wasm"));
    files.sort();
    Ok(files)
}

fn name(file: &Path) -> String {
    file.file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}
