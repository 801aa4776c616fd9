//! The frame around the pages of a session.

use assessment::people::{Role, shown_name};
use workflow::visit::Visit;

use crate::Web;
use crate::pages::{Frame, NavItem};

/// Path that all links of the visit's activity start with.
pub(crate) fn base(visit: &Visit) -> String {
    format!("/a/{}", visit.activity.id)
}

/// Moodle's way back needs its session cookie, which browsers withhold from a
/// frame that another site sends there: the learner would see a login page. Its
/// page takes the whole window anyway. Other platforms expect it in the frame.
pub(crate) fn return_target(platform_family: &str) -> &'static str {
    if platform_family.eq_ignore_ascii_case("moodle") {
        "_top"
    } else {
        "_self"
    }
}

/// The frame of a page; `current` is the last part of its address.
pub(crate) fn frame(web: &Web, visit: &Visit, current: &str) -> Frame {
    let base = base(visit);
    let place = |title: &str, path: &str| (title.to_owned(), path.to_owned());
    let (role, places) = match (visit.actor.role, &visit.plugin) {
        (Role::Learner, Some(plugin)) => {
            let mut places = vec![place("Unit", "unit"), place("My evidence", "evidence")];
            // Rows are written over weeks, so the way to them is short.
            let tables = plugin
                .unit()
                .slots
                .iter()
                .filter(|slot| slot.kind == "table");
            places.extend(
                tables.map(|slot| place(&slot.title, &format!("evidence/{}/rows", slot.id))),
            );
            places.push(place("Result", "result"));
            ("learner", places)
        }
        (Role::Learner, None) => ("learner", Vec::new()),
        (Role::Assessor, Some(_)) => (
            "assessor",
            vec![place("To mark", "cohort"), place("Roster", "roster")],
        ),
        (Role::Assessor, None) => ("assessor", vec![place("Choose a unit", "choose-unit")]),
    };
    let unit = visit.unit.as_ref();
    Frame {
        nav: places
            .into_iter()
            .map(|(title, path)| NavItem {
                title,
                href: format!("{base}/{path}"),
                current: path == current,
            })
            .collect(),
        base,
        stylesheet: web.0.stylesheet.clone(),
        script: web.0.script.clone(),
        unit_number: unit.map(|unit| unit.number.clone()).unwrap_or_default(),
        unit_title: unit.map(|unit| unit.title.clone()).unwrap_or_default(),
        who: if visit.actor.name.is_empty() {
            format!("Signed in as {role}")
        } else {
            format!("{}, {role}", shown_name(&visit.actor.name, ""))
        },
        return_url: visit.return_url.clone(),
        return_target: return_target(&visit.activity.platform_family),
        csrf: visit.csrf.clone(),
        notice: None,
    }
}
