//! Pages about plugins: what is installed, and what another version would change.

use serde::Serialize;

use super::admin::sample_frame;
use super::{Frame, Notice, NoticeKind, Page};

/// All plugins with their versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Plugins {
    /// The frame.
    pub frame: Frame,
    /// What became of an attempt to install; shown above the form.
    pub refused: Option<String>,
    /// Names of the trusted keys.
    pub trusted: Vec<String>,
    /// The plugins by id.
    pub plugins: Vec<PluginView>,
}

/// A plugin with its versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PluginView {
    /// Its id.
    pub id: String,
    /// A unit's number and title, or what a reader reads.
    pub about: String,
    /// Whether it is a unit.
    pub is_unit: bool,
    /// Its versions, the one in use first.
    pub versions: Vec<VersionView>,
    /// The version that going back leads to.
    pub before: Option<VersionName>,
    /// Whether a version is in use.
    pub runs: bool,
    /// How its calls went; empty where there were none.
    pub health: String,
    /// Whether it is slowed down.
    pub slowed: bool,
}

/// A version of a plugin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VersionView {
    /// Version and digest.
    pub name: VersionName,
    /// Whether work begins with it.
    pub in_use: bool,
    /// Whether it could not be loaded.
    pub broken: bool,
    /// Whether it is the one that was chosen; while it cannot be loaded, another is
    /// in use or none.
    pub chosen: bool,
    /// Since when and why; empty where nobody decided.
    pub since: String,
    /// Where it came from and when; empty for a reader of the plugin folder.
    pub from: String,
    /// The key that signed it.
    pub signed_by: Option<String>,
}

/// What a version is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VersionName {
    /// As its maker calls it.
    pub version: String,
    /// SHA-256 in hexadecimal.
    pub digest: String,
}

/// What another version of a unit or reader would change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PluginUpgrade {
    /// The frame.
    pub frame: Frame,
    /// Id of the plugin.
    pub id: String,
    /// A unit's number and title, or what a reader reads.
    pub about: String,
    /// Whether it is a unit.
    pub is_unit: bool,
    /// The version in use; none where none can be loaded.
    pub from: Option<VersionName>,
    /// The version that was tried.
    pub to: VersionName,
    /// What it says of itself differently, in whole sentences.
    pub description: Vec<String>,
    /// What the centre sets that does not fit it, which keeps it from being chosen.
    pub misfits: Vec<String>,
    /// How many submissions or files there were to try it on.
    pub sample: usize,
    /// On how many of them it was tried; fewer where it failed too often.
    pub tried: usize,
    /// How many came out exactly the same.
    pub same: usize,
    /// How many signed sheets come to another result.
    pub other_results: usize,
    /// How often it failed, with the codes.
    pub failures: Vec<String>,
    /// Findings that come out otherwise.
    pub findings: Vec<FindingRow>,
    /// Files that a reader reads differently.
    pub files: Vec<FileRow>,
}

/// A file that is read differently.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileRow {
    /// The ending of its name.
    pub ending: String,
    /// What the version in use makes of it.
    pub before: String,
    /// What the other makes of it.
    pub after: String,
}

/// A finding that comes out otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FindingRow {
    /// The rule's title.
    pub rule: String,
    /// The criterion; empty for the whole submission.
    pub criterion: String,
    /// Its status in the version in use; none where it is not there.
    pub before: Option<String>,
    /// Its status in the other version; none where it is not there.
    pub after: Option<String>,
    /// In how many submissions.
    pub count: usize,
}

fn name(version: &str) -> VersionName {
    VersionName {
        version: version.to_owned(),
        digest: version.replace('.', "a").repeat(13)[..64].to_owned(),
    }
}

