//! What the unit is. Wording and indicative content are ILM's; the thresholds of
//! hours and clients stand in the unit's criteria; descriptors, all other
//! thresholds and help are our own words.

use unit_sdk::checks::Component;
use unit_sdk::describe::{
    criterion, declaration_slot, document_slot, field, outcome, table_slot, unit as new_unit,
};
use unit_sdk::lexicon::practice::DIARY_SETTINGS;
use unit_sdk::wit::{Choice, Criterion, Descriptor, Field, Outcome, Setting, Slot, Unit, Value};

use crate::choice::COMPONENTS;

/// Slot: the diary.
pub(crate) const DIARY: &str = "diary";
/// Slot: everything else, under headings.
const PORTFOLIO: &str = "portfolio";

/// Slot: the declaration.
pub(crate) const DECLARATION: &str = "declaration";

/// Kind of a row: a session with a client.
pub(crate) const MENTORING: &str = "mentoring";
/// Kind of a row: a meeting with the supervisor.
pub(crate) const SUPERVISION: &str = "supervision";

/// Setting: minutes of supervision.
pub(crate) const MIN_MINUTES_SUPERVISION: &str = "min_minutes_supervision";
/// Setting: records of supervision.
pub(crate) const MIN_SUPERVISION_RECORDS: &str = "min_supervision_records";
/// Setting: from whom feedback is asked for.
pub(crate) const FEEDBACK_REQUIRED_FROM: &str = "feedback_required_from";
/// Setting: how many cues are enough.
pub(crate) const LEAST_CUES: &str = "least_cues";
/// Setting: things that a plan speaks of.
pub(crate) const LEAST_PLAN_ELEMENTS: &str = "least_plan_elements";
/// Setting: things that a contract speaks of.
pub(crate) const LEAST_CONTRACT_ELEMENTS: &str = "least_contract_elements";
/// Setting: sessions that count as the beginning with a client.
pub(crate) const BASELINE_SESSIONS: &str = "baseline_sessions";
/// Setting: clients that a reflection speaks of.
pub(crate) const LEAST_REFLECTED_CLIENTS: &str = "least_reflected_clients";
/// Setting: fewer words than this in a section are worth a look.
pub(crate) const NEAR_EMPTY_WORDS: &str = "near_empty_words";

/// Setting: passages of so many words that stand twice are worth a look.
pub(crate) const REPEATED_WORDS: &str = "repeated_words";

/// Choice of [`FEEDBACK_REQUIRED_FROM`]: every client and the supervisor.
pub(crate) const AND_SUPERVISOR: &str = "clients-and-supervisor";
/// Choice of [`FEEDBACK_REQUIRED_FROM`]: every client and one other person.
pub(crate) const AND_ANOTHER: &str = "clients-and-another";

/// A criterion in one row.
struct Row {
    id: &'static str,
    verbs: &'static [&'static str],
    wording: &'static str,
    /// Our short words for referral, pass and good pass.
    bands: [&'static str; 3],
}

/// Learning outcome 1.
const PLANNING: [Row; 3] = [
    Row {
        id: "1.1",
        verbs: &["prepare", "plan"],
        wording: "Prepare and plan the workplace mentoring sessions",
        bands: [
            "A client has no plan, or plans came after the work began.",
            "A plan for each client before the first session, with outcomes, activities and resources.",
            "Plans that fit the person, foresee risks and were kept up to date.",
        ],
    },
    Row {
        id: "1.2",
        verbs: &["contract"],
        wording: "Contract the scope and content of the workplace mentoring sessions",
        bands: [
            "A client has no contract, or scope or confidentiality is left open.",
            "A contract with each client before the first session, accepted by both.",
            "Contracts that fit the person and were used when things became hard.",
        ],
    },
    Row {
        id: "1.3",
        verbs: &["agree"],
        wording: "Agree goals for the workplace mentoring sessions",
        bands: [
            "A client has no goal, or goals say nothing that can be seen.",
            "Goals with each client that can be followed, with a link to the workplace.",
            "Goals that balance person and organisation and were reviewed on the way.",
        ],
    },
];

