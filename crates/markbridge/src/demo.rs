//! `markbridge demo`: the server with a small VLE beside it, on two sites, so
//! that frames and cookies behave as in life: the VLE on `localhost`, the tool
//! on `127.0.0.1`.

#[cfg(feature = "demo-check")]
mod check;

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{ExitCode, Stdio};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use demo_lms::{DemoLms, Manners, Tool};
use storage::Storage;
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use url::Url;
use workflow::platforms::{NewPlatform, add};

use crate::settings::Settings;
use crate::{compose, say};

const CLIENT: &str = "markbridge-demo";
/// Deployment in every VLE of ours.
pub(crate) const DEPLOYMENT: &str = "1";
const UNIT: &str = "ilm-8577-304";
/// The assignment that people are given to hand in.
const ASSIGNMENT: &[u8] = include_bytes!("../../../tests/fixtures/304-strong/304-strong.docx");
/// Files that lie ready to be handed in: the assignment of 8577-304, diary and
/// portfolio of 8577-306.
const FILES: [(&str, &[u8]); 3] = [
    ("304-strong.docx", ASSIGNMENT),
    (
        "306-complete-diary.xlsx",
        include_bytes!("../../../tests/fixtures/306-complete/306-complete-diary.xlsx"),
    ),
    (
        "306-complete-portfolio.docx",
        include_bytes!("../../../tests/fixtures/306-complete/306-complete-portfolio.docx"),
    ),
];

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Play the whole main job without a browser, print a line for each step, and stop.
    #[cfg(feature = "demo-check")]
    #[arg(long)]
    check: bool,
    /// Whose manners the VLE has: strict, moodle or canvas.
    #[arg(long, default_value = "strict")]
    manners: Manners,
    /// Folder with the plugins' components.
    #[arg(long, default_value = "data/plugins")]
    plugins: PathBuf,
    /// Folder for the demo's own data. What was in the last demo's database is deleted.
    #[arg(long, default_value = "data/demo")]
    folder: PathBuf,
    /// Port of the tool; another one is taken where it is busy.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Port of the VLE; another one is taken where it is busy.
    #[arg(long, default_value_t = 8090)]
    vle_port: u16,
}

pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let demo = Demo::set_up(&arguments).await?;
    #[cfg(feature = "demo-check")]
    if arguments.check {
        return check::play(demo).await;
    }
    let mut server = demo.start_server().await?;
    say(&format!("\nOpen the course: {}\n", demo.lms.course_url()));
    say(
        "Choose there whom to be: a learner hands in, the assessor marks and releases, the gradebook shows the grade.",
    );
    say(
        "The course has an activity for 8577-304. The assessor adds others there, such as 8577-306 with its diary.",
    );
    say(&format!(
        "Files to hand in lie in {}: {}.",
        demo.folder.display(),
        FILES.map(|(name, _)| name).join(", ")
    ));
    say(&format!(
        "The tool answers at {}, its log is {}. Stop with Ctrl+C.",
        demo.settings.server.public_url,
        demo.log().display()
    ));
    tokio::select! {
        () = crate::serve::stop() => {}
        status = server.wait() => anyhow::bail!("the server stopped by itself ({}); see {}", status?, demo.log().display()),
    }
    server.kill().await?;
    Ok(ExitCode::SUCCESS)
}

/// A registered platform beside a tool that is set up but not started.
struct Demo {
    lms: DemoLms,
    settings: Settings,
    settings_file: PathBuf,
    folder: PathBuf,
}

