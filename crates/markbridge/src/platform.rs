//! `markbridge platform`.

use anyhow::Context;
use assessment::ids::RegistrationId;
use clap::{Args, Subcommand};
use storage::StorageError;
use url::Url;
use workflow::invitations::{LONGEST_HOURS, NewInvitation, STANDARD_HOURS, make};
use workflow::platforms::{NewPlatform, add};
use workflow::register::update;

use crate::settings::Settings;
use crate::{compose, say};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Add a platform by hand, or deployments to one that is there.
    Add(Box<Add>),
    /// Print a link by which a platform registers itself. It works for one platform.
    Invite(Invite),
    /// List registered platforms.
    List,
    /// Show one registration, and what its administrator enters on the platform's side.
    Show {
        /// Id of the registration.
        id: String,
    },
    /// Tell the platform anew what Markbridge is, where it lets us, and take over its addresses.
    Update {
        /// Id of the registration.
        id: String,
    },
    /// Refuse launches from a registration. Nothing is deleted.
    Disable {
        /// Id of the registration.
        id: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Add {
    /// Issuer, exactly as the platform writes it.
    #[arg(long)]
    issuer: String,
    /// Client id that the platform gave.
    #[arg(long)]
    client_id: String,
    /// Deployment id; may be given several times.
    #[arg(long, required = true)]
    deployment: Vec<String>,
    /// Authentication request address.
    #[arg(long)]
    auth_url: Url,
    /// Access token address.
    #[arg(long)]
    token_url: Url,
    /// Public key set address.
    #[arg(long)]
    jwks_url: Url,
}

#[derive(Debug, Args)]
pub(crate) struct Invite {
    /// Whom it is for; the platform is called by this name afterwards.
    #[arg(long, default_value = "")]
    note: String,
    /// How long it may be used, in hours; at most 720, which is 30 days.
    #[arg(long, default_value_t = STANDARD_HOURS, value_parser = clap::value_parser!(u32).range(1..=i64::from(LONGEST_HOURS)))]
    hours: u32,
    /// Allow a platform without https.
    #[arg(long)]
    allow_http: bool,
    /// Let the platform wait until it is approved on the administrators' pages.
    #[arg(long)]
    approve_first: bool,
}

pub(crate) async fn run(settings: &Settings, command: Command) -> anyhow::Result<()> {
    let storage = compose::storage(settings).await?;
    match command {
        Command::Add(new) => {
            let mut random = [0; 10];
            compose::random(&mut random);
            let new = NewPlatform {
                issuer: new.issuer,
                client_id: new.client_id,
                deployments: new.deployment,
                auth_url: new.auth_url,
                token_url: new.token_url,
                jwks_url: new.jwks_url,
            };
            let id = match add(storage.as_ref(), &new, compose::now(), random).await {
                Ok(id) => id,
                Err(StorageError::Conflict(_)) => anyhow::bail!(
                    "issuer `{}` and client id `{}` are registered already with other addresses; disable that registration first if they changed",
                    new.issuer,
                    new.client_id
                ),
                Err(error) => return Err(error.into()),
            };
            say(&format!("registered as {id}"));
            our_side(settings);
        }
        Command::Invite(invite) => {
            let new = NewInvitation {
                note: invite.note,
                hours: invite.hours,
                allow_http: invite.allow_http,
                approve_first: invite.approve_first,
            };
            let public_url = &settings.server.public_url;
            let entropy = compose::entropy();
            let link = make(storage.as_ref(), &new, public_url, compose::now(), &entropy).await?;
            say(link.as_str());
        }
        Command::List => {
            let mut work = storage.read().await?;
            for record in work.registrations(None).await? {
                let deployments = work.deployments(record.id).await?.join(", ");
                let state = match (record.waiting, record.disabled) {
                    (true, _) => " (waiting for approval)",
                    (false, true) => " (disabled)",
                    (false, false) => "",
                };
                let name = if record.name.is_empty() {
                    String::new()
                } else {
                    format!(" {}", record.name)
                };
                say(&format!(
                    "{}{name}{state}\n  issuer {}\n  client {}\n  deployments {deployments}",
                    record.id, record.issuer, record.client_id
                ));
            }
        }
        Command::Show { id } => {
            let mut work = storage.read().await?;
            let record = work
                .registration(registration_id(&id)?)
                .await?
                .ok_or_else(|| anyhow::anyhow!("there is no registration `{id}`"))?;
            say(&format!(
                "issuer {}\nclient {}\nauthentication {}\ntoken {}\nkey set {}\ndeployments {}",
                record.issuer,
                record.client_id,
                record.auth_url,
                record.token_url,
                record.jwks_url,
                work.deployments(record.id).await?.join(", ")
            ));
            our_side(settings);
        }
        Command::Update { id } => {
            let id = registration_id(&id)?;
            let app = compose::app(settings).await?;
            let withheld = update(&app, id).await.context(
                "the registration could not be updated; if it stays like this, start the change on the platform's own page for tools, with a new invitation",
            )?;
            say("The platform knows Markbridge as it is now.");
            for scope in withheld {
                say(&format!("It did not grant {scope}"));
            }
        }
        Command::Disable { id } => {
            let mut work = storage.write().await?;
            anyhow::ensure!(
                work.set_registration_disabled(registration_id(&id)?, true)
                    .await?,
                "there is no registration `{id}`"
            );
            work.save().await?;
            say("Launches from this registration are refused from now on.");
        }
    }
    Ok(())
}

pub(crate) fn registration_id(id: &str) -> anyhow::Result<RegistrationId> {
    id.parse().map_err(|_| {
        anyhow::anyhow!("`{id}` is no id of a registration; `markbridge platform list` shows them")
    })
}

/// What goes into the platform's form.
fn our_side(settings: &Settings) {
    let url = &settings.server.public_url;
    say(&format!(
        "on the platform's side:\n  tool and launch address {url}lti/launch\n  login initiation        {url}lti/login\n  redirect address        {url}lti/launch\n  public key set          {url}lti/jwks"
    ));
}
