//! The pages: for each a struct that holds what its template shows, and nothing
//! more. Templates hold the words; these hold the facts, already in the form
//! that people read where a rule is behind it.
//!
//! # Adding a page
//! Write the struct with a field `frame`, write the template, name both in
//! [`Page`], add the template to `TEMPLATES` and the type to [`render_samples`].
//! The test then renders it in every state that its samples show.

mod admin;
mod arrival;
mod changes;
mod cohort;
mod course_copy;
mod diagnosis;
mod error;
mod evidence;
mod import;
mod mark_sheet;
mod marking;
mod marking_tables;
mod overlay;
mod plugins;
mod redaction;
mod register;
mod release;
mod result;
mod roster;
mod selection;
mod table;
mod text;
mod typed;
mod unit;

pub use admin::{
    AddField, AddPlatform, AdminEnter, InvitationRow, InvitationState, Invitations, Lifetime,
    OurSide, Platform, PlatformRow, PlatformState, Platforms,
};
pub use arrival::{LoginPage, OwnWindow};
pub use changes::{ChangePiece, ChangeView};
pub use cohort::{
    Cohort, CohortRow, DeliveryProblem, GoOn, GroupChoice, Pager, RowChecks, RowDelivery, RowState,
    Tile,
};
pub use course_copy::{EarlierActivity, LinkAgain, LinkAgainPreview, LinkedAgain};
pub use diagnosis::{Diagnosis, FailedLaunchRow, FailedLaunches};
pub use error::ErrorPage;
pub use evidence::{
    CheckState, CheckedCriterion, Checks, EvidenceFile, FieldError, HandIn, HandInSlot,
    HandInState, LearnerFinding, Reading,
};
pub use import::{ImportPage, ImportProblem, MatchedField};
pub use mark_sheet::{MarkSheet, MarkSheetOutcome, MarkSheetRow};
pub use marking::{
    Band, ChangedSetting, Conflict, Detail, EvidencePart, FindingView, Marking, MarkingCriterion,
    MarkingOutcome, Obstructs, Standing, Summary, SummaryCriterion, SummaryObstacle,
};
pub use marking_tables::{
    CountedTime, EvidenceCell, EvidenceRow, EvidenceTable, LookThere, Measured, Overview, RowReason,
};
pub use overlay::{CentreChange, CentreChanges, UnitSetting, UnitView, Units};
pub use plugins::{
    FileRow, FindingRow, PluginUpgrade, PluginView, Plugins, VersionName, VersionView,
};
pub use redaction::{Redaction, RedactionDocument, RedactionPiece};
pub use register::{Register, Registered, Service};
pub use release::{DeliveryView, Release, Sign, SignError, SignRow, Signature};
pub use result::{CourseGrade, LearnerResult, Released, Resubmission, ResultCriterion};
pub use roster::{MemberRow, ReadingRow, Roster, RosterPage, RosterState, RosterTile};
pub use selection::{
    HiddenField, PreviewCriterion, PreviewSlot, ReviewedItem, SelectAnswer, SelectDetails,
    SelectError, SelectErrorKind, SelectField, SelectItem, SelectObstacle, SelectReview,
    SelectTakes, SelectUnits, SelectableUnit,
};
pub use table::{
    Bar, Bars, ImportWays, LookAt, Matrix, MatrixCell, MatrixRow, RowField, RowForm, TablePage,
    TableRow, Total,
};
pub use text::{
    Block, EvidenceText, Highlight, Letter, Mapping, PersonalPlace, Run, TextSection, blocks,
};
pub use typed::{Typed, TypedConflict, TypedCriterion};
pub use unit::{
    CheckCount, ChooseUnit, CriterionRow, LearnerHome, NextStep, NotSetUp, SlotRow, Stage,
    UnitChoice,
};

use std::fmt::Write as _;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, HtmlEscape, UndefinedBehavior};
use serde::Serialize;

/// The style sheet, to be served at [`Frame::stylesheet`].
pub const STYLESHEET: &str = include_str!("../static/markbridge.css");

