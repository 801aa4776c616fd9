//! Units and their settings, for administrators.

use serde::Serialize;

use super::admin::sample_frame;
use super::{Frame, Page};

/// All installed units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Units {
    /// The frame.
    pub frame: Frame,
    /// The units by id.
    pub units: Vec<UnitView>,
    /// Ids of units for which the centre set something and of which no version can
    /// be loaded.
    pub idle: Vec<String>,
}

/// A unit with its settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnitView {
    /// Its id.
    pub id: String,
    /// Its number and title.
    pub name: String,
    /// Version of the plugin.
    pub version: String,
    /// Whether it is marked with marks.
    pub marked: bool,
    /// Reference of its mark sheet; may be empty.
    pub reference: String,
    /// Its settings in the unit's order.
    pub settings: Vec<UnitSetting>,
    /// What else the centre set, for all platforms.
    pub changes: Vec<CentreChange>,
    /// What it set for some platforms.
    pub for_platforms: Vec<CentreChanges>,
}

/// A setting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnitSetting {
    /// Its id, which an overlay names.
    pub id: String,
    /// What it is.
    pub title: String,
    /// More about it; may be empty.
    pub help: String,
    /// The unit's own value.
    pub standard: String,
    /// Whose that is: the awarding body's name, `centre` or `heuristic`.
    pub whose: String,
    /// What a centre may do: `fixed`, `raise`, `lower`, `free` or another code.
    pub rule: String,
    /// The value in force.
    pub now: String,
    /// Where the centre has it from; none where the unit's own counts.
    pub source: Option<String>,
}

/// Something that the centre set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CentreChange {
    /// What it is.
    pub title: String,
    /// What stood there; may be empty.
    pub before: String,
    /// What stands there now; may be empty.
    pub after: String,
    /// Where the centre has it from; empty where the unit's own stands again.
    pub source: String,
}

/// What the centre set for some platforms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CentreChanges {
    /// The platforms as the overlay names them.
    pub platforms: Vec<String>,
    /// What it set.
    pub changes: Vec<CentreChange>,
}

impl Page for Units {
    const TEMPLATE: &'static str = "admin-units.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let setting =
            |id: &str, title: &str, standard: &str, whose: &str, rule: &str| UnitSetting {
                id: id.to_owned(),
                title: title.to_owned(),
                help: String::new(),
                standard: standard.to_owned(),
                whose: whose.to_owned(),
                rule: rule.to_owned(),
                now: standard.to_owned(),
                source: None,
            };
        let change = |title: &str, before: &str, after: &str, source: &str| CentreChange {
            title: title.to_owned(),
            before: before.to_owned(),
            after: after.to_owned(),
            source: source.to_owned(),
        };
        let handbook = "Centre handbook 2026, section 4 <draft>";
        let some = Self {
            frame: sample_frame("units"),
            idle: vec!["ilm-8577-305".to_owned()],
            units: vec![
                UnitView {
                    id: "ilm-8577-306".to_owned(),
                    name: "8577-306 Undertaking an extended period of mentoring in the workplace"
                        .to_owned(),
                    version: "1.0.0".to_owned(),
                    marked: true,
                    reference: "M0000 JAN 26 V1".to_owned(),
                    settings: vec![
                        UnitSetting {
                            help: "36 hours are 2,160 minutes.".to_owned(),
                            now: "2400 minutes".to_owned(),
                            source: Some(handbook.to_owned()),
                            ..setting(
                                "min_minutes_total",
                                "Minutes of mentoring in all",
                                "2160 minutes",
                                "ILM",
                                "raise",
                            )
                        },
                        setting(
                            "near_empty_words",
                            "Nearly empty",
                            "40 words",
                            "heuristic",
                            "free",
                        ),
                        setting(
                            "largest_session",
                            "Longest session",
                            "240 minutes",
                            "centre",
                            "lower",
                        ),
                        setting("parts", "Parts", "3", "ILM", "fixed"),
                    ],
                    changes: vec![
                        change("Mode of the mark sheet", "pass-referral", "marks", handbook),
                        change("AC 1.1: questions", "", "What did you plan?", handbook),
                    ],
                    for_platforms: vec![CentreChanges {
                        platforms: vec![
                            "https://vle.example.org".to_owned(),
                            "Second college".to_owned(),
                        ],
                        changes: vec![change(
                            "Minutes of mentoring in all",
                            "2400 minutes",
                            "2160 minutes",
                            "",
                        )],
                    }],
                },
                UnitView {
                    id: "demo-1".to_owned(),
                    name: "1 Gardens".to_owned(),
                    version: "2.0.0".to_owned(),
                    marked: false,
                    reference: String::new(),
                    settings: Vec::new(),
                    changes: Vec::new(),
                    for_platforms: Vec::new(),
                },
            ],
        };
        let none = Self {
            units: Vec::new(),
            idle: Vec::new(),
            ..some.clone()
        };
        vec![("some", some), ("none", none)]
    }
}
