//! Settings: built-in values, then a file, then the environment.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::{Context, bail};
use chrono::Duration;
use config::{Config, Environment, File, FileFormat};
use lti::dynamic_registration::{SharedIssuer, hosted_canvas};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use url::Url;
use workflow::keys::{KeyLife, SealKey};
use workflow::register::RegistrationRules;

const STANDARD: &str = include_str!("../../../config/default.toml");

/// All settings; `config/default.toml` says what each means.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    pub(crate) server: Server,
    pub(crate) database: Database,
    pub(crate) evidence: Evidence,
    pub(crate) registration: Registration,
    pub(crate) plugins: Plugins,
    pub(crate) keys: Keys,
    pub(crate) centre: Centre,
    pub(crate) log: Log,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Server {
    #[serde(deserialize_with = "listen")]
    pub(crate) listen: SocketAddr,
    #[serde(deserialize_with = "public_url")]
    pub(crate) public_url: Url,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Database {
    pub(crate) url: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Evidence {
    pub(crate) url: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Registration {
    pub(crate) allow_private_addresses: bool,
    pub(crate) issuer_hosts: Vec<IssuerHosts>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct IssuerHosts {
    pub(crate) issuer: String,
    pub(crate) hosts: Vec<String>,
}

impl Registration {
    /// The rules in force: hosted Canvas is known without being named.
    pub(crate) fn rules(&self) -> RegistrationRules {
        let named = self.issuer_hosts.iter().map(|named| SharedIssuer {
            issuer: named.issuer.clone(),
            hosts: named.hosts.clone(),
        });
        RegistrationRules {
            allow_private_addresses: self.allow_private_addresses,
            shared_issuers: hosted_canvas().into_iter().chain(named).collect(),
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Plugins {
    pub(crate) dir: PathBuf,
    pub(crate) cache_dir: PathBuf,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Keys {
    pub(crate) seal_key_file: PathBuf,
    #[serde(skip_serializing, deserialize_with = "seal_key")]
    pub(crate) seal_key: Option<SealKey>,
    pub(crate) publish_minutes: u32,
    pub(crate) overlap_hours: u32,
    pub(crate) rotate_days: u32,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Centre {
    pub(crate) name: String,
    pub(crate) time_zone: String,
    pub(crate) largest_file_mb: usize,
    pub(crate) submissions: u32,
    pub(crate) overlays_dir: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Log {
    pub(crate) format: LogFormat,
    pub(crate) filter: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    Text,
    Json,
}

fn listen<'de, D: Deserializer<'de>>(value: D) -> Result<SocketAddr, D::Error> {
    parsed(value, "an address with a port such as `127.0.0.1:8080`")
}

fn public_url<'de, D: Deserializer<'de>>(value: D) -> Result<Url, D::Error> {
    parsed(value, "an address such as `https://markbridge.example.org`")
}

/// The error does not show the value, for it may be nearly right.
fn seal_key<'de, D: Deserializer<'de>>(value: D) -> Result<Option<SealKey>, D::Error> {
    let text = String::deserialize(value)?;
    if text.is_empty() {
        return Ok(None);
    }
    let key = SealKey::from_base64(&text);
    key.map(Some).ok_or_else(|| {
        D::Error::custom(
            "`keys.seal_key` cannot be read; expected 32 bytes in base64, such as `openssl rand -base64 32` prints",
        )
    })
}

/// A text that must be read as something else; the error shows it, and what was expected.
fn parsed<'de, D: Deserializer<'de>, T: FromStr>(value: D, expected: &str) -> Result<T, D::Error> {
    let text = String::deserialize(value)?;
    text.parse()
        .map_err(|_| D::Error::custom(format!("`{text}` was given; expected {expected}")))
}

impl Settings {
    /// Loads the settings and refuses what cannot work, with place, key, value
    /// and what was expected.
    pub(crate) fn load(file: Option<&Path>) -> anyhow::Result<Self> {
        let mut builder = Config::builder().add_source(File::from_str(STANDARD, FileFormat::Toml));
        if let Some(file) = file {
            builder = builder.add_source(File::from(file).format(FileFormat::Toml).required(true));
        }
        let environment = Environment::with_prefix("MARKBRIDGE")
            .prefix_separator("__")
            .separator("__")
            .try_parsing(true);
        let source = file.map_or_else(
            || "the environment".to_owned(),
            |file| format!("{} or the environment", file.display()),
        );
        let settings: Self = builder
            .add_source(environment)
            .build()
            .and_then(Config::try_deserialize)
            .with_context(|| format!("the settings cannot be used; look into {source}"))?;
        settings
            .check()
            .with_context(|| format!("the settings cannot be used; look into {source}"))?;
        Ok(settings)
    }

    fn check(&self) -> anyhow::Result<()> {
        let url = &self.server.public_url;
        let loopback = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        if !(url.scheme() == "https" || url.scheme() == "http" && loopback) {
            bail!(
                "`server.public_url` is `{url}`; expected an https address (plain http only works on this machine itself)"
            );
        }
        if url.path() != "/" || url.query().is_some() {
            bail!(
                "`server.public_url` is `{url}`; expected an address without a path, such as `https://markbridge.example.org`"
            );
        }
        if !self.database.url.starts_with("sqlite:") {
            bail!(
                "`database.url` is `{}`; expected an address such as `sqlite://data/markbridge.sqlite`",
                self.database.url
            );
        }
        if !self.evidence.url.starts_with("file://") {
            bail!(
                "`evidence.url` is `{}`; expected a folder such as `file://data/evidence`",
                self.evidence.url
            );
        }
        for (name, value, expected) in [
            ("publish_minutes", self.keys.publish_minutes, 5..=10_080),
            ("overlap_hours", self.keys.overlap_hours, 1..=720),
            ("rotate_days", self.keys.rotate_days, 0..=3650),
        ] {
            if !expected.contains(&value) {
                bail!(
                    "`keys.{name}` is `{value}`; expected {} to {}",
                    expected.start(),
                    expected.end()
                );
            }
        }
        self.time_zone()?;
        if !(1..=200).contains(&self.centre.largest_file_mb) {
            bail!(
                "`centre.largest_file_mb` is `{}`; expected 1 to 200",
                self.centre.largest_file_mb
            );
        }
        if !(1..=10).contains(&self.centre.submissions) {
            bail!(
                "`centre.submissions` is `{}`; expected 1 to 10",
                self.centre.submissions
            );
        }
        Ok(())
    }

    pub(crate) fn key_life(&self) -> KeyLife {
        let days = i64::from(self.keys.rotate_days);
        KeyLife {
            publish: Duration::minutes(i64::from(self.keys.publish_minutes)),
            overlap: Duration::hours(i64::from(self.keys.overlap_hours)),
            rotate: (days > 0).then(|| Duration::days(days)),
        }
    }

    pub(crate) fn time_zone(&self) -> anyhow::Result<chrono_tz::Tz> {
        let name = &self.centre.time_zone;
        name.parse().map_err(|_| {
            anyhow::anyhow!(
                "`centre.time_zone` is `{name}`; expected a name such as `Europe/London`"
            )
        })
    }

    /// The settings in force, as a person may paste them into a file.
    pub(crate) fn printed(&self) -> anyhow::Result<String> {
        Ok(serde_json::to_string_pretty(self)?)
    }
}
