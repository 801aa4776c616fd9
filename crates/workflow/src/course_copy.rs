//! Courses that were copied or restored: what a link says of its activity, what
//! a new activity takes over from an older one, and links that are set anew by
//! hand. Units are taken over; submissions and marks never leave their course.

use assessment::ids::{ActivityId, CourseId, RegistrationId};
use chrono::{DateTime, Utc};
use lti::launch::Launch;
use storage::courses::{ActivityRecord, TaughtActivityRecord};
use storage::{StorageError, UnitOfWork};

use crate::release::again;
use crate::visit::{Visit, choose_unit};
use crate::{App, Problem};

/// The longest history that is looked through.
const LONGEST_HISTORY: usize = 20;

/// The unit that the custom parameters of [`crate::selection`] name, where it
/// is installed.
pub(crate) fn named_unit(app: &App, launch: &Launch) -> Option<String> {
    launch
        .custom
        .get("unit")
        .filter(|unit| app.units.unit(unit).is_some())
        .cloned()
}

/// The unit that a launch gives its activity; none where it stays as it is.
/// Where the link names no unit and the activity is new, an earlier life of the
/// link or the course may tell it.
pub(crate) async fn unit_of_link(
    app: &App,
    work: &mut dyn UnitOfWork,
    registration: RegistrationId,
    course: CourseId,
    launch: &Launch,
) -> Result<Option<String>, StorageError> {
    let resource_link = launch
        .resource_link
        .as_ref()
        .map_or("", |link| link.id.as_str());
    let known = work.activity_of_link(course, resource_link).await?;
    let named = named_unit(app, launch);
    match known {
        // Once work is there the unit stays, whatever the link says now.
        Some(known) if known.unit.is_some() && named.is_some() && known.unit != named => {
            let begun = work.has_submissions(registration, known.id).await?;
            Ok(named.filter(|_| !begun))
        }
        Some(known) if known.unit.is_some() => Ok(None),
        _ if named.is_some() => Ok(named),
        _ => unit_of_an_earlier_life(app, work, registration, launch).await,
    }
}

/// The platform's own date where it tells one, for a teacher may have moved it
/// there; else the one that was chosen with the link, in the course that it was
/// chosen for.
pub(crate) fn hand_in_by(launch: &Launch) -> Option<DateTime<Utc>> {
    let context = launch
        .context
        .as_ref()
        .map_or("", |context| context.id.as_str());
    let date = |name: &str| {
        let text = launch.custom.get(name)?;
        let date = DateTime::parse_from_rfc3339(text).ok()?;
        Some(date.with_timezone(&Utc))
    };
    let is_copy = launch
        .custom
        .get("chosen_in")
        .is_some_and(|chosen_in| chosen_in != context);
    date("due").or_else(|| date("hand_in_by").filter(|_| !is_copy))
}

/// The unit of the activity that this one was copied from. Where the platform
/// tells the link's earlier ids, one of them tells it; where it tells the
/// course's only, an activity of the same title there, if all such agree.
async fn unit_of_an_earlier_life(
    app: &App,
    work: &mut dyn UnitOfWork,
    registration: RegistrationId,
    launch: &Launch,
) -> Result<Option<String>, StorageError> {
    let installed = |activity: &ActivityRecord| {
        activity
            .unit
            .clone()
            .filter(|unit| app.units.unit(unit).is_some())
    };
    for resource_link in ids(launch, "resource_link_history") {
        for activity in work
            .find_activities(registration, Some(&resource_link), None)
            .await?
        {
            let course = work.course(registration, activity.course).await?;
            let same_deployment =
                course.is_some_and(|course| course.deployment == launch.deployment_id);
            if let Some(unit) = installed(&activity).filter(|_| same_deployment) {
                return Ok(Some(unit));
            }
        }
    }
    let title = launch
        .resource_link
        .as_ref()
        .and_then(|link| link.title.as_deref())
        .unwrap_or_default();
    for context in ids(launch, "context_history")
        .into_iter()
        .chain(ids(launch, "canvas_context_history"))
    {
        let mut units: Vec<_> = work
            .activities_of_context(registration, &launch.deployment_id, &context)
            .await?
            .iter()
            .filter(|activity| activity.title == title)
            .filter_map(installed)
            .collect();
        units.dedup();
        if let [unit] = units.as_slice() {
            return Ok(Some(unit.clone()));
        }
    }
    Ok(None)
}

