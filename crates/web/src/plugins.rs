//! Plugins, as administrators install them and choose their versions.

use std::fmt::Write as _;

use axum::extract::{Multipart, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use url::Url;
use workflow::Problem;
use workflow::plugins::{
    InstallProblem, Installed, Offer, Versions, all, download, install as install_offer,
    make_default, preview,
};
use workflow::records::PluginRecord;

use crate::Web;
use crate::admin::{AdminSession, frame};
use crate::failure::Failure;
use crate::forms::{Fields, Upload};
use crate::pages::{
    FileRow, FindingRow, Notice, NoticeKind, PluginUpgrade, PluginView, Plugins, VersionName,
    VersionView,
};
use crate::wording::{date_time, thousands};

/// Why work begins with a version, where an administrator gave no reason.
const NO_REASON: &str = "Chosen by an administrator.";

pub(crate) async fn page(
    State(web): State<Web>,
    session: AdminSession,
    Query(params): Query<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    let plugins = all(web.app()).await?;
    // The address names what was done, so that a reload says it again and does nothing.
    let params = Fields(params);
    let (id, version) = (params.text("id"), params.text("version"));
    let known = plugins.iter().find(|plugin| plugin.id == id);
    let notice = known.and_then(|plugin| {
        let record = plugin.find(version)?;
        let in_use = plugin.current.as_ref() == Some(&record.plugin);
        let (title, text) = match (params.text("done"), in_use) {
            ("used", true) => (
                format!("Work begins with {id} {version} from now on"),
                "Work that was handed in keeps its version.".to_owned(),
            ),
            ("installed", true) => (
                format!("{id} {version} is installed"),
                "Work begins with it from now on.".to_owned(),
            ),
            ("installed", false) => (
                format!("{id} {version} is installed"),
                "Work still begins with the version before. See below what would change with the new one."
                    .to_owned(),
            ),
            _ => return None,
        };
        Some(Notice {
            kind: NoticeKind::Met,
            title,
            text,
        })
    });
    shown(&web, &session, &plugins, None, notice)
}

fn shown(
    web: &Web,
    session: &AdminSession,
    plugins: &[Versions],
    refused: Option<String>,
    notice: Option<Notice>,
) -> Result<Response, Failure> {
    let keys = web.app().trusted_keys.iter();
    let mut frame = frame(web, session, "plugins");
    frame.notice = notice;
    let mut views: Vec<PluginView> = plugins.iter().map(|plugin| view(web, plugin)).collect();
    // Units are what people come for.
    views.sort_by_key(|plugin| !plugin.is_unit);
    web.page(&Plugins {
        frame,
        refused,
        trusted: keys.map(|key| key.name().to_owned()).collect(),
        plugins: views,
    })
}

fn view(web: &Web, plugin: &Versions) -> PluginView {
    let at = |time| date_time(web.app(), time);
    let current = plugin.current.as_ref();
    let mut versions: Vec<VersionView> = plugin
        .installed
        .iter()
        .map(|record| {
            let in_use = current == Some(&record.plugin);
            let decided = plugin.defaults.first();
            let since = decided.filter(|decided| decided.plugin == record.plugin);
            VersionView {
                name: version_name(&record.plugin),
                in_use,
                chosen: plugin.chosen() == Some(&record.plugin),
                broken: plugin.broken.contains(&record.plugin.digest),
                since: since.map_or(String::new(), |decided| {
                    format!("{}: {}", at(decided.at), decided.reason)
                }),
                from: format!("{}, {}", record.source, at(record.installed_at)),
                signed_by: record.signed_by.clone(),
            }
        })
        .collect();
    if let Some(current) = current
        && !versions.iter().any(|version| version.in_use)
    {
        versions.push(VersionView {
            name: version_name(current),
            in_use: true,
            chosen: plugin.chosen() == Some(current),
            broken: false,
            since: String::new(),
            from: String::new(),
            signed_by: None,
        });
    }
    versions.sort_by_key(|version| !version.in_use);
    let (health, slowed) = health(plugin);
    PluginView {
        id: plugin.id.clone(),
        about: match plugin.about.as_str() {
            "" => plugin.id.clone(),
            about => about.to_owned(),
        },
        runs: current.is_some(),
        is_unit: plugin.kind == "unit",
        versions,
        before: plugin.before().map(version_name),
        health,
        slowed,
    }
}

/// What there is to tell of a plugin's calls.
fn health(plugin: &Versions) -> (String, bool) {
    let Some(health) = &plugin.health else {
        return (String::new(), false);
    };
    let calls = u32::try_from(health.calls).unwrap_or(u32::MAX);
    if calls == 0 {
        return (String::new(), false);
    }
    let mut said = format!(
        "{} call{} since this server started, on average {:.1} ms each.",
        thousands(calls),
        if calls == 1 { "" } else { "s" },
        health.time.as_secs_f64() * 1e3 / f64::from(calls),
    );
    let failed: u64 = health.failures.values().sum();
    if failed > 0 {
        let codes: Vec<String> = health
            .failures
            .iter()
            .map(|(code, count)| format!("{code} {count}"))
            .collect();
        let _ = write!(said, " {failed} failed: {}.", codes.join(", "));
    }
    (said, health.slowed)
}

fn version_name(plugin: &PluginRecord) -> VersionName {
    VersionName {
        version: plugin.version.clone(),
        digest: plugin.digest.clone(),
    }
}

pub(crate) async fn install(
    State(web): State<Web>,
    session: AdminSession,
    form: Multipart,
) -> Result<Response, Failure> {
    let app = web.app();
    let Upload { fields, file } = Upload::read(form, app.units.limits().component_bytes).await?;
    session.guard(&fields)?;
    let text = |name| Some(fields.text(name).trim()).filter(|text| !text.is_empty());
    let digest = text("digest").map(str::to_owned);
    let refuse = async |why: String| -> Result<Response, Failure> {
        let plugins = all(app).await?;
        let page = shown(&web, &session, &plugins, Some(why), None)?;
        Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
    };
    let offer = match (file, text("address")) {
        (Some(file), _) => {
            let Some(bytes) = file.bytes else {
                return refuse(
                    "It is larger than a plugin may be (`plugins.largest_mib`).".to_owned(),
                )
                .await;
            };
            if bytes.is_empty() {
                return refuse("The file is empty. Get it again from its maker.".to_owned()).await;
            }
            Ok(Offer {
                bytes,
                source: file.name,
                digest,
            })
        }
        (None, Some(address)) => {
            let Ok(address) = Url::parse(address) else {
                return refuse(
                    "That is no address. Copy it whole, with https:// at its beginning.".to_owned(),
                )
                .await;
            };
            if digest.is_none() {
                return refuse("Give the digest that the plugin’s maker published: an address can give something else tomorrow.".to_owned()).await;
            }
            download(app, &address).await.map(|bytes| Offer {
                bytes,
                source: address.to_string(),
                digest,
            })
        }
        (None, None) => {
            return refuse("Choose the plugin’s file, or give its address.".to_owned()).await;
        }
    };
    let installed = match offer {
        Ok(offer) => install_offer(app, offer).await,
        Err(problem) => Err(problem),
    };
    match installed {
        Ok(Installed { plugin, .. }) => Ok(done("installed", &plugin)),
        Err(InstallProblem::Problem(problem)) => Err(problem.into()),
        Err(problem) => refuse(sentence(&chain(&problem))).await,
    }
}

/// An error with its causes, but for those that its own words are.
fn chain(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !words.contains(&more) {
            words = format!("{words}: {more}");
        }
        cause = error.source();
    }
    words
}