/// The script, to be served at [`Frame::script`].
pub const SCRIPT: &str = include_str!("../static/markbridge.js");

/// The script of the pages on the way in, to be served at [`OwnWindow::script`].
pub const ARRIVAL_SCRIPT: &str = include_str!("../static/arrival.js");

/// What stands around the content of every page of a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Frame {
    /// Path that all links of the activity start with: `/a/0197…`.
    pub base: String,
    /// Address of the style sheet.
    pub stylesheet: String,
    /// Address of the script.
    pub script: String,
    /// Number of the unit: `8577-304`; empty while none is chosen.
    pub unit_number: String,
    /// Title of the unit; empty while none is chosen.
    pub unit_title: String,
    /// Who is here, and as what: `Dana P., learner`.
    pub who: String,
    /// Pages to go to.
    pub nav: Vec<NavItem>,
    /// Where the course is, if the platform said so.
    pub return_url: Option<String>,
    /// Where the way back opens: `_self` or `_top`.
    pub return_target: &'static str,
    /// Token that every form sends as `csrf`.
    pub csrf: String,
    /// What happened just now.
    pub notice: Option<Notice>,
}

/// A page to go to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NavItem {
    /// Its name.
    pub title: String,
    /// Its address.
    pub href: String,
    /// Whether it is this page.
    pub current: bool,
}

impl NavItem {
    /// The pages for administrators.
    pub(crate) fn of_administrators(current: &str) -> Vec<Self> {
        [
            ("Platforms", "platforms"),
            ("Invitations", "invitations"),
            ("Units", "units"),
            ("Plugins", "plugins"),
        ]
        .map(|(title, page)| Self {
            title: title.to_owned(),
            href: format!("/admin/{page}"),
            current: page == current,
        })
        .to_vec()
    }
}

/// What happened just now, at the top of the page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Notice {
    /// How it looks.
    pub kind: NoticeKind,
    /// What happened.
    pub title: String,
    /// What to do, or more about it; may be empty.
    pub text: String,
}

/// How a notice looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoticeKind {
    /// For information.
    Info,
    /// Something worked.
    Met,
    /// Something wants a look.
    Look,
    /// Something did not work.
    Stop,
}

/// A term and what it stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Labelled {
    /// The term.
    pub label: String,
    /// What it stands for.
    pub text: String,
}

impl Labelled {
    /// Puts `text` beside `label`.
    pub fn new(label: &str, text: &str) -> Self {
        Self {
            label: label.to_owned(),
            text: text.to_owned(),
        }
    }
}

/// A page that has a template.
pub trait Page: Serialize + Sized {
    /// Name of the template.
    const TEMPLATE: &'static str;

    /// The page in each state worth looking at, with a name for the state.
    fn samples() -> Vec<(&'static str, Self)>;
}

/// Why a page could not be made: a defect of its template.
#[derive(Debug, thiserror::Error)]
#[error("the template `{template}` could not be used; this is a defect, please report it")]
pub struct RenderError {
    /// Name of the template.
    pub template: &'static str,
    /// What the template engine says.
    pub source: minijinja::Error,
}

/// All templates, compiled.
#[derive(Debug)]
pub struct Templates {
    environment: Environment<'static>,
}

impl Templates {
    /// Compiles all templates.
    ///
    /// # Errors
    /// [`RenderError`] for the first template that does not compile.
    pub fn new() -> Result<Self, RenderError> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        let syntax = SyntaxConfig::builder()
            .trim_blocks(true)
            .lstrip_blocks(true)
            .build()
            .map_err(|source| RenderError {
                template: "frame.html",
                source,
            })?;
        environment.set_syntax(syntax);
        environment.add_filter("codes", codes);
        for (template, text) in TEMPLATES {
            environment
                .add_template(template, text)
                .map_err(|source| RenderError { template, source })?;
        }
        Ok(Self { environment })
    }

