//! `markbridge plugin pack`, `unpack` and `key`: one file with all that a plugin needs, and
//! the signature that says whose it is.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use minisign::{KeyPair, SecretKey, SecretKeyBox};
use unit_host::{Manifest, Package};

use super::author::write;
use super::workbench::{Project, Workbench};
use crate::settings::Settings;
use crate::{complain, say};

/// The environment's variable with the password of a signing key.
const PASSWORD: &str = "MARKBRIDGE_KEY_PASSWORD";

#[derive(Debug, Args)]
pub(crate) struct Pack {
    /// The project's folder, its `unit.toml`, or a component.
    #[arg(default_value = ".")]
    project: PathBuf,
    /// The signing key: one that `markbridge plugin key` or minisign made.
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// Who made the plugin.
    #[arg(long, default_value = "")]
    author: String,
    /// The licence's name, such as CC-BY-4.0.
    #[arg(long, default_value = "")]
    licence: String,
    /// The licence's text; LICENCE or LICENSE in the project's folder where it is
    /// not given.
    #[arg(long, value_name = "FILE")]
    licence_file: Option<PathBuf>,
    /// The file to write; ID-VERSION.wasm in the project's folder where it is not given.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Key {
    /// The file for the secret key. The public key stands beside it, ending in `.pub`.
    #[arg(default_value = "markbridge.key")]
    file: PathBuf,
    /// Make a key without a password, which whoever has the file can use.
    #[arg(long)]
    no_password: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Unpack {
    /// A packed plugin.
    file: PathBuf,
    /// The folder to make.
    folder: PathBuf,
}

/// Writes the parts of a package into a folder, and says how minisign looks at the
/// signature.
pub(crate) fn unpack(arguments: &Unpack) -> anyhow::Result<()> {
    let Unpack { file, folder } = arguments;
    let bytes =
        std::fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let package = Package::read(&bytes)?;
    let papers = package
        .papers
        .with_context(|| format!("{} is a component that was not packed", file.display()))?;
    std::fs::create_dir(folder)
        .with_context(|| format!("the folder {} cannot be made", folder.display()))?;
    write(&folder.join("component.wasm"), package.component)?;
    let manifest = serde_json::to_vec_pretty(&papers.manifest)?;
    write(&folder.join("manifest.json"), &manifest)?;
    write(&folder.join("LICENCE"), papers.licence.as_bytes())?;
    let Some((signed, signature)) = papers.signed() else {
        say("It is not signed.");
        return Ok(());
    };
    let name = folder.join("signed");
    write(&name, signed)?;
    write(&folder.join("signed.minisig"), signature.as_bytes())?;
    say(&format!(
        "Whether it is signed with the public key KEY, minisign says:\n  minisign -Vm {} -P KEY",
        name.display()
    ));
    Ok(())
}

pub(crate) async fn pack(settings: &Settings, arguments: Pack) -> anyhow::Result<()> {
    let path = &arguments.project;
    let is_component = path.extension().is_some_and(|ending| ending == "wasm");
    let (folder, built) = if is_component {
        let bytes =
            std::fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
        (path.parent().map(Path::to_owned).unwrap_or_default(), bytes)
    } else {
        let project = Project::find(path)?;
        (project.folder.clone(), project.build(false, &mut complain)?)
    };
    // What was packed before is packed anew.
    let package = Package::read(&built)?;
    let component = package.component;
    let workbench = Workbench::new(settings).await?;
    let identity = workbench
        .identify(component)
        .await
        .context("no server would take it, so it was not packed")?;
    let interface = plugin_kit::anatomy(component)
        .into_iter()
        .flat_map(|anatomy| anatomy.exports)
        .find(|name| name.starts_with("markbridge:"))
        .map(|name| name.replace("/plugin@", "@"));
    let manifest = Manifest {
        id: identity.id.clone(),
        version: identity.version.clone(),
        interface: interface.unwrap_or_default(),
        sha256: package.digest(),
        author: arguments.author,
        licence: arguments.licence,
    };
    let licence = licence(&folder, arguments.licence_file)?;
    let key = arguments.key.as_deref().map(secret_key).transpose()?;
    let comment = format!("{} {}", identity.id, identity.version);
    let packed = Package::write(component, &manifest, &licence, |bytes| {
        let signed = key
            .as_ref()
            .map(|key| minisign::sign(None, key, bytes, Some(&comment), None));
        signed
            .transpose()
            .map(|signature| signature.map(minisign::SignatureBox::into_string))
    })
    .context("it could not be signed")?;
    let name = format!("{}-{}.wasm", identity.id, identity.version);
    let file = arguments.out.unwrap_or_else(|| folder.join(name));
    write(&file, &packed)?;
    if key.is_none() {
        complain(
            "It is not signed. Servers then take it only with its digest named; `markbridge plugin key` makes a key, and --key signs with it.",
        );
    }
    if licence.is_empty() {
        complain(
            "There is no licence in it: a file LICENCE in the project's folder says what others may do with it.",
        );
    }
    say(&format!("{}\nSHA-256 {}", file.display(), manifest.sha256));
    Ok(())
}

/// The licence's text; empty where there is none.
fn licence(folder: &Path, given: Option<PathBuf>) -> anyhow::Result<String> {
    let names = [
        "LICENCE",
        "LICENCE.txt",
        "LICENCE.md",
        "LICENSE",
        "LICENSE.txt",
        "LICENSE.md",
    ];
    let own = names.iter().map(|name| folder.join(name));
    let Some(file) = given.or_else(|| own.into_iter().find(|file| file.is_file())) else {
        return Ok(String::new());
    };
    std::fs::read_to_string(&file).with_context(|| format!("{} cannot be read", file.display()))
}

/// The key of a file, opened with the password of the environment or the terminal.
fn secret_key(file: &Path) -> anyhow::Result<SecretKey> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("{} cannot be read", file.display()))?;
    let no_key = || format!("{} holds no signing key of minisign", file.display());
    let sealed = || SecretKeyBox::from_string(&text).with_context(no_key);
    // The form says nothing about the password; a key without one opens at once.
    if let Ok(key) = sealed()?.into_unencrypted_secret_key() {
        return Ok(key);
    }
    let password = std::env::var(PASSWORD).ok();
    sealed()?
        .into_secret_key(password)
        .with_context(|| format!("{} could not be opened. Its password is read from {PASSWORD}, or asked for where there is a terminal: is it there, and the right one?", file.display()))
}

