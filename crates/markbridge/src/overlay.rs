//! Overlays: files in which a centre sets for itself what a unit leaves to it.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use assessment::overlay::{Overlay, changes};
use assessment::unit::Unit;

use crate::compose::Installed;
use crate::settings::Settings;
use crate::{complain, say};

/// An overlay, and where it was read.
pub(crate) struct OverlayFile {
    pub(crate) path: PathBuf,
    pub(crate) overlay: Overlay,
}

impl OverlayFile {
    pub(crate) fn read(path: PathBuf) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("{} cannot be read", path.display()))?;
        let overlay =
            toml::from_str(&text).with_context(|| format!("{} is no overlay", path.display()))?;
        Ok(Self { path, overlay })
    }

    /// The unit with this overlay laid over it.
    ///
    /// # Errors
    /// All that does not fit, with the file, one line for each.
    pub(crate) fn laid_over(&self, unit: &Unit) -> anyhow::Result<Unit> {
        let mut laid = unit.clone();
        self.overlay.lay(unit, &mut laid).map_err(|refusals| {
            let lines: Vec<_> = refusals
                .iter()
                .map(|refusal| format!("{}: {refusal}", self.path.display()))
                .collect();
            anyhow::anyhow!("{}", lines.join("\n"))
        })?;
        Ok(laid)
    }
}

/// The overlays of the folder that the settings name, each tried on its unit. One
/// for a unit that cannot be loaded just now is kept and named.
///
/// # Errors
/// All that is wrong with any of them, so that one look mends everything.
pub(crate) fn load(settings: &Settings, installed: &Installed) -> anyhow::Result<Vec<OverlayFile>> {
    let (mut good, mut problems) = (Vec::new(), Vec::new());
    for path in files(settings)? {
        let tried = OverlayFile::read(path).and_then(|file| {
            let unit = &file.overlay.unit;
            let path = file.path.display();
            match installed.host.unit(unit) {
                Some(plugin) => {
                    file.laid_over(plugin.unit())?;
                }
                None if installed.kept.contains(unit) => complain(&format!(
                    "{path} was not tried: no version of the unit `{unit}` that was chosen can be loaded"
                )),
                None => bail!("{path} is for the unit `{unit}`, which is not installed"),
            }
            Ok(file)
        });
        match tried {
            Ok(file) => good.push(file),
            Err(error) => problems.push(format!("{error:#}")),
        }
    }
    if !problems.is_empty() {
        bail!(
            "what the centre sets in `centre.overlays_dir` cannot be used:\n{}",
            problems.join("\n")
        );
    }
    Ok(good)
}

/// The overlays of the folder, not tried. What cannot be read is named and left out.
pub(crate) fn untried(settings: &Settings) -> Vec<Overlay> {
    let files = files(settings).unwrap_or_else(|error| {
        complain(&format!("{error:#}"));
        Vec::new()
    });
    let read = files.into_iter().filter_map(|path| {
        OverlayFile::read(path)
            .inspect_err(|error| complain(&format!("left out: {error:#}")))
            .ok()
    });
    read.map(|file| file.overlay).collect()
}

/// The files of the folder, in the order of their names.
fn files(settings: &Settings) -> anyhow::Result<Vec<PathBuf>> {
    if settings.centre.overlays_dir.is_empty() {
        return Ok(Vec::new());
    }
    let folder = Path::new(&settings.centre.overlays_dir);
    let entries = std::fs::read_dir(folder).with_context(|| {
        format!(
            "`centre.overlays_dir` is `{}`, which cannot be read",
            folder.display()
        )
    })?;
    let mut files: Vec<_> = entries
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|file| {
            file.extension()
                .is_some_and(|extension| extension == "toml")
        })
        .collect();
    files.sort();
    Ok(files)
}

/// Prints what overlays change of a unit.
pub(crate) fn print(unit: &Unit, overlays: &[OverlayFile]) -> anyhow::Result<()> {
    let mut none = true;
    for file in overlays.iter().filter(|file| file.overlay.unit == unit.id) {
        none = false;
        let overlay = &file.overlay;
        let laid = file.laid_over(unit)?;
        say(&format!("{}: {}", file.path.display(), overlay.source));
        if !overlay.platforms.is_empty() {
            say(&format!("  only for {}", overlay.platforms.join(", ")));
        }
        let changes = changes(unit, &laid);
        for change in &changes {
            let before = if change.before.is_empty() {
                "nothing"
            } else {
                &change.before
            };
            say(&format!("  {}: {before} → {}", change.title, change.after));
        }
        if changes.is_empty() {
            say("  It changes nothing.");
        }
    }
    if none {
        say(&format!("No overlay is for {}.", unit.id));
    }
    Ok(())
}