fn ids(launch: &Launch, custom_parameter: &str) -> Vec<String> {
    let history = launch.history(custom_parameter);
    let mut ids = history.map(|history| history.ids).unwrap_or_default();
    ids.truncate(LONGEST_HISTORY);
    ids
}

/// An activity that this one can take something over from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Earlier {
    /// The activity, with the title of its course and the number of its learners.
    pub taught: TaughtActivityRecord,
    /// Whether it can give its unit.
    pub gives_unit: bool,
    /// Whether this activity's place in the course can be given to it, work and all.
    pub gives_work: bool,
    /// Whether its link was chosen together with this activity's.
    pub same_link: bool,
}

/// The activities that this one can take something over from, those first that
/// it is most likely a copy of: all of the tenant that the person teaches.
///
/// # Errors
/// [`Problem::NotAllowed`] for anybody but an assessor.
pub async fn earlier(app: &App, visit: &Visit) -> Result<Vec<Earlier>, Problem> {
    let actor = visit.assessor()?;
    let mut work = app.storage.read().await?;
    let begun = work
        .has_submissions(actor.registration, actor.activity)
        .await?;
    let taught = work
        .taught_activities(actor.registration, actor.person)
        .await?;
    let mut earlier: Vec<_> = taught
        .into_iter()
        .filter(|taught| taught.activity.id != actor.activity)
        .map(|taught| Earlier {
            gives_unit: visit.plugin.is_none()
                && taught
                    .activity
                    .unit
                    .as_deref()
                    .is_some_and(|unit| app.units.unit(unit).is_some()),
            gives_work: !begun && taught.learners > 0 && taught.activity.course == actor.course,
            same_link: visit.activity.link.is_some() && taught.activity.link == visit.activity.link,
            taught,
        })
        .filter(|earlier| earlier.gives_unit || earlier.gives_work)
        .collect();
    earlier.sort_by_key(|earlier| {
        (
            !earlier.same_link,
            !earlier.gives_work,
            earlier.taught.activity.title != visit.activity.title,
        )
    });
    Ok(earlier)
}

/// One of [`earlier`].
///
/// # Errors
/// [`Problem::NotFound`] where it is none of them.
pub async fn earlier_one(app: &App, visit: &Visit, from: ActivityId) -> Result<Earlier, Problem> {
    earlier(app, visit)
        .await?
        .into_iter()
        .find(|earlier| earlier.taught.activity.id == from)
        .ok_or(Problem::NotFound)
}

/// Gives the unit of an earlier activity to this one.
///
/// # Errors
/// [`Problem`] where there is no such activity, or this one has a unit.
pub async fn take_over_unit(app: &App, visit: &Visit, from: ActivityId) -> Result<(), Problem> {
    let earlier = earlier_one(app, visit, from).await?;
    match earlier.taught.activity.unit {
        Some(unit) if earlier.gives_unit => choose_unit(app, visit, &unit).await,
        _ => Err(Problem::NotNow(
            "This activity has a unit already, so it takes over none.".to_owned(),
        )),
    }
}

/// Gives this activity's place in the course to an earlier activity of the same
/// course, with all work there: for a link that the platform made anew. This
/// activity gets the earlier place; whoever has it open opens it again from the
/// course. Grades that were sent go out once more, for the column is another.
///
/// # Errors
/// [`Problem`] where there is no such activity, it belongs to another course, or
/// somebody has begun to work here.
pub async fn take_over_work(app: &App, visit: &Visit, from: ActivityId) -> Result<(), Problem> {
    let actor = visit.assessor()?;
    let earlier = earlier_one(app, visit, from).await?;
    let mut work = app.storage.write().await?;
    let begun = work
        .has_submissions(actor.registration, actor.activity)
        .await?;
    if begun || !earlier.gives_work {
        return Err(Problem::NotNow(
            "Work stays in its course, and moves only to an activity in which nobody has begun."
                .to_owned(),
        ));
    }
    if !work
        .exchange_links(actor.registration, actor.activity, from)
        .await?
    {
        return Err(Problem::Conflict);
    }
    work.end_sessions(actor.registration, actor.activity)
        .await?;
    for submission in work.submissions(actor.registration, from).await? {
        app.remember(
            work.as_mut(),
            actor,
            submission.id,
            "linked-again",
            &visit.activity.resource_link,
        )
        .await?;
    }
    for passback in work.passbacks(actor.registration, from).await? {
        again(app, work.as_mut(), passback).await?;
    }
    work.save().await?;
    app.grade_due.notify_one();
    Ok(())
}
