//! Dynamic registration: a platform and this tool get to know each other by one link (LTI Dynamic Registration 1.0).
//!
//! 1. An administrator opens the tool's registration address from within the platform; Canvas shows it in a frame.
//!    [`Initiation::from_params`] reads what the platform adds to the address. The tool's address is public, so let it
//!    carry an invitation of your own that can be used once and ends soon.
//! 2. [`fetch_configuration`] asks the platform who it is.
//! 3. [`register`] tells the platform what the tool is, and brings the client id. Keep
//!    [`Registered::registration`], and the deployment where there is one: else the first launch tells it.
//! 4. The page that the tool answers with ends by posting `{subject: "org.imsglobal.lti.close"}`
//!    ([`platform_storage::CLOSE`](crate::platform_storage::CLOSE)) to `window.opener` or `window.parent`.
//!
//! # What callers must see to
//!
//! - **An existing registration** of the same issuer and client id may only be replaced by an invitation that was
//!   made for it: otherwise anybody with an invitation could take it over.
//! - **What was asked for is not what was granted.** Administrators remove scopes and placements; look at
//!   [`Registered::scopes`], at the claims of launches, and at the scopes of access tokens.
//! - **Moodle's registration waits** until the administrator presses Activate.
//!
//! # Changing a registration
//!
//! Moodle starts again with a token for a change ([`Initiation::is_update`]): read what stands there with
//! [`read_registration`], and call [`register`] as before. Platforms that gave
//! [`Registered::registration_client_uri`] take [`replace_registration`] at any time.

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::{Method, Response};
use serde_json::{Map, Value, json};
use thiserror::Error;
use url::Url;

use crate::ags::PlatformFamily;
use crate::claims::{identifier, non_empty_text, object, text, texts, web_address, without_nulls};
use crate::guard::{Call, CallError, Guard, GuardError};
use crate::http::{self, Answer, BodyError, read_body, status_line};
use crate::login::optional;
use crate::registration::Registration;
use crate::shorten;

const PLATFORM_CONFIGURATION: &str = "https://purl.imsglobal.org/spec/lti-platform-configuration";
const TOOL_CONFIGURATION: &str = "https://purl.imsglobal.org/spec/lti-tool-configuration";
/// What Canvas puts before its own names.
const CANVAS: &str = "https://canvas.instructure.com/lti/";
/// Names of placements that Canvas writes without its prefix.
const STANDARD_PLACEMENTS: [&str; 4] = [
    "ContentArea",
    "RichTextEditor",
    "ActivityAssetProcessor",
    "ActivityAssetProcessorContribution",
];
const ANSWER_BYTES: usize = 256 * 1024;
const LONGEST_ADDRESS: usize = 4 * 1024;
const LONGEST_TOKEN: usize = 16 * 1024;
const MOST_REASONS: usize = 20;
/// In characters.
const LONGEST_REASON: usize = 500;

/// What a platform adds to the tool's registration address (DR §3.3).
#[derive(Clone, PartialEq, Eq)]
pub struct Initiation {
    /// Where the platform describes itself.
    pub openid_configuration: Url,
    /// What lets the tool register, once. Some platforms send none.
    pub registration_token: Option<String>,
}

impl Initiation {
    /// Reads the query (DR §3.3). Parameters of the tool's own are left alone.
    ///
    /// # Errors
    ///
    /// The address of the configuration is missing or is none, or a parameter is too long or contradicts itself.
    pub fn from_params(params: &[(String, String)]) -> Result<Self, RegistrationError> {
        let address = parameter(params, "openid_configuration", LONGEST_ADDRESS)?
            .ok_or(RegistrationError::Missing("openid_configuration"))?;
        Ok(Self {
            openid_configuration: crate::claims::parse_web_address(&address)
                .ok_or(RegistrationError::NotAnAddress)?,
            registration_token: parameter(params, "registration_token", LONGEST_TOKEN)?,
        })
    }

    /// Whether the token says that it is for changing a registration, as Moodle's does (no specification has it).
    ///
    /// The token is the platform's own: nobody but the platform can check it, and nothing depends on it here.
    pub fn is_update(&self) -> bool {
        let scope = || {
            let payload = self.registration_token.as_deref()?.split('.').nth(1)?;
            let payload = URL_SAFE_NO_PAD.decode(payload).ok()?;
            let payload: Map<String, Value> = serde_json::from_slice(&payload).ok()?;
            text(&payload, "scope")
        };
        scope().is_some_and(|scope| scope == "reg-update")
    }
}

