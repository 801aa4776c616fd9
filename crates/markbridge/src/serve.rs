//! The server and the worker.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use storage::StorageError;
use workflow::{App, passback, roster};

use crate::compose;
use crate::settings::Settings;

/// Longest rest of the worker, so that it notices what other processes queued.
const REST: Duration = Duration::from_secs(30);

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
async fn stop() {
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

/// Delivers grades, reads rosters and clears away what has expired, for ever.
async fn work(app: Arc<App>) {
    loop {
        if let Err(error) = round(&app).await {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "the worker could not use the database"
            );
            tokio::time::sleep(Duration::from_secs(5)).await;
        }
        let rest = rest(&app).await;
        tokio::select! {
            () = app.wake.notified() => {}
            () = tokio::time::sleep(rest) => {}
        }
    }
}

async fn round(app: &App) -> Result<(), StorageError> {
    passback::deliver_due(app).await?;
    roster::sync_stale(app).await?;
    let mut work = app.storage.write().await?;
    work.remove_expired(app.now()).await?;
    work.save().await
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
