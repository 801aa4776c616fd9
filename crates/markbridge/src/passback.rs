//! `markbridge passback`.

use assessment::passback::Delivery;
use clap::Subcommand;
use workflow::passback::retry_all;

use crate::settings::Settings;
use crate::{compose, say};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List grades that no gradebook has taken yet, without names.
    List,
    /// Make them all due now.
    Retry,
}

pub(crate) async fn run(settings: &Settings, command: Command) -> anyhow::Result<()> {
    match command {
        Command::List => {
            let storage = compose::storage(settings).await?;
            let mut work = storage.read().await?;
            let undelivered = work.undelivered().await?;
            for passback in &undelivered {
                // What has failed is tried again only when somebody asks for it.
                let next = if passback.delivery == Delivery::Waiting {
                    format!(", next at {}", passback.run_at.to_rfc3339())
                } else {
                    String::new()
                };
                let reason = passback
                    .reason
                    .map(|reason| format!(" ({})", reason.word()))
                    .unwrap_or_default();
                say(&format!(
                    "submission {} {}{reason}, tries: {}{next}\n  {}\n  {}",
                    passback.submission,
                    passback.delivery.word(),
                    passback.attempts,
                    passback.answer,
                    passback.advice
                ));
            }
            say(&format!("{} not delivered", undelivered.len()));
        }
        Command::Retry => {
            let app = compose::app(settings).await?;
            let count = retry_all(&app).await?;
            say(&format!(
                "{count} made due now; a running server or worker delivers them"
            ));
        }
    }
    Ok(())
}