/// Learning outcome 2.
const PRACTICE: [Row; 4] = [
    Row {
        id: "2.1",
        verbs: &["use"],
        wording: "Use diagnostic and assessment tools to effectively mentor in the workplace",
        bands: [
            "Tools are missing, or named without being used.",
            "A suitable tool with each client, and what its result was used for.",
            "Tools chosen for the person and used again to show the change.",
        ],
    },
    Row {
        id: "2.2",
        verbs: &["use"],
        wording: "Use mentoring techniques of questioning and listening to effectively mentor in the workplace",
        bands: [
            "One of the two is missing, or there is no example.",
            "Both, with examples from the sessions.",
            "Both over a range of sessions, with what they brought about.",
        ],
    },
    Row {
        id: "2.3",
        verbs: &["mentor"],
        wording: "Mentor a minimum of three clients in the workplace for at least thirty six hours",
        bands: [
            "Less time or fewer clients than asked for, or a diary that does not bear it out.",
            "The hours and clients asked for, borne out by the diary.",
            "The same, well spread over clients and months.",
        ],
    },
    Row {
        id: "2.4",
        verbs: &["keep"],
        wording: "Keep appropriate records of the workplace mentoring activity including progress towards goals and impact on role",
        bands: [
            "Progress or impact is missing from the records.",
            "Records of all sessions with progress and impact.",
            "Records from which each goal can be followed to its end.",
        ],
    },
];

/// Learning outcome 3.
const ANALYSIS: [Row; 3] = [
    Row {
        id: "3.1",
        verbs: &["collect", "show"],
        wording: "Collect feedback from mentoring stakeholders (this must include the mentees) and show evidence within the mentoring diary",
        bands: [
            "Feedback of a client is missing, or the diary does not show it.",
            "Feedback from each client, shown in the diary.",
            "The same at several points, and from others too.",
        ],
    },
    Row {
        id: "3.2",
        verbs: &["reflect", "assess"],
        wording: "Reflect and assess the effectiveness of different mentoring programmes",
        bands: [
            "One programme only, or told without being weighed.",
            "Programmes compared, with what worked and why.",
            "The same, drawn from feedback and records.",
        ],
    },
    Row {
        id: "3.3",
        verbs: &["review"],
        wording: "Review your own workplace performance making links to different mentoring relationships, activities and challenges",
        bands: [
            "Relationships, activities or challenges are left out.",
            "The learner’s own part in all three, with links to the work.",
            "The same, with what will be done differently.",
        ],
    },
];

/// Learning outcome 4.
const SUPERVISED: [Row; 2] = [
    Row {
        id: "4.1",
        verbs: &["reflect", "review"],
        wording: "Reflect and review on how tutorial support/supervision was used during extended mentoring practice to inform and challenge the approach taken to workplace mentoring",
        bands: [
            "Meetings are only listed.",
            "What was challenged, and what changed in the mentoring.",
            "The same, followed into later sessions.",
        ],
    },
    Row {
        id: "4.2",
        verbs: &["plan"],
        wording: "Plan approach to supervision that will be adopted in future workplace mentoring activity",
        bands: [
            "No plan, or only a wish.",
            "Who, how often, what for and in which form.",
            "The same, with reasons from the learner’s own practice.",
        ],
    },
];

/// A column of the diary.
struct Column {
    id: &'static str,
    title: &'static str,
    kind: &'static str,
    required: bool,
    aliases: &'static [&'static str],
    help: &'static str,
    example: &'static str,
}

