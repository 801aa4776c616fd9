//! A page for what went wrong. It needs no session.

use serde::Serialize;

use super::{Labelled, Page};

/// What went wrong, and what to do now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ErrorPage {
    /// Address of the style sheet.
    pub stylesheet: String,
    /// What happened, in a few words.
    pub title: String,
    /// What it means for the reader, in a sentence or two.
    pub lead: String,
    /// What to do, in order.
    pub steps: Vec<String>,
    /// What to quote when asking for help; the log has the same.
    pub reference: Option<String>,
    /// Where the course is, if known.
    pub return_url: Option<String>,
    /// Whether the way there stays in the frame.
    pub return_target: &'static str,
    /// Reasons, for administrators.
    pub details: Vec<Labelled>,
}

impl Page for ErrorPage {
    const TEMPLATE: &'static str = "error.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let used = Self {
            stylesheet: "/static/markbridge.css".to_owned(),
            title: "This page could not be opened this time".to_owned(),
            lead: "The link from your course was already used once, so for safety it does not work again. Your work is safe; nothing was lost.".to_owned(),
            steps: vec![
                "Go back to your course.".to_owned(),
                "Open the activity again, by its own link rather than “Back” or a bookmark."
                    .to_owned(),
            ],
            reference: Some("7F2K-90QD".to_owned()),
            return_url: Some("https://vle.example.org/course/view?id=7".to_owned()),
            return_target: "_self",
            details: vec![
                Labelled::new("Reason", "nonce seen before"),
                Labelled::new("Platform", "https://vle.example.org"),
                Labelled::new("Deployment", "1"),
                Labelled::new("When", "10 July 2026, 09:58:12"),
            ],
        };
        let missing = Self {
            title: "There is no such page".to_owned(),
            lead: "It may have been taken away, or the address may have a slip in it.".to_owned(),
            steps: vec!["Open the activity again from your course.".to_owned()],
            reference: None,
            return_url: None,
            details: Vec::new(),
            ..used.clone()
        };
        vec![("launch", used), ("not-found", missing)]
    }
}
