//! A sketch of ILM 8577-305, Undertaking mentoring in the workplace, to show
//! that a sibling of 8577-306 is data.
//!
//! What is known of the unit: its title, its place in the Award in Mentoring,
//! and at least six hours of supervised practice. Its criteria are not at hand.
//! The wording here is a placeholder and says so, and the numbers are those of
//! the likely counterparts in 8577-306. Nobody should mark with it.

use unit_sdk::checks::{
    Checks, ClientDocuments, ClientFeedback, Component, Diary, DiaryRule, Enough, SupervisionRule,
};
use unit_sdk::describe::{
    criterion, declaration_slot, document_slot, field, outcome, table_slot, unit,
};
use unit_sdk::lexicon::mentoring::{self, PERSONAL_DATA};
use unit_sdk::lexicon::practice as words;
use unit_sdk::{Evidence, Plugin, wit};

/// Criteria: id, verb and what the criterion is likely to be about.
const CRITERIA: [(&str, &str, &str); 6] = [
    ("1.1", "plan", "Planning the mentoring sessions"),
    ("1.2", "agree", "Contracting with the mentees"),
    ("2.1", "use", "Using diagnostic tools"),
    ("2.3", "mentor", "Mentoring for at least six hours"),
    ("3.1", "collect", "Collecting feedback"),
    ("4.1", "review", "Using supervision"),
];

/// Columns of the diary: id, title, other headings, kind, whether each row has it.
const COLUMNS: [(&str, &str, &[&str], &str, bool); 11] = [
    ("ref", "Ref", &["Reference", "No"], "text", false),
    ("date", "Date", &["Day"], "date", true),
    ("client", "Client", &["Mentee"], "text", false),
    ("start", "Start", &["Start time"], "time", false),
    (
        "minutes",
        "Minutes",
        &["Duration", "Length"],
        "duration",
        true,
    ),
    ("kind", "Kind", &["Type"], "choice", true),
    ("goals", "Goals", &[], "text", false),
    ("tools", "Tools / techniques", &["Tools"], "text", false),
    ("happened", "What happened", &[], "text", false),
    ("progress", "Progress", &[], "text", false),
    ("impact", "Impact on role", &["Impact"], "text", false),
];

/// Thresholds: id, title, standard value, who says so, what a centre may do.
/// Only the hours are ILM's.
const THRESHOLDS: [(&str, &str, f64, &str, &str); 11] = [
    (
        "min_minutes_total",
        "Minutes of mentoring in all",
        360.0,
        "ilm",
        "raise",
    ),
    ("min_clients", "Clients", 1.0, "heuristic", "free"),
    (
        "min_minutes_per_client",
        "Minutes with which a client counts",
        1.0,
        "heuristic",
        "free",
    ),
    (
        "min_supervision_records",
        "Records of supervision",
        1.0,
        "heuristic",
        "free",
    ),
    (
        "min_minutes_supervision",
        "Minutes of supervision",
        0.0,
        "heuristic",
        "free",
    ),
    (
        "largest_session_minutes",
        "Longest session",
        240.0,
        "heuristic",
        "free",
    ),
    (
        "largest_client_share",
        "Largest share with one client",
        1.0,
        "heuristic",
        "free",
    ),
    (
        "largest_gap_days",
        "Days between two sessions",
        42.0,
        "heuristic",
        "free",
    ),
    (
        "least_row_share",
        "Share of rows with goals and progress",
        0.8,
        "heuristic",
        "free",
    ),
    (
        "least_plan_elements",
        "Things that a plan speaks of",
        2.0,
        "heuristic",
        "free",
    ),
    (
        "least_contract_elements",
        "Things that a contract speaks of",
        3.0,
        "heuristic",
        "free",
    ),
];

const DIARY: DiaryRule<'static> = DiaryRule {
    slot: "diary",
    hours_criterion: "2.3",
    records_criterion: "2.3",
    source: "ilm",
    fields: words::DIARY_FIELDS,
    counted_kinds: &["mentoring"],
    supervision_kind: "supervision",
    practice: "mentoring",
    client_words: &words::CLIENT_WORDS,
    settings: words::DIARY_SETTINGS,
};

const PLANS: ClientDocuments<'static> = ClientDocuments {
    rule: "client-plan",
    criterion: "1.1",
    what: "plan",
    essential: &words::PLAN,
    further: &[],
    enough: "least_plan_elements",
    dated_by: &words::DATED,
    pending: &words::PENDING,
};

const CONTRACTS: ClientDocuments<'static> = ClientDocuments {
    rule: "client-contract",
    criterion: "1.2",
    what: "contract",
    essential: &words::CONTRACT_ESSENTIAL,
    further: &words::CONTRACT_FURTHER,
    enough: "least_contract_elements",
    dated_by: &words::DATED,
    pending: &words::PENDING,
};

const FEEDBACK: ClientFeedback<'static> = ClientFeedback {
    rule: "client-feedback",
    others_rule: "feedback-others",
    rows_rule: "feedback-in-diary",
    criterion: "3.1",
    methods: &words::FEEDBACK_METHODS,
    none: &words::NO_FEEDBACK,
    in_rows: &words::FEEDBACK_IN_ROWS,
    others: &words::OTHER_STAKEHOLDERS,
    required_from: "",
    required_others: &[],
};

