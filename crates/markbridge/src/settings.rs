//! Settings: built-in values, then a file, then the environment.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration as Seconds;

use anyhow::{Context, bail};
use chrono::Duration;
use config::{Config, Environment, File, FileFormat};
use lti::dynamic_registration::{SharedIssuer, hosted_canvas};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use unit_host::{CallLimits, Limits, OwnLimits, TrustedKey};
use url::Url;
use workflow::keys::{KeyLife, SealKey};
use workflow::register::RegistrationRules;

const STANDARD: &str = include_str!("../../../config/default.toml");

/// All settings; `config/default.toml` says what each means.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    /// The file that changed the built-in values, for processes that we start.
    #[serde(skip)]
    pub(crate) file: Option<PathBuf>,
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
    trusted_keys: Vec<TrustedKeySetting>,
    largest_mib: usize,
    pub(crate) compile_mib: u64,
    pub(crate) compile_seconds: u64,
    calls: usize,
    units: PluginLimits,
    readers: PluginLimits,
    #[serde(default)]
    only: BTreeMap<String, OwnPluginLimits>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TrustedKeySetting {
    name: String,
    key: String,
    until: Option<chrono::NaiveDate>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PluginLimits {
    memory_mib: usize,
    seconds: u64,
    output_mib: usize,
    log_kib: usize,
    calls: usize,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OwnPluginLimits {
    memory_mib: Option<usize>,
    seconds: Option<u64>,
    output_mib: Option<usize>,
    log_kib: Option<usize>,
    calls: Option<usize>,
}

impl Plugins {
    /// The limits in force.
    pub(crate) fn limits(&self) -> Limits {
        let standard = Limits::default();
        let or = |calls: usize, standard: usize| if calls == 0 { standard } else { calls };
        let limits = |set: &PluginLimits, standard: CallLimits| CallLimits {
            memory_bytes: set.memory_mib << 20,
            time: Seconds::from_secs(set.seconds),
            output_bytes: set.output_mib << 20,
            log_bytes: set.log_kib << 10,
            concurrent_calls: or(set.calls, standard.concurrent_calls),
        };
        let own = |set: &OwnPluginLimits| OwnLimits {
            memory_bytes: set.memory_mib.map(|mib| mib << 20),
            time: set.seconds.map(Seconds::from_secs),
            output_bytes: set.output_mib.map(|mib| mib << 20),
            log_bytes: set.log_kib.map(|kib| kib << 10),
            concurrent_calls: set.calls.filter(|calls| *calls > 0),
        };
        Limits {
            units: limits(&self.units, standard.units),
            readers: limits(&self.readers, standard.readers),
            plugins: self
                .only
                .iter()
                .map(|(id, set)| (id.clone(), own(set)))
                .collect(),
            concurrent_calls: or(self.calls, standard.concurrent_calls),
            queue_wait: standard.queue_wait,
            component_bytes: self.largest_mib << 20,
            compile_time: Seconds::from_secs(self.compile_seconds),
        }
    }

    /// The keys whose signatures on plugins count.
    pub(crate) fn trusted_keys(&self) -> anyhow::Result<Vec<TrustedKey>> {
        let keys = self.trusted_keys.iter().map(|set| {
            TrustedKey::new(&set.name, &set.key, set.until).with_context(|| {
                format!(
                    "`plugins.trusted_keys` has `{}` for {}; expected a public key of minisign, such as `RWQ...`",
                    set.key, set.name
                )
            })
        });
        keys.collect()
    }

    fn check(&self) -> anyhow::Result<()> {
        self.trusted_keys()?;
        let one = |name: &str, value: Option<u64>, expected: RangeInclusive<u64>| match value
            .filter(|value| !expected.contains(value))
        {
            None => Ok(()),
            Some(value) => bail!(
                "`plugins.{name}` is `{value}`; expected {} to {}",
                expected.start(),
                expected.end()
            ),
        };
        // What the interface promises to every plugin is the least here.
        let all = |name: &str, set: &OwnPluginLimits| -> anyhow::Result<()> {
            let number = |value: Option<usize>| value.map(|value| value as u64);
            one(
                &format!("{name}.memory_mib"),
                number(set.memory_mib),
                16..=1024,
            )?;
            one(&format!("{name}.seconds"), set.seconds, 1..=60)?;
            one(
                &format!("{name}.output_mib"),
                number(set.output_mib),
                8..=64,
            )?;
            one(&format!("{name}.log_kib"), number(set.log_kib), 64..=1024)?;
            one(&format!("{name}.calls"), number(set.calls), 0..=256)
        };
        let whole = |set: &PluginLimits| OwnPluginLimits {
            memory_mib: Some(set.memory_mib),
            seconds: Some(set.seconds),
            output_mib: Some(set.output_mib),
            log_kib: Some(set.log_kib),
            calls: Some(set.calls),
        };
        all("units", &whole(&self.units))?;
        all("readers", &whole(&self.readers))?;
        for (id, set) in &self.only {
            all(&format!("only.{id}"), set)?;
        }
        one("largest_mib", Some(self.largest_mib as u64), 1..=256)?;
        one("compile_mib", Some(self.compile_mib), 256..=16_384)?;
        one("compile_seconds", Some(self.compile_seconds), 5..=600)?;
        one("calls", Some(self.calls as u64), 0..=256)
    }
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
        Ok(Self {
            file: file.map(Path::to_owned),
            ..settings
        })
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
        self.plugins.check()?;
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Each word of a settings file reaches the limit that it names.
    #[test]
    fn limits_are_what_the_file_says() {
        let plugins: Plugins = serde_json::from_value(serde_json::json!({
            "dir": "plugins", "cache_dir": "cache", "trusted_keys": [],
            "largest_mib": 1, "compile_mib": 512, "compile_seconds": 2, "calls": 3,
            "units": { "memory_mib": 4, "seconds": 5, "output_mib": 6, "log_kib": 7, "calls": 8 },
            "readers": { "memory_mib": 9, "seconds": 10, "output_mib": 11, "log_kib": 12, "calls": 0 },
            "only": { "demo": { "memory_mib": 13, "seconds": 14, "output_mib": 15, "log_kib": 16, "calls": 17 },
                      "other": { "seconds": 18 } },
        }))
        .expect("settings");
        let limits = plugins.limits();
        let mib = |number: usize| number << 20;
        assert_eq!(
            (limits.component_bytes, limits.concurrent_calls),
            (mib(1), 3)
        );
        assert_eq!(limits.compile_time, Seconds::from_secs(2));
        assert_eq!(
            limits.units,
            CallLimits {
                memory_bytes: mib(4),
                time: Seconds::from_secs(5),
                output_bytes: mib(6),
                log_bytes: 7 << 10,
                concurrent_calls: 8,
            }
        );
        assert_eq!(
            limits.readers,
            CallLimits {
                memory_bytes: mib(9),
                time: Seconds::from_secs(10),
                output_bytes: mib(11),
                log_bytes: 12 << 10,
                concurrent_calls: Limits::default().readers.concurrent_calls,
            }
        );
        assert_eq!(
            limits.plugins["demo"],
            OwnLimits {
                memory_bytes: Some(mib(13)),
                time: Some(Seconds::from_secs(14)),
                output_bytes: Some(mib(15)),
                log_bytes: Some(16 << 10),
                concurrent_calls: Some(17),
            }
        );
        assert_eq!(
            limits.plugins["other"],
            OwnLimits {
                time: Some(Seconds::from_secs(18)),
                ..OwnLimits::default()
            }
        );
    }
}
