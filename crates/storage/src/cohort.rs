//! Everybody in an activity with where they stand, a page at a time.

use assessment::ids::{ActivityId, CourseId, PersonId, RegistrationId, SubmissionId};
use async_trait::async_trait;
use serde::Serialize;

use crate::StorageError;
use crate::courses::PersonRecord;

/// Which part of a cohort is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CohortQuery<'a> {
    /// The tenant.
    pub registration: RegistrationId,
    /// The course.
    pub course: CourseId,
    /// The activity.
    pub activity: ActivityId,
    /// A part of the name as it is shown, in small letters; empty for everybody.
    pub search: &'a str,
    /// The platform's id of a group of the course; none for everybody.
    pub group: Option<&'a str>,
}

/// Learners at one stage, in assessors' words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CohortFilter {
    /// Everyone.
    All,
    /// Those who have handed in nothing yet.
    NotHandedIn,
    /// Handed in, not opened.
    Waiting,
    /// Marking has begun.
    InMarking,
    /// Signed, not released.
    Signed,
    /// Released.
    Released,
    /// The gradebook did not take the grade, or not at the first try.
    NotDelivered,
}

impl CohortFilter {
    /// All filters in the order of the page.
    pub const ALL: [Self; 7] = [
        Self::All,
        Self::NotHandedIn,
        Self::Waiting,
        Self::InMarking,
        Self::Signed,
        Self::Released,
        Self::NotDelivered,
    ];

    /// The word in addresses.
    pub fn word(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::NotHandedIn => "not-handed-in",
            Self::Waiting => "waiting",
            Self::InMarking => "in-marking",
            Self::Signed => "signed",
            Self::Released => "released",
            Self::NotDelivered => "not-delivered",
        }
    }

    /// The filter that a word stands for; what is not known shows everyone.
    pub fn from_word(word: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|filter| filter.word() == word)
            .unwrap_or(Self::All)
    }
}

/// A learner of an activity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CohortMember {
    /// The person.
    pub person: PersonRecord,
    /// Whether they are in the course, as far as is known.
    pub present: bool,
    /// Their latest submission.
    pub submission: Option<SubmissionId>,
}

/// Reading of cohorts. A cohort is the learners who are in the course, and
/// whoever else has work in the activity.
#[async_trait]
pub trait Cohorts {
    /// A part of the cohort. What waits for the assessor comes first: being
    /// marked, handed in, signed, the longest waiting on top; then who has
    /// handed in nothing, then the released. Within these it is in the order of
    /// the roster.
    async fn cohort(
        &mut self,
        query: &CohortQuery<'_>,
        filter: CohortFilter,
        limit: u32,
        offset: u32,
    ) -> Result<Vec<CohortMember>, StorageError>;
    /// How many learners each filter shows, in the order of [`CohortFilter::ALL`].
    async fn cohort_counts(
        &mut self,
        query: &CohortQuery<'_>,
    ) -> Result<[u32; CohortFilter::ALL.len()], StorageError>;
    /// The work to mark next, in the order of the cohort: what comes behind
    /// `after`, else the first of all. Nobody marks their own. What the query
    /// searches for does not count.
    async fn next_to_mark(
        &mut self,
        query: &CohortQuery<'_>,
        marker: PersonId,
        after: Option<SubmissionId>,
    ) -> Result<Option<SubmissionId>, StorageError>;
}
