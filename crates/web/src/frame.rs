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
fn return_target(platform_family: &str) -> &'static str {
    if platform_family.eq_ignore_ascii_case("moodle") {
        "_top"
    } else {
        "_self"
    }
}

/// The frame of a page; `current` is the last part of its address.
pub(crate) fn frame(web: &Web, visit: &Visit, current: &str) -> Frame {
    let base = base(visit);
    let (role, places): (_, &[(&str, &str)]) = match (visit.actor.role, &visit.plugin) {
        (Role::Learner, Some(_)) => (
            "learner",
            &[
                ("Unit", "unit"),
                ("My evidence", "evidence"),
                ("Result", "result"),
            ],
        ),
        (Role::Learner, None) => ("learner", &[]),
        (Role::Assessor, Some(_)) => ("assessor", &[("To mark", "cohort"), ("Roster", "roster")]),
        (Role::Assessor, None) => ("assessor", &[("Choose a unit", "choose-unit")]),
    };
    let unit = visit.unit.as_ref();
    Frame {
        nav: places
            .iter()
            .map(|(title, path)| NavItem {
                title: (*title).to_owned(),
                href: format!("{base}/{path}"),
                current: *path == current,
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
