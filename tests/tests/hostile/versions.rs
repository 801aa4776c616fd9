//! Which version of a plugin work begins with: what nobody chose never comes into
//! use, and going back is always possible.

use std::time::Duration;

use anyhow::{Context, Result};
use demo_lms::Manners;
use end_to_end::admin::Admin;
use end_to_end::work::{LEARNER, OTHER_LEARNER, hand_in};
use end_to_end::{Site, UNIT, empty_host, install_all};
use object_store::ObjectStoreExt;
use object_store::path::Path;
use storage::plugins::InstalledRecord;
use storage::submissions::PluginRecord;
use unit_host::{Limits, Settings, UnitHost};
use workflow::Problem;
use workflow::plugins::{all, follow_choices, in_use, make_default, preview, refresh};

use crate::guest::{ReaderGuest, UnitGuest};
use crate::installing::{GUEST, digest, install_version, site, upload, version};

/// Where the bytes of a plugin are kept.
fn path(digest: &str) -> Path {
    Path::from(format!("plugins/{digest}.wasm"))
}

/// Starts the tool anew as a process would: the readers and units of the folder,
/// and what is installed.
async fn start_again(site: &mut Site) -> Result<()> {
    let host = empty_host(Limits::default())?;
    install_all(&host).await?;
    site.restart(|app| {
        app.plugin_folder = in_use(&host);
        app.units = host;
    })
    .await?;
    Ok(refresh(&site.app).await?)
}

/// The version of the guests' unit that work begins with.
fn current(site: &Site) -> Option<String> {
    let unit = site.app.units.unit(GUEST)?;
    Some(unit.identity().version.clone())
}

async fn before(site: &Site) -> Result<Option<String>> {
    let plugins = all(&site.app).await?;
    let guest = plugins.iter().find(|plugin| plugin.id == GUEST);
    let before = guest.context("it is installed")?.before();
    Ok(before.map(|before| before.version.clone()))
}

#[tokio::test]
async fn what_waits_never_takes_the_place_of_a_version_that_cannot_be_loaded() -> Result<()> {
    let mut site = site().await?;
    let old = install_version(&site, version("1.0.0", 1)).await?;
    let new = install_version(&site, version("1.1.0", 2)).await?;
    assert_eq!(current(&site).as_deref(), Some("1.0.0"));
    site.app.files.delete(&path(&old.digest)).await?;
    start_again(&mut site).await?;
    assert!(site.app.units.unit_by_digest(&new.digest).is_some());
    assert_eq!(current(&site), None, "the other one waits");

    let mut admin = Admin::sign_in(&site).await?;
    let page = admin.page("plugins").await?;
    let said = page.text("main").unwrap_or_default();
    assert!(said.contains("No version is in use"), "{said}");
    assert!(said.contains("Cannot be loaded"), "{said}");
    // Somebody may choose the other one, beside which there is nothing now.
    let upgrade = admin
        .page(&format!("plugins/upgrade?digest={}", new.digest))
        .await?;
    let said = upgrade.text("main").unwrap_or_default();
    assert!(said.contains("Begin work with version 1.1.0?"), "{said}");
    admin
        .submit(&upgrade, "/admin/plugins/use", |form| form)
        .await?;
    assert_eq!(current(&site).as_deref(), Some("1.1.0"));

    // Installed again, the first one is whole, and there is a way back to it.
    let component = version("1.0.0", 1);
    let page = upload(&mut admin, &component, &old.digest).await?;
    assert_eq!(page.status, 200);
    let kept = site
        .app
        .files
        .get(&path(&old.digest))
        .await?
        .bytes()
        .await?;
    assert_eq!(kept, component);
    assert_eq!(current(&site).as_deref(), Some("1.1.0"));
    assert!(page.link("Go back to 1.0.0").is_some());
    Ok(())
}

