//! Typing an answer into the page, criterion by criterion.

use serde::Serialize;

use super::{Frame, Page, sample};

/// The page to type on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Typed {
    /// The frame.
    pub frame: Frame,
    /// Id of the slot.
    pub slot: String,
    /// Its title.
    pub title: String,
    /// What is wanted.
    pub help: String,
    /// Whether the slot holds a file too.
    pub beside_file: bool,
    /// The criteria in the unit's order.
    pub criteria: Vec<TypedCriterion>,
    /// Why the last form was not taken; empty where it was.
    pub error: String,
    /// What another window saved meanwhile.
    pub conflict: Option<TypedConflict>,
}

/// A criterion with its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TypedCriterion {
    /// Its id.
    pub id: String,
    /// Its regulated wording.
    pub wording: String,
    /// The task's questions.
    pub prompts: Vec<String>,
    /// Guidance on length, in words.
    pub guide: Option<u32>,
    /// The answer as it stands.
    pub text: String,
    /// Its words.
    pub words: u32,
    /// Version that a change starts from.
    pub version: i64,
}

/// What another window saved meanwhile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TypedConflict {
    /// The criterion.
    pub criterion: String,
    /// The text that was saved there.
    pub text: String,
    /// Its version.
    pub version: i64,
}

impl Page for Typed {
    const TEMPLATE: &'static str = "typed.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let typing = Self {
            frame: sample::learner("evidence"),
            slot: "assignment".to_owned(),
            title: "Assignment".to_owned(),
            help: "Your answers under a heading for each criterion.".to_owned(),
            beside_file: false,
            criteria: sample::CRITERIA
                .iter()
                .map(|(id, wording, _, _, guide)| TypedCriterion {
                    id: (*id).to_owned(),
                    wording: (*wording).to_owned(),
                    prompts: vec!["What does mentoring mean where you work?".to_owned()],
                    guide: Some(*guide),
                    text: "Mentoring helps new people.".to_owned(),
                    words: 4,
                    version: 3,
                })
                .collect(),
            error: String::new(),
            conflict: None,
        };
        let conflict = Self {
            beside_file: true,
            error: "This is longer than 100,000 characters.".to_owned(),
            conflict: Some(TypedConflict {
                criterion: "1.2".to_owned(),
                text: "The role of a mentor is to support.".to_owned(),
                version: 4,
            }),
            ..typing.clone()
        };
        vec![("typing", typing), ("conflict", conflict)]
    }
}
