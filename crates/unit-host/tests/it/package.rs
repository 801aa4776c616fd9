//! Packed plugins: what is in them, who signed them, and what was done to them since.

use chrono::NaiveDate;
use minisign::KeyPair;
use unit_host::{Manifest, Package, PackageError, TrustedKey};

use crate::guest::UnitGuest;
use crate::{host, limits};

const LICENCE: &str = "Anybody may use this.";

fn manifest(component: &[u8]) -> Manifest {
    let package = Package::read(component).expect("a component");
    Manifest {
        id: "test-unit".to_owned(),
        version: "1.0.0".to_owned(),
        interface: "markbridge:unit@1.0.0".to_owned(),
        sha256: package.digest(),
        author: "A college".to_owned(),
        licence: "CC0-1.0".to_owned(),
    }
}

fn keys() -> KeyPair {
    KeyPair::generate_unencrypted_keypair().expect("keys")
}

fn trusted(name: &str, keys: &KeyPair, until: Option<NaiveDate>) -> TrustedKey {
    TrustedKey::new(name, &keys.pk.to_base64(), until).expect("a key")
}

fn packed(component: &[u8], keys: Option<&KeyPair>) -> Vec<u8> {
    Package::write(component, &manifest(component), LICENCE, |bytes| {
        keys.map(|keys| {
            minisign::sign(Some(&keys.pk), &keys.sk, bytes, None, None)
                .map(minisign::SignatureBox::into_string)
        })
        .transpose()
    })
    .expect("a package")
}

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

/// What `today` makes of a package's signature.
fn signer(bytes: &[u8], trusted: &[TrustedKey]) -> Result<Option<String>, PackageError> {
    let papers = Package::read(bytes)?.papers.expect("papers");
    let key = papers.signer(trusted, day("2026-07-10"))?;
    Ok(key.map(|key| key.name().to_owned()))
}

/// Packed plugins that nobody vouches for, with the reason.
pub(crate) fn not_vouched_for() -> Vec<(&'static str, PackageError)> {
    let component = UnitGuest::good().component();
    let (ours, theirs) = (keys(), keys());
    let signed = packed(&component, Some(&ours));
    let mut changed = signed.clone();
    changed[component.len() / 2] ^= 1;
    let expired = trusted("A college", &ours, Some(day("2026-07-09")));
    let keys = |keys| [trusted("A college", keys, None)];
    vec![
        (
            "a package of which a byte was changed",
            signer(&changed, &keys(&ours)).expect_err("changed"),
        ),
        (
            "a package that was signed with another key",
            signer(&signed, &keys(&theirs)).expect_err("another key"),
        ),
        (
            "a package that was signed with a key whose last day is over",
            signer(&signed, &[expired]).expect_err("expired"),
        ),
    ]
}

#[tokio::test]
async fn packed_or_not_it_is_the_same_plugin() {
    let component = UnitGuest::good().component();
    let keys = keys();
    let bytes = packed(&component, Some(&keys));
    let package = Package::read(&bytes).expect("a package");
    assert_eq!(package.component, component);
    let papers = package.papers.as_ref().expect("papers");
    assert_eq!(papers.manifest, manifest(&component));
    assert_eq!(papers.licence, LICENCE);

    let (host, _directory) = host(limits());
    let raw = host.install_unit(component).await.expect("a plugin");
    let packed = host.install_unit(bytes).await.expect("a plugin");
    assert!(std::sync::Arc::ptr_eq(&raw, &packed));
}

#[test]
fn what_was_not_packed_has_no_papers() {
    for bytes in [UnitGuest::good().component(), Vec::new(), b"text".to_vec()] {
        let package = Package::read(&bytes).expect("whatever it is");
        assert_eq!(package.component, bytes);
        assert_eq!(package.papers, None);
    }
}

#[test]
fn a_signature_counts_by_a_trusted_key_in_its_time() {
    let component = UnitGuest::good().component();
    let (ours, theirs) = (keys(), keys());
    let signed = packed(&component, Some(&ours));
    let good = trusted("A college", &ours, None);
    assert_eq!(
        signer(&signed, std::slice::from_ref(&good)),
        Ok(Some("A college".to_owned()))
    );
    assert_eq!(
        signer(&packed(&component, None), &[good]),
        Ok(None),
        "not signed"
    );
    assert_eq!(
        signer(&signed, &[trusted("Another", &theirs, None)]),
        Err(PackageError::Signature)
    );
    assert_eq!(signer(&signed, &[]), Err(PackageError::Signature));
    let until = |last| signer(&signed, &[trusted("A college", &ours, Some(day(last)))]);
    assert_eq!(until("2026-07-10"), Ok(Some("A college".to_owned())));
    assert!(matches!(
        until("2026-07-09"),
        Err(PackageError::Expired { .. })
    ));
}

#[test]
fn whatever_is_changed_is_noticed() {
    let component = UnitGuest::good().component();
    let keys = keys();
    let signed = packed(&component, Some(&keys));
    let trusted = [trusted("A college", &keys, None)];
    assert!(signer(&signed, &trusted).is_ok());

    // Every byte after the component, and some of the component's own.
    let papers = component.len()..signed.len();
    let some = (8..component.len()).step_by(component.len() / 50);
    for at in papers.chain(some) {
        let mut changed = signed.clone();
        changed[at] ^= 1;
        let accepted = Package::read(&changed).ok().and_then(|package| {
            let papers = package.papers?;
            papers.signer(&trusted, day("2026-07-10")).ok()?
        });
        // What is left of a signature's comments that minisign does not sign
        // changes nothing of what is signed.
        let untouched = Package::read(&changed).is_ok_and(|package| {
            package.component == component
                && package
                    .papers
                    .is_some_and(|papers| papers.manifest == manifest(&component))
        });
        assert!(accepted.is_none() || untouched, "byte {at}");
    }

    for (bytes, what) in [
        (
            [signed.as_slice(), b"\0\x02\x01x"].concat(),
            "something after it",
        ),
        (signed[..signed.len() - 1].to_vec(), "cut off"),
        (
            [
                &component[..],
                &signed[component.len()..],
                &signed[component.len()..],
            ]
            .concat(),
            "papers twice",
        ),
    ] {
        let whole = Package::read(&bytes)
            .ok()
            .and_then(|package| package.papers)
            .is_some_and(|papers| papers.is_signed());
        assert!(!whole, "{what}");
    }
}

#[test]
fn the_component_is_the_one_that_was_packed() {
    let old = UnitGuest::versioned("1.0.0").component();
    let new = UnitGuest::versioned("2.0.0").component();
    let signed = packed(&old, Some(&keys()));
    let swapped = [&new[..], &signed[old.len()..]].concat();
    assert!(matches!(
        Package::read(&swapped),
        Err(PackageError::OtherComponent { .. })
    ));
}