impl fmt::Debug for Initiation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Initiation")
            .field("openid_configuration", &self.openid_configuration.as_str())
            .finish_non_exhaustive()
    }
}

/// An issuer whose configuration lies on other hosts than its own (ours).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedIssuer {
    /// The issuer, letter for letter.
    pub issuer: String,
    /// Hosts that may speak for it, each with everything below it.
    pub hosts: Vec<String>,
}

/// Hosted Canvas: all customers share an issuer (ours). A customer with a domain of its own has to be added.
pub fn hosted_canvas() -> Vec<SharedIssuer> {
    ["", "beta.", "test."]
        .into_iter()
        .map(|environment| SharedIssuer {
            issuer: format!("https://canvas.{environment}instructure.com"),
            hosts: vec!["instructure.com".to_owned(), "canvaslms.com".to_owned()],
        })
        .collect()
}

/// What a platform says about itself (DR §3.4).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PlatformConfiguration {
    /// Its name in launches.
    pub issuer: String,
    /// Where browsers are sent to be authenticated.
    pub authorization_endpoint: Url,
    /// Where access tokens are asked for.
    pub token_endpoint: Url,
    /// Its keys.
    pub jwks_uri: Url,
    /// Where tools register.
    pub registration_endpoint: Url,
    /// The audience that it wants in token requests, where that is not the token address.
    pub authorization_server: Option<String>,
    /// Scopes that it knows; empty where it does not say.
    pub scopes_supported: Vec<String>,
    /// Claims that it knows; empty where it does not say.
    pub claims_supported: Vec<String>,
    /// The product, such as `canvas` or `moodle`.
    pub product_family_code: Option<String>,
    /// The product's version.
    pub version: Option<String>,
    /// Messages that it sends; empty where it does not say. Moodle sends submission reviews without saying so.
    pub messages_supported: Vec<SupportedMessage>,
    /// Notices that it sends.
    pub notice_types_supported: Vec<String>,
    /// Variables that it fills in.
    pub variables: Vec<String>,
}

/// A message that a platform sends (DR §3.4).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SupportedMessage {
    /// Its type, such as `LtiDeepLinkingRequest`.
    pub message_type: String,
    /// Places that it can be sent from; empty where the platform does not say.
    pub placements: Vec<String>,
}

impl PlatformConfiguration {
    /// Reads a configuration, however much of it there is (DR §3.4).
    ///
    /// # Errors
    ///
    /// One of issuer and endpoints is missing.
    pub fn from_json(configuration: &Map<String, Value>) -> Result<Self, RegistrationError> {
        let address = |name: &'static str| {
            web_address(configuration, name).ok_or(RegistrationError::Incomplete(name))
        };
        let empty = Map::new();
        let lti = object(configuration, PLATFORM_CONFIGURATION).unwrap_or(&empty);
        let messages = lti.get("messages_supported").and_then(Value::as_array);
        Ok(Self {
            issuer: non_empty_text(configuration, "issuer")
                .ok_or(RegistrationError::Incomplete("issuer"))?,
            authorization_endpoint: address("authorization_endpoint")?,
            token_endpoint: address("token_endpoint")?,
            jwks_uri: address("jwks_uri")?,
            registration_endpoint: address("registration_endpoint")?,
            authorization_server: non_empty_text(configuration, "authorization_server"),
            scopes_supported: words(configuration, "scopes_supported"),
            claims_supported: words(configuration, "claims_supported"),
            product_family_code: non_empty_text(lti, "product_family_code"),
            version: non_empty_text(lti, "version"),
            messages_supported: messages
                .into_iter()
                .flatten()
                .filter_map(supported_message)
                .collect(),
            notice_types_supported: texts(lti, "notice_types_supported"),
            variables: texts(lti, "variables"),
        })
    }

    /// How this platform wants to be treated (ours).
    pub fn family(&self) -> PlatformFamily {
        PlatformFamily::from_product_family_code(self.product_family_code.as_deref())
    }

    fn knows(supported: &[String], wanted: &str) -> bool {
        supported.is_empty() || supported.iter().any(|known| known == wanted)
    }

    fn message(&self, message_type: MessageType) -> Option<&SupportedMessage> {
        self.messages_supported
            .iter()
            .find(|message| message.message_type == message_type.as_str())
    }
}