const SUPERVISION: SupervisionRule<'static> = SupervisionRule {
    rule: "supervision-used",
    criterion: "4.1",
    challenged: &words::CHALLENGED,
    changed: &words::CHANGED,
    supervision: &words::SUPERVISION,
    least_records: "min_supervision_records",
    least_minutes: "min_minutes_supervision",
};

const COMPONENTS: [Component<'static>; 1] = [Component {
    id: "diagnostic-tool",
    criterion: "2.1",
    title: "Diagnostic tool",
    what: "a diagnostic tool",
    concepts: &mentoring::DIAGNOSTIC_TOOLS,
    enough: Enough::One,
    near: &[],
    source: "heuristic",
    advice: "You could say which tool you used, and what it showed.",
}];

/// The unit.
#[derive(Debug)]
pub struct MentoringPractice;

unit_sdk::plugin!(MentoringPractice);

impl Plugin for MentoringPractice {
    fn describe() -> wit::Unit {
        let title = "Undertaking mentoring in the workplace";
        let mut criteria = outcome(
            "1",
            "Placeholder: the outcomes of this unit are not at hand",
        );
        for (id, verb, about) in CRITERIA {
            let wording = format!("Placeholder: {about}");
            criteria = criteria.criterion(criterion(id, &[verb], &wording));
        }
        let columns = COLUMNS.map(|(id, title, aliases, kind, required)| {
            let kinds = [
                ("mentoring", "Mentoring"),
                ("supervision", "Supervision"),
                ("admin", "Admin"),
                ("cancelled", "Cancelled"),
            ];
            let choices: &[(&str, &str)] = if kind == "choice" { &kinds } else { &[] };
            wit::Field {
                aliases: aliases.iter().map(|alias| (*alias).into()).collect(),
                required,
                ..field(id, title, kind).choices(choices)
            }
        });
        let mut sketch = unit("ilm-8577-305", "0.1.0", "8577-305", title)
            .awarding_body("ilm", "ILM")
            .outcome(criteria)
            .slot(table_slot("diary", "Mentoring diary", "One row for each session.", columns.into()))
            .slot(document_slot("portfolio", "Portfolio", "Start each heading with the number of its criterion."))
            .slot(declaration_slot("declaration", "Declaration", "By submitting I confirm that this portfolio is my own work"))
            .rule(COMPONENTS[0].id, COMPONENTS[0].title, &COMPONENTS[0].rule().help)
            .provenance("unit", "inferred", "Title and place in the Award as in a provider's information pack; at least six hours of practice as on ILM's own page.")
            .provenance("outcome:1", "provisional", "Outcomes, criteria, their numbers and their wording are placeholders until the unit's specification is at hand.")
            .provenance("setting:min_clients", "provisional", "How many clients the unit asks for is not known.");
        for (id, title, standard, source, overlay) in THRESHOLDS {
            let threshold = field(id, title, "number").between(0.0, 60_000.0);
            sketch = sketch.setting(threshold, standard, source, overlay);
        }
        sketch.sheet.modes = vec!["pass-referral".into()];
        sketch
    }

    fn check(
        evidence: Evidence<'_>,
        context: &wit::Context,
        previous: Option<&wit::Attempt>,
    ) -> Result<Vec<wit::Finding>, wit::PluginError> {
        let unit = Self::describe();
        let checks = Checks::new(evidence, &unit, context);
        let diary = Diary::new(evidence, &unit, context, DIARY);
        let (plans, contracts) = (
            diary.client_documents(&PLANS),
            diary.client_documents(&CONTRACTS),
        );
        let feedback = diary.client_feedback(&FEEDBACK);
        let columns = [
            ("Plan", &plans),
            ("Contract", &contracts),
            ("Feedback", &feedback),
        ];
        let mut findings: Vec<wit::Finding> = diary.client_matrix(&columns).into_iter().collect();
        findings.push(diary.practice_hours());
        findings.extend(diary.oddities());
        findings.extend(checks.section_found());
        findings.extend(checks.changes(previous));
        for artefacts in [plans, contracts, feedback] {
            findings.extend(artefacts.findings);
        }
        findings.extend(checks.components(&COMPONENTS, ""));
        findings.push(diary.supervision_used(&SUPERVISION));
        findings.extend(checks.personal_data(&PERSONAL_DATA));
        Ok(findings)
    }
}

#[cfg(test)]
mod tests {
    use assessment::evidence::{ReadColumn, ReadTable};
    use assessment::{table, unit as host};
    use read_csv::ReadCsv;
    use read_docx::ReadDocx;
    use unit_sdk::reader::Reader;
    use unit_sdk::reader::wit::{Content, File, Wanted};
    use unit_sdk::testing;

    use super::*;

    const PORTFOLIO: &[u8] =
        include_bytes!("../../../tests/fixtures/306-short/306-short-portfolio.docx");
    const ROWS: &[u8] = include_bytes!("../../../tests/fixtures/306-short/306-short-diary.csv");

