//! Choosing units for a course, from the list to the answer.

use serde::Serialize;

use super::{Frame, Labelled, Page, sample};

/// The list of units to choose from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SelectUnits {
    /// The frame.
    pub frame: Frame,
    /// Name of the course; may be empty.
    pub course: String,
    /// Why nothing can be chosen.
    pub obstacle: Option<SelectObstacle>,
    /// Whether the course takes several at once.
    pub several: bool,
    /// What was searched for; may be empty.
    pub query: String,
    /// The units that fit, and those that are chosen already.
    pub units: Vec<SelectableUnit>,
    /// Whether the form came without a choice.
    pub missing: bool,
}

/// Why nothing can be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SelectObstacle {
    /// This place in the course takes no activities.
    NotTaken,
    /// No unit is installed.
    NothingInstalled,
}

/// A unit to choose, with a preview.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SelectableUnit {
    /// Its id.
    pub id: String,
    /// Its number.
    pub number: String,
    /// Its title.
    pub title: String,
    /// Facts: awarding body, level, credits.
    pub facts: Vec<String>,
    /// Whether it is chosen.
    pub chosen: bool,
    /// All its marks, where it has marks.
    pub marks: Option<String>,
    /// Its criteria.
    pub criteria: Vec<PreviewCriterion>,
    /// What learners hand in.
    pub slots: Vec<PreviewSlot>,
}

/// A criterion in a preview.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PreviewCriterion {
    /// Its id.
    pub id: String,
    /// Its regulated wording.
    pub wording: String,
    /// Its marks, where the unit has marks: `8 of 16 needed`.
    pub marks: Option<String>,
}

/// A thing to hand in, in a preview.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PreviewSlot {
    /// Its title.
    pub title: String,
    /// Whether handing in asks for it.
    pub required: bool,
}

impl Page for SelectUnits {
    const TEMPLATE: &'static str = "select-units.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let unit = |id: &str, title: &str, marks: bool| SelectableUnit {
            id: format!("ilm-{id}"),
            number: id.to_owned(),
            title: title.to_owned(),
            facts: vec!["ILM".to_owned(), "Level 3".to_owned()],
            chosen: false,
            marks: marks.then(|| "100".to_owned()),
            criteria: sample::CRITERIA
                .iter()
                .map(|(id, wording, _, maximum, _)| PreviewCriterion {
                    id: (*id).to_owned(),
                    wording: (*wording).to_owned(),
                    marks: marks.then(|| format!("{} of {maximum} needed", maximum / 2)),
                })
                .collect(),
            slots: vec![
                PreviewSlot {
                    title: "Assignment".to_owned(),
                    required: true,
                },
                PreviewSlot {
                    title: "Portfolio".to_owned(),
                    required: false,
                },
            ],
        };
        let several = Self {
            frame: selecting(),
            course: "Mentoring, autumn group".to_owned(),
            obstacle: None,
            several: true,
            query: String::new(),
            units: vec![
                unit(
                    "8577-304",
                    "Understanding good practice in workplace mentoring",
                    true,
                ),
                unit(
                    "8577-306",
                    "Undertaking an extended period of mentoring in the workplace",
                    false,
                ),
            ],
            missing: false,
        };
        let one = Self {
            several: false,
            missing: true,
            course: String::new(),
            ..several.clone()
        };
        let nothing_found = Self {
            query: "Zo<e>".to_owned(),
            units: Vec::new(),
            ..several.clone()
        };
        let not_taken = Self {
            obstacle: Some(SelectObstacle::NotTaken),
            units: Vec::new(),
            ..several.clone()
        };
        let nothing_installed = Self {
            obstacle: Some(SelectObstacle::NothingInstalled),
            ..not_taken.clone()
        };
        vec![
            ("several", several),
            ("one", one),
            ("nothing-found", nothing_found),
            ("not-taken", not_taken),
            ("nothing-installed", nothing_installed),
        ]
    }
}

/// Title, points, dates and options of what was chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SelectDetails {
    /// The frame.
    pub frame: Frame,
    /// What was chosen.
    pub items: Vec<SelectItem>,
    /// What the platform takes with it.
    pub takes: SelectTakes,
    /// Query that leads back to the list with the same units chosen.
    pub back: String,
    /// Name of the centre's time zone.
    pub time_zone: String,
}

/// What a platform takes with a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct SelectTakes {
    /// A column in its gradebook.
    pub grades: bool,
    /// Dates.
    pub dates: bool,
    /// A window of its own.
    pub windows: bool,
}

/// A unit that was chosen, as its fields were typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SelectItem {
    /// Id of the unit.
    pub unit: String,
    /// Number and title of the unit.
    pub unit_name: String,
    /// Its name in the course.
    pub title: String,
    /// Whether it gets a column in the gradebook.
    pub graded: bool,
    /// The most points in the gradebook.
    pub points: String,
    /// From when it is open, as the field has it: `2026-07-17T17:00`.
    pub opens: String,
    /// Until when it is open.
    pub closes: String,
    /// By when to hand in.
    pub due: String,
    /// Whether it opens in a window of its own.
    pub new_window: bool,
    /// What is wrong with it.
    pub errors: Vec<SelectError>,
}

/// What is wrong with a field of a chosen unit; each field has one at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct SelectError {
    /// The field.
    pub field: SelectField,
    /// What is wrong with it.
    pub kind: SelectErrorKind,
}

/// A field of a chosen unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SelectField {
    /// Its name in the course.
    Title,
    /// The most points.
    Points,
    /// From when it is open.
    Opens,
    /// Until when it is open.
    Closes,
    /// By when to hand in.
    Due,
}

