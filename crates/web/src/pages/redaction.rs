//! A copy for somebody outside the centre: what will be taken out.

use serde::Serialize;

use super::{Frame, Labelled, Page, sample};

/// What a copy would hold, before it is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Redaction {
    /// The frame.
    pub frame: Frame,
    /// Id of the submission.
    pub submission: String,
    /// The learner's name.
    pub learner: String,
    /// What stands for it in the copy.
    pub stands_for: String,
    /// Who may ask to use the script.
    pub script_user: String,
    /// Whether the learner refuses that.
    pub refused: bool,
    /// The words that staff named.
    pub words: Vec<String>,
    /// What is taken out: what stands there instead, and how many times.
    pub taken: Vec<Labelled>,
    /// The text as it would go out.
    pub documents: Vec<RedactionDocument>,
    /// Why the last form was not taken; empty where it was.
    pub error: String,
}

/// A document of the copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RedactionDocument {
    /// Its title in the copy.
    pub title: String,
    /// Its blocks in pieces.
    pub blocks: Vec<Vec<RedactionPiece>>,
}

/// A run of text in the copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RedactionPiece {
    /// The text.
    pub text: String,
    /// Whether it stands for something that is taken out.
    pub taken: bool,
}

impl Page for Redaction {
    const TEMPLATE: &'static str = "redaction.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let piece = |text: &str, taken| RedactionPiece {
            text: text.to_owned(),
            taken,
        };
        let preview = Self {
            frame: sample::assessor(""),
            submission: "s1".to_owned(),
            learner: "Dana P.".to_owned(),
            stands_for: "Learner 1".to_owned(),
            script_user: "ILM".to_owned(),
            refused: false,
            words: vec!["Pinfold Lane".to_owned()],
            taken: vec![
                Labelled::new("[e-mail address]", "1"),
                Labelled::new("[name]", "3"),
            ],
            documents: vec![RedactionDocument {
                title: "Part 1".to_owned(),
                blocks: vec![vec![
                    piece("Write to ", false),
                    piece("[e-mail address]", true),
                    piece(".", false),
                ]],
            }],
            error: String::new(),
        };
        let refused = Self {
            refused: true,
            words: Vec::new(),
            taken: Vec::new(),
            error: "Type a name or word of at most 100 characters.".to_owned(),
            documents: Vec::new(),
            ..preview.clone()
        };
        vec![("preview", preview), ("refused", refused)]
    }
}
