//! A request of a signed-in person: the proof that a verified launch came
//! before, and what every step needs to know about where they are.

use std::sync::Arc;

use assessment::ids::ActivityId;
use assessment::overlay::Overlay;
use assessment::people::{Actor, Role};
use assessment::unit::Unit;
use storage::courses::{ActivityRecord, CourseRecord};
use unit_host::UnitPlugin;

use crate::overlay::unit_in_force;
use crate::{App, Problem, digest};

/// A signed-in person in an activity.
#[derive(Debug)]
pub struct Visit {
    /// Who, and as what.
    pub actor: Actor,
    /// The course.
    pub course: CourseRecord,
    /// The activity.
    pub activity: ActivityRecord,
    /// The activity's unit; none until one is chosen, or where its plugin is missing.
    pub plugin: Option<Arc<UnitPlugin>>,
    /// The same unit with the centre's overlays laid over it.
    pub unit: Option<Unit>,
    /// What the centre sets for itself, for this and other units.
    pub overlays: Vec<Overlay>,
    /// Token that forms carry.
    pub csrf: String,
    /// Where the platform wants people to go back to.
    pub return_url: Option<String>,
}

impl Visit {
    /// The visit of the browser with this session in this activity. None where
    /// there is no such session, or it has expired.
    ///
    /// # Errors
    /// [`Problem::Storage`] where the database fails.
    pub async fn of(app: &App, activity: ActivityId, token: &str) -> Result<Option<Self>, Problem> {
        let mut work = app.storage.read().await?;
        let Some(session) = work.session(&digest(token)).await? else {
            return Ok(None);
        };
        if session.expires_at <= app.now() || session.activity != activity {
            return Ok(None);
        }
        let (Some(person), Some(course), Some(activity)) = (
            work.person(session.registration, session.person).await?,
            work.course(session.registration, session.course).await?,
            work.activity(session.registration, session.activity)
                .await?,
        ) else {
            return Ok(None);
        };
        let plugin = activity
            .unit
            .as_deref()
            .and_then(|unit| app.units.unit(unit));
        let overlays = app
            .overlays_for(work.as_mut(), session.registration)
            .await?;
        Ok(Some(Self {
            actor: Actor {
                registration: session.registration,
                course: course.id,
                activity: activity.id,
                person: person.id,
                name: person.name,
                role: session.role,
            },
            course,
            activity,
            unit: plugin
                .as_ref()
                .map(|plugin| unit_in_force(plugin, &overlays)),
            plugin,
            overlays,
            csrf: session.csrf,
            return_url: session.return_url,
        }))
    }

    /// Passes learners only.
    ///
    /// # Errors
    /// [`Problem::NotAllowed`] for anybody else.
    pub fn learner(&self) -> Result<&Actor, Problem> {
        self.role(Role::Learner)
    }

    /// Passes assessors only.
    ///
    /// # Errors
    /// [`Problem::NotAllowed`] for anybody else.
    pub fn assessor(&self) -> Result<&Actor, Problem> {
        self.role(Role::Assessor)
    }

    fn role(&self, role: Role) -> Result<&Actor, Problem> {
        if self.actor.role == role {
            Ok(&self.actor)
        } else {
            Err(Problem::NotAllowed)
        }
    }

    /// The activity's unit.
    ///
    /// # Errors
    /// [`Problem::NotNow`] until one is chosen.
    pub fn plugin(&self) -> Result<&Arc<UnitPlugin>, Problem> {
        self.plugin.as_ref().ok_or_else(no_unit)
    }

    /// What the centre sets for the activity's unit.
    pub(crate) fn unit_overlays(&self) -> Vec<Overlay> {
        let is_for = |overlay: &&Overlay| {
            let unit = self.unit.as_ref();
            unit.is_some_and(|unit| unit.id == overlay.unit)
        };
        self.overlays.iter().filter(is_for).cloned().collect()
    }

    /// The activity's unit as the centre has it.
    ///
    /// # Errors
    /// [`Problem::NotNow`] until one is chosen.
    pub fn unit(&self) -> Result<&Unit, Problem> {
        self.unit.as_ref().ok_or_else(no_unit)
    }
}

fn no_unit() -> Problem {
    Problem::NotNow(
        "This activity has no unit yet. A member of staff chooses one by opening it once."
            .to_owned(),
    )
}

/// Names the unit of an activity that has none. Once work is there it stays.
///
/// # Errors
/// [`Problem`] where somebody else than staff asks, the unit is not installed,
/// or learners have begun to work on another unit.
pub async fn choose_unit(app: &App, visit: &Visit, unit: &str) -> Result<(), Problem> {
    let actor = visit.assessor()?;
    if app.units.unit(unit).is_none() {
        return Err(Problem::Invalid(
            "Choose one of the units in the list.".to_owned(),
        ));
    }
    let mut work = app.storage.write().await?;
    let begun = work
        .has_submissions(actor.registration, actor.activity)
        .await?;
    if begun
        && visit
            .activity
            .unit
            .as_deref()
            .is_some_and(|current| current != unit)
    {
        return Err(Problem::NotNow(
            "Learners have already begun to work on this activity’s unit, so it stays. Add a new activity for another unit."
                .to_owned(),
        ));
    }
    work.set_activity_unit(actor.registration, actor.activity, unit)
        .await?;
    work.save().await?;
    Ok(())
}