#[tokio::test]
async fn the_version_before_counts_until_the_chosen_one_can_be_loaded() -> Result<()> {
    let mut site = site().await?;
    install_version(&site, version("1.0.0", 1)).await?;
    let new = install_version(&site, version("1.1.0", 2)).await?;
    make_default(&site.app, &new.digest, "Better.").await?;
    site.app.files.delete(&path(&new.digest)).await?;
    start_again(&mut site).await?;
    assert_eq!(current(&site).as_deref(), Some("1.0.0"));
    let mut admin = Admin::sign_in(&site).await?;
    let page = admin.page("plugins").await?;
    let said = page.text("main").unwrap_or_default();
    assert!(
        said.contains("Work is to begin with it as soon as it can be loaded"),
        "{said}"
    );
    // Whoever wants to stay says so, and then the other one comes back as one
    // that waits.
    let form = page
        .form("form[action$='/use']")?
        .press("Stay with 1.0.0")?;
    admin.browser.submit(&form).await?;
    upload(&mut admin, &version("1.1.0", 2), &new.digest).await?;
    assert_eq!(current(&site).as_deref(), Some("1.0.0"));
    Ok(())
}

#[tokio::test]
async fn what_somebody_went_back_from_does_not_come_again_by_itself() -> Result<()> {
    let mut site = site().await?;
    let old = install_version(&site, version("1.0.0", 1)).await?;
    let new = install_version(&site, version("1.1.0", 2)).await?;
    make_default(&site.app, &new.digest, "Better.").await?;
    make_default(&site.app, &old.digest, "It was not.").await?;
    site.app.files.delete(&path(&old.digest)).await?;
    start_again(&mut site).await?;
    assert_eq!(current(&site), None);
    Ok(())
}

/// Another process loads what is installed one after the other.
#[tokio::test]
async fn a_process_that_has_loaded_only_what_waits_begins_no_work_with_it() -> Result<()> {
    let site = site().await?;
    install_version(&site, version("1.0.0", 1)).await?;
    install_version(&site, version("1.1.0", 2)).await?;
    let host = empty_host(Limits::default())?;
    let mut second = site;
    second.restart(|app| app.units = host).await?;
    follow_choices(&second.app).await?;
    second.app.units.install_unit(version("1.1.0", 2)).await?;
    assert_eq!(current(&second), None);
    refresh(&second.app).await?;
    assert_eq!(current(&second).as_deref(), Some("1.0.0"));
    Ok(())
}

/// What lay in the folder when another was installed beside it was there first, and
/// stays so when the folder's file cannot be loaded.
#[tokio::test]
async fn what_is_installed_beside_the_folder_waits_whatever_becomes_of_the_folder() -> Result<()> {
    let mut site = site().await?;
    let before = site.app.units.unit(UNIT).context("a unit")?;
    let plugin = install_version(&site, UnitGuest::of(UNIT, "99.0.0").component()).await?;
    let mut work = site.app.storage.read().await?;
    let defaults = work.defaults().await?;
    drop(work);
    let chosen = defaults.iter().find(|default| default.plugin.id == UNIT);
    assert_eq!(
        chosen.map(|default| &default.plugin.digest),
        Some(&before.identity().digest)
    );
    let host = empty_host(Limits::default())?;
    site.restart(|app| {
        app.plugin_folder.clear();
        app.units = host;
    })
    .await?;
    refresh(&site.app).await?;
    assert!(site.app.units.unit_by_digest(&plugin.digest).is_some());
    assert!(site.app.units.unit(UNIT).is_none());
    Ok(())
}

/// As long as nobody chose, the folder's file counts, loaded or not.
#[tokio::test]
async fn an_older_version_does_not_take_the_place_of_the_folders_file() -> Result<()> {
    let mut site = site().await?;
    let host = empty_host(Limits::default())?;
    host.install_unit(version("2.0.0", 1)).await?;
    let in_folder = digest(&version("1.0.0", 1));
    site.restart(|app| {
        app.units = host;
        app.plugin_folder = [(GUEST.to_owned(), in_folder)].into();
    })
    .await?;
    refresh(&site.app).await?;
    assert_eq!(current(&site), None);
    Ok(())
}