const COLUMNS: [Column; 13] = [
    Column {
        id: "ref",
        title: "Ref",
        kind: "text",
        required: false,
        aliases: &[
            "Reference",
            "Row",
            "No",
            "Number",
            "Entry",
            "ID",
            "Session no",
            "Session number",
        ],
        help: "Your own number for the row, such as D01, so that your portfolio can point to it.",
        example: "D01",
    },
    Column {
        id: "date",
        title: "Date",
        kind: "date",
        required: true,
        aliases: &["Session date", "Date of session", "Day", "When"],
        help: "The day of the session.",
        example: "03/02/2026",
    },
    Column {
        id: "client",
        title: "Client",
        kind: "text",
        required: false,
        aliases: &[
            "Client code",
            "Mentee",
            "Mentee code",
            "Coachee",
            "Learner",
            "Who",
            "With",
        ],
        help: "A code such as Client A, never a name. Blank for supervision and admin.",
        example: "Client A",
    },
    Column {
        id: "start",
        title: "Start",
        kind: "time",
        required: false,
        aliases: &["Start time", "Time", "From", "Began", "Time started"],
        help: "When it began.",
        example: "14:30",
    },
    Column {
        id: "minutes",
        title: "Minutes",
        kind: "duration",
        required: true,
        aliases: &[
            "Duration",
            "Length",
            "Mins",
            "Time taken",
            "Duration (minutes)",
            "Session length",
            "Hours",
        ],
        help: "How long it lasted: 90, 1:30 or 1 h 30.",
        example: "90",
    },
    Column {
        id: "mode",
        title: "Mode",
        kind: "text",
        required: false,
        aliases: &["Method", "Format", "Medium", "Where", "Location", "How"],
        help: "Face to face, video call, telephone.",
        example: "face to face",
    },
    Column {
        id: "kind",
        title: "Kind",
        kind: "choice",
        required: true,
        aliases: &[
            "Type",
            "Kind of session",
            "Type of session",
            "Session type",
            "Activity type",
        ],
        help: "What kind of time it was. Only mentoring counts towards the hours.",
        example: "mentoring",
    },
    Column {
        id: "goals",
        title: "Goals",
        kind: "text",
        required: false,
        aliases: &[
            "Goal",
            "Goals worked on",
            "Objectives",
            "Goal codes",
            "Goals discussed",
        ],
        help: "The goals that you worked on, by their codes: A1, A2.",
        example: "A1, A2",
    },
    Column {
        id: "tools",
        title: "Tools / techniques",
        kind: "text",
        required: false,
        aliases: &[
            "Tools",
            "Techniques",
            "Tools and techniques",
            "Models used",
            "Methods used",
        ],
        help: "Tools, models and techniques that you used.",
        example: "Skills audit (baseline); open questions",
    },
    Column {
        id: "happened",
        title: "What happened",
        kind: "text",
        required: false,
        aliases: &[
            "Notes",
            "Description",
            "Summary",
            "Discussion",
            "Activity",
            "Reflection",
            "What we did",
        ],
        help: "What you did and what came of it, without names.",
        example: "First meeting. We went through the contract again.",
    },
    Column {
        id: "progress",
        title: "Progress",
        kind: "text",
        required: false,
        aliases: &[
            "Progress towards goals",
            "Progress made",
            "Outcome",
            "Outcomes",
            "Results",
        ],
        help: "How far the goals have come.",
        example: "Planning moved from 4 to 5.",
    },
    Column {
        id: "impact",
        title: "Impact on role",
        kind: "text",
        required: false,
        aliases: &[
            "Impact",
            "Impact on the role",
            "Impact at work",
            "Effect on role",
        ],
        help: "What changed in the client’s work.",
        example: "Spot checks are now planned two weeks ahead.",
    },
    Column {
        id: "next",
        title: "Next actions",
        kind: "text",
        required: false,
        aliases: &[
            "Next steps",
            "Actions",
            "Action",
            "Next",
            "To do",
            "Action points",
        ],
        help: "What was agreed for next time.",
        example: "A to keep a log for one week.",
    },
];

/// Kinds of time: id, title, other words.
const KINDS: [(&str, &str, &[&str]); 4] = [
    (
        MENTORING,
        "Mentoring",
        &[
            "session",
            "mentoring session",
            "mentor",
            "mentor session",
            "one to one",
            "1:1",
            "1-1",
        ],
    ),
    (
        SUPERVISION,
        "Supervision",
        &[
            "supervisor",
            "supervision session",
            "supervision meeting",
            "tutorial",
            "tutor",
            "tutor meeting",
        ],
    ),
    (
        "admin",
        "Admin and preparation",
        &[
            "administration",
            "preparation",
            "prep",
            "planning",
            "paperwork",
            "writing up",
            "notes",
        ],
    ),
    (
        "cancelled",
        "Cancelled",
        &[
            "canceled",
            "cancellation",
            "did not attend",
            "dna",
            "no show",
            "missed",
            "postponed",
            "absent",
        ],
    ),
];

