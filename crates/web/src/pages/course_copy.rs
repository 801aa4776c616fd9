//! What an activity can take over from an earlier one.

use serde::Serialize;

use super::{Frame, Page, sample};

/// The activities that this one can take something over from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LinkAgain {
    /// The frame.
    pub frame: Frame,
    /// The activities, likely ones first.
    pub activities: Vec<EarlierActivity>,
    /// Whether the form came without a choice.
    pub missing: bool,
}

/// An activity to take something over from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EarlierActivity {
    /// Its id.
    pub id: String,
    /// Its title in the course.
    pub title: String,
    /// Title of its course.
    pub course: String,
    /// Number and title of its unit; empty where it has none.
    pub unit: String,
    /// How many learners have work in it.
    pub learners: u32,
    /// Whether it can give its unit.
    pub gives_unit: bool,
    /// Whether it can come here with its work.
    pub gives_work: bool,
    /// Whether its link was chosen together with this activity's.
    pub same_link: bool,
}

impl Page for LinkAgain {
    const TEMPLATE: &'static str = "link-again.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let list = Self {
            frame: sample::assessor(""),
            activities: vec![
                EarlierActivity {
                    gives_work: true,
                    same_link: true,
                    ..earlier()
                },
                EarlierActivity {
                    id: "0197f2c6".to_owned(),
                    course: "Mentoring, spring group".to_owned(),
                    gives_unit: true,
                    ..earlier()
                },
            ],
            missing: false,
        };
        let missing = Self {
            missing: true,
            ..list.clone()
        };
        let none = Self {
            activities: Vec::new(),
            ..list.clone()
        };
        vec![("list", list), ("missing", missing), ("none", none)]
    }
}

/// What will happen, before it does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LinkAgainPreview {
    /// The frame.
    pub frame: Frame,
    /// The earlier activity.
    pub from: EarlierActivity,
}

impl Page for LinkAgainPreview {
    const TEMPLATE: &'static str = "link-again-preview.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let unit = Self {
            frame: sample::assessor(""),
            from: EarlierActivity {
                gives_unit: true,
                ..earlier()
            },
        };
        let work = Self {
            from: EarlierActivity {
                gives_work: true,
                ..earlier()
            },
            ..unit.clone()
        };
        let both = Self {
            from: EarlierActivity {
                gives_unit: true,
                ..work.from.clone()
            },
            ..unit.clone()
        };
        vec![("unit", unit), ("work", work), ("both", both)]
    }
}

/// The work has a new place in the course.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LinkedAgain {
    /// The frame.
    pub frame: Frame,
}

impl Page for LinkedAgain {
    const TEMPLATE: &'static str = "linked-again.html";

    fn samples() -> Vec<(&'static str, Self)> {
        vec![(
            "done",
            Self {
                frame: sample::assessor(""),
            },
        )]
    }
}

fn earlier() -> EarlierActivity {
    EarlierActivity {
        id: "0197f2c5".to_owned(),
        title: "Assignment 1".to_owned(),
        course: "Mentoring, autumn group".to_owned(),
        unit: "8577-304 Understanding good practice in workplace mentoring".to_owned(),
        learners: 12,
        gives_unit: false,
        gives_work: false,
        same_link: false,
    }
}