    fn read<R: Reader>(bytes: &[u8], wanted: Wanted) -> Content {
        let file = File {
            bytes: bytes.to_vec(),
            media_type: String::new(),
            name: String::new(),
            wanted,
            locale: "en-GB".into(),
        };
        R::read(&file).expect("the fixture is read")
    }

    /// The short fixture of 8577-306, as the host would pass it to this unit.
    fn evidence(unit: &wit::Unit) -> wit::Evidence {
        let Content::Document(portfolio) = read::<ReadDocx>(PORTFOLIO, Wanted::Document) else {
            panic!("gave tables");
        };
        let Content::Tables(tables) = read::<ReadCsv>(ROWS, Wanted::Tables) else {
            panic!("gave a document");
        };
        let mut evidence = testing::evidence(unit, "portfolio", &portfolio);
        evidence.slots[0].state = "given".into();
        evidence.tables.push(diary(&unit.slots[0], &tables[0]));
        evidence
    }

    fn diary(slot: &wit::Slot, read: &unit_sdk::reader::wit::Table) -> wit::Table {
        let columns = read.columns.iter().map(|column| ReadColumn {
            heading: column.heading.clone(),
            kind: column.kind.clone(),
            cells: column.cells.clone(),
            written: column.written.clone(),
        });
        let read = ReadTable {
            title: read.title.clone(),
            row_count: read.row_count,
            columns: columns.collect(),
            source_row: read.source_row.clone(),
            headings: read.headings.clone(),
            warnings: Vec::new(),
        };
        let slot = host_slot(slot);
        let (table, _) = table::table(
            &slot,
            0,
            "diary",
            &read,
            &table::matching(&slot, &read),
            "en-GB",
        );
        let columns = table.columns.into_iter().map(|column| wit::TableColumn {
            id: column.id,
            title: column.title,
            kind: column.kind,
            present: column.present,
            cells: column.cells,
            written: column.written,
            numbers: column.numbers,
        });
        wit::Table {
            slot: table.slot,
            item: table.item,
            title: table.title,
            row_count: table.row_count,
            columns: columns.collect(),
            source_row: table.source_row,
        }
    }

    fn host_slot(slot: &wit::Slot) -> host::Slot {
        let fields = slot.fields.iter().map(|field| host::Field {
            id: field.id.clone(),
            title: field.title.clone(),
            aliases: field.aliases.clone(),
            help: String::new(),
            kind: field.kind.clone(),
            unit: field.unit.clone(),
            required: field.required,
            minimum: field.minimum,
            maximum: field.maximum,
            choices: field
                .choices
                .iter()
                .map(|choice| host::Choice {
                    id: choice.id.clone(),
                    title: choice.title.clone(),
                    aliases: choice.aliases.clone(),
                })
                .collect(),
            example: String::new(),
        });
        host::Slot {
            id: slot.id.clone(),
            kind: slot.kind.clone(),
            title: slot.title.clone(),
            help: String::new(),
            required: slot.required,
            most_files: slot.most_files,
            criteria: Vec::new(),
            fields: fields.collect(),
            statement: String::new(),
        }
    }

    #[test]
    fn the_evidence_of_a_sibling_is_checked_against_six_hours() {
        let unit = MentoringPractice::describe();
        let evidence = evidence(&unit);
        let context = testing::context(&unit);
        let findings = MentoringPractice::check(Evidence::new(&evidence), &context, None)
            .expect("the checks run");
        let of_rule =
            |rule: &'static str| findings.iter().filter(move |finding| finding.rule == rule);
        let hours = of_rule("practice-hours").next().expect("hours");
        let measure = hours.measure.as_ref().expect("minutes");
        assert_eq!(
            (hours.status.as_str(), measure.counted, measure.wanted),
            ("found", 2159.0, Some(360.0))
        );
        let sections: Vec<&str> = of_rule("section-found")
            .map(|finding| finding.status.as_str())
            .collect();
        assert_eq!(sections, ["found"; 6]);
        assert_eq!(
            of_rule("diagnostic-tool").next().expect("a finding").status,
            "found"
        );
        assert_eq!(of_rule("client-matrix").count(), 1);
        assert_eq!(
            of_rule("supervision-used")
                .next()
                .expect("a finding")
                .status,
            "found"
        );
        let feedback = of_rule("client-feedback").any(|finding| finding.status != "found");
        assert!(feedback, "Client B and Client C gave none");
    }

    #[test]
    fn what_is_not_known_is_said() {
        let unit = MentoringPractice::describe();
        assert!(
            unit.criteria()
                .all(|criterion| criterion.wording.starts_with("Placeholder: "))
        );
        let provisional = unit
            .provenance
            .iter()
            .filter(|fact| fact.basis == "provisional");
        assert_eq!(provisional.count(), 2);
        let hours = &unit.settings[0];
        assert_eq!(
            (hours.standard.clone(), hours.overlay.as_str()),
            (wit::Value::Number(360.0), "raise")
        );
    }
}
