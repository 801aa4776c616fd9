//! The command line, as an administrator uses it: the real binary with settings
//! of its own.

mod author;
mod dev;
mod doctor;
mod evidence;
mod examples;
/// The guests of the host's own tests.
#[expect(dead_code, reason = "the host's tests use more of it")]
#[path = "../../../unit-host/tests/it/guest.rs"]
mod guest;
mod install;
mod keys;
mod overlays;
mod tutorials;
mod unit_files;

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Command, Output};

use tempfile::TempDir;

/// An installation in a folder of its own.
struct Installation {
    port: u16,
    folder: TempDir,
    environment: Vec<(&'static str, String)>,
}

impl Installation {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let home = folder.path().display();
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .expect("a free port")
            .port();
        let settings = format!(
            "[server]\nlisten = \"127.0.0.1:{port}\"\npublic_url = \"http://127.0.0.1:{port}\"\n\
             [database]\nurl = \"sqlite://{home}/markbridge.sqlite\"\n\
             [evidence]\nurl = \"file://{home}/evidence\"\n\
             [plugins]\ndir = \"{home}/plugins\"\ncache_dir = \"{home}/plugin-cache\"\n\
             [keys]\nseal_key_file = \"{home}/seal.key\"\n"
        );
        std::fs::write(folder.path().join("markbridge.toml"), settings).expect("settings");
        Self {
            port,
            folder,
            environment: Vec::new(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_markbridge"));
        command
            .arg("--config")
            .arg(self.path("markbridge.toml"))
            .args(arguments)
            .envs(self.environment.iter().cloned());
        command
    }

    /// Runs a command and gives its exit status and all that it wrote.
    fn run(&self, arguments: &[&str]) -> (i32, String) {
        let Output {
            status,
            stdout,
            stderr,
        } = self.command(arguments).output().expect("the binary runs");
        let text = [stdout, stderr].concat();
        (
            status.code().unwrap_or(-1),
            String::from_utf8_lossy(&text).into_owned(),
        )
    }

    /// Runs a command that is to succeed.
    fn succeed(&self, arguments: &[&str]) -> String {
        let (status, text) = self.run(arguments);
        assert_eq!(status, 0, "{arguments:?}: {text}");
        text
    }
}

/// The workspace. Cargo tells it at every run: two checkouts that share a target
/// directory share the tests' binaries too.
fn workspace() -> PathBuf {
    let here = std::env::var_os("CARGO_MANIFEST_DIR");
    let here = here.map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
    here.ancestors().nth(2).expect("two above").to_owned()
}