    /// The page as HTML.
    ///
    /// # Errors
    /// [`RenderError`] where the template asks for what the page does not have.
    pub fn render<P: Page>(&self, page: &P) -> Result<String, RenderError> {
        let value = minijinja::Value::from(Serde(page));
        self.environment
            .get_template(P::TEMPLATE)
            .and_then(|template| template.render(value))
            .map_err(|source| RenderError {
                template: P::TEMPLATE,
                source,
            })
    }
}

/// What stands between backticks, as codes do in what is also printed on terminals,
/// in the letters of codes.
fn codes(text: &str) -> minijinja::Value {
    let mut html = String::new();
    for (at, part) in text.split('`').enumerate() {
        let part = HtmlEscape(part);
        if at % 2 == 1 {
            let _ = write!(html, "<span class=\"mono\">{part}</span>");
        } else {
            let _ = write!(html, "{part}");
        }
    }
    minijinja::Value::from_safe_string(html)
}

/// Renders every sample of every page; the names are `template-state`.
///
/// # Errors
/// The first [`RenderError`].
pub fn render_samples(templates: &Templates) -> Result<Vec<(String, String)>, RenderError> {
    let mut rendered = Vec::new();
    samples_of::<LearnerHome>(templates, &mut rendered)?;
    samples_of::<HandIn>(templates, &mut rendered)?;
    samples_of::<LearnerResult>(templates, &mut rendered)?;
    samples_of::<Cohort>(templates, &mut rendered)?;
    samples_of::<RosterPage>(templates, &mut rendered)?;
    samples_of::<EvidenceText>(templates, &mut rendered)?;
    samples_of::<TablePage>(templates, &mut rendered)?;
    samples_of::<ImportPage>(templates, &mut rendered)?;
    samples_of::<Typed>(templates, &mut rendered)?;
    samples_of::<Redaction>(templates, &mut rendered)?;
    samples_of::<Marking>(templates, &mut rendered)?;
    samples_of::<Sign>(templates, &mut rendered)?;
    samples_of::<Release>(templates, &mut rendered)?;
    samples_of::<MarkSheet>(templates, &mut rendered)?;
    samples_of::<ChooseUnit>(templates, &mut rendered)?;
    samples_of::<NotSetUp>(templates, &mut rendered)?;
    samples_of::<LoginPage>(templates, &mut rendered)?;
    samples_of::<OwnWindow>(templates, &mut rendered)?;
    samples_of::<LinkAgain>(templates, &mut rendered)?;
    samples_of::<LinkAgainPreview>(templates, &mut rendered)?;
    samples_of::<LinkedAgain>(templates, &mut rendered)?;
    samples_of::<SelectUnits>(templates, &mut rendered)?;
    samples_of::<SelectDetails>(templates, &mut rendered)?;
    samples_of::<SelectReview>(templates, &mut rendered)?;
    samples_of::<SelectAnswer>(templates, &mut rendered)?;
    samples_of::<ErrorPage>(templates, &mut rendered)?;
    samples_of::<AdminEnter>(templates, &mut rendered)?;
    samples_of::<Platforms>(templates, &mut rendered)?;
    samples_of::<Platform>(templates, &mut rendered)?;
    samples_of::<AddPlatform>(templates, &mut rendered)?;
    samples_of::<Invitations>(templates, &mut rendered)?;
    samples_of::<Units>(templates, &mut rendered)?;
    samples_of::<Plugins>(templates, &mut rendered)?;
    samples_of::<PluginUpgrade>(templates, &mut rendered)?;
    samples_of::<Register>(templates, &mut rendered)?;
    samples_of::<Registered>(templates, &mut rendered)?;
    Ok(rendered)
}

