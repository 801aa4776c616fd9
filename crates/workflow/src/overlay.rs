//! What centres set for themselves: which overlays count for whom, and the unit
//! as they leave it.

use std::collections::BTreeSet;

use assessment::ids::RegistrationId;
use assessment::overlay::{Change, Overlay, changes};
use assessment::unit::Unit;
use sha2::{Digest, Sha256};
use storage::{StorageError, UnitOfWork};
use unit_host::UnitPlugin;

use crate::App;
use crate::admin::Administrator;

impl App {
    /// The overlays for a platform, those that name none first, so that one for
    /// some platforms counts above one for all.
    pub(crate) async fn overlays_for(
        &self,
        work: &mut dyn UnitOfWork,
        registration: RegistrationId,
    ) -> Result<Vec<Overlay>, StorageError> {
        let names_platforms = |overlay: &Overlay| !overlay.platforms.is_empty();
        let record = if self.overlays.iter().any(names_platforms) {
            work.registration(registration).await?
        } else {
            None
        };
        let mut overlays: Vec<_> = self
            .overlays
            .iter()
            .filter(|overlay| {
                !names_platforms(overlay)
                    || record.as_ref().is_some_and(|record| {
                        overlay.is_for(&record.issuer, &record.client_id, &record.name)
                    })
            })
            .cloned()
            .collect();
        overlays.sort_by_key(names_platforms);
        Ok(overlays)
    }
}

/// The unit as its plugin describes it, with the overlays that are for it laid
/// over it. Each was tried when it was loaded, so one that does not fit here was
/// written for another version of the unit; it is left out.
pub fn unit_in_force(plugin: &UnitPlugin, overlays: &[Overlay]) -> Unit {
    let mut unit = plugin.unit().clone();
    for overlay in overlays
        .iter()
        .filter(|overlay| overlay.unit == plugin.identity().id)
    {
        for refusal in overlay
            .lay(plugin.unit(), &mut unit)
            .err()
            .into_iter()
            .flatten()
        {
            tracing::warn!(
                unit.id = unit.id,
                overlay.source = overlay.source,
                %refusal,
                "an overlay does not fit this version of its unit and is left out"
            );
        }
    }
    unit
}

/// What the centre sets for a unit that does not fit this version of it, though it
/// fits the one in use: all refusals with where they come from. Such an overlay
/// would be left out as a whole, and what it asks for with it. One that does not
/// fit the version in use either keeps nobody from another.
pub(crate) fn misfits(app: &App, in_use: Option<&UnitPlugin>, other: &UnitPlugin) -> Vec<String> {
    let refusals = |overlay: &Overlay, plugin: &UnitPlugin| {
        let unit = plugin.unit();
        overlay
            .lay(unit, &mut unit.clone())
            .err()
            .unwrap_or_default()
    };
    app.overlays
        .iter()
        .filter(|overlay| overlay.unit == other.identity().id)
        .filter(|overlay| in_use.is_none_or(|in_use| refusals(overlay, in_use).is_empty()))
        .flat_map(|overlay| {
            let refusals = refusals(overlay, other).into_iter();
            refusals.map(|refusal| format!("{}: {refusal}", overlay.source))
        })
        .collect()
}

/// SHA-256 of overlays in hexadecimal, so that a printed sheet names the values
/// that its work was checked with.
pub fn digest(overlays: &[Overlay]) -> String {
    let text = serde_json::to_string(overlays).unwrap_or_default();
    format!("{:x}", Sha256::digest(text.as_bytes()))
}

/// A unit and what its settings are, for administrators.
#[derive(Debug)]
pub struct UnitSettings {
    /// The unit as its plugin describes it.
    pub own: Unit,
    /// The unit with what is set for all platforms.
    pub in_force: Unit,
    /// What that changes.
    pub changes: Vec<Change>,
    /// What is set for some platforms only, and what that changes besides.
    pub for_platforms: Vec<(Overlay, Vec<Change>)>,
}

/// Ids of units for which the centre sets something and of which no version is in
/// use: none that was chosen can be loaded. What is set counts again when one can.
pub fn idle(app: &App, _: &Administrator) -> Vec<String> {
    let ids = app.overlays.iter().map(|overlay| overlay.unit.clone());
    let idle: BTreeSet<_> = ids.filter(|id| app.units.unit(id).is_none()).collect();
    idle.into_iter().collect()
}

/// All installed units with their settings.
pub fn all_units(app: &App, _: &Administrator) -> Vec<UnitSettings> {
    let (named, for_all): (Vec<_>, Vec<_>) = app
        .overlays
        .iter()
        .cloned()
        .partition(|overlay| !overlay.platforms.is_empty());
    let plugins = app.units.units();
    let units = plugins.iter().map(|plugin| {
        let in_force = unit_in_force(plugin, &for_all);
        let for_platforms = named
            .iter()
            .filter(|overlay| overlay.unit == plugin.identity().id)
            .map(|overlay| {
                let mut overlays = for_all.clone();
                overlays.push(overlay.clone());
                let there = unit_in_force(plugin, &overlays);
                (overlay.clone(), changes(&in_force, &there))
            });
        UnitSettings {
            changes: changes(plugin.unit(), &in_force),
            for_platforms: for_platforms.collect(),
            own: plugin.unit().clone(),
            in_force,
        }
    });
    units.collect()
}
