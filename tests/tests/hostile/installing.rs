//! Plugins that are installed while people work: who vouches for them, which
//! version work stays with, and what is refused.

use anyhow::{Context, Result};
use axum::Router;
use axum::routing::get;
use demo_lms::Manners;
use demo_lms::browser::{Form, Page};
use demo_lms::play::Visitor;
use end_to_end::admin::Admin;
use end_to_end::process::memory;
use end_to_end::work::{ASSESSOR, LEARNER, OTHER_LEARNER, hand_in, submission_of};
use end_to_end::{SIGNER, Site, UNIT, empty_host, install_all, signing_keys};
use minisign::KeyPair;
use object_store::ObjectStoreExt;
use object_store::path::Path;
use storage::submissions::PluginRecord;
use unit_host::{Limits, Manifest, Package, TrustedKey};
use workflow::plugins::{Offer, all, install, make_default, preview, refresh};

use crate::guest::{UnitGuest, findings};

/// Id of the guests' unit.
pub(crate) const GUEST: &str = "demo-1";

/// A version of the guests' unit that finds so many things.
pub(crate) fn version(version: &str, found: usize) -> Vec<u8> {
    let mut guest = UnitGuest::versioned(version);
    let address = findings(&mut guest.image, found);
    guest.check = format!("i32.const {address}");
    guest.component()
}

pub(crate) fn digest(component: &[u8]) -> String {
    Package::read(component).expect("a component").digest()
}

fn packed(component: &[u8], version: &str, keys: &KeyPair) -> Vec<u8> {
    let manifest = Manifest {
        id: GUEST.to_owned(),
        version: version.to_owned(),
        interface: "markbridge:unit@1.0.0".to_owned(),
        sha256: digest(component),
        author: "Example Awarding College".to_owned(),
        licence: "CC0-1.0".to_owned(),
    };
    Package::write(component, &manifest, "Anybody may use this.", |bytes| {
        let signature = minisign::sign(Some(&keys.pk), &keys.sk, bytes, None, None)?;
        Ok::<_, minisign::PError>(Some(signature.into_string()))
    })
    .expect("a package")
}

/// A site whose activity is the guests' unit, of which nothing is installed yet.
pub(crate) async fn site() -> Result<Site> {
    let host = empty_host(Limits::default())?;
    install_all(&host).await?;
    Site::start_on(host, Manners::Strict, |settings| {
        settings.custom.insert("unit".to_owned(), GUEST.to_owned());
    })
    .await
}

pub(crate) async fn install_version(site: &Site, component: Vec<u8>) -> Result<PluginRecord> {
    let offer = Offer {
        digest: Some(digest(&component)),
        bytes: component,
        source: "unit.wasm".to_owned(),
    };
    Ok(install(&site.app, offer).await?.plugin)
}

/// What the plugin's page says after an attempt to install.
pub(crate) async fn upload(admin: &mut Admin, file: &[u8], digest: &str) -> Result<Page> {
    let page = admin.page("plugins").await?;
    let filled = |form: Form| {
        form.with_file("file", "unit.wasm", "application/wasm", file.to_vec())
            .with("digest", digest)
    };
    admin.submit(&page, "/admin/plugins", filled).await
}

fn refusal(page: &Page) -> String {
    assert_eq!(page.status, 422, "{}", page.body);
    page.text(".notice--ref").unwrap_or_default()
}

/// The version that a learner's work was checked with.
async fn version_of(site: &Site, learner: &str) -> Result<String> {
    let mut work = site.app.storage.read().await?;
    let submissions = work.latest_submissions(GUEST, 10).await?;
    for submission in submissions {
        let person = work
            .person(submission.registration, submission.person)
            .await?;
        if person.is_some_and(|person| person.subject == learner) {
            return Ok(submission.plugin.context("a plugin")?.version);
        }
    }
    anyhow::bail!("{learner} handed nothing in")
}

