//! `markbridge key`.

use assessment::ids::RegistrationId;
use chrono::{DateTime, SecondsFormat, Utc};
use clap::Subcommand;
use workflow::keys::LivingKey;

use crate::platform::registration_id;
use crate::settings::Settings;
use crate::{compose, say};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the keys that sign our messages to platforms.
    List,
    /// Publish a new key now. It signs after `keys.publish_minutes`, and the old
    /// one stays published for `keys.overlap_hours` after that.
    Rotate {
        /// Make a key for this registration alone.
        #[arg(long, value_name = "ID")]
        platform: Option<String>,
    },
    /// Throw every key away and sign with a new one at once: for a key that
    /// leaked, or a seal key that is lost. Rosters and grades may fail until
    /// platforms have read the key set again.
    Replace,
}

pub(crate) async fn run(settings: &Settings, command: Command) -> anyhow::Result<()> {
    let storage = compose::storage(settings).await?;
    match command {
        Command::List => {
            let keys = compose::keys(settings, storage).await?.keys().await?;
            for key in keys.iter() {
                say(&format!("{}\n  {}", key.key.kid(), life(key)));
            }
        }
        Command::Rotate { platform } => {
            let platform = platform.as_deref().map(registration_id).transpose()?;
            if let Some(id) = platform {
                let known = storage.read().await?.registration(id).await?;
                anyhow::ensure!(known.is_some(), "there is no registration `{id}`");
            }
            let ring = compose::keys(settings, storage).await?;
            let (key, made) = ring.rotate(platform).await?;
            let what = if made {
                "new key"
            } else {
                "a new key was published already:"
            };
            say(&format!("{what} {}\n  {}", key.key.kid(), life(&key)));
        }
        Command::Replace => {
            // Whether the seal key is the right one does not matter any more.
            let key = compose::key_ring(settings, storage, false)?
                .replace()
                .await?;
            say(&format!(
                "{} signs now; every other key is gone. Restart servers and workers that have another seal key.",
                key.kid()
            ));
        }
    }
    Ok(())
}

fn life(key: &LivingKey) -> String {
    let now = compose::now();
    let state = match (key.retires_at, key.goes_at) {
        _ if now < key.signs_from => format!("published; signs from {}", time(key.signs_from)),
        (Some(retires_at), Some(goes_at)) if retires_at <= now => {
            format!("retired; published until {}", time(goes_at))
        }
        (Some(retires_at), _) => format!("signs until {}", time(retires_at)),
        (None, _) => "signs".to_owned(),
    };
    let owner = key.registration.map_or_else(
        || "every platform without a key of its own".to_owned(),
        |id: RegistrationId| format!("platform {id}"),
    );
    format!("{state}; for {owner}; made {}", time(key.created_at))
}

fn time(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}
