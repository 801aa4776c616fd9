//! Settings and rules that the kit's checks bring with them, so that a file says
//! only what differs.

/// A setting that needs no more than its id.
pub(super) struct StockSetting {
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    pub(super) help: &'static str,
    pub(super) kind: &'static str,
    pub(super) unit: &'static str,
    pub(super) minimum: f64,
    pub(super) maximum: f64,
    /// None where only the unit can say it.
    pub(super) standard: Option<f64>,
}

const fn setting(
    id: &'static str,
    title: &'static str,
    kind: &'static str,
    unit: &'static str,
    between: (f64, f64),
    standard: Option<f64>,
) -> StockSetting {
    StockSetting {
        id,
        title,
        help: "",
        kind,
        unit,
        minimum: between.0,
        maximum: between.1,
        standard,
    }
}

/// All of them; thresholds with a standard value are rules of thumb.
pub(super) const SETTINGS: [StockSetting; 20] = [
    setting(
        "near_empty_words",
        "Words below which a section is nearly empty",
        "whole-number",
        "words",
        (0.0, 1000.0),
        Some(40.0),
    ),
    StockSetting {
        help: "0.6 means six words in ten.",
        ..setting(
            "list_share",
            "Share of words in lists above which a section is worth a look",
            "number",
            "",
            (0.0, 1.0),
            Some(0.6),
        )
    },
    setting(
        "list_line_words",
        "Longest line that looks like a list item",
        "whole-number",
        "words",
        (0.0, 100.0),
        Some(6.0),
    ),
    setting(
        "list_item_words",
        "Longest list item that is not taken for prose",
        "whole-number",
        "words",
        (1.0, 1000.0),
        Some(25.0),
    ),
    setting(
        "repeated_words",
        "Words in a row that count as repeated",
        "whole-number",
        "words",
        (1.0, 500.0),
        Some(25.0),
    ),
    setting(
        "least_cues",
        "Cues that are enough in one answer",
        "whole-number",
        "places",
        (1.0, 100.0),
        Some(1.0),
    ),
    setting(
        "near_sentences",
        "How many sentences away is close by",
        "whole-number",
        "sentences",
        (1.0, 20.0),
        Some(1.0),
    ),
    setting(
        "least_stages",
        "Stages of one model that are enough",
        "whole-number",
        "stages",
        (1.0, 10.0),
        Some(3.0),
    ),
    setting(
        "min_minutes_total",
        "Minutes of practice in all",
        "duration",
        "minutes",
        (0.0, 60_000.0),
        None,
    ),
    setting(
        "min_clients",
        "Clients",
        "whole-number",
        "clients",
        (1.0, 100.0),
        None,
    ),
    setting(
        "min_minutes_per_client",
        "Minutes with which a client counts",
        "duration",
        "minutes",
        (1.0, 10_000.0),
        Some(1.0),
    ),
    setting(
        "min_minutes_supervision",
        "Minutes of supervision",
        "duration",
        "minutes",
        (0.0, 10_000.0),
        Some(0.0),
    ),
    setting(
        "min_supervision_records",
        "Records of supervision",
        "whole-number",
        "records",
        (1.0, 100.0),
        Some(1.0),
    ),
    setting(
        "largest_session_minutes",
        "Longest session that is not worth a look",
        "duration",
        "minutes",
        (1.0, 1440.0),
        Some(240.0),
    ),
    StockSetting {
        help: "0.8 means eight hours in ten.",
        ..setting(
            "largest_client_share",
            "Share of the time with one client above which it is worth a look",
            "number",
            "",
            (0.0, 1.0),
            Some(0.8),
        )
    },
    setting(
        "largest_gap_days",
        "Days between two sessions with a client above which it is worth a look",
        "whole-number",
        "days",
        (1.0, 1000.0),
        Some(42.0),
    ),
    StockSetting {
        help: "Fewer are worth a look. 0.75 means three rows in four.",
        ..setting(
            "least_row_share",
            "Share of rows that say goals and progress, or impact",
            "number",
            "",
            (0.0, 1.0),
            Some(0.75),
        )
    },
    setting(
        "baseline_sessions",
        "Sessions that count as the beginning with a client",
        "whole-number",
        "sessions",
        (1.0, 20.0),
        Some(2.0),
    ),
    setting(
        "least_reflected_clients",
        "Clients that a reflection speaks of",
        "whole-number",
        "clients",
        (1.0, 100.0),
        Some(2.0),
    ),
    setting(
        "min_minutes",
        "Minutes in all",
        "duration",
        "minutes",
        (0.0, 60_000.0),
        None,
    ),
];

