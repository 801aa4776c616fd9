//! Launches: what a platform says, once every check has passed (LTI security 5.1.3, core 5).

use std::collections::{BTreeMap, HashSet};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use thiserror::Error;
use url::Url;

use crate::claims::{
    self, custom, identifier as id_or_number, non_empty_text, object, plain_text, text, texts,
    web_address,
};
use crate::keys::{KeySetError, KeySets};
use crate::registration::Registration;
use crate::roles::Roles;
use crate::shorten;

/// The longest `id_token` that is looked at.
const LONGEST_TOKEN: usize = 64 * 1024;
/// How far clocks may differ.
const LEEWAY: TimeDelta = TimeDelta::seconds(60);
/// The oldest `iat` that is taken, whatever `exp` says.
const LONGEST_AGE: TimeDelta = TimeDelta::hours(1);
/// The longest identifier of a person, deployment or link, in characters (LTI core 5.3).
const LONGEST_ID: usize = 255;

/// A launch that the platform has signed, for this tool, now (Core §5.3, §5.4).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Launch {
    /// What the platform asks for.
    pub message: Message,
    /// The platform.
    pub issuer: String,
    /// The registration on the platform.
    pub client_id: String,
    /// The deployment. Whether it is permitted is for the caller to say.
    pub deployment_id: String,
    /// The person, known by this text within the issuer.
    pub subject: String,
    /// Where the launch ends; empty when a message other than a resource link leaves it out.
    pub target_link_uri: String,
    /// The person's roles.
    pub roles: Roles,
    /// What the platform tells about the person, which may be nothing.
    pub person: Person,
    /// The course, where there is one.
    pub context: Option<Context>,
    /// The placement in the course; always there in a resource link launch.
    pub resource_link: Option<ResourceLink>,
    /// The platform's own description.
    pub platform: Option<PlatformInstance>,
    /// Custom parameters. Variables that the platform did not fill in are left out.
    pub custom: BTreeMap<String, String>,
    /// Addresses of the grade service.
    pub grades: Option<GradeService>,
    /// Address of the roster service.
    pub roster: Option<RosterService>,
    /// Addresses of the groups service.
    pub groups: Option<GroupService>,
    /// Address of the Platform Notification Service.
    pub notifications: Option<NotificationService>,
    /// Who person and placement were in LTI 1.1.
    pub legacy: Option<LegacyIds>,
    /// The place in Canvas's pages from which the tool was opened, such as `course_navigation`.
    pub canvas_placement: Option<String>,
    /// How the tool is shown.
    pub presentation: Option<Presentation>,
    /// When the platform issued the launch.
    pub issued_at: DateTime<Utc>,
    /// When the launch token ends.
    pub expires_at: DateTime<Utc>,
}

/// What a platform asks for (Core §5.3.1).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Message {
    /// Open a placement of the tool.
    ///
    /// Canvas's `SpeedGrader` opens a learner's work by this message too, in the teacher's name and without
    /// saying whose work is meant: only the address that was handed in with it
    /// ([`HandIn::review_url`](crate::ags::HandIn::review_url)) tells, as [`Launch::target_link_uri`].
    /// [`Launch::target_parameter`] reads it.
    ResourceLink,
    /// Choose content for the course.
    DeepLinking(Box<DeepLinkingSettings>),
    /// Show a learner's work for review; everybody's where the platform names nobody, as Moodle's gradebook does
    /// from the head of a column.
    SubmissionReview(Option<Box<ForUser>>),
}

/// What a deep linking request accepts (DL §4.4.1). It can be kept as JSON until somebody has chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeepLinkingSettings {
    /// Where the response is posted.
    pub return_url: Url,
    /// Types of content items.
    pub accept_types: Vec<String>,
    /// Ways of showing them.
    pub accept_presentation_document_targets: Vec<String>,
    /// Whether several items may come back; the platform may leave it open.
    pub accept_multiple: Option<bool>,
    /// Whether line items are honoured; the platform may leave it open.
    pub accept_line_item: Option<bool>,
    /// Whether the platform keeps what comes back without asking again.
    pub auto_create: bool,
    /// Proposed title.
    pub title: Option<String>,
    /// Proposed text.
    pub text: Option<String>,
    /// Opaque; it goes back to the platform unaltered.
    pub data: Option<String>,
}

