//! Writes every page in every sample state into a folder, to be looked at in a
//! browser: `cargo run -p web --example samples -- FOLDER`. Serve the folder with
//! any static file server, for the pages name their files from the root.

use std::path::PathBuf;

use web::pages::{SCRIPT, STYLESHEET, Templates, render_samples};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = PathBuf::from(
        std::env::args()
            .nth(1)
            .ok_or("name the folder to write to")?,
    );
    std::fs::create_dir_all(folder.join("static"))?;
    std::fs::write(folder.join("static/markbridge.css"), STYLESHEET)?;
    std::fs::write(folder.join("static/markbridge.js"), SCRIPT)?;
    for (name, html) in render_samples(&Templates::new()?)? {
        std::fs::write(folder.join(format!("{name}.html")), html)?;
    }
    Ok(())
}