/// The whole unit.
pub(crate) fn unit() -> Unit {
    let unit = new_unit(
        "ilm-8577-306",
        "1.0.0",
        "8577-306",
        "Undertaking an extended period of mentoring in the workplace",
    )
    .awarding_body("ilm", "ILM")
    .size(7, 12)
    .outcome(learning_outcome(
        "1",
        "Be able to plan and organise formal workplace mentoring sessions",
        &PLANNING,
        &INDICATIVE_CONTENT_1,
    ))
    .outcome(learning_outcome(
        "2",
        "Be able to undertake at least thirty six hours of formal workplace mentoring",
        &PRACTICE,
        &INDICATIVE_CONTENT_2,
    ))
    .outcome(learning_outcome(
        "3",
        "Be able to summarise and analyse a period of formal mentoring within the workplace using stakeholder feedback",
        &ANALYSIS,
        &INDICATIVE_CONTENT_3,
    ))
    .outcome(learning_outcome(
        "4",
        "Know how to use supervision to enhance workplace mentoring",
        &SUPERVISED,
        &INDICATIVE_CONTENT_4,
    ))
    .sheet_note("Every criterion must be met.")
    .sheet_note("The specification prints no marks. A centre that holds the official mark sheet may set them.")
    .sheet_note("The sheet is marked either with Pass and Referral or with marks, never with both.")
    .slot(diary())
    .slot(Slot {
        most_files: 20,
        ..document_slot(
            PORTFOLIO,
            "Portfolio",
            "Plans, contracts, goals, tools, feedback, reflections, supervision and your plan for it, in one document or several. Start each part with the number of its criterion, such as “AC 1.1”, and name your clients by code.",
        )
    })
    .slot(declaration_slot(
        DECLARATION,
        "Declaration",
        "By submitting I confirm that this portfolio is my own work",
    ));
    facts(rules(settings(modes(unit))))
}

/// Decisions first, for the specification prints no marks.
fn modes(mut unit: Unit) -> Unit {
    unit.sheet.modes = vec!["pass-referral".into(), "marks".into()];
    unit
}

fn learning_outcome(id: &str, title: &str, rows: &[Row], content: &[&str]) -> Outcome {
    let plain = outcome(id, title).indicative_content(content);
    rows.iter()
        .map(Row::criterion)
        .fold(plain, Outcome::criterion)
}

impl Row {
    fn criterion(&self) -> Criterion {
        let bands = [
            ("referral", "Referral"),
            ("pass", "Pass"),
            ("good-pass", "Good Pass"),
        ];
        let described = bands
            .into_iter()
            .zip(self.bands)
            .map(|((band, label), text)| Descriptor {
                band: band.into(),
                label: label.into(),
                around: None,
                texts: vec![text.into()],
                provisional: true,
                source: "heuristic".into(),
            });
        described.fold(
            criterion(self.id, self.verbs, self.wording),
            Criterion::descriptor,
        )
    }
}

impl Column {
    fn field(&self) -> Field {
        let mut column = field(self.id, self.title, self.kind).help(self.help);
        column.aliases = strings(self.aliases);
        column.required = self.required;
        column.example = self.example.into();
        if self.kind == "duration" {
            column = column.unit("minutes").between(0.0, 1440.0);
        }
        if self.kind == "choice" {
            column.choices = choices(&KINDS);
        }
        column
    }
}

fn diary() -> Slot {
    Slot {
        most_files: 12,
        criteria: strings(&["2.1", "2.2", "2.3", "2.4", "3.1", "4.1"]),
        ..table_slot(
            DIARY,
            "Mentoring diary",
            "One row for each session, with supervision, admin and cancelled sessions in rows of their own. Fill it in here, paste it, or hand in a spreadsheet.",
            COLUMNS.iter().map(Column::field).collect(),
        )
    }
}

