//! Platform storage: how a launch finds its browser again where cookies do not survive
//! (LTI client side `postMessage`, platform storage).
//!
//! The platform offers a frame that keeps values for the tool, to be asked by `postMessage`. This module holds the
//! names and addresses of that conversation; the scripts belong to the tool's pages. The way of a launch:
//!
//! 1. The **login page** is a page, not a redirect. It puts a secret that was drawn for this login into the platform's
//!    storage, under [`Exchange::key`], and then sends the browser on to the authentication address. It sets the same
//!    secret as a cookie too, for whichever works. The tool keeps a digest of it with the state.
//! 2. The **launch page**, when no cookie came back and the `id_token` is valid, reads the secret again and posts it
//!    to the tool. Only when it is that of this login does the tool begin a session. The pending launch is
//!    single-use and lives for minutes.
//!
//! The specification's own examples keep the state itself. A secret of its own proves more: it stands neither in an
//! address nor in the launch, so that only the browser that began the login can know it.
//!
//! # Messages
//!
//! Each is an object with `subject` and a fresh `message_id`; the answer has the subject with [`RESPONSE_SUFFIX`]
//! and the same `message_id`, and `error` (`code`, `message`) when it failed.
//!
//! | subject | the page sends | the platform answers |
//! |---|---|---|
//! | [`CAPABILITIES`] | | `supported_messages`: a list of `subject` and, where it matters, `frame` |
//! | [`PUT_DATA`] | `key`, `value`; the value null deletes | `key`, `value` |
//! | [`GET_DATA`] | `key` | `key`, `value`, which may be null |
//!
//! # Which window, which origin
//!
//! - [`CAPABILITIES`] goes to `window.opener`, or else `window.parent`, with the target origin `*`: it holds no secret.
//! - The frame for the other two is the one that the capabilities name, else [`Exchange::frame`]. `_parent` is the
//!   parent itself; every other name is looked up in `parent.frames`. Where looking it up fails, the parent is asked.
//! - The target origin of the other two is **always** [`Exchange::target_origin`], never `*`, and answers from any other
//!   origin are ignored.
//! - Some platforms list the subjects by their old names ([`OLD_PUT_DATA`], [`OLD_GET_DATA`]): use the one that is listed.
//! - Canvas's mobile apps name a frame and never answer. Wait a second, then go on without a word of it.
//! - Storage belongs to the tool's origin: login page and launch page must be on the same one.

use serde::Serialize;

use crate::registration::Registration;

/// Subject: what the platform offers (PM).
pub const CAPABILITIES: &str = "lti.capabilities";
/// Subject: keep a value (PMS).
pub const PUT_DATA: &str = "lti.put_data";
/// Subject: read a value (PMS).
pub const GET_DATA: &str = "lti.get_data";
/// What [`PUT_DATA`] was called in drafts (Canvas's own).
pub const OLD_PUT_DATA: &str = "org.imsglobal.lti.put_data";
/// What [`GET_DATA`] was called in drafts (Canvas's own).
pub const OLD_GET_DATA: &str = "org.imsglobal.lti.get_data";
/// Subject: the tool has finished and its frame may be closed (DR §3.7).
pub const CLOSE: &str = "org.imsglobal.lti.close";
/// What the subject of an answer ends with (PM).
pub const RESPONSE_SUFFIX: &str = ".response";
/// The frame name that means the parent window itself (PM).
pub const PARENT_FRAME: &str = "_parent";

/// What the pages of one launch need to talk to the platform's storage (PMS). It serialises for templates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Exchange {
    /// Under which name the login's secret is kept.
    pub key: String,
    /// The only origin that may see it.
    pub target_origin: String,
    /// The frame that the platform named in its login request or launch (`lti_storage_target`), where it did.
    pub frame: Option<String>,
}

impl Exchange {
    /// For a launch with this state (PMS).
    ///
    /// `storage_target` is [`LoginRequest::storage_target`](crate::LoginRequest::storage_target), or the parameter of
    /// the same name in the launch. Without it the platform may still tell a frame by its capabilities.
    pub fn new(registration: &Registration, storage_target: Option<&str>, state: &str) -> Self {
        Self {
            key: format!("lti_state_{state}"),
            target_origin: target_origin(registration),
            frame: storage_target.map(str::to_owned),
        }
    }
}

/// The origin of the platform's storage: that of its authentication address (PMS).
pub fn target_origin(registration: &Registration) -> String {
    registration.auth_url.origin().ascii_serialization()
}