/// What the tool is (DR §3.5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolDescription {
    /// Its name.
    pub name: String,
    /// What it does, in a sentence.
    pub description: Option<String>,
    /// Where logins begin.
    pub login_url: Url,
    /// Where launches end when nothing else is said. Its host is the tool's domain.
    pub launch_url: Url,
    /// Where platforms post launches, letter for letter; the launch address when there is none.
    pub redirect_urls: Vec<Url>,
    /// Its keys.
    pub jwks_url: Url,
    /// A picture.
    pub logo_url: Option<Url>,
    /// Its home page.
    pub home_url: Option<Url>,
    /// Its terms of use.
    pub terms_url: Option<Url>,
    /// Its privacy policy.
    pub privacy_url: Option<Url>,
    /// Mail addresses of those who look after it.
    pub contacts: Vec<String>,
    /// Scopes that it wants.
    pub scopes: Vec<String>,
    /// What it wants to know about people.
    pub privacy: Privacy,
    /// Custom parameters of every launch.
    pub custom: BTreeMap<String, String>,
    /// Messages that it takes.
    pub messages: Vec<ToolMessage>,
    /// Its name among an institution's tools in Canvas.
    pub tool_id: Option<String>,
}

impl ToolDescription {
    /// A tool that takes launches and wants nothing (DR §3.5).
    pub fn new(name: &str, login_url: Url, launch_url: Url, jwks_url: Url) -> Self {
        Self {
            name: name.to_owned(),
            description: None,
            login_url,
            launch_url,
            redirect_urls: Vec::new(),
            jwks_url,
            logo_url: None,
            home_url: None,
            terms_url: None,
            privacy_url: None,
            contacts: Vec::new(),
            scopes: Vec::new(),
            privacy: Privacy::Anonymous,
            custom: BTreeMap::new(),
            messages: vec![ToolMessage::new(MessageType::ResourceLink)],
            tool_id: None,
        }
    }

    /// Host and port, as platforms compare them with the target of launches.
    fn domain(&self) -> String {
        let host = self.launch_url.host_str().unwrap_or_default();
        match self.launch_url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }

    fn redirect_urls(&self) -> Vec<&Url> {
        if self.redirect_urls.is_empty() {
            vec![&self.launch_url]
        } else {
            self.redirect_urls.iter().collect()
        }
    }
}

/// What a tool wants to know about people (Canvas's own). The subject is always there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Privacy {
    /// Nothing.
    Anonymous,
    /// Names.
    NameOnly,
    /// Mail addresses.
    EmailOnly,
    /// Everything.
    Public,
}

impl Privacy {
    /// Canvas's name for it (Canvas's own).
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Anonymous => "anonymous",
            Self::NameOnly => "name_only",
            Self::EmailOnly => "email_only",
            Self::Public => "public",
        }
    }

    fn claims(self) -> &'static [&'static str] {
        match self {
            Self::Anonymous => &["iss", "sub"],
            Self::NameOnly => &["iss", "sub", "name", "given_name", "family_name"],
            Self::EmailOnly => &["iss", "sub", "email"],
            Self::Public => &[
                "iss",
                "sub",
                "name",
                "given_name",
                "family_name",
                "email",
                "picture",
            ],
        }
    }
}

/// A message that a tool takes (DR §3.5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolMessage {
    /// Which.
    pub message_type: MessageType,
    /// Where it ends; the tool's launch address where nothing is said.
    pub target_url: Option<Url>,
    /// The text of its link.
    pub label: Option<String>,
    /// The picture of its link.
    pub icon_url: Option<Url>,
    /// Custom parameters of its launches.
    pub custom: BTreeMap<String, String>,
    /// Places that it can be sent from, by the names of the specification.
    pub placements: Vec<String>,
    /// Places that it can be sent from in Canvas, such as `assignment_selection`.
    pub canvas_placements: Vec<String>,
    /// Who gets it; everybody where nothing is said.
    pub roles: Vec<String>,
    /// Who sees its link in Canvas; everybody where nothing is said.
    pub canvas_visibility: Option<CanvasVisibility>,
    /// How Canvas shows it, such as `full_width` or `new_window`.
    pub canvas_display: Option<String>,
    /// Whether its link stands in the navigation of every course in Canvas from the start.
    pub canvas_default_enabled: Option<bool>,
}

impl ToolMessage {
    /// A message without particulars (DR §3.5).
    pub fn new(message_type: MessageType) -> Self {
        Self {
            message_type,
            target_url: None,
            label: None,
            icon_url: None,
            custom: BTreeMap::new(),
            placements: Vec::new(),
            canvas_placements: Vec::new(),
            roles: Vec::new(),
            canvas_visibility: None,
            canvas_display: None,
            canvas_default_enabled: None,
        }
    }
}

