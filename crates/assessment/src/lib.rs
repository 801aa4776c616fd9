//! The domain of vocational assessment: what a unit asks for, what a learner
//! hands in, what checks find in it, what an assessor decides, and how a
//! submission lives from draft to released result.
//!
//! Nothing here does input or output. There is no SQL, HTTP, HTML, async or
//! Wasm; types, states with private transitions, and rules.
//!
//! - [`mod@unit`]: the unit as its plugin describes it
//! - [`overlay`]: what a centre sets for itself, laid over the unit
//! - [`evidence`] and [`sections`]: what was handed in, and which part of it answers which criterion
//! - [`mod@table`]: rows as people keep them, turned into a slot's typed columns
//! - [`rows`]: tables as learners write them
//! - [`finding`]: what a check saw
//! - [`sheet`]: marks, decisions, and the outcome that the host holds plugins to
//! - [`submission`]: the life cycle
//! - [`people`]: who acts, and as what
//! - [`passback`]: what the course's gradebook is to hear
//!
//! Names follow the field: learner, assessor, criterion, evidence, referral
//! (never "fail"), resubmission. "Mentor" always means the learner of the
//! mentoring units, never a role of this application.

pub mod evidence;
pub mod finding;
pub mod ids;
pub mod overlay;
pub mod passback;
pub mod people;
pub mod rows;
pub mod sections;
pub mod sheet;
pub mod submission;
pub mod table;
pub mod unit;