/// Whose work is reviewed (SR).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForUser {
    /// The learner, in the same identifiers as [`Launch::subject`].
    pub user_id: String,
    /// What the platform tells about the learner.
    pub person: Person,
    /// The learner's number in the institution's register.
    pub sourced_id: Option<String>,
    /// The learner's roles, where the platform tells them.
    pub roles: Roles,
}

/// What a platform tells about a person (Core §5.3.6). All of it may be withheld.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// Full name.
    pub name: Option<String>,
    /// First name.
    pub given_name: Option<String>,
    /// Last name.
    pub family_name: Option<String>,
    /// Mail address.
    pub email: Option<String>,
}

/// A course or group (Core §5.4.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// Unique within the deployment.
    pub id: String,
    /// Short name.
    pub label: Option<String>,
    /// Long name.
    pub title: Option<String>,
    /// Types as the platform wrote them, known or not.
    pub types: Vec<String>,
}

/// A placement of the tool (Core §5.3.5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceLink {
    /// Unique within the deployment.
    pub id: String,
    /// Name of the placement.
    pub title: Option<String>,
    /// Description, which may be HTML.
    pub description: Option<String>,
}

/// A platform's own description (Core §5.4.2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlatformInstance {
    /// Unique identifier of the installation.
    pub guid: Option<String>,
    /// Name of the installation.
    pub name: Option<String>,
    /// Version of the product.
    pub version: Option<String>,
    /// The product, such as `canvas` or `moodle`.
    pub product_family_code: Option<String>,
}

/// Addresses of the grade service (AGS §3.1).
///
/// Hosts and queries may change: take them from the latest launch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GradeService {
    /// What the tool may do.
    pub scopes: Vec<String>,
    /// All line items of the course.
    pub line_items: Option<Url>,
    /// The one line item of this placement.
    pub line_item: Option<Url>,
}

/// Address of the roster service (NRPS §3.6.1.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RosterService {
    /// The members of the course.
    pub context_memberships_url: Url,
    /// Versions that the platform speaks.
    pub service_versions: Vec<String>,
}

/// Addresses of the groups service (GS).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupService {
    /// The groups of the course.
    pub context_groups_url: Url,
    /// The sets of groups, where the platform has them.
    pub context_group_sets_url: Option<Url>,
    /// What the tool may do.
    pub scopes: Vec<String>,
    /// Versions that the platform speaks.
    pub service_versions: Vec<String>,
}

/// Address of the Platform Notification Service, which tells a tool what happens while nobody has it open (PNS).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotificationService {
    /// Where the tool says which notices it wants. It belongs to the deployment, not to the course.
    pub url: Url,
    /// What the tool may do.
    pub scopes: Vec<String>,
    /// Notices that the platform sends.
    pub notice_types: Vec<String>,
    /// Versions that the platform speaks.
    pub service_versions: Vec<String>,
}

/// Identifiers of LTI 1.1, for tools that move to LTI 1.3 and have to find their data again (LTI Advantage migration
/// guide).
///
/// The platform vouches for them. The proof by the secret of LTI 1.1 (`oauth_consumer_key_sign`) is not checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LegacyIds {
    /// The person.
    pub user_id: Option<String>,
    /// The placement.
    pub resource_link_id: Option<String>,
    /// The course.
    pub context_id: Option<String>,
    /// The tool's consumer key.
    pub consumer_key: Option<String>,
}

/// Earlier lives of a course or placement that was copied, the latest first (Core B).
///
/// Platforms write it into a custom parameter for variables such as `$Context.id.history` and
/// `$ResourceLink.id.history`, of which Moodle knows only the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct History {
    /// Identifiers without repetition.
    pub ids: Vec<String>,
    /// Whether the list is whole. Canvas breaks off long ones.
    pub complete: bool,
}

impl History {
    /// Reads the value of such a custom parameter (Core B).
    pub fn parse(value: &str) -> Self {
        let mut history = Self {
            ids: Vec::new(),
            complete: true,
        };
        let mut seen = HashSet::new();
        // Some platforms send a list instead of a text.
        let listed: Option<Vec<Value>> = serde_json::from_str(value).ok();
        let entries: Vec<String> = match listed {
            Some(list) => list.iter().map(plain_text).collect(),
            None => value.split(',').map(str::to_owned).collect(),
        };
        for entry in entries {
            match entry.trim() {
                "" | "null" => {}
                // Canvas writes these in the place of identifiers when the list is too long or took too long.
                "truncated" | "timed out" => history.complete = false,
                id => {
                    let id = percent_decoded(id);
                    if seen.insert(id.clone()) {
                        history.ids.push(id);
                    }
                }
            }
        }
        history
    }
}

