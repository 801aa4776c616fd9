//! Pages for administrators: sign in, platforms, invitations.

use serde::Serialize;

use super::{Diagnosis, FailedLaunches, Frame, NavItem, Notice, NoticeKind, Page};

/// One button between a sign-in link and the session, so that previews of links
/// use none up. It needs no session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AdminEnter {
    /// Address of the style sheet.
    pub stylesheet: String,
    /// The code of the link; none where it was used or has ended.
    pub code: Option<String>,
}

impl Page for AdminEnter {
    const TEMPLATE: &'static str = "admin-enter.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let open = Self {
            stylesheet: "/static/markbridge.css".to_owned(),
            code: Some("b64".to_owned()),
        };
        let ended = Self {
            code: None,
            ..open.clone()
        };
        vec![("open", open), ("ended", ended)]
    }
}

/// How a registration stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlatformState {
    /// It waits for approval.
    Waiting,
    /// Its launches are let in.
    InUse,
    /// Its launches are refused.
    Paused,
}

/// All platforms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Platforms {
    /// The frame.
    pub frame: Frame,
    /// The platforms, oldest first.
    pub rows: Vec<PlatformRow>,
}

/// A platform of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlatformRow {
    /// Id of the registration.
    pub id: String,
    /// What administrators call it.
    pub name: String,
    /// Its issuer.
    pub issuer: String,
    /// Our client id there.
    pub client_id: String,
    /// How it stands.
    pub state: PlatformState,
    /// Its deployments.
    pub deployments: Vec<String>,
    /// When somebody last came from there, for people; none where that is long ago.
    pub last_launch: Option<String>,
}

impl Page for Platforms {
    const TEMPLATE: &'static str = "admin-platforms.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let row = PlatformRow {
            id: "0197f2c4".to_owned(),
            name: "Moodle of Example Training Centre".to_owned(),
            issuer: "https://vle.example.org".to_owned(),
            client_id: "Qm4x7Pz1".to_owned(),
            state: PlatformState::InUse,
            deployments: vec!["1".to_owned(), "7".to_owned()],
            last_launch: Some("10 July 2026, 14:02".to_owned()),
        };
        let some = Self {
            frame: sample_frame("platforms"),
            rows: vec![
                row.clone(),
                PlatformRow {
                    name: "canvas.instructure.com".to_owned(),
                    issuer: "https://canvas.instructure.com".to_owned(),
                    client_id: "10000000000068".to_owned(),
                    state: PlatformState::Waiting,
                    deployments: Vec::new(),
                    last_launch: None,
                    ..row.clone()
                },
                PlatformRow {
                    state: PlatformState::Paused,
                    ..row
                },
            ],
        };
        let none = Self {
            rows: Vec::new(),
            ..some.clone()
        };
        vec![("some", some), ("none", none)]
    }
}

/// What administrators of platforms enter on their side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OurSide {
    /// Where launches end, which is the tool's address and the one redirect address.
    pub launch: String,
    /// Where logins begin.
    pub login: String,
    /// Our keys.
    pub jwks: String,
    /// The configuration for a key that is made by hand in Canvas.
    pub canvas: String,
}

/// One platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Platform {
    /// The frame.
    pub frame: Frame,
    /// Id of the registration.
    pub id: String,
    /// The title of the page: its name, or the issuer's host.
    pub title: String,
    /// What administrators called it; may be empty.
    pub name: String,
    /// Its issuer.
    pub issuer: String,
    /// Our client id there.
    pub client_id: String,
    /// Where logins are sent.
    pub auth_url: String,
    /// Where access tokens come from.
    pub token_url: String,
    /// Where its keys are published.
    pub jwks_url: String,
    /// How it stands.
    pub state: PlatformState,
    /// Its deployments.
    pub deployments: Vec<String>,
    /// What becomes of new ones: `refuse`, `add-first` or `add-all`.
    pub new_deployments: &'static str,
    /// When somebody last came from there, for people; none where that is long ago.
    pub last_launch: Option<String>,
    /// When it was added, for people.
    pub added: String,
    /// Whether the platform can be told anew what this tool is.
    pub is_changeable: bool,
    /// How its last tests went.
    pub diagnosis: Diagnosis,
    /// Its newest launches that failed.
    pub failed_launches: FailedLaunches,
    /// What stands on its side.
    pub ours: OurSide,
}

impl Page for Platform {
    const TEMPLATE: &'static str = "admin-platform.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let [tested, never_tested] = Diagnosis::samples();
        let [some_failed, none_failed] = FailedLaunches::samples();
        let in_use = Self {
            frame: sample_frame("platforms"),
            id: "0197f2c4".to_owned(),
            title: "Moodle of Example Training Centre".to_owned(),
            name: "Moodle of Example Training Centre".to_owned(),
            issuer: "https://vle.example.org".to_owned(),
            client_id: "Qm4x7Pz1".to_owned(),
            auth_url: "https://vle.example.org/mod/lti/auth.php".to_owned(),
            token_url: "https://vle.example.org/mod/lti/token.php".to_owned(),
            jwks_url: "https://vle.example.org/mod/lti/certs.php".to_owned(),
            state: PlatformState::InUse,
            deployments: vec!["1".to_owned(), "7".to_owned()],
            new_deployments: "refuse",
            last_launch: Some("10 July 2026, 14:02".to_owned()),
            added: "12 January 2026".to_owned(),
            is_changeable: true,
            diagnosis: tested,
            failed_launches: some_failed,
            ours: sample_ours(),
        };
        let waiting = Self {
            title: "vle.example.org".to_owned(),
            name: String::new(),
            state: PlatformState::Waiting,
            deployments: Vec::new(),
            new_deployments: "add-first",
            last_launch: None,
            is_changeable: false,
            diagnosis: never_tested,
            failed_launches: none_failed,
            ..in_use.clone()
        };
        let mut paused = Self {
            state: PlatformState::Paused,
            ..in_use.clone()
        };
        paused.frame.notice = Some(Notice {
            kind: NoticeKind::Met,
            title: "Paused".to_owned(),
            text: String::new(),
        });
        vec![("in-use", in_use), ("waiting", waiting), ("paused", paused)]
    }
}

