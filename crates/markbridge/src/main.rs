//! The `markbridge` binary: the only place that knows every crate, tells the
//! time and draws random numbers. Each command is a module.

mod admin;
mod compile;
mod compose;
mod demo;
mod doctor;
mod key;
mod overlay;
mod passback;
mod platform;
mod plugin;
mod roster;
mod serve;
mod settings;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::settings::Settings;

/// Connects courses in Moodle and Canvas with the marking of vocational units.
#[derive(Debug, Parser)]
#[command(version, about)]
struct Arguments {
    /// Settings file; what it does not name has its standard value.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve pages and platforms, and deliver grades.
    Serve,
    /// Only deliver grades and read rosters.
    Worker,
    /// Bring the database up to date and stop.
    Migrate,
    /// Say whether everything works: this installation, and each platform.
    Doctor(doctor::Arguments),
    /// Look at the settings.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Administrators of this server.
    #[command(subcommand)]
    Admin(admin::Command),
    /// Registrations of learning platforms.
    #[command(subcommand)]
    Platform(platform::Command),
    /// Keys that sign our messages to platforms.
    #[command(subcommand)]
    Key(key::Command),
    /// Unit plugins and readers.
    #[command(subcommand)]
    Plugin(plugin::Command),
    /// Rosters of courses.
    #[command(subcommand)]
    Roster(roster::Command),
    /// Grades on their way to gradebooks.
    #[command(subcommand)]
    Passback(passback::Command),
    /// The job that compiles a plugin: component in, compiled code out.
    #[command(name = compile::COMMAND, hide = true)]
    CompilePlugin,
    /// Markbridge with a small demo VLE beside it, to try everything.
    Demo(demo::Arguments),
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Say whether the settings and the overlays are sound, and print the settings.
    Check,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments).await {
        Ok(code) => code,
        Err(error) => {
            complain(&format!("error: {error:#}"));
            ExitCode::from(2)
        }
    }
}

async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    // The demo makes its own settings in a folder of its own.
    if let Command::Demo(demo) = arguments.command {
        return demo::run(demo).await;
    }
    let settings = Settings::load(arguments.config.as_deref())?;
    match arguments.command {
        Command::Serve => serve::serve(&settings).await?,
        Command::Worker => serve::worker(&settings).await?,
        Command::Migrate => {
            compose::storage(&settings).await?;
            say("The database is up to date.");
        }
        Command::Config(ConfigCommand::Check) => {
            // Overlays are tried on their units, which takes a while where there are any.
            if !settings.centre.overlays_dir.is_empty() {
                overlay::load(&settings, &compose::Installed::find(&settings).await?)?;
            }
            say(&settings.printed()?);
        }
        Command::Admin(admin::Command::Link) => admin::link(&settings).await?,
        Command::Platform(command) => platform::run(&settings, command).await?,
        Command::Doctor(arguments) => return doctor::run(&settings, arguments).await,
        Command::Key(command) => key::run(&settings, command).await?,
        Command::Plugin(command) => return plugin::run(&settings, command).await,
        Command::Roster(roster::Command::Sync) => roster::sync(&settings).await?,
        Command::Passback(command) => passback::run(&settings, command).await?,
        Command::CompilePlugin => return compile::run(&settings),
        Command::Demo(_) => {}
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints a line of the command's result. Whoever reads may have had enough before
/// the end, as `head` has; that is no failure.
fn say(line: &str) {
    writeln!(std::io::stdout(), "{line}").ok();
}

/// Prints a line about what went wrong, or how far a long step got.
fn complain(line: &str) {
    writeln!(std::io::stderr(), "{line}").ok();
}