#[tokio::test]
async fn going_back_leads_to_the_beginning_and_no_further() -> Result<()> {
    let site = site().await?;
    let mut versions = Vec::new();
    for number in ["1.0.0", "1.1.0", "1.2.0"] {
        versions.push(install_version(&site, version(number, 1)).await?);
    }
    assert_eq!(before(&site).await?, None);
    for plugin in &versions[1..] {
        make_default(&site.app, &plugin.digest, "On.").await?;
    }
    for (at, further) in [(1, Some("1.0.0")), (0, None)] {
        assert_eq!(before(&site).await?, Some(versions[at].version.clone()));
        make_default(&site.app, &versions[at].digest, "Back.").await?;
        assert_eq!(current(&site), Some(versions[at].version.clone()));
        assert_eq!(before(&site).await?.as_deref(), further);
    }
    Ok(())
}

#[tokio::test]
async fn a_version_that_what_the_centre_sets_does_not_fit_is_refused() -> Result<()> {
    let site = site().await?;
    let before = site.app.units.unit(UNIT).context("a unit")?;
    // The tests' centre has words for 2.4, which this version does not know.
    let plugin = install_version(&site, UnitGuest::of(UNIT, "99.0.0").component()).await?;
    let mut admin = Admin::sign_in(&site).await?;
    let page = admin
        .page(&format!("plugins/upgrade?digest={}", plugin.digest))
        .await?;
    let said = page.text("main").unwrap_or_default();
    assert!(
        said.contains("What your centre sets does not fit this version") && said.contains("2.4"),
        "{said}"
    );
    assert!(page.form("form[action$='/admin/plugins/use']").is_err());

    let list = admin.page("plugins").await?;
    let csrf = list.attribute("input[name='csrf']", "value");
    let fields = [
        ("csrf", csrf.as_deref().context("a token")?),
        ("digest", &plugin.digest),
    ];
    let url = site.url("admin/plugins/use");
    let refused = admin.browser.post_form(&url, &fields).await?;
    assert_eq!(refused.status, 422);
    let said = refused.text("main").unwrap_or_default();
    assert!(
        said.contains("2.4") && said.contains("take those lines out"),
        "{said}"
    );
    let refused = make_default(&site.app, &plugin.digest, "All the same.").await;
    assert!(matches!(refused, Err(Problem::Invalid(_))), "{refused:?}");
    let now = site.app.units.unit(UNIT).context("a unit")?;
    assert_eq!(now.identity(), before.identity());
    Ok(())
}

/// One plugin keeps the compiler busy; people switch others all the same.
#[tokio::test(flavor = "multi_thread")]
async fn going_back_waits_for_no_compiler() -> Result<()> {
    const PATIENCE: Duration = Duration::from_mins(1);
    let folder = tempfile::tempdir()?;
    let busy = folder.path().join("busy");
    let settings = |job| Settings {
        cache_dir: folder.path().join("compiled"),
        cache_key: [7; 32],
        limits: Limits {
            compile_time: Duration::from_hours(1),
            ..Limits::default()
        },
        compile_job: job,
    };
    // What is in the cache needs no compiler.
    let ready = UnitHost::new(settings(None))?;
    let versions = [version("1.0.0", 1), version("1.1.0", 2)];
    for component in &versions {
        ready.prepare_unit(component.clone()).await?;
    }
    let job = ["sh", "-c", "touch \"$0\"; exec sleep 3600"];
    let job = job.map(std::ffi::OsString::from).into_iter();
    let job = job.chain([busy.clone().into_os_string()]).collect();
    let host = UnitHost::new(settings(Some(job)))?;
    let site = Site::start_on(host, Manners::Strict, |_| {}).await?;
    let mut plugins = Vec::new();
    for component in versions {
        plugins.push(install_version(&site, component).await?);
    }
    // Another process installed this one.
    let slow = version("1.2.0", 3);
    let slow_digest = digest(&slow);
    let mut work = site.app.storage.write().await?;
    work.add_plugin(&InstalledRecord {
        plugin: PluginRecord {
            id: GUEST.to_owned(),
            version: "1.2.0".to_owned(),
            digest: slow_digest.clone(),
        },
        kind: "unit".to_owned(),
        source: "slow.wasm".to_owned(),
        signed_by: None,
        bytes: slow.len() as u64,
        installed_at: site.app.now(),
    })
    .await?;
    work.save().await?;
    site.app.files.put(&path(&slow_digest), slow.into()).await?;
    let app = site.app.clone();
    let loading = tokio::spawn(async move { refresh(&app).await });
    let compiles = async {
        while !busy.exists() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, compiles).await?;
    for at in [1, 0] {
        let digest = &plugins[at].digest;
        tokio::time::timeout(PATIENCE, make_default(&site.app, digest, "Now.")).await??;
        assert_eq!(current(&site), Some(plugins[at].version.clone()));
    }
    assert!(!loading.is_finished(), "the compiler is busy still");
    loading.abort();
    Ok(())
}

