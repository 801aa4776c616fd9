//! The real binary, killed at the worst moments: a released grade arrives, and
//! arrives once.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use demo_lms::browser::Page;
use demo_lms::play::Visitor;
use demo_lms::{DemoLms, Fault, GradeRow, Manners};
use end_to_end::work::{ASSESSOR, FEEDBACK, LEARNER, PASS, strong};
use end_to_end::{CLIENT, TestClock, components, vle_settings};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::sync::OnceCell;
use url::Url;

/// Longer than the lease that a killed worker leaves on a grade.
const PATIENCE: Duration = Duration::from_mins(3);

/// The binary beside this test, built from what is here now.
async fn binary() -> Result<&'static Path> {
    static BINARY: OnceCell<PathBuf> = OnceCell::const_new();
    let path = BINARY
        .get_or_try_init(|| async {
            let own = std::env::current_exe()?;
            let folder = own
                .ancestors()
                .nth(2)
                .context("tests lie below the target directory")?;
            let profile = match folder.file_name().and_then(|name| name.to_str()) {
                Some("debug") | None => "dev",
                Some(other) => other,
            };
            // The same choice of packages and kinds as the run of the tests has, for another
            // one would build the sandbox once more with other features.
            let built = Command::new(env!("CARGO"))
                .args([
                    "build",
                    "--quiet",
                    "--workspace",
                    "--bin",
                    "markbridge",
                    "--test",
                    "crash",
                ])
                .args(["--features", "markbridge/demo-check", "--profile", profile])
                .current_dir(end_to_end::here())
                .status()
                .await?;
            ensure!(
                built.success(),
                "`cargo build --bin markbridge` ended with {built}"
            );
            // A copy, for whoever builds something else meanwhile would put another one there.
            let name = format!("markbridge{}", std::env::consts::EXE_SUFFIX);
            let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join(&name);
            if copy.exists() {
                std::fs::remove_file(&copy)?;
            }
            std::fs::copy(folder.join(name), &copy)?;
            Ok(copy)
        })
        .await?;
    Ok(path)
}

/// A server of its own process, with a VLE in this one.
struct Installation {
    lms: DemoLms,
    manners: Manners,
    public_url: Url,
    folder: TempDir,
}

