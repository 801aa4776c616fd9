//! `markbridge doctor`, beside a running server and a VLE.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use demo_lms::{DemoLms, Manners, Settings, Tool};
use url::Url;

use crate::Installation;

const CLIENT: &str = "markbridge-doctor";

/// A VLE that serves as long as its runtime lives.
struct Vle {
    lms: DemoLms,
    _runtime: tokio::runtime::Runtime,
}

impl Vle {
    #[expect(
        clippy::disallowed_methods,
        reason = "the binary beside it has the real time too"
    )]
    fn start(installation: &Installation) -> Self {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let listener = runtime
            .block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))
            .expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let tool = installation.url("");
        let address = |path: &str| tool.join(path).expect("a path");
        let settings = Settings {
            issuer: Url::parse(&format!("http://localhost:{port}")).expect("an address"),
            tool: Tool {
                login_url: address("lti/login"),
                launch_url: address("lti/launch"),
                jwks_url: address("lti/jwks"),
                client_id: CLIENT.to_owned(),
                deployment_id: "1".to_owned(),
            },
            manners: Manners::Strict,
            learners: 2,
            unit_title: "Mentoring".to_owned(),
            custom: [].into(),
            score_maximum: 100.0,
        };
        let lms = DemoLms::new(settings, Arc::new(chrono::Utc::now)).expect("a VLE");
        let router = lms.router();
        runtime.spawn(async move { axum::serve(listener, router).await });
        installation.succeed(&[
            "platform",
            "add",
            "--deployment",
            "1",
            "--client-id",
            CLIENT,
            "--issuer",
            &lms.issuer(),
            "--auth-url",
            lms.authorization_url().as_str(),
            "--token-url",
            lms.token_url().as_str(),
            "--jwks-url",
            lms.jwks_url().as_str(),
        ]);
        Self {
            lms,
            _runtime: runtime,
        }
    }
}

/// A server that ends with the test.
pub(crate) struct Server(Child);

impl Server {
    pub(crate) fn start(installation: &Installation) -> Self {
        let server = installation
            .command(&["serve"])
            .stderr(Stdio::null())
            .spawn()
            .expect("the server starts");
        let server = Self(server);
        let patience = Instant::now() + Duration::from_mins(1);
        while installation.connect().is_err() {
            assert!(Instant::now() < patience, "the server answers");
            std::thread::sleep(Duration::from_millis(20));
        }
        server
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

impl Installation {
    fn url(&self, path: &str) -> Url {
        let base = format!("http://127.0.0.1:{}/{path}", self.port);
        Url::parse(&base).expect("an address")
    }

    fn connect(&self) -> std::io::Result<TcpStream> {
        TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))
    }
}

#[test]
fn the_doctor_says_what_works_and_what_to_do_about_the_rest() {
    let installation = Installation::new();
    let vle = Vle::start(&installation);
    let server = Server::start(&installation);

    let (status, healthy) = installation.run(&["doctor"]);
    assert_eq!(status, 0, "{healthy}");
    for line in [
        "  works  Database: ",
        "  works  Signing keys: ",
        "  works  Evidence folder: ",
        "  look   Units and readers: units: 0, readers: 0",
        "  works  Clock: ",
        "  works  Key set of the platform: 1 key in it",
        "  works  Our key set: ",
        "  works  Access token: ",
        "  look   Gradebook: ",
        "No launch has failed.",
        " 0 failed",
    ] {
        assert!(healthy.contains(line), "{line}: {healthy}");
    }

    vle.lms.set_key_set_down(true);
    vle.lms.set_tokens_refused(true);
    let mut stranger = installation.connect().expect("the server answers");
    write!(
        stranger,
        "GET /lti/login HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
    )
    .expect("it is sent");
    let mut page = String::new();
    stranger.read_to_string(&mut page).expect("a page");
    let (_, reference) = page.split_once("mono\">").expect("a reference");
    let (reference, _) = reference.split_once('<').expect("its end");

    let (status, broken) = installation.run(&["doctor"]);
    assert_eq!(status, 1, "{broken}");
    for line in [
        "  fails  Key set of the platform: ",
        "  fails  Access token: ",
        "next: Compare client id",
        "The last launches that failed",
        reference,
        "login-incomplete",
        " 2 failed",
    ] {
        assert!(broken.contains(line), "{line}: {broken}");
    }

    vle.lms.set_key_set_down(false);
    vle.lms.set_tokens_refused(false);
    drop(server);
    let (status, stopped) = installation.run(&["doctor"]);
    assert_eq!(status, 1, "{stopped}");
    assert!(stopped.contains("  fails  Our key set: "), "{stopped}");
    assert!(stopped.contains("cannot be reached from this machine"));

    let nowhere = "01997c00-0000-7000-8000-000000000000";
    let (status, text) = installation.run(&["doctor", "--platform", nowhere]);
    assert_eq!(status, 2);
    assert!(text.contains("there is no such registration"), "{text}");
}

#[test]
fn the_doctor_goes_on_where_something_is_broken() {
    let installation = Installation::new();
    installation.succeed(&["key", "list"]);
    std::fs::write(installation.path("evidence"), "a file in its place").expect("written");
    std::fs::remove_file(installation.path("seal.key")).expect("it was made");
    let (status, text) = installation.run(&["doctor"]);
    assert_eq!(status, 1, "{text}");
    for line in [
        "  works  Database: ",
        "  fails  Signing keys: ",
        "`markbridge key replace`",
        "  fails  Evidence folder: ",
        "The platforms are tested when the above is put right.",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }

    let no_database = Installation::new();
    std::fs::write(
        no_database.path("markbridge.sqlite"),
        "no database".repeat(200),
    )
    .expect("written");
    let (status, text) = no_database.run(&["doctor"]);
    assert_eq!(status, 1, "{text}");
    assert!(text.contains("  fails  Database: "), "{text}");
}
