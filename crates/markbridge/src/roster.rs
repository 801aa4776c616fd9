//! `markbridge roster`.

use clap::Subcommand;
use workflow::roster::{RosterProblem, sync_course};

use crate::settings::Settings;
use crate::{complain, compose, say};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Read the roster of every course now.
    Sync,
}

pub(crate) async fn sync(settings: &Settings) -> anyhow::Result<()> {
    let app = compose::app(settings).await?;
    let mut work = app.storage.read().await?;
    let courses = work.courses_with_roster().await?;
    drop(work);
    let mut failed = 0;
    for course in courses {
        match sync_course(&app, &course).await {
            Ok(sweep) => say(&format!(
                "{}: {} people seen, {} came, {} left",
                course.title, sweep.seen, sweep.came, sweep.left
            )),
            Err(error @ RosterProblem::UnderWay) => say(&format!("{}: {error}", course.title)),
            Err(error) => {
                failed += 1;
                complain(&format!(
                    "{}: {:#}",
                    course.title,
                    anyhow::Error::new(error)
                ));
            }
        }
    }
    anyhow::ensure!(
        failed == 0,
        "{failed} rosters could not be read; everybody who was known still is"
    );
    Ok(())
}