const TEMPLATES: [(&str, &str); 45] = [
    ("frame.html", include_str!("../templates/frame.html")),
    ("parts.html", include_str!("../templates/parts.html")),
    ("unit.html", include_str!("../templates/unit.html")),
    ("evidence.html", include_str!("../templates/evidence.html")),
    ("result.html", include_str!("../templates/result.html")),
    ("cohort.html", include_str!("../templates/cohort.html")),
    ("roster.html", include_str!("../templates/roster.html")),
    ("text.html", include_str!("../templates/text.html")),
    ("table.html", include_str!("../templates/table.html")),
    (
        "marking-tables.html",
        include_str!("../templates/marking-tables.html"),
    ),
    (
        "table-parts.html",
        include_str!("../templates/table-parts.html"),
    ),
    ("import.html", include_str!("../templates/import.html")),
    ("typed.html", include_str!("../templates/typed.html")),
    (
        "redaction.html",
        include_str!("../templates/redaction.html"),
    ),
    ("marking.html", include_str!("../templates/marking.html")),
    ("sign.html", include_str!("../templates/sign.html")),
    ("release.html", include_str!("../templates/release.html")),
    (
        "mark-sheet.html",
        include_str!("../templates/mark-sheet.html"),
    ),
    (
        "choose-unit.html",
        include_str!("../templates/choose-unit.html"),
    ),
    (
        "not-set-up.html",
        include_str!("../templates/not-set-up.html"),
    ),
    ("login.html", include_str!("../templates/login.html")),
    (
        "own-window.html",
        include_str!("../templates/own-window.html"),
    ),
    ("bare.html", include_str!("../templates/bare.html")),
    ("admin.html", include_str!("../templates/admin.html")),
    (
        "admin-parts.html",
        include_str!("../templates/admin-parts.html"),
    ),
    (
        "diagnosis.html",
        include_str!("../templates/diagnosis.html"),
    ),
    (
        "admin-enter.html",
        include_str!("../templates/admin-enter.html"),
    ),
    (
        "admin-platforms.html",
        include_str!("../templates/admin-platforms.html"),
    ),
    (
        "admin-platform.html",
        include_str!("../templates/admin-platform.html"),
    ),
    (
        "admin-add-platform.html",
        include_str!("../templates/admin-add-platform.html"),
    ),
    (
        "admin-invitations.html",
        include_str!("../templates/admin-invitations.html"),
    ),
    (
        "admin-plugins.html",
        include_str!("../templates/admin-plugins.html"),
    ),
    (
        "admin-upgrade.html",
        include_str!("../templates/admin-upgrade.html"),
    ),
    (
        "admin-units.html",
        include_str!("../templates/admin-units.html"),
    ),
    ("register.html", include_str!("../templates/register.html")),
    (
        "register-parts.html",
        include_str!("../templates/register-parts.html"),
    ),
    (
        "registered.html",
        include_str!("../templates/registered.html"),
    ),
    (
        "link-again.html",
        include_str!("../templates/link-again.html"),
    ),
    (
        "link-again-preview.html",
        include_str!("../templates/link-again-preview.html"),
    ),
    (
        "linked-again.html",
        include_str!("../templates/linked-again.html"),
    ),
    (
        "select-units.html",
        include_str!("../templates/select-units.html"),
    ),
    (
        "select-details.html",
        include_str!("../templates/select-details.html"),
    ),
    (
        "select-review.html",
        include_str!("../templates/select-review.html"),
    ),
    (
        "select-answer.html",
        include_str!("../templates/select-answer.html"),
    ),
    ("error.html", include_str!("../templates/error.html")),
];

fn samples_of<P: Page>(
    templates: &Templates,
    rendered: &mut Vec<(String, String)>,
) -> Result<(), RenderError> {
    let name = P::TEMPLATE.trim_end_matches(".html");
    for (state, page) in P::samples() {
        rendered.push((format!("{name}-{state}"), templates.render(&page)?));
    }
    Ok(())
}

/// What the samples of all pages share.
mod sample {
    use super::{Frame, NavItem};

