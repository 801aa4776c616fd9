//! The server and the worker.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use storage::StorageError;
use workflow::{App, Problem, passback, plugins, roster};

use crate::compose;
use crate::settings::Settings;

/// Longest rest of the worker, so that it notices what other processes queued.
const REST: Duration = Duration::from_secs(30);
/// How soon a server notices that another process installed or switched a plugin.
const PLUGINS_REST: Duration = Duration::from_secs(5);

pub(crate) async fn serve(settings: &Settings) -> anyhow::Result<()> {
    compose::log(settings)?;
    let app = compose::app(settings).await?;
    let listen = settings.server.listen;
    let listener = tokio::net::TcpListener::bind(listen)
        .await
        .with_context(|| format!("nothing can listen on `{listen}` (`server.listen`); is another server running there?"))?;
    let router = web::router(web::Web::new(app.clone())?);
    let units = app.units.units().len();
    let readers = app.units.readers().len();
    tracing::info!(%listen, public_url = %settings.server.public_url, units, readers, "serving");
    let worker = tokio::spawn(work(app));
    axum::serve(listener, router)
        .with_graceful_shutdown(stop())
        .await?;
    worker.abort();
    Ok(())
}

pub(crate) async fn worker(settings: &Settings) -> anyhow::Result<()> {
    compose::log(settings)?;
    let app = compose::app(settings).await?;
    tracing::info!("working");
    tokio::select! {
        () = work(app) => {}
        () = stop() => {}
    }
    Ok(())
}

/// Until the process is asked to stop. A grade under way is not lost by it: it
/// comes due again.
pub(crate) async fn stop() {
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminate => {}
    }
}

/// Delivers grades and, beside that, reads rosters, clears away what has expired
/// and notices other plugins, for ever. A platform whose roster is slow holds no grade up, and
/// there are two who read, so that it does not hold up the next roster either.
pub(crate) async fn work(app: Arc<App>) {
    tokio::join!(
        deliver(&app),
        keep_house(&app),
        read_rosters(&app),
        read_rosters(&app),
        follow_choices(&app),
        load_plugins(&app)
    );
}

/// Notices which versions of plugins another process chose, also while a plugin
/// is compiled.
async fn follow_choices(app: &App) {
    loop {
        tokio::time::sleep(PLUGINS_REST).await;
        report_plugins(plugins::follow_choices(app).await);
    }
}

/// Notices plugins that another process installed.
async fn load_plugins(app: &App) {
    loop {
        tokio::time::sleep(PLUGINS_REST).await;
        report_plugins(plugins::refresh(app).await);
    }
}

fn report_plugins(looked: Result<(), Problem>) {
    if let Err(error) = looked {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "installed plugins could not be looked up"
        );
    }
}

async fn deliver(app: &App) {
    loop {
        if let Err(error) = passback::deliver_due(app).await {
            report(&error).await;
        }
        let rest = rest(app).await;
        tokio::select! {
            () = app.grade_due.notified() => {}
            () = tokio::time::sleep(rest) => {}
        }
    }
}

async fn keep_house(app: &App) {
    loop {
        if let Err(error) = house(app).await {
            report(&error).await;
        }
        tokio::time::sleep(REST).await;
    }
}

async fn read_rosters(app: &App) {
    loop {
        if let Err(error) = roster::sync_due(app).await {
            report(&error).await;
        }
        tokio::select! {
            () = app.roster_due.notified() => {}
            () = tokio::time::sleep(REST) => {}
        }
    }
}

async fn house(app: &App) -> Result<(), StorageError> {
    app.keys.keep().await?;
    let mut work = app.storage.write().await?;
    work.remove_expired(app.now()).await?;
    work.save().await
}

/// A database that fails is not asked again at once.
async fn report(error: &StorageError) {
    tracing::error!(
        error = error as &dyn std::error::Error,
        "the worker could not use the database"
    );
    tokio::time::sleep(Duration::from_secs(5)).await;
}

/// Until the next grade is due.
async fn rest(app: &App) -> Duration {
    let Ok(mut work) = app.storage.read().await else {
        return REST;
    };
    match work.next_passback_due().await {
        Ok(Some(due)) => (due - app.now())
            .to_std()
            .unwrap_or(Duration::from_millis(50))
            .clamp(Duration::from_millis(50), REST),
        _ => REST,
    }
}
