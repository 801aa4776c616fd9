//! The kit as its users call it.

mod kits;
mod unit_toml;

use std::path::PathBuf;

fn project() -> PathBuf {
    let here = std::env::var_os("CARGO_MANIFEST_DIR");
    let here = here.map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
    here.join("../..")
}

/// Whether a page of the book is this text; it is written anew where that is asked
/// for.
fn says(page: &str, text: &str) {
    let path = project().join(page);
    if std::env::var_os("MARKBRIDGE_WRITE_DOCS").is_some() {
        std::fs::write(&path, text).expect("the page is written");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == text,
        "{page} is not what the program has; `MARKBRIDGE_WRITE_DOCS=1 cargo test -p plugin-kit` writes it anew"
    );
}