impl Installation {
    async fn set_up(manners: Manners) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let vle = TcpListener::bind("127.0.0.1:0").await?;
        let port = TcpListener::bind("127.0.0.1:0").await?.local_addr()?.port();
        let public_url = Url::parse(&format!("http://127.0.0.1:{port}"))?;
        let clock = TestClock::default();
        let settings = vle_settings(vle.local_addr()?.port(), &public_url, manners)?;
        let lms = DemoLms::new(settings, std::sync::Arc::new(move || clock.now()))?;
        let router = lms.router();
        tokio::spawn(async move { axum::serve(vle, router).await });
        let (home, plugins) = (folder.path().display(), components());
        std::fs::write(
            folder.path().join("markbridge.toml"),
            format!(
                "[server]\nlisten = \"127.0.0.1:{port}\"\npublic_url = \"http://127.0.0.1:{port}\"\n\
                 [database]\nurl = \"sqlite://{home}/markbridge.sqlite\"\n\
                 [evidence]\nurl = \"file://{home}/evidence\"\n\
                 [plugins]\ndir = \"{}\"\ncache_dir = \"{home}/plugin-cache\"\n\
                 [keys]\nseal_key_file = \"{home}/seal.key\"\n",
                plugins.display()
            ),
        )?;
        let installation = Self {
            lms,
            manners,
            public_url,
            folder,
        };
        installation.register().await?;
        Ok(installation)
    }

    async fn command(&self) -> Result<Command> {
        let mut command = Command::new(binary().await?);
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.folder.path().join("log"))?;
        command
            .arg("--config")
            .arg(self.folder.path().join("markbridge.toml"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .kill_on_drop(true);
        Ok(command)
    }

    /// By the command that an administrator uses.
    async fn register(&self) -> Result<()> {
        let mut command = self.command().await?;
        command.args([
            "platform",
            "add",
            "--deployment",
            "1",
            "--client-id",
            CLIENT,
            "--issuer",
            &self.lms.issuer(),
        ]);
        command.args(["--auth-url", self.lms.authorization_url().as_str()]);
        command.args(["--token-url", self.lms.token_url().as_str()]);
        command.args(["--jwks-url", self.lms.jwks_url().as_str()]);
        ensure!(command.status().await?.success(), "{}", self.log());
        Ok(())
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    async fn start(&self) -> Result<Child> {
        let mut server = self.command().await?.arg("serve").spawn()?;
        let address = self.public_url.socket_addrs(|| None)?;
        until("the server answers", || {
            if let Ok(Some(status)) = server.try_wait() {
                panic!("the server ended with {status}: {}", self.log());
            }
            std::net::TcpStream::connect(&*address).is_ok()
        })
        .await?;
        Ok(server)
    }

    /// Everything up to the page on which the result is released.
    async fn signed(&self) -> Result<(Visitor, Page)> {
        let mut learner = Visitor::launch(&self.lms, LEARNER).await?;
        learner
            .upload("304-strong.docx", demo_lms::play::DOCX, &strong())
            .await?;
        learner.hand_in().await?;
        if self.is_told_of_hand_ins() {
            until("the hand-in is told", || {
                self.row().activity_progress.is_some()
            })
            .await?;
        }
        let mut assessor = Visitor::launch(&self.lms, ASSESSOR).await?;
        let people = self.lms.people();
        let person = people
            .iter()
            .find(|person| person.id == LEARNER)
            .context("a learner")?;
        let mut sheet = assessor.open_work(&person.name()).await?;
        for (criterion, mark) in PASS {
            sheet = assessor.mark(&sheet, criterion, mark, FEEDBACK).await?;
        }
        let signed = assessor.sign(&sheet, "Joan Hartley").await?;
        Ok((assessor, signed))
    }

    fn row(&self) -> GradeRow {
        let row = self
            .lms
            .gradebook()
            .into_iter()
            .find(|row| row.user_id == LEARNER);
        row.expect("the learner's row")
    }

    fn score(&self) -> Option<f64> {
        self.row().score
    }

    /// Moodle would clear a grade.
    fn is_told_of_hand_ins(&self) -> bool {
        self.manners != Manners::Moodle
    }

    /// Waits until the assessor's list says so.
    async fn list_says(&self, words: &str, case: &str) -> Result<()> {
        let mut assessor = Visitor::launch(&self.lms, ASSESSOR).await?;
        let url = assessor.url("cohort");
        for _ in 0..PATIENCE.as_secs() * 2 {
            let page = assessor.browser().get(&url).await?;
            if page.text("tbody").unwrap_or_default().contains(words) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        anyhow::bail!("{case}: the list does not say `{words}`: {}", self.log())
    }

    /// The grade is there, and the VLE took it once.
    async fn arrived_once(&self, case: &str) -> Result<()> {
        until("the grade arrives", || self.score().is_some())
            .await
            .with_context(|| format!("{case}: {}", self.log()))?;
        let row = self.row();
        assert_eq!(row.score, Some(50.0), "{case}");
        assert_eq!(row.comments, ["Pass, submission 1."], "{case}");
        let attempts = u32::from(self.manners == Manners::Canvas);
        assert_eq!(row.attempts, attempts, "{case}: the hand-in's only");
        self.list_says("Delivered", case).await?;
        let taken = self.lms.requests().into_iter().filter(|request| {
            request.starts_with("POST") && request.contains("/scores") && !request.ends_with("503")
        });
        let expected = 1 + usize::from(self.is_told_of_hand_ins());
        assert_eq!(taken.count(), expected, "{case}: {:?}", self.lms.requests());
        Ok(())
    }
}

/// Waits for a condition.
async fn until(what: &str, mut holds: impl FnMut() -> bool) -> Result<()> {
    tokio::time::timeout(PATIENCE, async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await
    .with_context(|| format!("in vain: {what}"))
}

/// Each manner at the same time, for most of the time is spent waiting.
async fn in_each_manner<F: Future<Output = Result<()>>>(
    scenario: impl Fn(Manners) -> F,
) -> Result<()> {
    tokio::try_join!(
        scenario(Manners::Strict),
        scenario(Manners::Moodle),
        scenario(Manners::Canvas)
    )?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_between_release_and_delivery() -> Result<()> {
    in_each_manner(|manners| async move {
        let installation = Installation::set_up(manners).await?;
        let mut server = installation.start().await?;
        let (mut assessor, signed) = installation.signed().await?;
        installation.lms.set_service_down(true);
        assessor.release(&signed).await?;
        server.kill().await?;
        assert_eq!(installation.score(), None, "{manners}");
        installation.lms.set_service_down(false);
        let _server = installation.start().await?;
        installation
            .arrived_once(&format!("{manners}, before delivery"))
            .await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_in_the_middle_of_a_delivery() -> Result<()> {
    in_each_manner(|manners| async move {
        let installation = Installation::set_up(manners).await?;
        let mut server = installation.start().await?;
        let (mut assessor, signed) = installation.signed().await?;
        installation
            .lms
            .set_fault(Some(Fault::Slow(Duration::from_secs(20))));
        assessor.release(&signed).await?;
        until("the delivery is under way", || {
            installation.lms.fault().is_none()
        })
        .await?;
        server.kill().await?;
        assert_eq!(installation.score(), None, "{manners}");
        let _server = installation.start().await?;
        installation
            .arrived_once(&format!("{manners}, during delivery"))
            .await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_after_the_vle_stored_the_grade_without_an_answer() -> Result<()> {
    in_each_manner(|manners| async move {
        let installation = Installation::set_up(manners).await?;
        let mut server = installation.start().await?;
        let (mut assessor, signed) = installation.signed().await?;
        installation.lms.set_fault(Some(Fault::DropAfterStore));
        assessor.release(&signed).await?;
        until("the grade is stored", || installation.score().is_some()).await?;
        server.kill().await?;
        let _server = installation.start().await?;
        installation
            .arrived_once(&format!("{manners}, after storing"))
            .await
    })
    .await
}

/// Kills the server after the VLE met this trouble with a hand-in; how many
/// attempts Canvas has afterwards.
async fn killed_with_a_hand_in(manners: Manners, fault: Fault) -> Result<u32> {
    let case = format!("{manners}, {fault:?}");
    let installation = Installation::set_up(manners).await?;
    let mut server = installation.start().await?;
    let mut learner = Visitor::launch(&installation.lms, LEARNER).await?;
    learner
        .upload("304-strong.docx", demo_lms::play::DOCX, &strong())
        .await?;
    installation.lms.set_fault(Some(fault));
    learner.hand_in().await?;
    until("the trouble struck", || installation.lms.fault().is_none()).await?;
    server.kill().await?;
    let _server = installation.start().await?;
    installation
        .list_says("Knows of the hand-in", &case)
        .await?;
    let row = installation.row();
    let progress = (row.activity_progress, row.grading_progress);
    let expected = (
        Some("Submitted".to_owned()),
        Some("PendingManual".to_owned()),
    );
    assert_eq!((row.score, progress), (None, expected), "{case}");
    Ok(row.attempts)
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_while_a_hand_in_is_told() -> Result<()> {
    let slow = Fault::Slow(Duration::from_secs(20));
    let (_, _, stored, not_stored) = tokio::try_join!(
        killed_with_a_hand_in(Manners::Strict, Fault::DropAfterStore),
        killed_with_a_hand_in(Manners::Strict, slow),
        killed_with_a_hand_in(Manners::Canvas, Fault::DropAfterStore),
        killed_with_a_hand_in(Manners::Canvas, slow),
    )?;
    assert_eq!(stored, 1, "the second try opens no second attempt");
    assert!(not_stored <= 1, "{not_stored} attempts");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demos_own_check_says_that_the_grades_arrived() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let output = Command::new(binary().await?)
        .args([
            "demo",
            "--check",
            "--port",
            "0",
            "--vle-port",
            "0",
            "--plugins",
        ])
        .arg(components())
        .arg("--folder")
        .arg(folder.path())
        .output()
        .await?;
    let said = String::from_utf8_lossy(&output.stdout);
    let failed = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{failed}");
    assert!(
        said.contains("The grades stand in the gradebook."),
        "{said}"
    );
    Ok(())
}