/// Types of messages (DR §3.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MessageType {
    /// Open a placement.
    ResourceLink,
    /// Choose content.
    DeepLinking,
    /// Review a submission.
    SubmissionReview,
}

impl MessageType {
    /// The name on the wire (DR §3.5).
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ResourceLink => "LtiResourceLinkRequest",
            Self::DeepLinking => "LtiDeepLinkingRequest",
            Self::SubmissionReview => "LtiSubmissionReviewRequest",
        }
    }
}

/// Who sees a link in Canvas (Canvas's own).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CanvasVisibility {
    /// Those who administer or teach.
    Admins,
    /// Members of the course.
    Members,
    /// Everybody.
    Public,
}

impl CanvasVisibility {
    /// The name on the wire (Canvas's own).
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Admins => "admins",
            Self::Members => "members",
            Self::Public => "public",
        }
    }
}

/// The registration as the platform has it (DR §3.6).
#[derive(Clone, PartialEq, Eq)]
pub struct Registered {
    /// The tool's id on the platform.
    pub client_id: String,
    /// The first deployment, where the platform made one.
    pub deployment_id: Option<String>,
    /// Scopes that were granted, where the platform says so.
    pub scopes: Vec<String>,
    /// Where the registration can be read and replaced.
    pub registration_client_uri: Option<Url>,
    /// What lets the tool do that; a secret.
    pub registration_access_token: Option<String>,
    /// Where an administrator of Canvas goes on.
    pub configuration_url: Option<Url>,
}

impl Registered {
    pub(crate) fn from_json(answer: &Map<String, Value>) -> Option<Self> {
        let empty = Map::new();
        let tool = object(answer, TOOL_CONFIGURATION).unwrap_or(&empty);
        Some(Self {
            client_id: identifier(answer.get("client_id"))?,
            deployment_id: identifier(answer.get("deployment_id"))
                .or_else(|| identifier(tool.get("deployment_id"))),
            scopes: words(answer, "scope"),
            registration_client_uri: web_address(answer, "registration_client_uri"),
            registration_access_token: non_empty_text(answer, "registration_access_token"),
            configuration_url: web_address(tool, &format!("{CANVAS}registration_config_url")),
        })
    }

    /// What launches and services need (DR §3.4, §3.6).
    pub fn registration(&self, platform: &PlatformConfiguration) -> Registration {
        Registration {
            issuer: platform.issuer.clone(),
            client_id: self.client_id.clone(),
            auth_url: platform.authorization_endpoint.clone(),
            token_url: platform.token_endpoint.clone(),
            jwks_url: platform.jwks_uri.clone(),
            token_audience: platform.authorization_server.clone(),
        }
    }
}

impl fmt::Debug for Registered {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Registered")
            .field("client_id", &self.client_id)
            .field("deployment_id", &self.deployment_id)
            .field("scopes", &self.scopes)
            .finish_non_exhaustive()
    }
}

/// Asks a platform who it is (DR §3.4).
///
/// The configuration must come from the issuer's own host, after redirects too, or from one that `shared` names for
/// it: otherwise anybody could speak for any platform. The addresses in it that the tool calls itself are
/// checked by the guard as well.
///
/// # Errors
///
/// The guard refuses an address, the platform does not answer with a configuration, or it speaks for another one.
pub async fn fetch_configuration(
    initiation: &Initiation,
    guard: Guard,
    shared: &[SharedIssuer],
) -> Result<PlatformConfiguration, RegistrationError> {
    let (url, response) = guard
        .get(
            &initiation.openid_configuration,
            initiation.registration_token.as_deref(),
        )
        .await?;
    let (_, configuration) = read_object(response).await?;
    let configuration = PlatformConfiguration::from_json(&configuration)?;
    if !speaks_for(&url, &configuration.issuer, shared) {
        return Err(RegistrationError::ForeignIssuer {
            issuer: shorten(&configuration.issuer, 200),
            host: url.host_str().unwrap_or_default().to_owned(),
        });
    }
    guard.check_scheme(&configuration.authorization_endpoint)?;
    for endpoint in [
        &configuration.registration_endpoint,
        &configuration.token_endpoint,
        &configuration.jwks_uri,
    ] {
        guard.addresses(endpoint).await?;
    }
    Ok(configuration)
}