#[tokio::test]
async fn work_stays_with_its_version_and_an_upgrade_is_seen_before_it_is_made() -> Result<()> {
    let mut site = site().await?;
    let mut admin = Admin::sign_in(&site).await?;
    let page = upload(
        &mut admin,
        &packed(&version("1.0.0", 1), "1.0.0", signing_keys()),
        "",
    )
    .await?;
    let said = page.text("main").unwrap_or_default();
    assert!(said.contains("demo-1 1.0.0 is installed"), "{said}");
    assert!(said.contains("Work begins with it from now on"), "{said}");
    assert!(said.contains(&format!("Signed by {SIGNER}")), "{said}");
    hand_in(&site, LEARNER).await?;
    assert_eq!(version_of(&site, LEARNER).await?, "1.0.0");

    // A second version waits.
    let newer = version("1.1.0", 2);
    let page = upload(&mut admin, &newer, &digest(&newer)).await?;
    let said = page.text("main").unwrap_or_default();
    assert!(
        said.contains("Work still begins with the version before"),
        "{said}"
    );
    assert_eq!(
        site.app.units.unit(GUEST).context("a unit")?.unit().version,
        "1.0.0"
    );

    // What it would change is told by counts, and nothing of it is kept.
    let upgrade = admin
        .page(&format!("plugins/upgrade?digest={}", digest(&newer)))
        .await?;
    let said = upgrade.text("main").unwrap_or_default();
    assert!(said.contains("the latest submission,"), "{said}");
    assert!(said.contains("It did not come out the same"), "{said}");
    assert!(said.contains("not there"), "{said}");
    assert_eq!(version_of(&site, LEARNER).await?, "1.0.0");
    let page = admin
        .submit(&upgrade, "/admin/plugins/use", |form| {
            form.with("reason", "The new task.")
        })
        .await?;
    let said = page.text("main").unwrap_or_default();
    assert!(
        said.contains("Work begins with demo-1 1.1.0 from now on"),
        "{said}"
    );
    assert!(said.contains("The new task."), "{said}");

    // New work begins with it, and what was handed in keeps the old one.
    hand_in(&site, OTHER_LEARNER).await?;
    assert_eq!(version_of(&site, OTHER_LEARNER).await?, "1.1.0");
    let mut assessor = Visitor::launch(&site.lms, ASSESSOR).await?;
    for (learner, version) in [(LEARNER, "1.0.0"), (OTHER_LEARNER, "1.1.0")] {
        let work = assessor.open_work(&site.name(learner)).await?;
        let sheet = assessor.url(&format!("submissions/{}/sheet", submission_of(&work)));
        let printed = assessor.browser().get(&sheet).await?;
        let said = printed.text("main").unwrap_or_default();
        assert!(said.contains(version), "{learner}: {said}");
    }

    // All of it outlives a restart with an empty host, and going back is one step.
    let host = empty_host(Limits::default())?;
    install_all(&host).await?;
    site.restart(|app| app.units = host).await?;
    assert!(site.app.units.unit(GUEST).is_none());
    refresh(&site.app).await?;
    assert_eq!(
        site.app.units.unit(GUEST).context("a unit")?.unit().version,
        "1.1.0"
    );
    let mut admin = Admin::sign_in(&site).await?;
    let page = admin.page("plugins").await?;
    let back = page.link("Go back to 1.0.0").context("a way back")?;
    let back = admin.browser.get(&back).await?;
    admin
        .submit(&back, "/admin/plugins/use", |form| form)
        .await?;
    assert_eq!(
        site.app.units.unit(GUEST).context("a unit")?.unit().version,
        "1.0.0"
    );
    let mut assessor = Visitor::launch(&site.lms, ASSESSOR).await?;
    let work = assessor.open_work(&site.name(OTHER_LEARNER)).await?;
    assert_eq!(work.status, 200);
    Ok(())
}