fn settings(unit: Unit) -> Unit {
    let mut unit = unit
        .setting(
            field(
                DIARY_SETTINGS.minutes_total,
                "Minutes of mentoring in all",
                "duration",
            )
            .unit("minutes")
            .help("36 hours are 2,160 minutes.")
            .between(0.0, 60_000.0),
            2160.0,
            "ilm",
            "raise",
        )
        .setting(
            field(DIARY_SETTINGS.clients, "Clients", "whole-number")
                .unit("clients")
                .between(1.0, 100.0),
            3.0,
            "ilm",
            "raise",
        )
        .setting(
            field(
                DIARY_SETTINGS.minutes_per_client,
                "Minutes with which a client counts",
                "duration",
            )
            .unit("minutes")
            .between(1.0, 10_000.0),
            1.0,
            "ilm",
            "raise",
        )
        .setting(
            field(
                MIN_MINUTES_SUPERVISION,
                "Minutes of supervision",
                "duration",
            )
            .unit("minutes")
            .help("ILM sets none for this unit.")
            .between(0.0, 10_000.0),
            0.0,
            "ilm",
            "raise",
        )
        .setting(
            field(
                MIN_SUPERVISION_RECORDS,
                "Records of supervision",
                "whole-number",
            )
            .unit("records")
            .between(1.0, 100.0),
            1.0,
            "ilm",
            "raise",
        );
    let mut from = field(
        FEEDBACK_REQUIRED_FROM,
        "Feedback is asked for from",
        "choice",
    )
    .help("The unit asks for feedback from every client; a centre may ask for more.");
    from.choices = choices(&[
        ("clients", "Every client", &[]),
        (AND_SUPERVISOR, "Every client and the supervisor", &[]),
        (AND_ANOTHER, "Every client and one other person", &[]),
    ]);
    unit.settings.push(Setting {
        field: from,
        standard: Value::Text("clients".into()),
        source: "ilm".into(),
        overlay: "free".into(),
    });
    unit.setting(
        field(DIARY_SETTINGS.largest_session_minutes, "Longest session that is not worth a look", "duration")
            .unit("minutes")
            .between(1.0, 1440.0),
        240.0,
        "heuristic",
        "free",
    )
    .setting(
        field(DIARY_SETTINGS.largest_client_share, "Share of the time with one client above which it is worth a look", "number")
            .help("0.8 means eight hours in ten.")
            .between(0.0, 1.0),
        0.8,
        "heuristic",
        "free",
    )
    .setting(
        field(DIARY_SETTINGS.largest_gap_days, "Days between two sessions with a client above which it is worth a look", "whole-number")
            .unit("days")
            .between(1.0, 1000.0),
        42.0,
        "heuristic",
        "free",
    )
    .setting(
        field(DIARY_SETTINGS.least_row_share, "Share of rows that say goals and progress, or impact", "number")
            .help("Fewer are worth a look. 0.75 means three rows in four.")
            .between(0.0, 1.0),
        0.75,
        "heuristic",
        "free",
    )
    .setting(
        field(LEAST_PLAN_ELEMENTS, "Things that each plan speaks of", "whole-number")
            .help("Outcomes, activities, information or resources, risk.")
            .between(0.0, 4.0),
        4.0,
        "heuristic",
        "free",
    )
    .setting(
        field(LEAST_CONTRACT_ELEMENTS, "Things that each contract speaks of", "whole-number")
            .help("Confidentiality and its limits, acknowledgement, purpose, roles, boundaries, meetings, goals, records, review, ending.")
            .between(0.0, 11.0),
        4.0,
        "heuristic",
        "free",
    )
    .setting(
        field(BASELINE_SESSIONS, "Sessions that count as the beginning with a client", "whole-number")
            .unit("sessions")
            .between(1.0, 20.0),
        2.0,
        "heuristic",
        "free",
    )
    .setting(
        field(LEAST_REFLECTED_CLIENTS, "Clients that a reflection speaks of", "whole-number")
            .unit("clients")
            .between(1.0, 100.0),
        2.0,
        "heuristic",
        "free",
    )
    .setting(
        field(LEAST_CUES, "Cues that are enough in one answer", "whole-number")
            .unit("places")
            .between(1.0, 100.0),
        1.0,
        "heuristic",
        "free",
    )
    .setting(
        field(NEAR_EMPTY_WORDS, "Words below which a section is nearly empty", "whole-number")
            .unit("words")
            .between(0.0, 1000.0),
        40.0,
        "heuristic",
        "free",
    )
    .setting(
        field(
            REPEATED_WORDS,
            "Words in a row that count as repeated",
            "whole-number",
        )
        .unit("words")
        .between(1.0, 500.0),
        25.0,
        "heuristic",
        "free",
    )
}