/// What can be wrong with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SelectErrorKind {
    /// Nothing is there.
    Empty,
    /// The text is too long.
    Long,
    /// It is no number above nothing.
    Number,
    /// It is no time, or the clocks skip it.
    Time,
    /// It closes before it opens.
    ClosesBeforeItOpens,
    /// The work is due before it opens.
    DueBeforeItOpens,
    /// The work is due after it closes.
    DueAfterItCloses,
}

impl Page for SelectDetails {
    const TEMPLATE: &'static str = "select-details.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let canvas = Self {
            frame: selecting(),
            items: vec![item("304"), item("306")],
            takes: SelectTakes {
                grades: true,
                dates: true,
                windows: true,
            },
            back: "?unit=ilm-8577-304&unit=ilm-8577-306".to_owned(),
            time_zone: "Europe/London".to_owned(),
        };
        let moodle = Self {
            items: vec![SelectItem {
                graded: false,
                ..item("304")
            }],
            takes: SelectTakes {
                grades: true,
                dates: false,
                windows: false,
            },
            ..canvas.clone()
        };
        let ungraded = Self {
            takes: SelectTakes {
                grades: false,
                ..canvas.takes
            },
            ..canvas.clone()
        };
        let errors = |errors: &[(SelectField, SelectErrorKind)]| Self {
            items: vec![
                item("304"),
                SelectItem {
                    errors: errors
                        .iter()
                        .map(|(field, kind)| SelectError {
                            field: *field,
                            kind: *kind,
                        })
                        .collect(),
                    ..item("306")
                },
            ],
            ..canvas.clone()
        };
        vec![
            (
                "errors",
                errors(&[
                    (SelectField::Title, SelectErrorKind::Empty),
                    (SelectField::Points, SelectErrorKind::Number),
                    (SelectField::Opens, SelectErrorKind::Time),
                    (SelectField::Closes, SelectErrorKind::ClosesBeforeItOpens),
                    (SelectField::Due, SelectErrorKind::DueBeforeItOpens),
                ]),
            ),
            (
                "other-errors",
                errors(&[
                    (SelectField::Title, SelectErrorKind::Long),
                    (SelectField::Due, SelectErrorKind::DueAfterItCloses),
                ]),
            ),
            ("canvas", canvas),
            ("moodle", moodle),
            ("ungraded", ungraded),
        ]
    }
}

/// What will be made, before it is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SelectReview {
    /// The frame.
    pub frame: Frame,
    /// What was chosen.
    pub items: Vec<ReviewedItem>,
    /// All fields again, for the form.
    pub fields: Vec<HiddenField>,
    /// The platform's product: `moodle`, `canvas`; may be empty.
    pub platform_family: String,
}

/// What will be made of one unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReviewedItem {
    /// Its name in the course.
    pub title: String,
    /// What else is said of it.
    pub facts: Vec<Labelled>,
}

/// A field that goes along unseen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HiddenField {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

impl Page for SelectReview {
    const TEMPLATE: &'static str = "select-review.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let one = ReviewedItem {
            title: "Mentoring".to_owned(),
            facts: vec![
                Labelled::new("Unit", "8577-304 Understanding good practice"),
                Labelled::new("Gradebook", "A column of 100 points"),
                Labelled::new("Hand in by", "17 July 2026, 17:00"),
            ],
        };
        let moodle = Self {
            frame: selecting(),
            items: vec![one.clone()],
            fields: vec![HiddenField {
                name: "unit".to_owned(),
                value: "ilm-8577-304".to_owned(),
            }],
            platform_family: "moodle".to_owned(),
        };
        let canvas = Self {
            platform_family: "canvas".to_owned(),
            ..moodle.clone()
        };
        let other = Self {
            items: vec![one.clone(), one],
            platform_family: String::new(),
            ..moodle.clone()
        };
        vec![("moodle", moodle), ("canvas", canvas), ("other", other)]
    }
}

/// The form that takes the answer to the platform. The script sends it; without
/// one there is a button.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SelectAnswer {
    /// The frame.
    pub frame: Frame,
    /// Where it goes.
    pub return_url: String,
    /// Name of the field.
    pub field: &'static str,
    /// The signed response.
    pub response: String,
}

impl Page for SelectAnswer {
    const TEMPLATE: &'static str = "select-answer.html";

    fn samples() -> Vec<(&'static str, Self)> {
        vec![(
            "answer",
            Self {
                frame: selecting(),
                return_url: "https://vle.example.org/mod/lti/contentitem_return.php?course=7"
                    .to_owned(),
                field: "JWT",
                response: "eyJh.eyJp.c2ln".to_owned(),
            },
        )]
    }
}

fn item(number: &str) -> SelectItem {
    SelectItem {
        unit: format!("ilm-8577-{number}"),
        unit_name: format!("8577-{number} Mentoring in the workplace"),
        title: "Mentoring in the workplace".to_owned(),
        graded: true,
        points: "100".to_owned(),
        opens: String::new(),
        closes: String::new(),
        due: "2026-07-17T17:00".to_owned(),
        new_window: false,
        errors: Vec::new(),
    }
}

fn selecting() -> Frame {
    Frame {
        base: "/select/0197f2c4".to_owned(),
        unit_number: String::new(),
        unit_title: String::new(),
        who: "Joan H.".to_owned(),
        nav: Vec::new(),
        return_url: None,
        ..sample::assessor("")
    }
}