#[tokio::test]
async fn what_nobody_vouches_for_is_refused_in_words() -> Result<()> {
    let site = site().await?;
    let mut admin = Admin::sign_in(&site).await?;
    let component = version("1.0.0", 1);
    let signed = packed(&component, "1.0.0", signing_keys());
    let others = KeyPair::generate_unencrypted_keypair()?;
    let mut tampered = signed.clone();
    let at = component.len() / 2;
    tampered[at] ^= 1;
    let raw = digest(&component);
    let cases: [(&str, &[u8], &str, &str); 9] = [
        ("neither signed nor named", &component, "", "Nobody vouches"),
        (
            "signed by somebody else",
            &packed(&component, "1.0.0", &others),
            "",
            "none of the keys that this server trusts",
        ),
        ("tampered", &tampered, "", "not the one that was packed"),
        (
            "another digest",
            &component,
            &"0".repeat(64),
            "not the file that you named",
        ),
        ("no digest at all", &component, "1234", "no SHA-256 digest"),
        ("nothing", b"", "", "The file is empty"),
        (
            "cut off",
            &component[..at],
            &digest(&component[..at]),
            "The component is not valid",
        ),
        ("some text", b"unit", &digest(b"unit"), "some other file"),
        (
            "a module",
            &UnitGuest::good().core_module(),
            &digest(&UnitGuest::good().core_module()),
            "a WebAssembly module",
        ),
    ];
    for (what, file, digest, words) in cases {
        let said = refusal(&upload(&mut admin, file, digest).await?);
        assert!(said.contains(words), "{what}: {said}");
    }
    let mut work = site.app.storage.read().await?;
    assert!(work.plugins().await?.is_empty(), "nothing was installed");
    drop(work);
    assert!(site.app.units.unit(GUEST).is_none());

    // The same file, named, is installed; another of the same version is not.
    let page = upload(&mut admin, &component, &raw).await?;
    assert_eq!(page.status, 200);
    let other = version("1.0.0", 2);
    let said = refusal(&upload(&mut admin, &other, &digest(&other)).await?);
    assert!(
        said.contains("installed already with other content"),
        "{said}"
    );
    // The same again changes nothing.
    assert_eq!(upload(&mut admin, &component, &raw).await?.status, 200);
    let plugins = all(&site.app).await?;
    let guest = plugins.iter().find(|plugin| plugin.id == GUEST);
    assert_eq!(guest.context("installed")?.installed.len(), 1);
    Ok(())
}

#[tokio::test]
async fn pages_about_plugins_are_for_administrators() -> Result<()> {
    let site = site().await?;
    let mut learner = Visitor::launch(&site.lms, LEARNER).await?;
    for path in ["plugins", "plugins/upgrade?digest=0"] {
        let page = learner
            .browser()
            .get(&site.url(&format!("admin/{path}")))
            .await?;
        assert_eq!(page.status, 401, "{path}");
    }
    let fields = [("digest", "0")];
    let url = site.url("admin/plugins/use");
    let page = learner.browser().post_form(&url, &fields).await?;
    assert_eq!(page.status, 401);
    // And forms carry the session's token.
    let mut admin = Admin::sign_in(&site).await?;
    let page = admin.browser.post_form(&url, &fields).await?;
    assert_eq!(page.status, 401);
    Ok(())
}

#[tokio::test]
async fn an_address_gives_what_was_named_or_nothing() -> Result<()> {
    let site = site().await?;
    let mut admin = Admin::sign_in(&site).await?;
    let component = version("1.0.0", 1);
    let bytes = component.clone();
    let router = Router::new()
        .route("/unit.wasm", get(|| async { bytes }))
        .route(
            "/moved.wasm",
            get(|| async { axum::response::Redirect::to("/unit.wasm") }),
        );
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}", listener.local_addr()?);
    let server = tokio::spawn(async move { axum::serve(listener, router).await });
    let mut fetch = async |path: &str, digest: &str| -> Result<Page> {
        let page = admin.page("plugins").await?;
        let fill = |form: Form| {
            form.with("address", &format!("{address}{path}"))
                .with("digest", digest)
        };
        admin.submit(&page, "/admin/plugins", fill).await
    };
    for (path, digest, words) in [
        ("/unit.wasm", "", "something else tomorrow"),
        (
            "/unit.wasm",
            "0".repeat(64).as_str(),
            "not the file that you named",
        ),
        ("/gone.wasm", &digest(&component), "status 404"),
        (
            "/moved.wasm",
            &digest(&component),
            "leads to another address",
        ),
    ] {
        let said = refusal(&fetch(path, digest).await?);
        assert!(said.contains(words), "{path}: {said}");
    }
    let page = fetch("/unit.wasm", &digest(&component)).await?;
    assert_eq!(page.status, 200);
    assert!(site.app.units.unit(GUEST).is_some());
    server.abort();
    Ok(())
}

