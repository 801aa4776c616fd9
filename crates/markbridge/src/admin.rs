//! `markbridge admin`.

use clap::Subcommand;
use workflow::admin::make_link;

use crate::settings::Settings;
use crate::{compose, say};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Print a link that signs one browser in as administrator, once, within 15 minutes.
    Link,
}

pub(crate) async fn link(settings: &Settings) -> anyhow::Result<()> {
    let storage = compose::storage(settings).await?;
    let link = make_link(
        storage.as_ref(),
        &settings.server.public_url,
        compose::now(),
        &compose::entropy(),
    )
    .await?;
    say(link.as_str());
    Ok(())
}
