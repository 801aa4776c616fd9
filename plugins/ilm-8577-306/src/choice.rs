//! Which checks run, on which columns, with which words and settings.

use unit_sdk::checks::{
    ClientDocuments, ClientFeedback, ClientGoals, ClientReflection, ClientTools, Component,
    CueRule, DiaryRule, Enough, NamedTechniques, SupervisionRule, TechniqueRule,
};
use unit_sdk::lexicon::{english, practice as words};

use crate::data;

pub(crate) const DIARY: DiaryRule<'static> = DiaryRule {
    slot: data::DIARY,
    hours_criterion: "2.3",
    records_criterion: "2.4",
    source: "ilm",
    fields: words::DIARY_FIELDS,
    counted_kinds: &[data::MENTORING],
    supervision_kind: data::SUPERVISION,
    practice: "mentoring",
    client_words: &words::CLIENT_WORDS,
    settings: words::DIARY_SETTINGS,
};

pub(crate) const PLANS: ClientDocuments<'static> = ClientDocuments {
    rule: "client-plan",
    criterion: "1.1",
    what: "plan",
    essential: &words::PLAN,
    further: &[],
    enough: data::LEAST_PLAN_ELEMENTS,
    dated_by: &words::DATED,
    pending: &words::PENDING,
};

pub(crate) const CONTRACTS: ClientDocuments<'static> = ClientDocuments {
    rule: "client-contract",
    criterion: "1.2",
    what: "contract",
    essential: &words::CONTRACT_ESSENTIAL,
    further: &words::CONTRACT_FURTHER,
    enough: data::LEAST_CONTRACT_ELEMENTS,
    dated_by: &words::DATED,
    pending: &words::PENDING,
};

pub(crate) const GOALS: ClientGoals<'static> = ClientGoals {
    rule: "client-goals",
    criterion: "1.3",
    goals: &words::GOALS,
    agreed: &words::AGREED,
    measures: &words::MEASURES,
    organisation: &words::ORGANISATION,
    pending: &words::PENDING,
};

pub(crate) const TOOLS: ClientTools<'static> = ClientTools {
    rule: "client-tools",
    criterion: "2.1",
    tools: &words::DIAGNOSTIC_TOOLS,
    reasons: &words::REASONS_FOR_NONE,
    baseline_sessions: data::BASELINE_SESSIONS,
};

pub(crate) const QUESTIONING: TechniqueRule<'static> = TechniqueRule {
    rule: "questioning",
    criterion: "2.2",
    technique: words::QUESTIONING,
    examples: &words::EXAMPLES,
};

pub(crate) const LISTENING: TechniqueRule<'static> = TechniqueRule {
    rule: "listening",
    criterion: "2.2",
    technique: words::LISTENING,
    examples: &words::EXAMPLES,
};

pub(crate) const NAMED_TECHNIQUES: NamedTechniques<'static> = NamedTechniques {
    rule: "named-techniques",
    criterion: "2.2",
    models: &words::NAMED_TECHNIQUES,
};

pub(crate) const FEEDBACK: ClientFeedback<'static> = ClientFeedback {
    rule: "client-feedback",
    others_rule: "feedback-others",
    rows_rule: "feedback-in-diary",
    criterion: "3.1",
    methods: &words::FEEDBACK_METHODS,
    none: &words::NO_FEEDBACK,
    in_rows: &words::FEEDBACK_IN_ROWS,
    others: &words::OTHER_STAKEHOLDERS,
    required_from: data::FEEDBACK_REQUIRED_FROM,
    required_others: &[
        (data::AND_SUPERVISOR, "the supervisor"),
        (data::AND_ANOTHER, ""),
    ],
};

pub(crate) const REFLECTION: ClientReflection<'static> = ClientReflection {
    rule: "client-reflection",
    criteria: &["3.2", "3.3"],
    least_clients: data::LEAST_REFLECTED_CLIENTS,
};

pub(crate) const SUPERVISION: SupervisionRule<'static> = SupervisionRule {
    rule: "supervision-used",
    criterion: "4.1",
    challenged: &words::CHALLENGED,
    changed: &words::CHANGED,
    supervision: &words::SUPERVISION,
    least_records: data::MIN_SUPERVISION_RECORDS,
    least_minutes: data::MIN_MINUTES_SUPERVISION,
};

/// Rule of the one component that is for information only.
pub(crate) const FEEDBACK_USED: &str = "feedback-used";

/// What the reflections and the plan for supervision speak of.
pub(crate) const COMPONENTS: [Component<'static>; 5] = [
    Component {
        id: "effectiveness",
        criterion: "3.2",
        title: "Effectiveness",
        what: "how well the programmes worked",
        concepts: &[words::EFFECTIVENESS],
        enough: Enough::One,
        near: &[],
        source: "ilm",
        advice: "You could say which programme worked better, and why.",
    },
    Component {
        id: FEEDBACK_USED,
        criterion: "3.2",
        title: "Feedback used",
        what: "feedback that the reflection draws on",
        concepts: &[words::FEEDBACK_USED],
        enough: Enough::One,
        near: &[],
        source: "heuristic",
        advice: "You could point to a form or to something that a client said.",
    },
    Component {
        id: "performance",
        criterion: "3.3",
        title: "Links to the work",
        what: "what your performance is linked to",
        concepts: &[words::RELATIONSHIPS, words::ACTIVITIES, words::CHALLENGES],
        enough: Enough::All,
        near: &[],
        source: "ilm",
        advice: "You could give each of them a sentence of its own.",
    },
    Component {
        id: "own-part",
        criterion: "3.3",
        title: "Own part",
        what: "your own part and what you would do next time",
        concepts: &[words::OWN_PERFORMANCE, words::IMPROVEMENT],
        enough: Enough::All,
        near: &[],
        source: "heuristic",
        advice: "You could say what you will do differently.",
    },
    Component {
        id: "supervision-plan",
        criterion: "4.2",
        title: "Supervision in future",
        what: "the parts of a plan for supervision",
        concepts: &[
            words::SUPERVISOR,
            words::HOW_OFTEN,
            words::PURPOSE,
            words::SUPERVISION_MODEL,
            words::FUTURE,
        ],
        enough: Enough::All,
        near: &[],
        source: "heuristic",
        advice: "You could add them in a sentence each.",
    },
];

/// The learner's own part, where a criterion asks to look back.
pub(crate) const OWN_CONTEXT: CueRule<'static> = CueRule {
    id: "own-context",
    verbs: &["reflect", "review"],
    what: "a link to the workplace",
    terms: &english::OWN_CONTEXT,
    least: data::LEAST_CUES,
    advice: "You could say what you did and how it was where you work.",
};
