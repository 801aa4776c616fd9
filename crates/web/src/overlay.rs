//! Units and their settings, as administrators see them.

use assessment::overlay::{Change, with_unit};
use assessment::unit::{Setting, Unit};
use axum::extract::State;
use axum::response::Response;
use workflow::overlay::{UnitSettings, all_units, idle};

use crate::Web;
use crate::admin::{AdminSession, frame};
use crate::failure::Failure;
use crate::pages::{CentreChange, CentreChanges, UnitSetting, UnitView, Units};

pub(crate) async fn page(
    State(web): State<Web>,
    session: AdminSession,
) -> Result<Response, Failure> {
    let units = all_units(web.app(), &session.0);
    web.page(&Units {
        frame: frame(&web, &session, "units"),
        units: units.iter().map(unit_view).collect(),
        idle: idle(web.app(), &session.0),
    })
}

fn unit_view(settings: &UnitSettings) -> UnitView {
    let UnitSettings {
        own,
        in_force,
        changes,
        for_platforms,
    } = settings;
    UnitView {
        id: own.id.clone(),
        name: format!("{} {}", in_force.number, in_force.title),
        version: own.version.clone(),
        marked: in_force.is_marked(),
        reference: in_force.task_edition.clone(),
        settings: own
            .settings
            .iter()
            .zip(&in_force.settings)
            .map(|(standard, now)| unit_setting(in_force, standard, now))
            .collect(),
        // Settings stand in their own table.
        changes: changes
            .iter()
            .filter(|change| !change.about.starts_with("setting:"))
            .map(centre_change)
            .collect(),
        for_platforms: for_platforms
            .iter()
            .map(|(overlay, changes)| CentreChanges {
                platforms: overlay.platforms.clone(),
                changes: changes.iter().map(centre_change).collect(),
            })
            .collect(),
    }
}

fn unit_setting(unit: &Unit, standard: &Setting, now: &Setting) -> UnitSetting {
    let field = &standard.field;
    let about = format!("setting:{}", field.id);
    UnitSetting {
        id: field.id.clone(),
        title: field.title.clone(),
        help: field.help.clone(),
        standard: with_unit(&standard.standard, &field.unit),
        whose: match standard.source.as_str() {
            code if code == unit.awarding_body => unit.awarding_body_name.clone(),
            other => other.to_owned(),
        },
        rule: standard.overlay.clone(),
        now: with_unit(&now.standard, &field.unit),
        source: unit
            .centre_source(&about)
            .filter(|_| now.standard != standard.standard)
            .map(str::to_owned),
    }
}

fn centre_change(change: &Change) -> CentreChange {
    CentreChange {
        title: change.title.clone(),
        before: change.before.clone(),
        after: change.after.clone(),
        source: change.source.clone(),
    }
}
