//! The pages on the way in. They need no session.

use lti::platform_storage::Exchange;
use serde::Serialize;

use super::Page;

/// Between the course and the sign-in there: puts the login's secret into the
/// platform's storage and goes on by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LoginPage {
    /// Address of the style sheet.
    pub stylesheet: String,
    /// Address of the script.
    pub script: String,
    /// Where the platform keeps the secret.
    pub exchange: Exchange,
    /// The secret.
    pub secret: String,
    /// The platform's sign-in address.
    pub next: String,
}

/// Offers a window of its own where the course's page lets us keep nothing, once
/// the platform's storage has been asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OwnWindow {
    /// Address of the style sheet.
    pub stylesheet: String,
    /// Address of the script.
    pub script: String,
    /// The code that works once.
    pub code: String,
    /// How many minutes it works.
    pub minutes: i64,
    /// What opens: the unit by number and title, or the activity's title; may be empty.
    pub place: String,
    /// Who the person is, as a sentence.
    pub who: String,
    /// Where the platform may have kept the secret of the login.
    pub exchange: Option<Exchange>,
}

impl Page for LoginPage {
    const TEMPLATE: &'static str = "login.html";

    fn samples() -> Vec<(&'static str, Self)> {
        vec![(
            "storage",
            Self {
                stylesheet: "/static/markbridge.css".to_owned(),
                script: "/static/arrival.js".to_owned(),
                exchange: exchange(),
                secret: "5ecret".to_owned(),
                next: "https://vle.example.org/auth?state=s1".to_owned(),
            },
        )]
    }
}

impl Page for OwnWindow {
    const TEMPLATE: &'static str = "own-window.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let window = Self {
            stylesheet: "/static/markbridge.css".to_owned(),
            script: "/static/arrival.js".to_owned(),
            code: "c0de".to_owned(),
            minutes: 5,
            place: "8577-304 Understanding good practice in workplace mentoring".to_owned(),
            who: "You are Dana Pryce, learner.".to_owned(),
            exchange: None,
        };
        let storage = Self {
            exchange: Some(exchange()),
            ..window.clone()
        };
        vec![("window", window), ("storage", storage)]
    }
}

fn exchange() -> Exchange {
    Exchange {
        key: "lti_state_s1".to_owned(),
        target_origin: "https://vle.example.org".to_owned(),
        frame: Some("storage".to_owned()),
    }
}