/// The stock setting of this id.
pub(super) fn setting_of(id: &str) -> Option<&'static StockSetting> {
    SETTINGS.iter().find(|setting| setting.id == id)
}

/// Rules of the kit with titles and help: id, title, help.
pub(super) const RULES: [(&str, &str, &str); 46] = [
    (
        "section-found",
        "Sections",
        "Looks for a heading for each criterion, by its number or its wording. A criterion with two headings is worth a look. Learners and assessors can map text to a criterion by hand.",
    ),
    (
        "order",
        "Order",
        "Says which sections stand in another order than the unit’s. Any order is allowed.",
    ),
    (
        "section-words",
        "Words in each section",
        "Counts white-space separated words below each heading, without the heading and without left-over texts of the template. A guide only.",
    ),
    (
        "total-words",
        "Words in all",
        "Adds up the words of all sections. Headings, references, front page and declaration are not counted. A guide only.",
    ),
    (
        "section-empty",
        "Nearly empty sections",
        "Points to a section with fewer words of the learner’s own than the setting says.",
    ),
    (
        "left-over-prompts",
        "Left-over texts of the template",
        "Points to questions of the template and placeholders such as “[Type your answer here]” that still stand in a section. Case, spaces and punctuation make no difference. Their words are not counted.",
    ),
    (
        "merely-listed",
        "Merely listed",
        "Where a criterion asks to describe or explain, points to a section most of whose words stand in list items or very short lines. Long list items count as prose.",
    ),
    (
        "reasons",
        "Reasons",
        "Where a criterion asks to explain, looks for words that give a reason or an effect, such as “because”, “so that” or “as a result”.",
    ),
    (
        "features",
        "Features",
        "Where a criterion asks to describe or define, looks for turns such as “is a”, “means” or “for example”.",
    ),
    (
        "own-context",
        "Own workplace",
        "Looks for the first person (“I”, “we”, “our”) or a word for the workplace in each answer. Looking forward or back are both fine.",
    ),
    (
        "references",
        "References",
        "Looks for citations such as “(Author, 2020)” and holds their authors against the list of references. For information only.",
    ),
    (
        "repeated-passages",
        "Repeated passages",
        "Points to passages that stand twice in the answers, word for word, without regard to case and punctuation. The setting says how long they must be.",
    ),
    (
        "header-fields",
        "First page",
        "Looks for the details that the mark sheet asks for, each after its name. Their format is not checked.",
    ),
    (
        "declaration",
        "Declaration",
        "Says whether the declaration was accepted or stands in the document. Nothing can be handed in without it.",
    ),
    (
        "personal-data",
        "Personal data of others",
        "Points to e-mail addresses, telephone numbers, UK postcodes, National Insurance numbers and likely names, so that a code such as “Client A” can take their place. What was found is not repeated in the message. Names on the first page and of authors are left out.",
    ),
    (
        "changes",
        "Changes since the last submission",
        "On resubmission, says whether each referred answer has changed, with the words added and taken out, and whether an answer that was met has changed.",
    ),
    (
        "client-matrix",
        "Clients at a glance",
        "Shows for each client what was found: sessions with their time, and what the columns name.",
    ),
    (
        "client-codes",
        "Client codes",
        "Says which spellings are taken for one client, and points to rows whose client reads like a name.",
    ),
    (
        "practice-hours",
        "Hours of practice",
        "Adds up the exact time of all rows of the kinds that count, without rounding. Supervision, admin, cancelled sessions and rows of an unknown kind are not counted and are named. It also says what would be left without rows that stand twice or lie in the future.",
    ),
    (
        "practice-clients",
        "Clients with time",
        "Counts the clients that have time that counts. Different spellings of one code are one client.",
    ),
    (
        "session-kind",
        "Rows of an unknown kind",
        "Points to rows whose kind of session is blank or not known, and says how much time hangs on them. It is not counted until the kind is chosen.",
    ),
    (
        "session-minutes",
        "Sessions without time",
        "Points to rows whose minutes are blank, nought, or no length that a session can have: less than nothing, or more than a day.",
    ),
    (
        "session-date",
        "Sessions without a date",
        "Points to rows whose date is blank or could not be read. Their time counts in the total, but in no month.",
    ),
    (
        "session-client",
        "Sessions without a client",
        "Points to rows that name no client. Their time counts in the total, but for no client.",
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
        "Compares start and length of all rows of practice and supervision and says by how many minutes two of them overlap.",
    ),
    (
        "session-future",
        "Sessions after today",
        "Points to rows with a date after the day of the check.",
    ),
    (
        "session-before-contract",
        "Sessions before the contract",
        "Compares the date of each client’s contract with the dates of the sessions.",
    ),
    (
        "session-long",
        "Long sessions",
        "Points to rows that are longer than the setting says.",
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
        "Puts the largest number of hours that the text speaks of beside the total of the diary.",
    ),
    (
        "rows-progress",
        "Goals and progress in the diary",
        "Counts the rows in which both goals and progress are filled in. “-” and “none” count as blank.",
    ),
    (
        "rows-impact",
        "Impact in the diary",
        "Counts the rows that say what changed in the client’s role, and names clients for whom none does.",
    ),
    (
        "goals-progress",
        "Each goal followed up",
        "Looks for each goal of the diary whether a session after its first one notes progress.",
    ),
    (
        "goals-in-diary",
        "Agreed goals in the diary",
        "Looks in the diary’s rows for each goal that the text names by a code, such as A1. Silent where the rows name none of them by code.",
    ),
    (
        "client-goals",
        "Goals",
        "Looks for goals of each client, by codes such as A1 or in words, and counts those with the date of the agreement, with a target date or measure, and with a link to the organisation.",
    ),
    (
        "client-tools",
        "Tools for each client",
        "Looks for a diagnostic or assessment tool with each client, in the text and in the first rows of the diary, or a reason why there is none, and in later rows for the same tool again.",
    ),
    (
        "client-feedback",
        "Feedback from every client",
        "Looks for feedback of each client with a date or a way in which it was given, and in the diary’s rows, and says whether it came on the way, at the end, or both.",
    ),
    (
        "feedback-others",
        "Feedback from others",
        "Looks for feedback from managers, the supervisor, colleagues and others.",
    ),
    (
        "feedback-in-diary",
        "Feedback in the diary",
        "Looks in the diary’s rows for feedback, or for the number of a form that the text names.",
    ),
    (
        "client-reflection",
        "Clients in the reflections",
        "Counts the clients that the reflections speak of.",
    ),
    (
        "supervision-used",
        "Supervision used",
        "Counts the diary’s rows of supervision and the days that the text names, looks for each day what was challenged and what was changed, and names later rows that come back to it.",
    ),
];

/// Title and help of a rule of the kit.
pub(super) fn rule_of(id: &str) -> Option<(&'static str, &'static str)> {
    let rule = RULES.iter().find(|(known, _, _)| *known == id)?;
    Some((rule.1, rule.2))
}