/// What the checks look for: id, title, help.
const RULES: [(&str, &str, &str); 47] = [
    (
        "client-matrix",
        "Clients at a glance",
        "Shows for each client what was found: sessions with their time, plan, contract, goals, tools, feedback, and whether a reflection speaks of them.",
    ),
    (
        "client-codes",
        "Client codes",
        "Says which spellings are taken for one client, and points to rows whose client reads like a name.",
    ),
    (
        "practice-hours",
        "Hours of mentoring",
        "Adds up the exact time of all rows of the kind mentoring, without rounding. Supervision, admin, cancelled sessions and rows of an unknown kind are not counted and are named. It also says what would be left without rows that stand twice or lie in the future.",
    ),
    (
        "practice-clients",
        "Clients with time",
        "Counts the clients that have mentoring time. Different spellings of one code are one client.",
    ),
    (
        "session-kind",
        "Rows of an unknown kind",
        "Points to rows whose kind of session is blank or not known, and says how much time hangs on them. It is not counted until the kind is chosen.",
    ),
    (
        "session-minutes",
        "Sessions without time",
        "Points to mentoring rows whose minutes are blank, nought, or no length that a session can have: less than nothing, or more than a day.",
    ),
    (
        "session-date",
        "Sessions without a date",
        "Points to mentoring rows whose date is blank or could not be read. Their time counts in the total, but in no month.",
    ),
    (
        "session-client",
        "Sessions without a client",
        "Points to mentoring rows that name no client. Their time counts in the total, but for no client.",
    ),
    (
        "session-group",
        "Sessions with several clients",
        "Points to rows that name several clients. Their time counts once in the total and in full for each of them.",
    ),
    (
        "session-twice",
        "The same session twice",
        "Points to rows that are the same in date, client, start, time and text.",
    ),
    (
        "session-overlap",
        "Sessions that overlap",
        "Compares start and length of all mentoring and supervision rows and says by how many minutes two of them overlap.",
    ),
    (
        "session-future",
        "Sessions after today",
        "Points to mentoring rows with a date after the day of the check.",
    ),
    (
        "session-before-contract",
        "Sessions before the contract",
        "Compares the date of each client’s contract, as AC 1.2 says it, with the dates of the sessions.",
    ),
    (
        "session-long",
        "Long sessions",
        "Points to mentoring rows that are longer than the setting says.",
    ),
    (
        "client-share",
        "Most of the time with one client",
        "Says when the share of one client in the time is larger than the setting says.",
    ),
    (
        "session-lengths",
        "All sessions of one length",
        "Says when all sessions, and at least five, have exactly the same length.",
    ),
    (
        "diary-order",
        "Rows out of order",
        "Points to rows whose date is before that of the row above. The order changes no total.",
    ),
    (
        "diary-gaps",
        "Long gaps",
        "Points to two sessions with a client that lie further apart than the setting says.",
    ),
    (
        "hours-claimed",
        "Hours in the text",
        "Puts the largest number of hours that AC 2.3 speaks of beside the total of the diary.",
    ),
    (
        "rows-progress",
        "Goals and progress in the diary",
        "Counts the mentoring rows in which both goals and progress are filled in. “-” and “none” count as blank.",
    ),
    (
        "rows-impact",
        "Impact in the diary",
        "Counts the mentoring rows that say what changed in the client’s role, and names clients for whom none does.",
    ),
    (
        "goals-progress",
        "Each goal followed up",
        "Looks for each goal of the diary whether a session after its first one notes progress.",
    ),
    (
        "goals-in-diary",
        "Agreed goals in the diary",
        "Looks in the diary’s rows for each goal that AC 1.3 names by a code, such as A1. Silent where the rows name none of them by code.",
    ),
    (
        "client-plan",
        "Plans",
        "Looks in AC 1.1 for a plan for each client: outcomes, activities, information or resources, risk, and a date on or before the first session. Text goes on about a client until another one is named.",
    ),
    (
        "client-contract",
        "Contracts",
        "Looks in AC 1.2 for a contract with each client: confidentiality, acknowledgement by both, other usual contents, and a date on or before the first session.",
    ),
    (
        "client-goals",
        "Goals",
        "Looks in AC 1.3 for goals of each client, by codes such as A1 or in words, and counts those with the date of the agreement, with a target date or measure, and with a link to the organisation.",
    ),
    (
        "client-tools",
        "Tools for each client",
        "Looks in AC 2.1 and in the first rows of the diary for a diagnostic or assessment tool with each client, or a reason why there is none, and in later rows for the same tool again.",
    ),
    (
        "questioning",
        "Questioning",
        "Looks in AC 2.2 for questioning with an example (a client, a row of the diary, or words such as “for example”), and counts the rows that name it.",
    ),
    (
        "listening",
        "Listening",
        "Looks in AC 2.2 for listening with an example, and counts the rows that name it.",
    ),
    (
        "named-techniques",
        "Models by name",
        "Looks in AC 2.2 and in the diary for models and techniques that have names, such as GROW or OSKAR.",
    ),
    (
        "client-feedback",
        "Feedback from every client",
        "Looks in AC 3.1 for feedback of each client with a date or a way in which it was given, and in the diary’s rows, and says whether it came on the way, at the end, or both.",
    ),
    (
        "feedback-others",
        "Feedback from others",
        "Looks in AC 3.1 for feedback from managers, the supervisor, colleagues and others. The unit asks for the clients’; a centre may ask for more.",
    ),
    (
        "feedback-in-diary",
        "Feedback in the diary",
        "Looks in the diary’s rows for feedback, or for the number of a form that AC 3.1 names.",
    ),
    (
        "client-reflection",
        "Clients in the reflections",
        "Counts the clients that AC 3.2 and AC 3.3 speak of.",
    ),
    (
        "supervision-used",
        "Supervision used",
        "Counts the diary’s rows of supervision and the days that AC 4.1 names, looks for each day what was challenged and what was changed, and names later rows that come back to it.",
    ),
    (
        "section-found",
        "Sections",
        "Looks for a heading for each criterion, by its number or its wording. AC 2.3 and AC 2.4 may be answered by the diary alone. Learners and assessors can map text to a criterion by hand.",
    ),
    (
        "order",
        "Order",
        "Says which sections stand in another order than the unit’s. Any order is allowed.",
    ),
    (
        "section-words",
        "Words in each section",
        "Counts white-space separated words below each heading. ILM gives no guidance on length for this unit.",
    ),
    (
        "section-empty",
        "Nearly empty sections",
        "Points to a section with fewer words of the learner’s own than the setting says, but for AC 2.3 and AC 2.4, which the diary answers.",
    ),
    (
        "left-over-prompts",
        "Left-over texts of a template",
        "Points to placeholders such as “[Type your answer here]” that still stand in a section. Their words are not counted.",
    ),
    (
        "repeated-passages",
        "Repeated passages",
        "Points to passages that stand twice in the sections, word for word, without regard to case and punctuation. The setting says how long they must be.",
    ),
    (
        "own-context",
        "Own workplace",
        "Looks where a criterion asks to reflect or review for the first person (“I”, “we”, “our”) or a word for the workplace.",
    ),
    (
        "references",
        "References",
        "Looks for citations such as “(Author, 2020)” and holds their authors against the list of references. For information only.",
    ),
    (
        "header-fields",
        "First page",
        "Looks on the first page of the portfolio for the learner’s name, the registration number and the centre number, each after its name. Their format is not checked.",
    ),
    (
        "personal-data",
        "Personal data of others",
        "Points to e-mail addresses, telephone numbers, UK postcodes, National Insurance numbers and likely names in portfolio and diary, so that a code such as “Client A” can take their place. What was found is not repeated in the message.",
    ),
    (
        "declaration",
        "Declaration",
        "Says whether the declaration was accepted or stands in the document. Nothing can be handed in without it.",
    ),
    (
        "changes",
        "Changes since the last submission",
        "On resubmission, says whether each referred answer has changed, with the words added and taken out, and whether an answer that was met has changed.",
    ),
];