/// Checks run without a break while versions change under them.
#[tokio::test(flavor = "multi_thread")]
async fn versions_switch_while_calls_run() -> Result<()> {
    let site = site().await?;
    let old = install_version(&site, version("1.0.0", 1)).await?;
    let new = install_version(&site, version("1.1.0", 2)).await?;
    hand_in(&site, LEARNER).await?;
    let app = site.app.clone();
    let (done, mut finished) = tokio::sync::oneshot::channel::<()>();
    let (told, mut called) = tokio::sync::mpsc::unbounded_channel();
    let digest_of_old = old.digest.clone();
    let calls = tokio::spawn(async move {
        let mut seen = std::collections::BTreeSet::new();
        while finished.try_recv().is_err() {
            // Each is one check of both versions and one look at the present one.
            let upgrade = preview(&app, &digest_of_old).await.expect("a preview");
            assert!(upgrade.failures.is_empty());
            let from = upgrade.from.expect("a version in use");
            // Both find what they find, whichever is in use meanwhile: one thing
            // more in the newer one, and nothing else.
            let more: usize = upgrade.findings.iter().map(|change| change.count).sum();
            let expected = usize::from(from.version == "1.1.0");
            assert_eq!(more, expected, "{:?}", upgrade.findings);
            seen.insert(from.version);
            told.send(()).ok();
        }
        seen
    });
    for turn in 0..40 {
        let plugin = if turn % 2 == 0 { &new } else { &old };
        make_default(&site.app, &plugin.digest, "Again.").await?;
        if turn % 10 > 7 {
            // Of the next two calls at least one begins after this switch.
            while called.try_recv().is_ok() {}
            called.recv().await;
            called.recv().await;
        }
    }
    done.send(()).ok();
    let seen = calls.await?;
    assert_eq!(Vec::from_iter(&seen), ["1.0.0", "1.1.0"]);
    let mut work = site.app.storage.read().await?;
    let defaults = work.defaults().await?;
    let of_guest = defaults.iter().filter(|default| default.plugin.id == GUEST);
    assert_eq!(of_guest.count(), 41, "every decision is kept");
    Ok(())
}

/// What is refused, and what is there already, leaves the kept files as they are.
#[tokio::test]
async fn only_what_is_taken_is_kept() -> Result<()> {
    let site = site().await?;
    let path = |digest: &str| Path::from(format!("plugins/{digest}.wasm"));
    let kept =
        async |digest: &str| anyhow::Ok(site.app.files.get(&path(digest)).await?.bytes().await?);
    let component = version("1.0.0", 1);
    let raw = digest(&component);
    let others = KeyPair::generate_unencrypted_keypair()?;
    let by_others = packed(&component, "1.0.0", &others);
    let mut admin = Admin::sign_in(&site).await?;
    assert_eq!(upload(&mut admin, &by_others, &raw).await?.status, 200);
    assert_eq!(kept(&raw).await?, by_others);

    let other = version("1.0.0", 2);
    refusal(&upload(&mut admin, &other, &digest(&other)).await?);
    let gone = site.app.files.head(&path(&digest(&other))).await;
    assert!(matches!(gone, Err(object_store::Error::NotFound { .. })));

    // The same component in another file changes nothing, but where a trusted key
    // signed that file.
    assert_eq!(upload(&mut admin, &component, &raw).await?.status, 200);
    assert_eq!(kept(&raw).await?, by_others);
    let signed = packed(&component, "1.0.0", signing_keys());
    let page = upload(&mut admin, &signed, "").await?;
    let said = page.text("main").unwrap_or_default();
    assert!(said.contains(&format!("Signed by {SIGNER}")), "{said}");
    assert_eq!(kept(&raw).await?, signed);
    assert_eq!(upload(&mut admin, &by_others, &raw).await?.status, 200);
    assert_eq!(kept(&raw).await?, signed);
    let plugins = all(&site.app).await?;
    let guest = plugins.iter().find(|plugin| plugin.id == GUEST);
    let [record] = &guest.context("installed")?.installed[..] else {
        panic!("one version");
    };
    assert_eq!(record.signed_by.as_deref(), Some(SIGNER));
    assert_eq!(record.bytes, signed.len() as u64);
    Ok(())
}