impl Demo {
    async fn set_up(arguments: &Arguments) -> anyhow::Result<Self> {
        let folder = std::path::absolute(&arguments.folder)?;
        std::fs::create_dir_all(&folder)
            .with_context(|| format!("the folder {} cannot be made", folder.display()))?;
        start_afresh(&folder)?;
        for (name, bytes) in FILES {
            std::fs::write(folder.join(name), bytes)?;
        }

        let vle = listener(Ipv4Addr::LOCALHOST.into(), arguments.vle_port).await?;
        let vle_port = vle.local_addr()?.port();
        // A browser may try IPv6 first for `localhost`; where there is none it goes on to IPv4.
        let vle_v6 = TcpListener::bind(SocketAddr::from((Ipv6Addr::LOCALHOST, vle_port)))
            .await
            .ok();
        let tool_port = listener(Ipv4Addr::LOCALHOST.into(), arguments.port)
            .await?
            .local_addr()?
            .port();

        let settings_file = folder.join("markbridge.toml");
        let plugins = std::path::absolute(&arguments.plugins)?;
        std::fs::write(&settings_file, settings_text(&folder, &plugins, tool_port))?;
        let settings = Settings::load(Some(&settings_file))?;
        let public_url = &settings.server.public_url;
        let lms = DemoLms::new(
            demo_lms::Settings {
                issuer: Url::parse(&format!("http://localhost:{vle_port}"))?,
                tool: Tool {
                    login_url: public_url.join("lti/login")?,
                    launch_url: public_url.join("lti/launch")?,
                    jwks_url: public_url.join("lti/jwks")?,
                    client_id: CLIENT.to_owned(),
                    deployment_id: DEPLOYMENT.to_owned(),
                },
                manners: arguments.manners,
                learners: 30,
                unit_title: "Understanding good practice in workplace mentoring".to_owned(),
                custom: [("unit".to_owned(), UNIT.to_owned())].into(),
                score_maximum: 100.0,
            },
            Arc::new(compose::now),
        )?;
        for listener in [Some(vle), vle_v6].into_iter().flatten() {
            let router = lms.router();
            tokio::spawn(async move { axum::serve(listener, router).await });
        }

        let storage = compose::storage(&settings).await?;
        register(storage.as_ref(), &lms, CLIENT).await?;
        Ok(Self {
            lms,
            settings,
            settings_file,
            folder,
        })
    }

    fn log(&self) -> PathBuf {
        self.folder.join("markbridge.log")
    }

    /// Starts the server as a process of its own and waits until it answers.
    async fn start_server(&self) -> anyhow::Result<Child> {
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.log())?;
        let mut server = Command::new(std::env::current_exe()?)
            .arg("serve")
            .arg("--config")
            .arg(&self.settings_file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .context("the server could not be started")?;
        for _ in 0..1200 {
            if let Some(status) = server.try_wait()? {
                anyhow::bail!(
                    "the server stopped while starting ({status}); see {}",
                    self.log().display()
                );
            }
            if tokio::net::TcpStream::connect(self.settings.server.listen)
                .await
                .is_ok()
            {
                return Ok(server);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        anyhow::bail!(
            "the server did not answer within a minute; see {}",
            self.log().display()
        )
    }
}

/// Deletes the last demo's database and files, and keeps compiled plugins.
fn start_afresh(folder: &Path) -> anyhow::Result<()> {
    for name in [
        "markbridge.sqlite",
        "markbridge.sqlite-wal",
        "markbridge.sqlite-shm",
        "markbridge.log",
    ] {
        match std::fs::remove_file(folder.join(name)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    match std::fs::remove_dir_all(folder.join("evidence")) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

fn settings_text(folder: &Path, plugins: &Path, port: u16) -> String {
    let folder = folder.display();
    let plugins = plugins.display();
    format!(
        "# Written by `markbridge demo`.\n\
         [server]\nlisten = \"127.0.0.1:{port}\"\npublic_url = \"http://127.0.0.1:{port}\"\n\
         [database]\nurl = \"sqlite://{folder}/markbridge.sqlite\"\n\
         [registration]\nallow_private_addresses = true\n\
         [evidence]\nurl = \"file://{folder}/evidence\"\n\
         [plugins]\ndir = \"{plugins}\"\ncache_dir = \"{folder}/plugin-cache\"\n\
         [keys]\nseal_key_file = \"{folder}/seal.key\"\n\
         [centre]\nname = \"Example Training Centre\"\n"
    )
}

/// Registers a VLE of ours, in which the tool has this client id.
pub(crate) async fn register(
    storage: &dyn Storage,
    lms: &DemoLms,
    client: &str,
) -> anyhow::Result<()> {
    let mut random = [0; 10];
    compose::random(&mut random);
    let platform = NewPlatform {
        issuer: lms.issuer(),
        client_id: client.to_owned(),
        deployments: vec![DEPLOYMENT.to_owned()],
        auth_url: lms.authorization_url(),
        token_url: lms.token_url(),
        jwks_url: lms.jwks_url(),
    };
    add(storage, &platform, compose::now(), random).await?;
    Ok(())
}

/// Listens on this port, or on any where it is busy.
pub(crate) async fn listener(address: std::net::IpAddr, port: u16) -> anyhow::Result<TcpListener> {
    match TcpListener::bind(SocketAddr::new(address, port)).await {
        Ok(listener) => Ok(listener),
        Err(_) => Ok(TcpListener::bind(SocketAddr::new(address, 0)).await?),
    }
}