/// Whether what was read at this address may be the configuration of this issuer.
fn speaks_for(url: &Url, issuer: &str, shared: &[SharedIssuer]) -> bool {
    let host = url.host_str().unwrap_or_default();
    let own = Url::parse(issuer).is_ok_and(|issuer| {
        issuer.host_str() == Some(host)
            && issuer.port_or_known_default() == url.port_or_known_default()
    });
    own || shared
        .iter()
        .filter(|shared| shared.issuer == issuer)
        .flat_map(|shared| &shared.hosts)
        .any(|allowed| {
            host.strip_suffix(allowed.as_str())
                .is_some_and(|below| below.is_empty() || below.ends_with('.'))
        })
}

/// Registers the tool, or changes its registration where the token is for that (DR §3.5).
///
/// # Errors
///
/// The guard refuses the address, the platform refuses, or it does not answer with a client id. After
/// [`RegistrationError::UnknownOutcome`] look at the platform's list of tools before trying again.
pub async fn register(
    platform: &PlatformConfiguration,
    registration_token: Option<&str>,
    tool: &ToolDescription,
    guard: Guard,
) -> Result<Registered, RegistrationError> {
    let response = guard
        .send(&Call {
            method: Method::POST,
            url: &platform.registration_endpoint,
            token: registration_token,
            body: Some(&request_body(tool, platform)),
        })
        .await?;
    registered(response).await
}

/// Reads a registration: at [`Registered::registration_client_uri`] with its token, or, for a change that Moodle began,
/// at [`PlatformConfiguration::registration_endpoint`] with the registration token (RFC 7592, 2.1).
///
/// # Errors
///
/// The guard refuses the address, the platform refuses, or it does not answer with a client id.
pub async fn read_registration(
    url: &Url,
    token: Option<&str>,
    guard: Guard,
) -> Result<Registered, RegistrationError> {
    let response = guard
        .send(&Call {
            method: Method::GET,
            url,
            token,
            body: None,
        })
        .await?;
    registered(response).await
}

/// Replaces a registration at [`Registered::registration_client_uri`] (RFC 7592, 2.2). Keep what comes back: the
/// platform may have changed its token.
///
/// # Errors
///
/// The registration has no such address, the guard refuses it, the platform refuses, or it does not answer with a
/// client id.
pub async fn replace_registration(
    registered_before: &Registered,
    platform: &PlatformConfiguration,
    tool: &ToolDescription,
    guard: Guard,
) -> Result<Registered, RegistrationError> {
    let url = registered_before
        .registration_client_uri
        .as_ref()
        .ok_or(RegistrationError::CannotBeChanged)?;
    let mut body = request_body(tool, platform);
    body["client_id"] = json!(registered_before.client_id);
    let response = guard
        .send(&Call {
            method: Method::PUT,
            url,
            token: registered_before.registration_access_token.as_deref(),
            body: Some(&body),
        })
        .await?;
    registered(response).await
}

async fn registered(response: Response) -> Result<Registered, RegistrationError> {
    let (answer, members) = read_object(response).await?;
    Registered::from_json(&members).ok_or(RegistrationError::NoClientId(answer))
}

/// What the tool tells a platform, in the words that this platform takes (DR §3.5).
///
/// Scopes, claims, messages and placements that the platform does not know are left out. Canvas gets its own names
/// besides, and never the scope `openid`, which it advertises and refuses.
pub fn request_body(tool: &ToolDescription, platform: &PlatformConfiguration) -> Value {
    let canvas = platform.family() == PlatformFamily::Canvas;
    let scopes: Vec<&str> = tool
        .scopes
        .iter()
        .map(String::as_str)
        .filter(|scope| PlatformConfiguration::knows(&platform.scopes_supported, scope))
        .filter(|scope| !canvas || *scope != "openid")
        .collect();
    let claims: Vec<&str> = tool
        .privacy
        .claims()
        .iter()
        .copied()
        .filter(|claim| {
            matches!(*claim, "iss" | "sub")
                || PlatformConfiguration::knows(&platform.claims_supported, claim)
        })
        .collect();
    let messages: Vec<Value> = tool
        .messages
        .iter()
        .filter(|message| {
            platform.messages_supported.is_empty()
                || platform.message(message.message_type).is_some()
        })
        .map(|message| message_json(message, tool, platform))
        .collect();
    let mut configuration = json!({
        "domain": tool.domain(),
        "description": tool.description,
        "target_link_uri": tool.launch_url,
        "custom_parameters": tool.custom,
        "claims": claims,
        "messages": messages,
    });
    if canvas {
        configuration[format!("{CANVAS}privacy_level")] = json!(tool.privacy.as_str());
        configuration[format!("{CANVAS}tool_id")] = json!(tool.tool_id);
    }
    without_nulls(json!({
        "application_type": "web",
        "response_types": ["id_token"],
        "grant_types": ["client_credentials", "implicit"],
        "initiate_login_uri": tool.login_url,
        "redirect_uris": tool.redirect_urls(),
        "client_name": tool.name,
        "jwks_uri": tool.jwks_url,
        "token_endpoint_auth_method": "private_key_jwt",
        "scope": scopes.join(" "),
        "logo_uri": tool.logo_url,
        "client_uri": tool.home_url,
        "tos_uri": tool.terms_url,
        "policy_uri": tool.privacy_url,
        "contacts": some_unless_empty(&tool.contacts),
        TOOL_CONFIGURATION: configuration,
    }))
}