impl Page for Plugins {
    const TEMPLATE: &'static str = "admin-plugins.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let version = |version: &str, in_use| VersionView {
            name: name(version),
            in_use,
            chosen: in_use,
            broken: false,
            since: if in_use {
                "12 Mar 2026, 09:05: The new task.".to_owned()
            } else {
                String::new()
            },
            from: "ilm-8577-304-1.1.0.wasm, 12 Mar 2026, 09:00".to_owned(),
            signed_by: in_use.then(|| "Example Awarding College".to_owned()),
        };
        let some = Self {
            frame: sample_frame("plugins"),
            refused: None,
            trusted: vec!["Example Awarding College".to_owned()],
            plugins: vec![
                PluginView {
                    id: "ilm-8577-304".to_owned(),
                    about: "8577-304 Understanding good practice in workplace mentoring".to_owned(),
                    is_unit: true,
                    versions: vec![
                        version("1.0.0", true),
                        version("1.1.0", false),
                        VersionView {
                            broken: true,
                            ..version("0.8.0", false)
                        },
                    ],
                    before: Some(name("0.9.0")),
                    runs: true,
                    health: "1,204 calls since this server started, on average 0.9 ms each. 2 failed: took-too-long 2."
                        .to_owned(),
                    slowed: true,
                },
                PluginView {
                    id: "read-docx".to_owned(),
                    about: "docx".to_owned(),
                    is_unit: false,
                    versions: vec![VersionView {
                        since: String::new(),
                        from: String::new(),
                        signed_by: None,
                        ..version("1.0.0", true)
                    }],
                    before: None,
                    runs: true,
                    health: String::new(),
                    slowed: false,
                },
            ],
        };
        let mut broken = some.clone();
        // The chosen version cannot be loaded: of the unit the one before is in use,
        // of the reader none.
        for plugin in &mut broken.plugins {
            let last = plugin.versions.len() - 1;
            for (at, version) in plugin.versions.iter_mut().enumerate() {
                version.chosen = at == last;
                version.broken = at == last;
            }
        }
        broken.plugins[1].runs = false;
        broken.plugins[1].versions[0].in_use = false;
        let refused = Self {
            refused: Some("nobody vouches for this plugin".to_owned()),
            trusted: Vec::new(),
            plugins: Vec::new(),
            ..some.clone()
        };
        let mut done = some.clone();
        done.frame.notice = Some(Notice {
            kind: NoticeKind::Met,
            title: "Version 1.1.0 is installed".to_owned(),
            text: "Work still begins with version 1.0.0.".to_owned(),
        });
        vec![
            ("some", some),
            ("refused", refused),
            ("done", done),
            ("broken", broken),
        ]
    }
}

impl Page for PluginUpgrade {
    const TEMPLATE: &'static str = "admin-upgrade.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let some = Self {
            frame: sample_frame("plugins"),
            id: "ilm-8577-304".to_owned(),
            about: "8577-304 Understanding good practice in workplace mentoring".to_owned(),
            is_unit: true,
            from: Some(name("1.0.0")),
            to: name("1.1.0"),
            description: vec!["Criterion 2.4 has another wording.".to_owned()],
            misfits: Vec::new(),
            sample: 20,
            tried: 20,
            same: 17,
            other_results: 1,
            failures: vec!["took-too-long".to_owned()],
            findings: vec![
                FindingRow {
                    rule: "Words".to_owned(),
                    criterion: "1.1".to_owned(),
                    before: Some("found".to_owned()),
                    after: Some("look".to_owned()),
                    count: 3,
                },
                FindingRow {
                    rule: "References".to_owned(),
                    criterion: String::new(),
                    before: Some("look".to_owned()),
                    after: Some("look".to_owned()),
                    count: 1,
                },
                FindingRow {
                    rule: "Models".to_owned(),
                    criterion: "1.2".to_owned(),
                    before: None,
                    after: Some("not-found".to_owned()),
                    count: 1,
                },
            ],
            files: Vec::new(),
        };
        let untried = Self {
            description: Vec::new(),
            sample: 0,
            tried: 0,
            same: 0,
            other_results: 0,
            failures: Vec::new(),
            findings: Vec::new(),
            ..some.clone()
        };
        let unchanged = Self {
            sample: 20,
            tried: 20,
            same: 20,
            ..untried.clone()
        };
        let stopped = Self {
            misfits: vec!["Centre handbook: `criteria.2.4` is gone".to_owned()],
            tried: 3,
            same: 0,
            failures: vec!["trapped".to_owned(); 3],
            ..unchanged.clone()
        };
        let file = |before: &str, after: &str| FileRow {
            ending: "docx".to_owned(),
            before: before.to_owned(),
            after: after.to_owned(),
        };
        let reader = Self {
            id: "read-docx".to_owned(),
            about: "docx".to_owned(),
            is_unit: false,
            same: 18,
            files: vec![
                file(
                    "120 blocks, 2545 words",
                    "118 blocks, 2545 words, 1 warning",
                ),
                file("80 blocks, 1200 words", "80 blocks, 1200 words"),
            ],
            ..unchanged.clone()
        };
        let alone = Self {
            from: None,
            misfits: Vec::new(),
            ..stopped.clone()
        };
        vec![
            ("some", some),
            ("untried", untried),
            ("unchanged", unchanged),
            ("stopped", stopped),
            ("alone", alone),
            ("reader", reader),
        ]
    }
}