/// Makes a key pair.
pub(crate) fn key(arguments: &Key) -> anyhow::Result<()> {
    let file = &arguments.file;
    let mut public = file.as_os_str().to_owned();
    public.push(".pub");
    let public = PathBuf::from(public);
    for there in [file, &public] {
        if there.exists() {
            bail!(
                "{} is there already; a key that is lost cannot be made again, so choose another file",
                there.display()
            );
        }
    }
    let comment = Some("secret key for signing plugins of Markbridge");
    let (pair, secret) = if arguments.no_password {
        let pair = KeyPair::generate_unencrypted_keypair()?;
        let secret = pair.sk.to_box(comment)?;
        (pair, secret)
    } else {
        let password = std::env::var(PASSWORD).ok();
        let pair = KeyPair::generate_encrypted_keypair(password).with_context(|| {
            format!("there is no password for the key: it is read from {PASSWORD}, or asked for where there is a terminal. A key without one is made by --no-password")
        })?;
        let secret = pair.sk.to_box(comment)?;
        (pair, secret)
    };
    write_secret(file, &secret.to_string())?;
    write(&public, pair.pk.to_box()?.to_string().as_bytes())?;
    say(&format!(
        "The secret key is {}: keep it safe, with a copy, and give it to nobody.\nThe public key is {}: {}\nCentres that trust it name it in `plugins.trusted_keys`.",
        file.display(),
        public.display(),
        pair.pk.to_base64()
    ));
    Ok(())
}

/// Writes a file that only its owner may read.
fn write_secret(file: &Path, text: &str) -> anyhow::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;

    std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)
        .and_then(|mut out| out.write_all(text.as_bytes()))
        .with_context(|| format!("{} cannot be written", file.display()))
}
