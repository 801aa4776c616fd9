//! Installing plugins by command, and the job that compiles them.

use std::path::PathBuf;

use sha2::{Digest, Sha256};
use unit_host::{Manifest, Package};

use crate::Installation;
use crate::guest::{UnitGuest, findings};

/// A version of the guests' unit that finds so many things.
pub(crate) fn version(version: &str, found: usize) -> UnitGuest {
    let mut guest = UnitGuest::versioned(version);
    let address = findings(&mut guest.image, found);
    guest.check = format!("i32.const {address}");
    guest
}

pub(crate) fn digest(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}

/// Puts a file beside the installation and gives its path.
pub(crate) fn put(installation: &Installation, name: &str, bytes: &[u8]) -> String {
    let path: PathBuf = installation.path(name);
    std::fs::write(&path, bytes).expect("written");
    path.display().to_string()
}

#[test]
fn versions_are_installed_pinned_and_taken_back() {
    let installation = Installation::new();
    let (old, new) = (
        version("1.0.0", 1).component(),
        version("1.1.0", 2).component(),
    );
    let old_file = put(&installation, "old.wasm", &old);
    let new_file = put(&installation, "new.wasm", &new);

    let (status, said) = installation.run(&["plugin", "install", &old_file]);
    assert_eq!(status, 2, "{said}");
    assert!(said.contains("nobody vouches for this plugin"), "{said}");
    let said = installation.succeed(&["plugin", "install", &old_file, "--digest", &digest(&old)]);
    assert!(
        said.contains("demo-1 1.0.0 is installed, chosen by its digest"),
        "{said}"
    );
    assert!(said.contains("Work begins with it from now on"), "{said}");
    let said = installation.succeed(&["plugin", "install", &new_file, "--digest", &digest(&new)]);
    assert!(
        said.contains("Work still begins with the version before"),
        "{said}"
    );

    let in_use = |version: &str| {
        let said = installation.succeed(&["plugin", "list"]);
        let line = said.lines().find(|line| line.ends_with("in use"));
        assert!(line.is_some_and(|line| line.contains(version)), "{said}");
    };
    in_use("1.0.0");
    // Nobody is here to answer, so nothing is changed without being told to.
    let (status, said) = installation.run(&["plugin", "pin", "demo-1", "1.1.0"]);
    assert_eq!(status, 2, "{said}");
    assert!(said.contains("on the latest 0 submissions"), "{said}");
    assert!(said.contains("add `--yes`"), "{said}");
    in_use("1.0.0");
    installation.succeed(&["plugin", "pin", "demo-1", "1.1.0", "--dry-run"]);
    in_use("1.0.0");
    installation.succeed(&["plugin", "pin", "demo-1", "1.1.0", "--yes"]);
    in_use("1.1.0");
    let said = installation.succeed(&["plugin", "pin", "demo-1", "--back", "--yes"]);
    assert!(!said.contains("Go back"), "{said}");
    in_use("1.0.0");
    let (status, said) = installation.run(&["plugin", "pin", "demo-1", "--back", "--yes"]);
    assert_eq!(status, 2, "{said}");
    assert!(said.contains("there is nothing further back"), "{said}");
    in_use("1.0.0");

    for (arguments, words) in [
        (["plugin", "pin", "demo-1", "3.0.0"], "installed: 1.1.0 ("),
        (["plugin", "pin", "demo-2", "1.0.0"], "installed: demo-1"),
        (
            [
                "plugin",
                "install",
                "https://plugins.example.org/unit.wasm",
                "--yes",
            ],
            "unexpected argument",
        ),
    ] {
        let (status, said) = installation.run(&arguments);
        assert_eq!(status, 2, "{said}");
        assert!(said.contains(words), "{said}");
    }
    let address = "https://plugins.example.org/unit.wasm";
    let (status, said) = installation.run(&["plugin", "install", address]);
    assert_eq!(status, 2, "{said}");
    assert!(said.contains("something else tomorrow"), "{said}");
}

#[test]
fn a_key_whose_time_is_over_is_named() {
    let installation = Installation::new();
    let keys = minisign::KeyPair::generate_unencrypted_keypair().expect("keys");
    let component = version("1.0.0", 1).component();
    let manifest = Manifest {
        id: "demo-1".to_owned(),
        version: "1.0.0".to_owned(),
        interface: "markbridge:unit@1.0.0".to_owned(),
        sha256: digest(&component),
        author: String::new(),
        licence: String::new(),
    };
    let signed = Package::write(&component, &manifest, "", |bytes| {
        let signature = minisign::sign(Some(&keys.pk), &keys.sk, bytes, None, None)?;
        Ok::<_, minisign::PError>(Some(signature.into_string()))
    });
    let file = put(&installation, "signed.wasm", &signed.expect("a package"));
    let settings = installation.path("markbridge.toml");
    let standard = std::fs::read_to_string(&settings).expect("settings");
    for (until, words) in [
        (
            "2020-01-31",
            "“Old College”, which counted until 2020-01-31",
        ),
        (
            "2999-01-31",
            "signed by Old College, whose key is trusted here",
        ),
    ] {
        let key = keys.pk.to_base64();
        let keys = format!(
            "trusted_keys = [{{ name = \"Old College\", key = \"{key}\", until = \"{until}\" }}]\n[keys]"
        );
        std::fs::write(&settings, standard.replace("[keys]", &keys)).expect("written");
        let said = installation.succeed(&["plugin", "check", &file]);
        assert!(said.contains(words), "{said}");
        let (status, said) = installation.run(&["plugin", "install", &file]);
        assert_eq!(status == 0, until == "2999-01-31", "{said}");
        assert!(status == 0 || said.contains(words), "{said}");
    }
}