/// A reader over another is tried on files that were handed in, by counts.
#[tokio::test]
async fn another_version_of_a_reader_is_tried_on_files() -> Result<()> {
    let host = empty_host(Limits::default())?;
    install_all(&host).await?;
    let site = Site::start_on(host, Manners::Strict, |_| {}).await?;
    hand_in(&site, LEARNER).await?;
    let in_use = || {
        let readers = site.app.units.readers();
        let reader = readers
            .iter()
            .find(|reader| reader.identity().id == "read-docx");
        reader.map(|reader| reader.identity().digest.clone())
    };
    let before = in_use();
    let other = ReaderGuest::good("read-docx", "docx", "Other text").component();
    let other = install_version(&site, other).await?;
    assert_eq!(in_use(), before);
    let mut admin = Admin::sign_in(&site).await?;
    let list = admin.page("plugins").await?;
    let link = list.links().into_iter().find(|link| {
        let to_other = link.url.query().unwrap_or_default().contains(&other.digest);
        to_other && link.text.contains("See what would change")
    });
    let page = admin.browser.get(&link.context("a link")?.url).await?;
    let said = page.text("main").unwrap_or_default();
    for words in [
        "the latest file,",
        "It did not come out the same",
        "Files that are read differently",
        "1 block, 2 words",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert!(
        !said.contains("304-strong"),
        "the file’s name is the learner’s"
    );
    admin
        .submit(&page, "/admin/plugins/use", |form| form)
        .await?;
    assert_eq!(in_use(), Some(other.digest));
    Ok(())
}

/// A version whose checks always fail is not tried to the end, and neither its
/// failures nor its calls are those of the version in use.
#[tokio::test]
async fn the_trial_of_a_version_that_always_fails_ends_soon() -> Result<()> {
    let site = site().await?;
    install_version(&site, version("1.0.0", 1)).await?;
    for learner in [
        LEARNER,
        OTHER_LEARNER,
        "learner-3",
        "learner-4",
        "learner-5",
    ] {
        hand_in(&site, learner).await?;
    }
    let calls = |site: &Site| {
        let health = site.app.units.health();
        let guest = health.into_iter().find(|health| health.id == GUEST);
        guest.map(|health| (health.calls, health.failures, health.slowed))
    };
    let mut broken = UnitGuest::versioned("1.1.0");
    broken.check = "unreachable".to_owned();
    let broken = install_version(&site, broken.component()).await?;
    let before = calls(&site);
    let upgrade = preview(&site.app, &broken.digest).await?;
    assert_eq!((upgrade.sample, upgrade.tried), (5, 3));
    assert_eq!(upgrade.failures, ["trapped"; 3]);
    assert_eq!(calls(&site), before, "learners' calls are counted alone");
    let mut admin = Admin::sign_in(&site).await?;
    let page = admin
        .page(&format!("plugins/upgrade?digest={}", broken.digest))
        .await?;
    let said = page.text("main").unwrap_or_default();
    assert!(said.contains("not tried on the other 2"), "{said}");
    Ok(())
}