fn message_json(
    message: &ToolMessage,
    tool: &ToolDescription,
    platform: &PlatformConfiguration,
) -> Value {
    let canvas = platform.family() == PlatformFamily::Canvas;
    let placements: Vec<String> = if canvas && !message.canvas_placements.is_empty() {
        message
            .canvas_placements
            .iter()
            .map(|name| {
                if STANDARD_PLACEMENTS.contains(&name.as_str()) {
                    name.clone()
                } else {
                    format!("{CANVAS}{name}")
                }
            })
            .collect()
    } else {
        let known = platform
            .message(message.message_type)
            .map_or(&[][..], |message| &message.placements);
        message
            .placements
            .iter()
            .filter(|name| PlatformConfiguration::knows(known, name))
            .cloned()
            .collect()
    };
    let mut body = json!({
        "type": message.message_type.as_str(),
        "target_link_uri": message.target_url.as_ref().unwrap_or(&tool.launch_url),
        "label": message.label,
        "icon_uri": message.icon_url,
        "custom_parameters": message.custom,
        "placements": some_unless_empty(&placements),
        "roles": some_unless_empty(&message.roles),
    });
    if canvas {
        body[format!("{CANVAS}visibility")] =
            json!(message.canvas_visibility.map(CanvasVisibility::as_str));
        body[format!("{CANVAS}display_type")] = json!(message.canvas_display);
        body[format!("{CANVAS}course_navigation/default_enabled")] =
            json!(message.canvas_default_enabled);
    }
    body
}

/// Scopes that Canvas takes in a configuration; it refuses the whole of one with any other.
const CANVAS_SCOPES: [&str; 11] = [
    crate::claims::SCOPE_LINE_ITEM,
    crate::claims::SCOPE_LINE_ITEM_READ_ONLY,
    crate::claims::SCOPE_RESULT,
    crate::claims::SCOPE_SCORE,
    crate::claims::SCOPE_ROSTER,
    crate::claims::SCOPE_NOTICE_HANDLERS,
    "https://purl.imsglobal.org/spec/lti/scope/asset.readonly",
    "https://purl.imsglobal.org/spec/lti/scope/report",
    "https://purl.imsglobal.org/spec/lti/scope/eula/user",
    "https://purl.imsglobal.org/spec/lti/scope/eula/deployment",
    "https://canvas.instructure.com/lti-ags/progress/scope/show",
];

/// The configuration that an administrator of Canvas pastes, or gives the address of, when making an LTI key by hand
/// (Canvas's own).
///
/// Redirect addresses are not part of it: they are typed in apart.
pub fn canvas_configuration(tool: &ToolDescription) -> Value {
    let scopes: Vec<&String> = tool
        .scopes
        .iter()
        .filter(|scope| CANVAS_SCOPES.contains(&scope.as_str()))
        .collect();
    let placements: Vec<Value> = tool
        .messages
        .iter()
        .flat_map(|message| {
            message.canvas_placements.iter().map(|placement| {
                json!({
                    "placement": placement,
                    "message_type": message.message_type.as_str(),
                    "target_link_uri": message.target_url.as_ref().unwrap_or(&tool.launch_url),
                    "text": message.label.as_ref().unwrap_or(&tool.name),
                    "icon_url": message.icon_url,
                    "enabled": true,
                    "custom_fields": message.custom,
                    "visibility": message.canvas_visibility.map(CanvasVisibility::as_str),
                    "display_type": message.canvas_display,
                    "default": message
                        .canvas_default_enabled
                        .map(|enabled| if enabled { "enabled" } else { "disabled" }),
                })
            })
        })
        .collect();
    without_nulls(json!({
        "title": tool.name,
        "description": tool.description.as_ref().unwrap_or(&tool.name),
        "oidc_initiation_url": tool.login_url,
        "target_link_uri": tool.launch_url,
        "scopes": scopes,
        "public_jwk_url": tool.jwks_url,
        "custom_fields": tool.custom,
        "extensions": [{
            "platform": "canvas.instructure.com",
            "domain": tool.domain(),
            "tool_id": tool.tool_id,
            "privacy_level": tool.privacy.as_str(),
            "settings": {
                "text": tool.name,
                "icon_url": tool.logo_url,
                "placements": placements,
            },
        }],
    }))
}