/// Words of an error as a sentence on a page.
fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    format!(
        "{}{}.",
        first.unwrap_or_default(),
        letters.as_str().trim_end_matches('.')
    )
}

/// The list again, which says what was done.
fn done(what: &str, plugin: &PluginRecord) -> Response {
    let query = [
        ("done", what),
        ("id", &plugin.id),
        ("version", &plugin.version),
    ];
    let mut url = Url::parse("http://localhost/admin/plugins").ok();
    if let Some(url) = &mut url {
        url.query_pairs_mut().extend_pairs(query);
    }
    let query = url.as_ref().and_then(Url::query).unwrap_or_default();
    Redirect::to(&format!("/admin/plugins?{query}")).into_response()
}

pub(crate) async fn upgrade(
    State(web): State<Web>,
    session: AdminSession,
    Query(params): Query<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    let app = web.app();
    let params = Fields(params);
    let digest = params.text("digest");
    let upgrade = match preview(app, digest).await {
        Err(Problem::NotFound) => return Err(Failure::no_such_admin_page()),
        upgrade => upgrade?,
    };
    let plugin = app.units.unit_by_digest(digest);
    let reader = app.units.reader_by_digest(digest);
    let unit = plugin.as_ref().map(|plugin| plugin.unit());
    let title = |rule: &str| {
        let known = unit.and_then(|unit| unit.rules.iter().find(|known| known.id == rule));
        known.map_or_else(|| rule.to_owned(), |known| known.title.clone())
    };
    web.page(&PluginUpgrade {
        frame: frame(&web, &session, "plugins"),
        about: match (unit, reader) {
            (Some(unit), _) => format!("{} {}", unit.number, unit.title),
            (None, Some(reader)) => reader.extensions().join(", "),
            (None, None) => String::new(),
        },
        is_unit: unit.is_some(),
        id: upgrade.to.id.clone(),
        from: upgrade.from.as_ref().map(version_name),
        to: version_name(&upgrade.to),
        description: upgrade.description,
        misfits: upgrade.misfits,
        sample: upgrade.sample,
        tried: upgrade.tried,
        same: upgrade.same,
        other_results: upgrade.other_results,
        failures: upgrade.failures,
        files: upgrade
            .files
            .into_iter()
            .map(|file| FileRow {
                before: file.before.to_string(),
                after: file.after.to_string(),
                ending: file.ending,
            })
            .collect(),
        findings: upgrade
            .findings
            .into_iter()
            .map(|change| FindingRow {
                rule: title(&change.rule),
                criterion: change.criterion,
                before: change.before,
                after: change.after,
                count: change.count,
            })
            .collect(),
    })
}

pub(crate) async fn use_version(
    State(web): State<Web>,
    session: AdminSession,
    fields: Fields,
) -> Result<Response, Failure> {
    session.guard(&fields)?;
    let reason = match fields.text("reason").trim() {
        "" => NO_REASON,
        reason if reason.chars().count() > 200 => {
            return Err(Failure::bad_form(
                "The reason is longer than 200 letters. Shorten it.",
            ));
        }
        reason => reason,
    };
    match make_default(web.app(), fields.text("digest"), reason).await {
        Ok(plugin) => Ok(done("used", &plugin)),
        Err(Problem::NotFound) => Err(Failure::no_such_admin_page()),
        Err(problem) => Err(problem.into()),
    }
}