/// A component whose code keeps the compiler busy for a long time and takes much
/// of its memory: functions of many values that all live to the end.
fn slow_to_compile() -> Vec<u8> {
    const FUNCTIONS: usize = 1_000;
    const VALUES: usize = 3_000;
    let number = |mut number: usize| {
        let mut bytes = Vec::new();
        while number >= 0x80 {
            bytes.push(number.to_le_bytes()[0] | 0x80);
            number >>= 7;
        }
        bytes.push(number.to_le_bytes()[0]);
        bytes
    };
    let section = |id: u8, content: Vec<u8>| [vec![id], number(content.len()), content].concat();
    // One group of locals, all 64-bit numbers.
    let mut body = [vec![1], number(VALUES), vec![0x7e]].concat();
    for value in 1..=VALUES {
        // The value before, plus the first, times the first.
        body.extend(
            [
                vec![0x20],
                number(value - 1),
                vec![0x20, 0, 0x7c, 0x20, 0, 0x7e],
            ]
            .concat(),
        );
        body.extend([vec![0x21], number(value)].concat());
    }
    body.extend([0x20, 0]);
    for value in 1..=VALUES {
        body.extend([vec![0x20], number(value), vec![0x85]].concat());
    }
    body.push(0x0b);
    let function = [number(body.len()), body].concat();
    let module = [
        b"\0asm\x01\0\0\0".to_vec(),
        section(1, vec![1, 0x60, 1, 0x7e, 1, 0x7e]),
        section(3, [number(FUNCTIONS), vec![0; FUNCTIONS]].concat()),
        section(10, [number(FUNCTIONS), function.repeat(FUNCTIONS)].concat()),
    ]
    .concat();
    [b"\0asm\x0d\0\x01\0".to_vec(), section(1, module)].concat()
}

#[test]
fn a_component_that_chokes_the_compiler_takes_nobody_along() {
    let mut installation = Installation::new();
    let slow = slow_to_compile();
    let file = put(&installation, "slow.wasm", &slow);
    let good = version("1.0.0", 1).component();
    let good_file = put(&installation, "good.wasm", &good);
    let set = |key, value: &str| (key, value.to_owned());
    for (limit, words) in [
        (
            set("MARKBRIDGE__PLUGINS__COMPILE_MIB", "256"),
            "takes more memory or time than this server gives",
        ),
        (
            set("MARKBRIDGE__PLUGINS__COMPILE_SECONDS", "5"),
            "was not compiled within 5 seconds",
        ),
    ] {
        installation.environment = vec![limit];
        let install = ["plugin", "install", &file, "--digest", &digest(&slow)];
        let (status, said) = installation.run(&install);
        assert_eq!(status, 2, "{said}");
        assert!(said.contains(words), "{said}");
        // The next one is compiled all the same.
        installation.succeed(&["plugin", "install", &good_file, "--digest", &digest(&good)]);
    }
}

#[test]
fn a_compiled_plugin_that_was_changed_on_disk_is_compiled_again() {
    let installation = Installation::new();
    let good = version("1.0.0", 1).component();
    let file = put(&installation, "good.wasm", &good);
    installation.succeed(&["plugin", "install", &file, "--digest", &digest(&good)]);
    let compiled: Vec<PathBuf> = std::fs::read_dir(installation.path("plugin-cache"))
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    let [compiled] = &compiled[..] else {
        panic!("one plugin, one file: {compiled:?}");
    };
    let mut bytes = std::fs::read(compiled).expect("a file");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(compiled, &bytes).expect("written");
    let said = installation.succeed(&["plugin", "list"]);
    assert!(said.contains("1.0.0"), "{said}");
    assert_ne!(
        std::fs::read(compiled).expect("a file"),
        bytes,
        "it was compiled again"
    );
}

#[test]
fn settings_of_plugins_are_held_to_what_plugins_are_promised() {
    let mut installation = Installation::new();
    for (key, value, words) in [
        (
            "MARKBRIDGE__PLUGINS__UNITS__LOG_KIB",
            "1",
            "expected 64 to 1024",
        ),
        (
            "MARKBRIDGE__PLUGINS__UNITS__MEMORY_MIB",
            "4096",
            "expected 16 to 1024",
        ),
        (
            "MARKBRIDGE__PLUGINS__READERS__SECONDS",
            "0",
            "expected 1 to 60",
        ),
        (
            "MARKBRIDGE__PLUGINS__COMPILE_SECONDS",
            "1",
            "expected 5 to 600",
        ),
    ] {
        installation.environment = vec![(key, value.to_owned())];
        let (status, said) = installation.run(&["config", "check"]);
        assert_eq!(status, 2, "{said}");
        assert!(said.contains(words), "{key}: {said}");
    }
    installation.environment = Vec::new();
    let settings = installation.path("markbridge.toml");
    let standard = std::fs::read_to_string(&settings).expect("settings");
    let with_key = |key: &str| {
        let keys = format!("trusted_keys = [{{ name = \"A college\", key = \"{key}\" }}]");
        standard.replace(
            "[keys]",
            &format!("{keys}\n[plugins.only.demo-1]\nseconds = 5\n[keys]"),
        )
    };
    std::fs::write(&settings, with_key("nonsense")).expect("written");
    let (status, said) = installation.run(&["config", "check"]);
    assert_eq!(status, 2, "{said}");
    assert!(
        said.contains("`nonsense` for A college; expected a public key of minisign"),
        "{said}"
    );
    let keys = minisign::KeyPair::generate_unencrypted_keypair().expect("keys");
    std::fs::write(&settings, with_key(&keys.pk.to_base64())).expect("written");
    installation.succeed(&["config", "check"]);
}