/// A registration that did not come about (DR §3, RFC 7591).
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RegistrationError {
    /// A parameter of the initiation is absent.
    #[error(
        "The registration link has no `{0}`. Start the registration from the course platform's own page for adding tools"
    )]
    Missing(&'static str),
    /// A parameter is longer than any platform needs, or was sent twice with different values.
    #[error(
        "The registration link has a `{0}` that cannot be right. Start the registration again from the course platform"
    )]
    Malformed(&'static str),
    /// The address of the configuration is none.
    #[error(
        "The registration link's `openid_configuration` is no web address. Start the registration again from the course platform"
    )]
    NotAnAddress,
    /// An address may not be called.
    #[error(transparent)]
    Guard(#[from] GuardError),
    /// No connection came about: certainly nothing was done.
    #[error("The platform could not be reached. Check the network, and try again")]
    Unreachable(#[source] reqwest::Error),
    /// The connection was lost after something was sent.
    #[error(
        "The connection was lost before the platform answered. Look whether the platform's list of tools has this tool now; if not, start the registration again"
    )]
    UnknownOutcome(#[source] reqwest::Error),
    /// The configuration is elsewhere, and elsewhere again.
    #[error(
        "The platform's configuration address leads on without an end. Tell the administrator of the course platform"
    )]
    Redirects,
    /// The answer is larger than 256 KiB.
    #[error("The platform's answer is larger than 256 KiB. Check the address")]
    TooLarge,
    /// The answer is no JSON object.
    #[error(
        "The platform answered with something else than was asked for ({0}). Check the address, and try again"
    )]
    NotJson(Answer),
    /// The configuration lacks something.
    #[error(
        "The platform's configuration has no `{0}`. Register the tool by hand, and tell the administrator of the course platform"
    )]
    Incomplete(&'static str),
    /// The configuration speaks for another platform.
    #[error(
        "The configuration was read at `{host}`, but speaks for the platform `{issuer}`. If this is right, add the host for this issuer in the tool's configuration; otherwise the registration link is not to be trusted"
    )]
    ForeignIssuer {
        /// The issuer that the configuration names.
        issuer: String,
        /// Where it was read.
        host: String,
    },
    /// The token was used before.
    #[error(
        "The registration token was used before. Start the registration again from the course platform"
    )]
    TokenUsed {
        /// What the platform answered.
        answer: Answer,
    },
    /// The token is missing, has ended, or is not taken.
    #[error(
        "The platform does not take the registration token ({answer}). Start the registration again from the course platform; if that does not help, its web server may hold back the `Authorization` header"
    )]
    TokenRefused {
        /// What the platform answered.
        answer: Answer,
    },
    /// The platform refused what was asked for.
    #[error("The platform refused the registration ({answer}){}", said(reasons))]
    Refused {
        /// The platform's reasons, as far as it gave any.
        reasons: Vec<String>,
        /// What the platform answered.
        answer: Answer,
    },
    /// The platform said yes, but not under which id.
    #[error(
        "The platform answered the registration without a client id ({0}). Look at its list of tools, and register by hand if the tool is not there"
    )]
    NoClientId(Answer),
    /// The platform gave no address for changes.
    #[error(
        "The platform gave no address for changing the registration. Change it on the platform"
    )]
    CannotBeChanged,
}

impl RegistrationError {
    /// A short name that stays the same, for logs and counters (ours).
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing(_) => "parameter_missing",
            Self::Malformed(_) => "parameter_malformed",
            Self::NotAnAddress => "configuration_no_address",
            Self::Guard(_) => "address_not_allowed",
            Self::Unreachable(_) => "unreachable",
            Self::UnknownOutcome(_) => "outcome_unknown",
            Self::Redirects => "redirects",
            Self::TooLarge => "answer_too_large",
            Self::NotJson(_) => "answer_not_json",
            Self::Incomplete(_) => "configuration_incomplete",
            Self::ForeignIssuer { .. } => "issuer_foreign",
            Self::TokenUsed { .. } => "token_used",
            Self::TokenRefused { .. } => "token_refused",
            Self::Refused { .. } => "refused",
            Self::NoClientId(_) => "client_id_missing",
            Self::CannotBeChanged => "cannot_be_changed",
        }
    }
}

