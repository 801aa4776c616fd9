//! What an activity takes over from an earlier one, after a course was copied or restored.

use assessment::ids::ActivityId;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use workflow::course_copy::{Earlier, earlier, earlier_one, take_over_unit, take_over_work};
use workflow::overlay::unit_in_force;
use workflow::visit::Visit;

use crate::Web;
use crate::failure::Failure;
use crate::forms::Fields;
use crate::frame::{base, frame};
use crate::pages::{EarlierActivity, Frame, LinkAgain, LinkAgainPreview, LinkedAgain};
use crate::session::Session;

pub(crate) async fn page(
    State(web): State<Web>,
    Session(visit): Session,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    let query = Fields(query);
    let frame = frame(&web, &visit, "link-again");
    let Some(from) = query.get("from") else {
        let activities = earlier(web.app(), &visit).await?;
        return web.page(&LinkAgain {
            frame,
            activities: activities
                .into_iter()
                .map(|earlier| shown(&web, &visit, earlier))
                .collect(),
            missing: query.ticked("show"),
        });
    };
    let from = earlier_one(web.app(), &visit, activity(from)?).await?;
    web.page(&LinkAgainPreview {
        frame,
        from: shown(&web, &visit, from),
    })
}

fn activity(id: &str) -> Result<ActivityId, Failure> {
    id.parse().map_err(|_| Failure::not_found())
}

fn shown(web: &Web, visit: &Visit, earlier: Earlier) -> EarlierActivity {
    let activity = earlier.taught.activity;
    let plugin = activity
        .unit
        .as_deref()
        .and_then(|unit| web.app().units.unit(unit));
    EarlierActivity {
        id: activity.id.to_string(),
        title: activity.title,
        course: earlier.taught.course_title,
        unit: plugin
            .map(|plugin| {
                let unit = unit_in_force(&plugin, &visit.overlays);
                format!("{} {}", unit.number, unit.title)
            })
            .unwrap_or_default(),
        learners: earlier.taught.learners,
        gives_unit: earlier.gives_unit,
        gives_work: earlier.gives_work,
        same_link: earlier.same_link,
    }
}

pub(crate) async fn take_over(
    State(web): State<Web>,
    Session(visit): Session,
    fields: Fields,
) -> Result<Response, Failure> {
    fields.guard(&visit.csrf)?;
    visit.assessor()?;
    let from = activity(fields.text("from"))?;
    if fields.text("take") == "work" {
        take_over_work(web.app(), &visit, from).await?;
        // The session went with the place, so that there is nowhere to go to from here but the course.
        return web.page(&LinkedAgain {
            frame: Frame {
                nav: Vec::new(),
                ..frame(&web, &visit, "")
            },
        });
    }
    take_over_unit(web.app(), &visit, from).await?;
    Ok(Redirect::to(&format!("{}/cohort", base(&visit))).into_response())
}