#[tokio::test]
async fn a_key_whose_time_is_over_is_named() -> Result<()> {
    let keys = KeyPair::generate_unencrypted_keypair()?;
    let host = empty_host(Limits::default())?;
    let until = chrono::NaiveDate::from_ymd_opt(2020, 1, 31);
    let site = Site::start_changed(
        host,
        Manners::Strict,
        |_| {},
        |app| {
            let key = TrustedKey::new("Old College", &keys.pk.to_base64(), until);
            app.trusted_keys.extend(key);
        },
    )
    .await?;
    let mut admin = Admin::sign_in(&site).await?;
    let component = version("1.0.0", 1);
    let signed = packed(&component, "1.0.0", &keys);
    let said = refusal(&upload(&mut admin, &signed, "").await?);
    assert!(
        said.contains("“Old College”, which counted until 2020-01-31"),
        "{said}"
    );
    // Whoever names the digest takes it all the same.
    let page = upload(&mut admin, &signed, &digest(&component)).await?;
    assert_eq!(page.status, 200);
    Ok(())
}

/// What may stay of an upload, in MiB: what the allocator does not give back.
const LEFT_BEHIND: f64 = 32.0;

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_of_200_megabytes_is_refused_and_leaves_no_memory_behind() -> Result<()> {
    let test = "installing::an_upload_of_200_megabytes_is_refused_and_leaves_no_memory_behind";
    if crate::said_alone(test)?.is_some() {
        return Ok(());
    }
    let host = empty_host(Limits::default())?;
    let site = Site::start_on(host, Manners::Strict, |_| {}).await?;
    let mut admin = Admin::sign_in(&site).await?;
    let component = version("1.0.0", 1);
    refusal(&upload(&mut admin, &component, "").await?);
    let (before, _) = memory()?;
    for _ in 0..2 {
        let said = refusal(&upload(&mut admin, &vec![0; 200_000_000], "").await?);
        assert!(said.contains("larger than a plugin may be"), "{said}");
    }
    let (after, _) = memory()?;
    assert!(after - before < LEFT_BEHIND, "{before} MiB, then {after}");
    let page = upload(&mut admin, &component, &digest(&component)).await?;
    assert_eq!(page.status, 200, "the server goes on");
    Ok(())
}

/// A unit that lay in the plugin folder stays the default when another version
/// is installed beside it.
#[tokio::test]
async fn what_was_there_stays_until_somebody_decides() -> Result<()> {
    let site = site().await?;
    let before = site.app.units.unit(UNIT).context("a unit")?;
    let mut guest = UnitGuest::of(UNIT, "99.0.0");
    let address = findings(&mut guest.image, 1);
    guest.check = format!("i32.const {address}");
    let plugin = install_version(&site, guest.component()).await?;
    let now = site.app.units.unit(UNIT).context("a unit")?;
    assert_eq!(now.identity(), before.identity());
    let upgrade = preview(&site.app, &plugin.digest).await?;
    assert!(
        upgrade
            .description
            .iter()
            .any(|said| said.contains("Criterion 1.3 is gone")),
        "{:?}",
        upgrade.description
    );
    Ok(())
}