fn rules(unit: Unit) -> Unit {
    let mut unit = RULES
        .iter()
        .fold(unit, |unit, (id, title, help)| unit.rule(id, title, help));
    unit.rules.extend(COMPONENTS.iter().map(Component::rule));
    unit
}

fn facts(unit: Unit) -> Unit {
    let standards = [
        "LSI CM03", "LSI CM04", "LSI CM05", "LSI CM06", "LSI CM07", "LSI CM08", "LSI CM09",
    ];
    unit.fact(
        "purpose",
        Value::Text(
            "To enable learners to develop and improve their performance as workplace mentors with the support of a mentoring supervisor.".into(),
        ),
    )
    .fact("standards", Value::Texts(strings(&standards)))
    .provenance(
        "unit",
        "specification",
        "Unit specification of ILM’s extended mentoring unit at level 3: title, credit, hours, outcomes, criteria and indicative content.",
    )
    .provenance(
        "unit.number",
        "inferred",
        "The specification carries no number. The Certificate in Mentoring has this unit where the Award has 8577-305, and 3 + 7 + 3 credits make its 13, so we read it as 8577-306.",
    )
    .provenance(
        "unit.sheet",
        "inferred",
        "The specification prints no marks, so the sheet takes decisions. ILM’s instructions for other units of this qualification allow that.",
    )
    .provenance(
        "criterion:1.1",
        "provisional",
        "The sufficiency descriptors of all criteria are our own short words; the official mark sheet is not at hand.",
    )
    .provenance(
        "setting:min_minutes_total",
        "specification",
        "Outcome 2 and AC 2.3: at least thirty six hours and a minimum of three clients. The hours are the total over all clients.",
    )
    .provenance(
        "setting:min_supervision_records",
        "derived",
        "AC 4.1 asks how supervision was used, which takes at least one record of it. ILM sets no minutes.",
    )
}

