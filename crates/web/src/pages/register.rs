//! What a platform's administrator sees while the platform registers. The
//! platform may show it in a frame, and it needs no session.

use serde::Serialize;

use super::{Labelled, Page};

/// Who asks to be registered, and what will be asked of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Register {
    /// Address of the style sheet.
    pub stylesheet: String,
    /// The platform's product: `Moodle`, `Canvas`, or empty.
    pub product: String,
    /// Its issuer.
    pub issuer: String,
    /// Whether a registration that is there is to be changed.
    pub is_update: bool,
    /// What the tool will ask for.
    pub services: Vec<Service>,
    /// What the form sends along.
    pub fields: Vec<Labelled>,
}

/// A service of the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Service {
    /// Columns of the gradebook.
    Columns,
    /// Writing results.
    Scores,
    /// Reading results.
    Results,
    /// The people of a course.
    Roster,
    /// Their groups.
    Groups,
}

impl Page for Register {
    const TEMPLATE: &'static str = "register.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let new = Self {
            stylesheet: "/static/markbridge.css".to_owned(),
            product: "Moodle".to_owned(),
            issuer: "https://vle.example.org".to_owned(),
            is_update: false,
            services: vec![
                Service::Columns,
                Service::Scores,
                Service::Results,
                Service::Roster,
                Service::Groups,
            ],
            fields: vec![
                Labelled::new("invitation", "b64"),
                Labelled::new("issuer", "https://vle.example.org"),
            ],
        };
        let update = Self {
            product: String::new(),
            is_update: true,
            services: Vec::new(),
            ..new.clone()
        };
        vec![("new", new), ("update", update)]
    }
}

/// The platform is registered; what its administrator does next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Registered {
    /// Address of the style sheet.
    pub stylesheet: String,
    /// Address of the script.
    pub script: String,
    /// `moodle`, `canvas` or `other`.
    pub family: &'static str,
    /// Its issuer.
    pub issuer: String,
    /// Our client id there.
    pub client_id: String,
    /// Whether a registration that was there was changed.
    pub updated: bool,
    /// Whether our administrator has still to approve it.
    pub waiting: bool,
    /// What was asked for and not granted.
    pub withheld: Vec<Service>,
    /// Where an administrator of Canvas goes on.
    pub configuration_url: Option<String>,
}

impl Page for Registered {
    const TEMPLATE: &'static str = "registered.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let moodle = Self {
            stylesheet: "/static/markbridge.css".to_owned(),
            script: "/static/markbridge.js".to_owned(),
            family: "moodle",
            issuer: "https://vle.example.org".to_owned(),
            client_id: "Qm4x7Pz1".to_owned(),
            updated: false,
            waiting: false,
            withheld: Vec::new(),
            configuration_url: None,
        };
        let canvas = Self {
            family: "canvas",
            withheld: vec![Service::Columns, Service::Roster],
            configuration_url: Some("https://vle.example.org/accounts/1/developer_keys".to_owned()),
            ..moodle.clone()
        };
        let other = Self {
            family: "other",
            waiting: true,
            ..moodle.clone()
        };
        let updated = Self {
            updated: true,
            ..moodle.clone()
        };
        vec![
            ("moodle", moodle),
            ("canvas", canvas),
            ("other", other),
            ("updated", updated),
        ]
    }
}