/// Identifiers stand in the list in URL encoding, so that a comma in one does not end it.
fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, following @ ..] = rest {
        let digit = |position: usize| {
            following
                .get(position)
                .and_then(|digit| char::from(*digit).to_digit(16))
        };
        if let (b'%', Some(high), Some(low)) = (first, digit(0), digit(1)) {
            bytes.extend(u8::try_from(high * 16 + low));
            rest = &following[2..];
        } else {
            bytes.push(*first);
            rest = following;
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

impl Launch {
    /// The history in a custom parameter, by the name that the tool gave to it; `None` where the platform does not know
    /// the variable (Core B).
    ///
    /// Moodle sends a name with capitals or signs a second time in small letters with `_`; this finds either.
    pub fn history(&self, custom_parameter: &str) -> Option<History> {
        let plain: String = custom_parameter
            .chars()
            .map(|character| match character.to_ascii_lowercase() {
                character @ ('a'..='z' | '0'..='9') => character,
                _ => '_',
            })
            .collect();
        self.custom
            .get(custom_parameter)
            .or_else(|| self.custom.get(&plain))
            .map(|value| History::parse(value))
    }

    /// A parameter in the query of [`Launch::target_link_uri`] (ours).
    ///
    /// The platform signed the address, but a teacher may have typed it: what it names must be looked up within
    /// the launch's own course, and the person's roles there decide what is shown.
    pub fn target_parameter(&self, name: &str) -> Option<String> {
        Url::parse(&self.target_link_uri)
            .ok()?
            .query_pairs()
            .find(|(found, _)| found == name)
            .map(|(_, value)| value.into_owned())
    }
}

/// Messages of later specifications that a tool has to ask for before a platform sends them (ours).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OptionalMessage {
    /// Settings of an asset processor.
    AssetProcessorSettings,
    /// The report of an asset processor.
    ReportReview,
    /// Terms of use, to be accepted.
    Eula,
}

impl OptionalMessage {
    fn from_message_type(message_type: &str) -> Option<Self> {
        match message_type {
            "LtiAssetProcessorSettingsRequest" => Some(Self::AssetProcessorSettings),
            "LtiReportReviewRequest" => Some(Self::ReportReview),
            "LtiEulaRequest" => Some(Self::Eula),
            _ => None,
        }
    }

    /// The name on the wire (Core §5.3.1).
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AssetProcessorSettings => "LtiAssetProcessorSettingsRequest",
            Self::ReportReview => "LtiReportReviewRequest",
            Self::Eula => "LtiEulaRequest",
        }
    }
}

/// How the tool is shown (Core §5.4.4).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Presentation {
    /// Language of the person, such as `en-GB`.
    pub locale: Option<String>,
    /// `iframe`, `window` or `frame`.
    pub document_target: Option<String>,
    /// Where to send the browser when the person has finished.
    pub return_url: Option<Url>,
}

/// Turns an `id_token` into a [`Launch`], or says why not (SEC §5.1.3, Core §5).
///
/// `nonce` is the one that was issued with the `state` of this launch; the caller sees to it that each is used once.
/// Keys are found by `kid` in the registration's key set and nowhere else: `jwk`, `jku`, `x5u` and `x5c`
/// in the header are not looked at. Unknown claims are ignored.
///
/// # Errors
///
/// Each check has its own variant of [`LaunchError`].
pub async fn validate(
    id_token: &str,
    registration: &Registration,
    nonce: &str,
    keys: &KeySets,
    now: DateTime<Utc>,
) -> Result<Launch, LaunchError> {
    let claims = verified_claims(id_token, registration, keys).await?;
    checked_launch(&claims, registration, nonce, now)
}

/// What remains to be checked of claims whose signature is right.
pub(crate) fn checked_launch(
    claims: &Map<String, Value>,
    registration: &Registration,
    nonce: &str,
    now: DateTime<Utc>,
) -> Result<Launch, LaunchError> {
    check_issuer_and_audience(claims, registration)?;
    let (issued_at, expires_at) = check_times(claims, now)?;
    match text(claims, "nonce") {
        None => return Err(LaunchError::NonceMissing),
        Some(found) if found != nonce => return Err(LaunchError::NonceMismatch),
        Some(_) => {}
    }
    read_launch(claims, registration, issued_at, expires_at)
}

