//! `markbridge key`, and the seal key beside it.

use std::os::unix::fs::PermissionsExt;

use crate::Installation;

const OTHER_SEAL_KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

fn lines(text: &str) -> Vec<&str> {
    text.lines().map(str::trim).collect()
}

#[test]
fn a_key_is_rotated_and_listed() {
    let installation = Installation::new();
    let first = installation.succeed(&["key", "list"]);
    let [old, life] = lines(&first)[..] else {
        panic!("one key: {first}");
    };
    assert!(
        life.starts_with("signs; for every platform without a key of its own"),
        "{life}"
    );
    let mode = std::fs::metadata(installation.path("seal.key"))
        .expect("the seal key was made")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);

    let rotated = installation.succeed(&["key", "rotate"]);
    assert!(rotated.starts_with("new key "), "{rotated}");
    assert!(rotated.contains("published; signs from "), "{rotated}");
    let again = installation.succeed(&["key", "rotate"]);
    assert!(
        again.starts_with("a new key was published already"),
        "{again}"
    );
    let list = installation.succeed(&["key", "list"]);
    assert_eq!(lines(&list).len(), 4, "{list}");
    assert!(list.contains("signs until "), "{list}");
    assert!(list.contains(old));

    let nowhere = "01997c00-0000-7000-8000-000000000000";
    let (status, text) = installation.run(&["key", "rotate", "--platform", nowhere]);
    assert_eq!(status, 2);
    assert!(
        text.contains(&format!("there is no registration `{nowhere}`")),
        "{text}"
    );
}

#[test]
fn a_seal_key_that_is_missing_or_wrong_is_refused_with_what_to_do() {
    let installation = Installation::new();
    installation.succeed(&["key", "list"]);
    let seal_key = installation.path("seal.key");
    let right = std::fs::read_to_string(&seal_key).expect("the seal key");
    let refused = |wanted: &str| {
        let (status, text) = installation.run(&["key", "list"]);
        assert_eq!(status, 2, "{text}");
        for wanted in [wanted, "put the right one back", "`markbridge key replace`"] {
            assert!(text.contains(wanted), "{text}");
        }
        assert!(!text.contains(OTHER_SEAL_KEY) && !text.contains(right.trim()));
    };

    std::fs::remove_file(&seal_key).expect("it can go");
    refused("is missing");
    assert!(!seal_key.exists(), "none is made where one was");
    std::fs::write(&seal_key, OTHER_SEAL_KEY).expect("it can be written");
    refused("is not the one that sealed the signing keys");
    std::fs::write(&seal_key, "not a key").expect("it can be written");
    refused("does not hold 32 bytes in base64");
    std::fs::write(&seal_key, &right).expect("it can be written");
    installation.succeed(&["key", "list"]);

    std::fs::write(&seal_key, OTHER_SEAL_KEY).expect("it can be written");
    let replaced = installation.succeed(&["key", "replace"]);
    assert!(replaced.contains("signs now"), "{replaced}");
    assert_eq!(lines(&installation.succeed(&["key", "list"])).len(), 2);
}

#[test]
fn the_seal_key_may_come_from_the_environment_and_is_never_printed() {
    let mut installation = Installation::new();
    installation.environment = vec![("MARKBRIDGE__KEYS__SEAL_KEY", OTHER_SEAL_KEY.to_owned())];
    installation.succeed(&["key", "list"]);
    assert!(!installation.path("seal.key").exists());
    let printed = installation.succeed(&["config", "check"]);
    assert!(printed.contains("seal_key_file"), "{printed}");
    assert!(!printed.contains(OTHER_SEAL_KEY), "{printed}");

    installation.environment = vec![("MARKBRIDGE__KEYS__SEAL_KEY", "c2hvcnQ=".to_owned())];
    let (status, text) = installation.run(&["key", "list"]);
    assert_eq!(status, 2);
    assert!(text.contains("expected 32 bytes in base64"), "{text}");
    assert!(!text.contains("c2hvcnQ="), "{text}");

    installation.environment = vec![("MARKBRIDGE__KEYS__ROTATE_DAYS", "9999".to_owned())];
    let (status, text) = installation.run(&["config", "check"]);
    assert_eq!(status, 2);
    assert!(
        text.contains("`keys.rotate_days` is `9999`; expected 0 to 3650"),
        "{text}"
    );
}
