#![doc = include_str!("../README.md")]
//!
//! # The way of a launch
//!
//! 1. The platform opens the tool's login address. [`LoginRequest::from_params`] reads what it sends,
//!    [`authentication_url`] says where to send the browser next.
//! 2. The browser comes back with an `id_token`. [`validate`] turns it into a [`Launch`], which exists
//!    only when every check has passed. Keys of platforms come from one shared [`KeySets`].
//! 3. What comes next depends on the [`Message`]: a placement is shown, [`deep_linking::response`] answers a choice
//!    of content, a learner's work is opened for review.
//! 4. With the addresses in the launch, [`Services`] calls the platform: [`nrps::members`] streams the
//!    roster, [`ags::post_score`] hands a grade back. [`TokenClient`] keeps the access tokens.
//!
//! Where cookies do not survive in the platform's frame, [`platform_storage`] says how a page finds its launch again.
//!
//! # Where it is written
//!
//! Each public item names the section that it follows: Core is LTI Core 1.3, SEC the 1EdTech Security Framework 1.0,
//! DL Deep Linking 2.0, AGS Assignment and Grade Services 2.0, NRPS Names and Role Provisioning Services 2.0,
//! GS the Course Groups Service 1.0, DR LTI Dynamic Registration 1.0, SR Submission Review 1.0, PNS the Platform
//! Notification Service 1.0, PM and PMS the drafts 0.1 of client-side messages and of their storage. What is marked
//! as ours none of them says: how this library is put together, or a rule of thumb.
//!
//! # Adding a message type
//!
//! Add a variant to [`Message`] with what the message carries, read it in `launch.rs` where the message
//! type is matched, and add a row to the table of launches in the tests.
//!
//! # Adding a service
//!
//! Write a module beside [`nrps`] with one function per call. Send through [`Services`], which brings the
//! token, asks for a new one after a 401, and turns every refusal into a [`ServiceError`].

pub mod ags;
pub mod claims;
pub mod deep_linking;
pub mod dynamic_registration;
pub mod groups;
pub mod guard;
pub mod http;
pub mod keys;
pub mod launch;
pub mod login;
pub mod nrps;
pub mod platform_storage;
pub mod registration;
pub mod roles;
pub mod service;
pub mod token;

mod link;
mod members;

#[cfg(any(test, fuzzing))]
pub mod fuzzing;

pub use ags::{HandIn, PlatformFamily, Score, ScoreReceipt};
pub use deep_linking::{ContentItem, DeepLinkingError, DeepLinkingResponse};
pub use dynamic_registration::{
    Initiation, PlatformConfiguration, Registered, RegistrationError, ToolDescription,
};
pub use guard::{Guard, GuardError};
pub use http::{Answer, HttpClientError, http_client};
pub use keys::{KeyError, KeySetError, KeySets, SigningKey};
pub use launch::{Launch, LaunchError, Message, validate};
pub use login::{LoginError, LoginRequest, authentication_url, same_origin};
pub use platform_storage::Exchange;
pub use registration::Registration;
pub use roles::Roles;
pub use service::{ServiceError, Services};
pub use token::{AccessToken, TokenClient, TokenError};

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks a mutex whose value is whole after every statement, so that a panic elsewhere does not matter.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The first `limit` characters of a text that came from outside, for messages.
fn shorten(text: &str, limit: usize) -> String {
    text.chars().take(limit).collect()
}