async fn verified_claims(
    id_token: &str,
    registration: &Registration,
    keys: &KeySets,
) -> Result<Map<String, Value>, LaunchError> {
    if id_token.len() > LONGEST_TOKEN {
        return Err(LaunchError::TooLong);
    }
    let parts: Vec<&str> = id_token.splitn(4, '.').collect();
    let &[header, payload, signature] = parts.as_slice() else {
        return Err(LaunchError::Malformed("it does not have three parts"));
    };
    let header = decode(header).ok_or(LaunchError::Malformed("its header is not JSON"))?;
    match header.get("alg") {
        Some(Value::String(algorithm)) if algorithm == "RS256" => {}
        found => {
            return Err(LaunchError::Algorithm(found.map_or_else(
                || "nothing".to_owned(),
                |found| shorten(found.as_str().unwrap_or("no text"), 20),
            )));
        }
    }
    if header.contains_key("crit") {
        return Err(LaunchError::CriticalHeader);
    }
    let kid = non_empty_text(&header, "kid").ok_or(LaunchError::KidMissing)?;
    let signed = &id_token[..id_token.len() - signature.len() - 1];
    keys.verify(&registration.jwks_url, &kid, signed.as_bytes(), signature)
        .await
        .map_err(|error| match error {
            KeySetError::UnknownKey { kid } => LaunchError::KeyUnknown { kid },
            KeySetError::UnusableKey { kid, reason } => LaunchError::KeyUnusable { kid, reason },
            KeySetError::Signature => LaunchError::Signature,
            error => LaunchError::KeySet(error),
        })?;
    decode(payload).ok_or(LaunchError::Malformed("its claims are not JSON"))
}

fn decode(part: &str) -> Option<Map<String, Value>> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

fn check_issuer_and_audience(
    claims: &Map<String, Value>,
    registration: &Registration,
) -> Result<(), LaunchError> {
    let issuer = text(claims, "iss").ok_or(LaunchError::IssuerMissing)?;
    if issuer != registration.issuer {
        return Err(LaunchError::Issuer {
            found: shorten(&issuer, 200),
            expected: registration.issuer.clone(),
        });
    }
    let audiences: Vec<&str> = match claims.get("aud") {
        Some(Value::String(audience)) => vec![audience],
        Some(Value::Array(audiences)) => audiences
            .iter()
            .map(|audience| audience.as_str().ok_or(LaunchError::AudienceMissing))
            .collect::<Result<_, _>>()?,
        _ => Vec::new(),
    };
    let Some(first) = audiences.first() else {
        return Err(LaunchError::AudienceMissing);
    };
    if !audiences.contains(&registration.client_id.as_str()) {
        return Err(LaunchError::Audience {
            found: shorten(first, 200),
            expected: registration.client_id.clone(),
        });
    }
    if let Some(foreign) = audiences
        .iter()
        .find(|audience| **audience != registration.client_id)
    {
        return Err(LaunchError::ForeignAudience(shorten(foreign, 200)));
    }
    match claims.get("azp") {
        None | Some(Value::Null) if audiences.len() > 1 => Err(LaunchError::AuthorisedPartyMissing),
        None | Some(Value::Null) => Ok(()),
        Some(party) if *party == registration.client_id => Ok(()),
        Some(_) => Err(LaunchError::AuthorisedParty),
    }
}

fn check_times(
    claims: &Map<String, Value>,
    now: DateTime<Utc>,
) -> Result<(DateTime<Utc>, DateTime<Utc>), LaunchError> {
    let issued_at = time(claims, "iat").ok_or(LaunchError::TimeMissing("iat"))?;
    let expires_at = time(claims, "exp").ok_or(LaunchError::TimeMissing("exp"))?;
    if expires_at <= issued_at {
        return Err(LaunchError::EndsBeforeItBegins);
    }
    if now > expires_at + LEEWAY {
        return Err(LaunchError::Expired { expires_at });
    }
    if issued_at > now + LEEWAY {
        return Err(LaunchError::IssuedInTheFuture { issued_at });
    }
    if now - issued_at > LONGEST_AGE + LEEWAY {
        return Err(LaunchError::TooOld { issued_at });
    }
    Ok((issued_at, expires_at))
}

