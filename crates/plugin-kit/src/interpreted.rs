//! Units in languages that are interpreted: JavaScript and Python. A tool of each language's own registry puts
//! the unit and an interpreter into one component; the kit for authors lies in
//! the project's folder `markbridge`, written anew by every build, so that it is
//! always that of this version.

mod types;

use std::path::{Path, PathBuf};
use std::process::Command;

/// The interface that a unit is built against.
const INTERFACE: &str = include_str!("../../unit-sdk/wit/unit-1.0.0/unit.wit");
const JAVASCRIPT_KIT: &str = include_str!("../../unit-sdk/javascript/markbridge.js");
const JAVASCRIPT_KIT_TYPES: &str = include_str!("../../unit-sdk/javascript/markbridge.d.ts");
const PYTHON_KIT: &str = include_str!("../../unit-sdk/python/markbridge.py");
/// World of the interface that a unit is.
const WORLD: &str = "unit-plugin";
/// The folder of a project that belongs to the kit.
const KIT: &str = "markbridge";

/// A language whose units are built by a tool of its own registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interpreted {
    /// JavaScript, run by `QuickJS` inside the plugin.
    JavaScript,
    /// Python, run by `CPython` inside the plugin.
    Python,
}

/// Why a unit could not be built.
#[derive(Debug, thiserror::Error)]
pub enum InterpretedError {
    /// The tool of the language is not there.
    #[error("`{tool}` is not installed in this project; in its folder, run:\n  {install}")]
    ToolMissing {
        /// Name of the tool.
        tool: &'static str,
        /// What installs it.
        install: &'static str,
    },
    /// The tool refused the project.
    #[error("`{tool}` could not build the unit:\n{said}")]
    Refused {
        /// Name of the tool.
        tool: &'static str,
        /// What it said.
        said: String,
    },
    /// A file of the project could not be read or written.
    #[error("`{}` could not be read or written", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

impl Interpreted {
    /// The language of the project in this folder, by the name of its unit's file.
    pub fn of(project: &Path) -> Option<Self> {
        [Self::JavaScript, Self::Python]
            .into_iter()
            .find(|language| project.join(language.source()).is_file())
    }

    /// The file of a project that holds the unit.
    pub fn source(self) -> &'static str {
        match self {
            Self::JavaScript => "unit.js",
            Self::Python => "unit.py",
        }
    }

    /// Writes the kit for authors into the project's folder `markbridge`: what a
    /// unit is written with, the interface, and types for editors.
    ///
    /// # Errors
    /// [`InterpretedError::File`].
    pub fn lay_out_kit(self, project: &Path) -> Result<(), InterpretedError> {
        let kit = project.join(KIT);
        std::fs::create_dir_all(&kit).map_err(failed(&kit))?;
        write(&kit.join("unit.wit"), INTERFACE)?;
        match self {
            Self::JavaScript => {
                write(&kit.join("markbridge.js"), JAVASCRIPT_KIT)?;
                write(&kit.join("markbridge.d.ts"), JAVASCRIPT_KIT_TYPES)?;
                write(&kit.join("shapes.js"), &types::shapes(INTERFACE))?;
                write(&kit.join("types.d.ts"), &types::of_interface(INTERFACE))
            }
            Self::Python => write(&kit.join("__init__.py"), PYTHON_KIT),
        }
    }

    /// Builds the unit of the project in this folder.
    ///
    /// # Errors
    /// [`InterpretedError`].
    pub fn build(self, project: &Path) -> Result<Vec<u8>, InterpretedError> {
        self.lay_out_kit(project)?;
        let component = project.join(KIT).join("unit.wasm");
        self.run(project, |tool| match self {
            Self::JavaScript => tool
                .args(["--wit", "markbridge/unit.wit", "--world", WORLD])
                // Without the system's functions, which no plugin gets, and
                // without asynchronous ones, which the interface does not have.
                .args(["--stub-wasi", "--sync", "--module-root", "."])
                .args(["--js", self.source(), "--output", "markbridge/unit.wasm"]),
            Self::Python => interface(tool).args([
                "componentize",
                "unit",
                "--stub-wasi",
                "--python-path",
                ".",
                "--output",
                "markbridge/unit.wasm",
            ]),
        })?;
        if self == Self::Python {
            // For editors alone: the component has bindings of its own. The tool
            // writes into no folder that is there.
            let stubs = project.join(KIT).join("stubs");
            if stubs.is_dir() {
                std::fs::remove_dir_all(&stubs).map_err(failed(&stubs))?;
            }
            self.run(project, |tool| {
                interface(tool).args(["bindings", "markbridge/stubs"])
            })?;
        }
        let bytes = std::fs::read(&component).map_err(failed(&component))?;
        std::fs::remove_file(&component).map_err(failed(&component))?;
        Ok(bytes)
    }

    fn tool(self) -> &'static str {
        match self {
            Self::JavaScript => "componentize-qjs",
            Self::Python => "componentize-py",
        }
    }

    /// Runs the tool in the project's folder: the project's own, else the one
    /// that the machine has.
    fn run(
        self,
        project: &Path,
        with: impl Fn(&mut Command) -> &mut Command,
    ) -> Result<(), InterpretedError> {
        let own = match self {
            Self::JavaScript => project.join("node_modules/componentize-qjs/cli.mjs"),
            Self::Python if cfg!(windows) => project.join(".venv/Scripts/componentize-py.exe"),
            Self::Python => project.join(".venv/bin/componentize-py"),
        };
        // The tool runs in another folder than we do.
        let own = std::path::absolute(&own).unwrap_or(own);
        let mut command = match (own.is_file(), self) {
            (true, Self::JavaScript) => {
                let mut node = Command::new("node");
                node.arg(own);
                node
            }
            (true, Self::Python) => Command::new(own),
            (false, _) => Command::new(self.tool()),
        };
        // Its own calls are no concern of an author.
        command.env("RUST_BACKTRACE", "0").current_dir(project);
        let Ok(output) = with(&mut command).output() else {
            return Err(InterpretedError::ToolMissing {
                tool: self.tool(),
                install: match self {
                    Self::JavaScript => "npm install",
                    Self::Python if cfg!(windows) => {
                        "python -m venv .venv && .venv\\Scripts\\pip install -r requirements.txt"
                    }
                    Self::Python => {
                        "python3 -m venv .venv && .venv/bin/pip install -r requirements.txt"
                    }
                },
            });
        };
        if output.status.success() {
            return Ok(());
        }
        let said = if output.stderr.is_empty() {
            output.stdout
        } else {
            output.stderr
        };
        Err(InterpretedError::Refused {
            tool: self.tool(),
            said: self.essence(&String::from_utf8_lossy(&said)).to_owned(),
        })
    }

    /// What the tool says of the unit, without what it says of itself.
    fn essence(self, said: &str) -> &str {
        let (before, after) = match self {
            Self::JavaScript => ("Error: : ", "\n\n\n"),
            Self::Python => ("AssertionError: ", "\n\nCaused by:"),
        };
        let said = said.split_once(before).map_or(said, |(_, said)| said);
        said.split(after).next().unwrap_or(said).trim()
    }
}

fn interface(tool: &mut Command) -> &mut Command {
    tool.args(["--quiet", "--wit-path", "markbridge/unit.wit"])
        .args(["--world", WORLD])
}

fn write(path: &Path, text: &str) -> Result<(), InterpretedError> {
    std::fs::write(path, text).map_err(failed(path))
}

fn failed(path: &Path) -> impl FnOnce(std::io::Error) -> InterpretedError {
    let path = path.to_owned();
    move |source| InterpretedError::File { path, source }
}