    /// The criteria of the sample unit: id, wording, short name, most marks, guide in words.
    pub(super) const CRITERIA: [(&str, &str, &str, u32, u32); 8] = [
        (
            "1.1",
            "Describe and define the purpose of workplace mentoring",
            "Purpose",
            16,
            400,
        ),
        (
            "1.2",
            "Explain the role, remit and responsibilities of an effective workplace mentor",
            "Role, remit, responsibilities",
            16,
            400,
        ),
        (
            "1.3",
            "Describe the knowledge, skills and behaviour of an effective workplace mentor",
            "Knowledge, skills, behaviour",
            12,
            300,
        ),
        (
            "1.4",
            "Explain what a workplace mentoring contract should include to ensure a quality, ethical mentoring relationship",
            "Contract",
            12,
            300,
        ),
        (
            "2.1",
            "Explain how a model of mentoring can be used to manage a workplace mentoring relationship",
            "A model in use",
            12,
            300,
        ),
        (
            "2.2",
            "Explain the range of tools and techniques (including diagnostic tools and those exploring learning preferences) that can be used to support effective workplace mentoring",
            "Tools and techniques",
            12,
            300,
        ),
        (
            "2.3",
            "Explain why it is important to maintain basic records of workplace mentoring and what these should contain",
            "Records",
            8,
            200,
        ),
        (
            "2.4",
            "Identify any potential barriers to workplace mentoring and explain suitable strategies to overcome these barriers",
            "Barriers and strategies",
            12,
            300,
        ),
    ];

    /// Titles of the sample unit's outcomes.
    pub(super) const OUTCOMES: [(&str, &str); 2] = [
        (
            "1",
            "Understand the context for effective workplace mentoring",
        ),
        (
            "2",
            "Understand the process for effective workplace mentoring",
        ),
    ];

    /// Marks and feedback of the sample sheet, in the order of the criteria.
    pub(super) const SHEET: [(u32, &str); 8] = [
        (
            9,
            "A clear definition, and the bedding plants show the purpose well.",
        ),
        (
            6,
            "You explain the role and the responsibilities in your own setting, and the hose example is a good one. The remit is the missing third: add where your role as a mentor ends, and how you would handle mentoring somebody you also supervise.",
        ),
        (
            7,
            "Knowledge, skills and behaviour are all described. Naming a professional standard would make it stronger.",
        ),
        (
            2,
            "Your list names the right things. Now choose the ones that matter most and explain how each makes the relationship safe and of good quality, and what could happen without them.",
        ),
        (
            4,
            "GROW is a suitable choice. Take us through its stages with one of your apprentices, and show how it helps you manage the meetings over time.",
        ),
        (
            5,
            "VAK and SMART are explained well. Add a tool that shows where somebody is starting from, and say how you would use what it tells you.",
        ),
        (5, "You explain why records matter and what goes in them."),
        (
            3,
            "You name two barriers. Give each its own strategy, and think about barriers for the person, the work and the whole garden centre. Put this under its own heading.",
        ),
    ];

    pub(super) fn learner(current: &str) -> Frame {
        frame(
            "Dana P., learner",
            &[
                ("Unit", "unit"),
                ("My evidence", "evidence"),
                ("Result", "result"),
            ],
            current,
        )
    }

    pub(super) fn assessor(current: &str) -> Frame {
        frame(
            "Joan H., assessor",
            &[("To mark", "cohort"), ("Roster", "roster")],
            current,
        )
    }

    fn frame(who: &str, pages: &[(&str, &str)], current: &str) -> Frame {
        Frame {
            base: "/a/0197f2c4".to_owned(),
            stylesheet: "/static/markbridge.css".to_owned(),
            script: "/static/markbridge.js".to_owned(),
            unit_number: "8577-304".to_owned(),
            unit_title: "Understanding good practice in workplace mentoring".to_owned(),
            who: who.to_owned(),
            nav: pages
                .iter()
                .map(|(title, page)| NavItem {
                    title: (*title).to_owned(),
                    href: format!("/a/0197f2c4/{page}"),
                    current: *page == current,
                })
                .collect(),
            return_url: Some("https://vle.example.org/course/view?id=7".to_owned()),
            return_target: "_self",
            csrf: "c0ffee".to_owned(),
            notice: None,
        }
    }
}

#[cfg(test)]
mod tests;