fn time(claims: &Map<String, Value>, name: &str) -> Option<DateTime<Utc>> {
    let value = claims.get(name)?;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "NumericDate may have a fraction; whole seconds are enough, and the cast saturates"
    )]
    let seconds = value
        .as_i64()
        .or_else(|| value.as_f64().map(|seconds| seconds as i64))?;
    // Far beyond any launch, and far from where adding the leeway could overflow.
    (0..=253_402_300_799)
        .contains(&seconds)
        .then(|| DateTime::from_timestamp(seconds, 0))?
}

fn read_launch(
    claims: &Map<String, Value>,
    registration: &Registration,
    issued_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<Launch, LaunchError> {
    let version = claims.get(claims::VERSION);
    let message_type = claims.get(claims::MESSAGE_TYPE);
    if version.is_none() && message_type.is_none() && !claims.contains_key(claims::ROLES) {
        return Err(LaunchError::NotLti);
    }
    match version {
        None | Some(Value::Null) => return Err(LaunchError::VersionMissing),
        Some(version) if version == "1.3.0" => {}
        Some(version) => {
            return Err(LaunchError::Version(shorten(&plain_text(version), 20)));
        }
    }
    let message_type = non_empty_text(claims, claims::MESSAGE_TYPE);
    let message = match message_type.as_deref() {
        None => return Err(LaunchError::MessageTypeMissing),
        Some("LtiResourceLinkRequest") => Message::ResourceLink,
        Some("LtiDeepLinkingRequest") => {
            Message::DeepLinking(Box::new(deep_linking_settings(claims)?))
        }
        Some("LtiSubmissionReviewRequest") => {
            Message::SubmissionReview(for_user(claims)?.map(Box::new))
        }
        Some(other) => {
            return Err(match OptionalMessage::from_message_type(other) {
                Some(message) => LaunchError::MessageTypeNotOffered(message),
                None => LaunchError::MessageTypeUnknown(shorten(other, 100)),
            });
        }
    };
    let roles = roles(claims)?;
    let deployment_id = identifier(claims, claims::DEPLOYMENT_ID, "deployment_id")?
        .ok_or(LaunchError::DeploymentIdMissing)?;
    let subject = identifier(claims, "sub", "sub")?.ok_or(LaunchError::SubjectMissing)?;
    let resource_link = resource_link(claims)?;
    let target_link_uri = non_empty_text(claims, claims::TARGET_LINK_URI);
    if message == Message::ResourceLink {
        if resource_link.is_none() {
            return Err(LaunchError::ResourceLinkIdMissing);
        }
        if target_link_uri.is_none() {
            return Err(LaunchError::TargetLinkUriMissing);
        }
    }
    Ok(Launch {
        message,
        issuer: registration.issuer.clone(),
        client_id: registration.client_id.clone(),
        deployment_id,
        subject,
        target_link_uri: target_link_uri.unwrap_or_default(),
        roles,
        person: person(claims),
        context: object(claims, claims::CONTEXT).and_then(|context| {
            Some(Context {
                id: non_empty_text(context, "id")?,
                label: text(context, "label"),
                title: text(context, "title"),
                types: texts(context, "type"),
            })
        }),
        resource_link,
        platform: object(claims, claims::TOOL_PLATFORM).map(|platform| PlatformInstance {
            guid: text(platform, "guid"),
            name: text(platform, "name"),
            version: text(platform, "version"),
            product_family_code: text(platform, "product_family_code"),
        }),
        custom: custom(claims),
        grades: object(claims, claims::GRADE_SERVICE).map(|service| GradeService {
            scopes: texts(service, "scope"),
            line_items: web_address(service, "lineitems"),
            line_item: web_address(service, "lineitem"),
        }),
        roster: object(claims, claims::ROSTER_SERVICE).and_then(|service| {
            Some(RosterService {
                context_memberships_url: web_address(service, "context_memberships_url")?,
                service_versions: texts(service, "service_versions"),
            })
        }),
        groups: object(claims, claims::GROUP_SERVICE).and_then(|service| {
            Some(GroupService {
                context_groups_url: web_address(service, "context_groups_url")?,
                context_group_sets_url: web_address(service, "context_group_sets_url"),
                scopes: texts(service, "scope"),
                service_versions: texts(service, "service_versions"),
            })
        }),
        notifications: object(claims, claims::NOTIFICATION_SERVICE).and_then(|service| {
            Some(NotificationService {
                url: web_address(service, "platform_notification_service_url")?,
                scopes: texts(service, "scope"),
                notice_types: texts(service, "notice_types_supported"),
                service_versions: texts(service, "service_versions"),
            })
        }),
        legacy: legacy(claims),
        canvas_placement: non_empty_text(claims, claims::CANVAS_PLACEMENT),
        presentation: object(claims, claims::LAUNCH_PRESENTATION).map(|presentation| {
            Presentation {
                locale: text(presentation, "locale"),
                document_target: text(presentation, "document_target"),
                return_url: web_address(presentation, "return_url"),
            }
        }),
        issued_at,
        expires_at,
    })
}

fn roles(claims: &Map<String, Value>) -> Result<Roles, LaunchError> {
    let roles = match claims.get(claims::ROLES) {
        None | Some(Value::Null) => return Err(LaunchError::RolesMissing),
        Some(Value::Array(roles)) => roles,
        Some(_) => return Err(LaunchError::RolesNotAList),
    };
    roles
        .iter()
        .map(|role| role.as_str().map(str::to_owned))
        .collect::<Option<Vec<_>>>()
        .map(Roles::new)
        .ok_or(LaunchError::RoleNotText)
}

fn identifier(
    claims: &Map<String, Value>,
    name: &str,
    short_name: &'static str,
) -> Result<Option<String>, LaunchError> {
    let value = non_empty_text(claims, name);
    match &value {
        Some(value) if value.chars().count() > LONGEST_ID => {
            Err(LaunchError::IdTooLong(short_name))
        }
        _ => Ok(value),
    }
}

fn resource_link(claims: &Map<String, Value>) -> Result<Option<ResourceLink>, LaunchError> {
    let Some(link) = object(claims, claims::RESOURCE_LINK) else {
        return Ok(None);
    };
    Ok(
        identifier(link, "id", "resource_link.id")?.map(|id| ResourceLink {
            id,
            title: text(link, "title"),
            description: text(link, "description"),
        }),
    )
}

fn deep_linking_settings(claims: &Map<String, Value>) -> Result<DeepLinkingSettings, LaunchError> {
    let settings = object(claims, claims::DEEP_LINKING_SETTINGS)
        .ok_or(LaunchError::DeepLinkingSettingsMissing)?;
    let flag = |name: &str| match settings.get(name)? {
        Value::Bool(value) => Some(*value),
        // Some platforms write flags as texts.
        Value::String(value) => Some(value.eq_ignore_ascii_case("true")),
        _ => None,
    };
    Ok(DeepLinkingSettings {
        return_url: web_address(settings, "deep_link_return_url")
            .ok_or(LaunchError::DeepLinkingSettingsMissing)?,
        accept_types: texts(settings, "accept_types"),
        accept_presentation_document_targets: texts(
            settings,
            "accept_presentation_document_targets",
        ),
        accept_multiple: flag("accept_multiple"),
        accept_line_item: flag("accept_lineitem"),
        auto_create: flag("auto_create").unwrap_or(false),
        title: text(settings, "title"),
        text: text(settings, "text"),
        data: text(settings, "data"),
    })
}

fn for_user(claims: &Map<String, Value>) -> Result<Option<ForUser>, LaunchError> {
    let Some(user) = object(claims, claims::FOR_USER) else {
        return Ok(None);
    };
    Ok(Some(ForUser {
        user_id: identifier(user, "user_id", "for_user.user_id")?
            .ok_or(LaunchError::ForUserMissing)?,
        person: person(user),
        sourced_id: non_empty_text(user, "person_sourcedid"),
        roles: Roles::new(texts(user, "roles")),
    }))
}

fn legacy(claims: &Map<String, Value>) -> Option<LegacyIds> {
    let member = |name: &str| id_or_number(object(claims, claims::LEGACY)?.get(name));
    let legacy = LegacyIds {
        user_id: member("user_id").or_else(|| id_or_number(claims.get(claims::LEGACY_USER_ID))),
        resource_link_id: member("resource_link_id"),
        context_id: member("context_id"),
        consumer_key: member("oauth_consumer_key"),
    };
    (legacy != LegacyIds::default()).then_some(legacy)
}

fn person(claims: &Map<String, Value>) -> Person {
    Person {
        name: non_empty_text(claims, "name"),
        given_name: non_empty_text(claims, "given_name"),
        family_name: non_empty_text(claims, "family_name"),
        email: non_empty_text(claims, "email"),
    }
}

/// A launch that is refused (SEC §5.1.3, Core §5.3). The texts are for the page that the person sees.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LaunchError {
    /// The token is longer than 64 KiB.
    #[error("The launch is larger than 64 KiB. Tell the administrator of the course platform")]
    TooLong,
    /// The token is no signed JSON.
    #[error("The launch cannot be read: {0}. Open the activity again from the course")]
    Malformed(&'static str),
    /// The token is signed in another way than RS256.
    #[error(
        "The launch is signed with `{0}`, but LTI needs `RS256`. Tell the administrator of the course platform"
    )]
    Algorithm(String),
    /// The header demands something that no LTI launch needs.
    #[error(
        "The launch demands an unknown extension (`crit`). Tell the administrator of the course platform"
    )]
    CriticalHeader,
    /// The header names no key.
    #[error(
        "The launch does not name its key (`kid`). Tell the administrator of the course platform"
    )]
    KidMissing,
    /// The platform does not publish the key.
    #[error(
        "The launch is signed with the key `{kid}`, which the platform does not publish. Open the activity again in a minute"
    )]
    KeyUnknown {
        /// The key's name.
        kid: String,
    },
    /// The platform publishes the key for other purposes.
    #[error(
        "The launch is signed with the key `{kid}`, which cannot be used: {reason}. Tell the administrator of the course platform"
    )]
    KeyUnusable {
        /// The key's name.
        kid: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The platform's keys cannot be read.
    #[error(
        "The platform's keys cannot be read at the moment. Open the activity again in a minute"
    )]
    KeySet(#[source] KeySetError),
    /// The signature does not belong to the token.
    #[error("The signature of the launch is wrong. Open the activity again from the course")]
    Signature,
    /// There is no `iss`.
    #[error("The launch does not say which platform it is from (`iss`)")]
    IssuerMissing,
    /// `iss` is another platform.
    #[error("The launch is from the platform `{found}`, but it was expected from `{expected}`")]
    Issuer {
        /// What the launch says.
        found: String,
        /// What the registration says.
        expected: String,
    },
    /// There is no `aud`.
    #[error("The launch does not say which tool it is for (`aud`)")]
    AudienceMissing,
    /// `aud` is another tool.
    #[error(
        "The launch is for the client id `{found}`, but this registration has `{expected}`. Check the registration, and in Moodle whether the activity has a consumer key of its own"
    )]
    Audience {
        /// What the launch says.
        found: String,
        /// What the registration says.
        expected: String,
    },
    /// `aud` names this tool and another one.
    #[error("The launch is meant for `{0}` too, which this tool does not trust")]
    ForeignAudience(String),
    /// `azp` is needed with several audiences.
    #[error("The launch names several audiences but no authorised party (`azp`)")]
    AuthorisedPartyMissing,
    /// `azp` is another tool.
    #[error("The launch names another tool as its authorised party (`azp`)")]
    AuthorisedParty,
    /// `iat` or `exp` is missing or no time.
    #[error("The launch has no valid time `{0}`")]
    TimeMissing(&'static str),
    /// `exp` is not after `iat`.
    #[error("The launch ends before it begins (`iat`, `exp`)")]
    EndsBeforeItBegins,
    /// `exp` is past.
    #[error("The launch has expired. Open the activity again from the course")]
    Expired {
        /// When it ended.
        expires_at: DateTime<Utc>,
    },
    /// `iat` is to come.
    #[error(
        "The launch comes from the future. The clocks of platform and tool differ by more than a minute; tell their administrators"
    )]
    IssuedInTheFuture {
        /// When it says it was issued.
        issued_at: DateTime<Utc>,
    },
    /// `iat` is more than an hour ago.
    #[error("The launch is more than an hour old. Open the activity again from the course")]
    TooOld {
        /// When it was issued.
        issued_at: DateTime<Utc>,
    },
    /// There is no nonce.
    #[error(
        "The launch does not repeat the tool's nonce. Tell the administrator of the course platform"
    )]
    NonceMissing,
    /// The nonce belongs to another login.
    #[error("The launch belongs to another login. Open the activity again from the course")]
    NonceMismatch,
    /// Version, message type and roles are all absent.
    #[error("The token is no LTI launch: it has neither version nor message type nor roles")]
    NotLti,
    /// There is no version.
    #[error("The launch does not say its LTI version")]
    VersionMissing,
    /// The version is not 1.3.0.
    #[error("The launch has the LTI version `{0}`, but this tool speaks `1.3.0`")]
    Version(String),
    /// There is no message type.
    #[error("The launch does not say what it asks for (`message_type`)")]
    MessageTypeMissing,
    /// The message type is one that this library does not speak.
    #[error("The launch asks for `{0}`, which this tool does not offer")]
    MessageTypeUnknown(String),
    /// The message type belongs to an extension that this library does not speak.
    #[error("The launch asks for `{}`, which this tool does not offer. Tell the administrator of the course platform to switch it off for this tool", .0.as_str())]
    MessageTypeNotOffered(OptionalMessage),
    /// There are no roles.
    #[error("The launch has no list of roles")]
    RolesMissing,
    /// Roles are no array.
    #[error("The roles of the launch are not a list")]
    RolesNotAList,
    /// A role is no text.
    #[error("The launch has a role that is not a text")]
    RoleNotText,
    /// There is no deployment.
    #[error("The launch does not name its deployment (`deployment_id`)")]
    DeploymentIdMissing,
    /// There is no person. Anonymous launches are not taken, as the certification asks.
    #[error(
        "The launch does not say who opens it (`sub`). Sign in to the course platform and open the activity again"
    )]
    SubjectMissing,
    /// An identifier is longer than 255 characters.
    #[error("The launch's `{0}` is longer than 255 characters")]
    IdTooLong(&'static str),
    /// There is no resource link, or it has no id.
    #[error("The launch does not name its activity (`resource_link.id`)")]
    ResourceLinkIdMissing,
    /// There is no target.
    #[error("The launch does not say where it ends (`target_link_uri`)")]
    TargetLinkUriMissing,
    /// A deep linking request without settings or return address.
    #[error("The request for content does not say where the answer goes (`deep_link_return_url`)")]
    DeepLinkingSettingsMissing,
    /// A submission review without a learner.
    #[error("The review does not say whose work is meant (`for_user`)")]
    ForUserMissing,
}