impl From<CallError> for RegistrationError {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Guard(error) => Self::Guard(error),
            CallError::NotDelivered(error) => Self::Unreachable(error),
            CallError::UnknownOutcome(error) => Self::UnknownOutcome(error),
            CallError::Redirects => Self::Redirects,
        }
    }
}

fn said(reasons: &[String]) -> String {
    if reasons.is_empty() {
        String::new()
    } else {
        format!(": {}", reasons.join("; "))
    }
}

/// Reads a successful answer as a JSON object, and a refusal as an error.
async fn read_object(
    response: Response,
) -> Result<(Answer, Map<String, Value>), RegistrationError> {
    let (status, reason) = status_line(&response);
    let success = response.status().is_success();
    let body = read_body(response, ANSWER_BYTES)
        .await
        .map_err(|error| match error {
            BodyError::TooLarge => RegistrationError::TooLarge,
            BodyError::Lost(error) => RegistrationError::UnknownOutcome(error),
        })?;
    let answer = http::answer(status, reason, &body);
    if !success {
        return Err(refusal(answer, &body));
    }
    match serde_json::from_slice(&body) {
        Ok(members) => Ok((answer, members)),
        Err(_) => Err(RegistrationError::NotJson(answer)),
    }
}

pub(crate) fn refusal(answer: Answer, body: &[u8]) -> RegistrationError {
    if answer.mentions("token_already_used") {
        return RegistrationError::TokenUsed { answer };
    }
    if matches!(answer.status, 401 | 403) {
        return RegistrationError::TokenRefused { answer };
    }
    let reasons = match serde_json::from_slice::<Value>(body) {
        Ok(said) => {
            let mut reasons = Vec::new();
            collect_reasons(&said, "", &mut reasons);
            reasons
        }
        // Moodle's reasons are plain text, and its failures pages.
        Err(_) if answer.body.is_empty() || answer.body.starts_with('<') => Vec::new(),
        Err(_) => vec![answer.body.clone()],
    };
    RegistrationError::Refused { reasons, answer }
}

/// The reasons in an error of RFC 7591, in Canvas's list, and in what is like them, each after the names that lead to it.
///
/// Number and length have an end here, and not only for the reader: names that repeat at every level would make a small
/// answer a large one.
fn collect_reasons(said: &Value, names: &str, reasons: &mut Vec<String>) {
    if reasons.len() >= MOST_REASONS {
        return;
    }
    let mut add = |reason: &str| {
        reasons.push(shorten(&format!("{names}{reason}"), LONGEST_REASON));
    };
    match said {
        Value::String(text) => add(text),
        Value::Array(items) => {
            for item in items {
                collect_reasons(item, names, reasons);
            }
        }
        Value::Object(members) => {
            if let Some(message) = non_empty_text(members, "message") {
                add(&message);
            } else if let Some(errors) = members.get("errors") {
                collect_reasons(errors, names, reasons);
            } else if let Some(error) = non_empty_text(members, "error") {
                match non_empty_text(members, "error_description") {
                    Some(description) => add(&format!("{error}: {description}")),
                    None => add(&error),
                }
            } else {
                for (name, member) in members {
                    let names = shorten(&format!("{names}{name}: "), LONGEST_REASON);
                    collect_reasons(member, &names, reasons);
                }
            }
        }
        _ => {}
    }
}

fn parameter(
    params: &[(String, String)],
    name: &'static str,
    limit: usize,
) -> Result<Option<String>, RegistrationError> {
    optional(params, name, limit).map_err(|_| RegistrationError::Malformed(name))
}

fn supported_message(message: &Value) -> Option<SupportedMessage> {
    match message {
        Value::String(message_type) => Some(SupportedMessage {
            message_type: message_type.clone(),
            placements: Vec::new(),
        }),
        Value::Object(members) => Some(SupportedMessage {
            message_type: non_empty_text(members, "type")?,
            placements: texts(members, "placements"),
        }),
        _ => None,
    }
}

/// A list of texts, which some platforms write as one text with spaces.
fn words(members: &Map<String, Value>, name: &str) -> Vec<String> {
    texts(members, name)
        .iter()
        .flat_map(|text| text.split_whitespace())
        .map(str::to_owned)
        .collect()
}

fn some_unless_empty(list: &[String]) -> Option<&[String]> {
    (!list.is_empty()).then_some(list)
}