/// A registration by hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AddPlatform {
    /// The frame.
    pub frame: Frame,
    /// The fields in the order of the page.
    pub fields: Vec<AddField>,
    /// Whether issuer and client id are registered with other addresses.
    pub known: bool,
    /// What stands on the platform's side.
    pub ours: OurSide,
}

/// A field of a registration by hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AddField {
    /// Its name, which the words of the template go by.
    pub name: &'static str,
    /// What was typed.
    pub value: String,
    /// Whether it cannot be used.
    pub wrong: bool,
}

impl Page for AddPlatform {
    const TEMPLATE: &'static str = "admin-add-platform.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let field = |name| AddField {
            name,
            value: String::new(),
            wrong: false,
        };
        let empty = Self {
            frame: sample_frame("platforms"),
            fields: [
                "issuer",
                "client_id",
                "deployment",
                "auth_url",
                "token_url",
                "jwks_url",
            ]
            .map(field)
            .to_vec(),
            known: false,
            ours: sample_ours(),
        };
        let mut wrong = empty.clone();
        for field in &mut wrong.fields {
            field.value.push_str("vle.example.org <b>");
            field.wrong = true;
        }
        let known = Self {
            known: true,
            ..empty.clone()
        };
        vec![("empty", empty), ("wrong", wrong), ("known", known)]
    }
}

/// Invitations, and the form for one more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Invitations {
    /// The frame.
    pub frame: Frame,
    /// The link of the invitation that was made just now.
    pub link: Option<String>,
    /// Lifetimes to choose from.
    pub lifetimes: Vec<Lifetime>,
    /// The invitations, newest first.
    pub rows: Vec<InvitationRow>,
}

/// A lifetime to choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Lifetime {
    /// In hours.
    pub hours: u32,
    /// For people: `3 days`.
    pub words: &'static str,
    /// Whether it is chosen at first.
    pub chosen: bool,
}

/// An invitation of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InvitationRow {
    /// Its id.
    pub id: String,
    /// Whom it is for; may be empty.
    pub note: String,
    /// Whether the platform may be reached by plain HTTP.
    pub allow_http: bool,
    /// Whether the registration waits until it is approved.
    pub approve_first: bool,
    /// When it was made, for people.
    pub made: String,
    /// How it stands.
    pub state: InvitationState,
    /// When that was or will be, for people; empty where nobody knows.
    pub at: String,
    /// The registration that it led to.
    pub registration: Option<String>,
}

/// How an invitation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum InvitationState {
    /// It can be used.
    Open,
    /// A platform registered by it.
    Used,
    /// Its time is over.
    Ended,
    /// It was taken back.
    Revoked,
}

impl Page for Invitations {
    const TEMPLATE: &'static str = "admin-invitations.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let lifetimes = vec![
            Lifetime {
                hours: 24,
                words: "1 day",
                chosen: false,
            },
            Lifetime {
                hours: 72,
                words: "3 days",
                chosen: true,
            },
        ];
        let row = |state, at: &str| InvitationRow {
            id: "0197f2c5".to_owned(),
            note: "Example Training Centre".to_owned(),
            allow_http: false,
            approve_first: false,
            made: "9 July 2026, 10:15".to_owned(),
            state,
            at: at.to_owned(),
            registration: None,
        };
        let none = Self {
            frame: sample_frame("invitations"),
            link: None,
            lifetimes,
            rows: Vec::new(),
        };
        let made = Self {
            link: Some("https://markbridge.example.org/lti/register?invitation=b64".to_owned()),
            rows: vec![
                InvitationRow {
                    note: String::new(),
                    allow_http: true,
                    approve_first: true,
                    ..row(InvitationState::Open, "12 July 2026, 10:15")
                },
                InvitationRow {
                    registration: Some("0197f2c4".to_owned()),
                    ..row(InvitationState::Used, "9 July 2026, 11:00")
                },
                row(InvitationState::Ended, "6 July 2026, 10:15"),
                row(InvitationState::Revoked, ""),
            ],
            ..none.clone()
        };
        vec![("none", none), ("made", made)]
    }
}

fn sample_ours() -> OurSide {
    OurSide {
        launch: "https://markbridge.example.org/lti/launch".to_owned(),
        login: "https://markbridge.example.org/lti/login".to_owned(),
        jwks: "https://markbridge.example.org/lti/jwks".to_owned(),
        canvas: "https://markbridge.example.org/lti/canvas.json".to_owned(),
    }
}

pub(super) fn sample_frame(current: &str) -> Frame {
    Frame {
        base: "/admin".to_owned(),
        stylesheet: "/static/markbridge.css".to_owned(),
        script: "/static/markbridge.js".to_owned(),
        unit_number: String::new(),
        unit_title: String::new(),
        who: "Administrator".to_owned(),
        nav: NavItem::of_administrators(current),
        return_url: None,
        return_target: "_self",
        csrf: "c0ffee".to_owned(),
        notice: None,
    }
}