impl LaunchError {
    /// A short name that stays the same, for logs and counters (ours).
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLong => "token_too_long",
            Self::Malformed(_) => "token_malformed",
            Self::Algorithm(_) => "algorithm",
            Self::CriticalHeader => "critical_header",
            Self::KidMissing => "kid_missing",
            Self::KeyUnknown { .. } => "key_unknown",
            Self::KeyUnusable { .. } => "key_unusable",
            Self::KeySet(_) => "key_set",
            Self::Signature => "signature",
            Self::IssuerMissing => "issuer_missing",
            Self::Issuer { .. } => "issuer",
            Self::AudienceMissing => "audience_missing",
            Self::Audience { .. } => "audience",
            Self::ForeignAudience(_) => "audience_foreign",
            Self::AuthorisedPartyMissing => "authorised_party_missing",
            Self::AuthorisedParty => "authorised_party",
            Self::TimeMissing(_) => "time_missing",
            Self::EndsBeforeItBegins => "times_reversed",
            Self::Expired { .. } => "expired",
            Self::IssuedInTheFuture { .. } => "issued_in_the_future",
            Self::TooOld { .. } => "too_old",
            Self::NonceMissing => "nonce_missing",
            Self::NonceMismatch => "nonce_mismatch",
            Self::NotLti => "not_lti",
            Self::VersionMissing => "version_missing",
            Self::Version(_) => "version",
            Self::MessageTypeMissing => "message_type_missing",
            Self::MessageTypeUnknown(_) => "message_type_unknown",
            Self::MessageTypeNotOffered(_) => "message_type_not_offered",
            Self::RolesMissing => "roles_missing",
            Self::RolesNotAList => "roles_not_a_list",
            Self::RoleNotText => "role_not_text",
            Self::DeploymentIdMissing => "deployment_id_missing",
            Self::SubjectMissing => "subject_missing",
            Self::IdTooLong(_) => "id_too_long",
            Self::ResourceLinkIdMissing => "resource_link_id_missing",
            Self::TargetLinkUriMissing => "target_link_uri_missing",
            Self::DeepLinkingSettingsMissing => "deep_linking_settings_missing",
            Self::ForUserMissing => "for_user_missing",
        }
    }
}