fn choices(rows: &[(&str, &str, &[&str])]) -> Vec<Choice> {
    let choice = |(id, title, aliases): &(&str, &str, &[&str])| Choice {
        id: (*id).into(),
        title: (*title).into(),
        aliases: strings(aliases),
    };
    rows.iter().map(choice).collect()
}

fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

const INDICATIVE_CONTENT_1: [&str; 11] = [
    "Use of a mentoring diary to record mentoring activity and reflect on own performance",
    "Models of supervision and the role of the supervisor",
    "Types of mentoring records, their purpose and significance",
    "Importance of confidentiality and security in recording and maintaining records of workplace mentoring",
    "Recognising and balancing individual development and organisational development goals from workplace mentoring",
    "Nature of effective occupational learning goals that match organisational development goals",
    "Aspects of occupational development that are best served through workplace mentoring",
    "Agreeing learning goals for workplace mentoring",
    "Characteristics of an effective workplace mentoring plan (specific learning outcomes, activities, information and resources required) and strategies for developing a coherent and logical workplace mentoring plan",
    "Planning the use of resources available to support workplace mentoring",
    "Process of risk assessment",
];

const INDICATIVE_CONTENT_2: [&str; 9] = [
    "Monitor and evaluate the use of resources available to support workplace mentoring",
    "Use mentoring models and tool e.g. OSKAR, GROW, powerful questions, scaling, solution focused mentoring",
    "Communication techniques to support engagement and effective workplace mentoring",
    "Record and assess development through workplace mentoring",
    "Techniques for assessing existing knowledge and skills (baseline assessment)",
    "Good practice in workplace mentoring",
    "Understanding and adapting to preference (including behavioural style and learning preferences) in workplace mentoring",
    "Dealing with emotions, conflict and difficult situations",
    "Supporting mentees to prepare for goal achievement and planning ongoing support",
];

const INDICATIVE_CONTENT_3: [&str; 3] = [
    "Methods to gain feedback on workplace mentoring from relevant stakeholders (e.g. email, formal and informal questioning)",
    "Summarising and reviewing workplace mentoring - mid and post mentoring activity",
    "How mentoring records can be used to identify what has worked/is working in the mentoring relationship",
];

const INDICATIVE_CONTENT_4: [&str; 3] = [
    "Models of applied supervision in workplace mentoring",
    "Identifying and engaging suitable supervisory support",
    "Using supervision to inform workplace mentoring approach and personal development",
];
