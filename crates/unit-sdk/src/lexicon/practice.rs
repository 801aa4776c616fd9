//! Words for a period of practice with clients: plans, contracts, goals, tools,
//! feedback, reflection, supervision. Our own choice after learners' portfolios,
//! wide on purpose: a cue that is missed costs more than one too many.

use super::{Concept, concept};
use crate::checks::{DiaryFields, DiarySettings};

/// How our units call a diary's columns.
pub const DIARY_FIELDS: DiaryFields<'static> = DiaryFields {
    reference: "ref",
    date: "date",
    client: "client",
    start: "start",
    minutes: "minutes",
    kind: "kind",
    goals: "goals",
    tools: "tools",
    happened: "happened",
    progress: "progress",
    impact: "impact",
};

/// How our units call the settings that a diary is held against.
pub const DIARY_SETTINGS: DiarySettings<'static> = DiarySettings {
    minutes_total: "min_minutes_total",
    clients: "min_clients",
    minutes_per_client: "min_minutes_per_client",
    largest_session_minutes: "largest_session_minutes",
    largest_client_share: "largest_client_share",
    largest_gap_days: "largest_gap_days",
    least_row_share: "least_row_share",
};

/// Words that stand before a client's code.
pub const CLIENT_WORDS: [&str; 7] = [
    "client",
    "mentee",
    "coachee",
    "learner",
    "participant",
    "person",
    "colleague",
];

/// Says that something is not settled yet.
pub const PENDING: [&str; 14] = [
    "to be agreed",
    "to be confirmed",
    "to be decided",
    "to be arranged",
    "to be completed",
    "to be discussed",
    "not yet agreed",
    "not been agreed",
    "not agreed yet",
    "yet to agree",
    "still to agree",
    "tbc",
    "tba",
    "to follow",
];

/// What a mentoring plan holds, after the unit's indicative content.
pub const PLAN: [Concept<'static>; 4] = [
    concept(
        "outcomes",
        &[
            "outcome*",
            "aim",
            "aims",
            "goal*",
            "objective*",
            "target*",
            "wants to",
            "be able to",
            "purpose",
        ],
    ),
    concept(
        "activities",
        &[
            "activit*",
            "session*",
            "meeting*",
            "practice",
            "practise*",
            "shadow*",
            "observ*",
            "exercise*",
            "role play*",
            "task*",
            "work through",
        ],
    ),
    concept(
        "information or resources",
        &[
            "resource*",
            "information",
            "material*",
            "equipment",
            "room",
            "document*",
            "handout*",
            "policy",
            "policies",
            "form",
            "forms",
            "questionnaire*",
            "laptop*",
        ],
    ),
    concept(
        "risk",
        &[
            "risk*",
            "hazard*",
            "safety",
            "safeguard*",
            "what could go wrong",
        ],
    ),
];

/// What every contract should hold.
pub const CONTRACT_ESSENTIAL: [Concept<'static>; 2] = [
    concept(
        "confidentiality",
        &[
            "confiden*",
            "private",
            "privacy",
            "stays between",
            "stay between",
            "not be shared",
            "not repeat*",
        ],
    ),
    concept(
        "acknowledgement by both",
        &[
            "sign",
            "signs",
            "signed",
            "signature*",
            "agreed by",
            "both agreed",
            "we agreed",
            "we both",
            "acknowledg*",
            "accepted by",
        ],
    ),
];

/// What a contract may hold besides.
pub const CONTRACT_FURTHER: [Concept<'static>; 9] = [
    concept(
        "limits of confidentiality",
        &[
            "except*",
            "unless",
            "limits",
            "risk of harm",
            "at risk",
            "harm",
            "breach of",
            "breaks the law",
            "safeguard*",
            "must be reported",
        ],
    ),
    concept(
        "purpose or scope",
        &["purpose*", "scope", "aim", "aims", "about"],
    ),
    concept(
        "roles",
        &[
            "role",
            "roles",
            "responsib*",
            "expect*",
            "my part",
            "your part",
        ],
    ),
    concept(
        "boundaries",
        &[
            "boundar*",
            "outside the scope",
            "not cover*",
            "outside",
            "limits of",
        ],
    ),
    concept(
        "meetings",
        &[
            "meet",
            "meeting*",
            "weekly",
            "fortnight*",
            "monthly",
            "every week",
            "every month",
            "every two",
            "every three",
            "how often",
            "frequency",
            "duration",
            "venue",
            "hours",
            "minutes",
        ],
    ),
    concept("goals", &["goal*", "objective*", "target*", "outcome*"]),
    concept(
        "records",
        &[
            "record*",
            "notes",
            "diary",
            "locked",
            "stored",
            "data protection",
            "GDPR",
            "destroyed",
        ],
    ),
    concept("review", &["review*", "evaluat*", "half way", "halfway"]),
    concept(
        "ending",
        &[
            "ending",
            "end it",
            "can end",
            "may end",
            "can stop",
            "ends when",
            "end of the",
            "no fault",
            "withdraw*",
            "closure",
        ],
    ),
];

/// Beside the date on which somebody signed or agreed.
pub const DATED: [&str; 9] = [
    "sign",
    "signed",
    "signature*",
    "agreed",
    "dated",
    "written",
    "drawn up",
    "prepared",
    "agreed on",
];

/// Beside the date on which a goal was agreed.
pub const AGREED: [&str; 5] = ["agreed", "agreed on", "set on", "signed", "date agreed"];

/// Goals that have no code.
pub const GOALS: [&str; 9] = [
    "goal*",
    "objective*",
    "aim",
    "aims",
    "target*",
    "by the end of",
    "wants to",
    "wanted to",
    "be able to",
];

/// A goal's measure.
pub const MEASURES: [&str; 14] = [
    "by the end of",
    "out of",
    "at least",
    "no more than",
    "per cent",
    "percent",
    "a week",
    "a month",
    "a day",
    "within",
    "in minutes",
    "minutes",
    "times",
    "halve",
];

/// The organisation's own goals.
pub const ORGANISATION: [&str; 27] = [
    "organisation*",
    "company*",
    "business*",
    "department*",
    "team*",
    "service*",
    "customer*",
    "client service*",
    "quality",
    "policy",
    "policies",
    "strateg*",
    "school*",
    "council*",
    "hospital*",
    "trust",
    "charity",
    "employer*",
    "workplace*",
    "orders",
    "sales",
    "profit*",
    "safety",
    "wellbeing",
    "staff turnover",
    "continuity",
    "retention",
];

/// Diagnostic and assessment tools, as portfolios and diaries name them.
pub const DIAGNOSTIC_TOOLS: [Concept<'static>; 16] = [
    concept(
        "skills audit",
        &[
            "skills audit*",
            "skill audit*",
            "skills scan*",
            "skills matrix",
            "gap analysis",
        ],
    ),
    concept("SWOT", &["SWOT", "swot"]),
    concept(
        "self-assessment",
        &[
            "self assess*",
            "self check*",
            "self evaluat*",
            "self rating*",
            "self review*",
        ],
    ),
    concept(
        "learning styles",
        &[
            "learning style*",
            "learning preference*",
            "honey and mumford",
        ],
    ),
    concept("VAK", &["VAK", "VARK"]),
    concept(
        "competency framework",
        &["competency framework*", "competence framework*"],
    ),
    concept(
        "checklist",
        &["checklist*", "check list*", "competency list*"],
    ),
    concept("questionnaire", &["questionnaire*", "inventor*"]),
    concept("team roles", &["belbin*", "team role*"]),
    concept(
        "personality profile",
        &[
            "psychometric*",
            "personality*",
            "MBTI",
            "myers briggs",
            "DISC",
            "insights profile*",
        ],
    ),
    concept("360-degree feedback", &["360", "360 degree"]),
    concept(
        "needs analysis",
        &["needs analysis", "training needs", "learning needs", "TNA"],
    ),
    concept(
        "baseline",
        &["initial assess*", "baseline*", "diagnostic assess*"],
    )
    .unless(&["baseline set", "baseline of"]),
    concept(
        "wheel",
        &[
            "wheel of life",
            "skills wheel",
            "balance wheel",
            "wheel of work",
        ],
    ),
    concept(
        "rating scale",
        &["rating scale*", "point scale*", "confidence scale*"],
    ),
    concept(
        "test",
        &[
            "knowledge test*",
            "skills test*",
            "literacy test*",
            "numeracy test*",
        ],
    ),
];

/// Says why something was not done.
pub const REASONS_FOR_NONE: [&str; 12] = [
    "could not",
    "couldn't",
    "was not able",
    "were not able",
    "unable to",
    "not possible",
    "did not use",
    "didn't use",
    "no tool",
    "not suitable",
    "chose not to",
    "decided not to",
];

/// Questioning.
pub const QUESTIONING: Concept<'static> = concept(
    "questioning",
    &[
        "question*",
        "ask",
        "asks",
        "asked",
        "asking",
        "GROW",
        "OSKAR",
        "scaling",
    ],
);

/// Listening.
pub const LISTENING: Concept<'static> = concept(
    "listening",
    &[
        "listen*",
        "silence",
        "silent",
        "summed up",
        "summing up",
        "summaris*",
        "paraphras*",
        "reflected back",
        "reflecting back",
        "said almost nothing",
        "waited for",
    ],
);

/// Models and techniques by name.
pub const NAMED_TECHNIQUES: [Concept<'static>; 10] = [
    concept("GROW", &["GROW", "TGROW"]),
    concept("OSKAR", &["OSKAR"]),
    concept("scaling", &["scaling", "scaled"]),
    concept("solution focus", &["solution focus*", "solutions focus*"]),
    concept("powerful questions", &["powerful question*"]),
    concept("open questions", &["open question*"]),
    concept("CLEAR", &["CLEAR"]),
    concept("Egan", &["egan", "skilled helper"]),
    concept(
        "active listening",
        &["active listening", "reflective listening"],
    ),
    concept("Socratic questions", &["socratic"]),
];

/// Beside something that really happened.
pub const EXAMPLES: [&str; 12] = [
    "example*",
    "for instance",
    "when",
    "where one",
    "in the session",
    "in one session",
    "in our",
    "that day",
    "once",
    "on one occasion",
    "last month",
    "told me",
];

/// How feedback was asked for.
pub const FEEDBACK_METHODS: [&str; 21] = [
    "form",
    "forms",
    "questionnaire*",
    "survey*",
    "e mail*",
    "email*",
    "interview*",
    "conversation*",
    "spoken",
    "verbal*",
    "telephone*",
    "phone*",
    "letter*",
    "evaluation*",
    "review meeting*",
    "feedback from",
    "said",
    "told me",
    "wrote",
    "comment*",
    "testimon*",
];

/// Says that there is no feedback.
pub const NO_FEEDBACK: [&str; 17] = [
    "no feedback",
    "without feedback",
    "not given feedback",
    "not give feedback",
    "did not return",
    "didn't return",
    "has not returned",
    "not returned",
    "did not reply",
    "did not respond",
    "not replied",
    "could not get",
    "could not collect",
    "not yet received",
    "not received",
    "not collected",
    "still waiting",
];

/// A diary's row that shows feedback, rather than practising how to give it.
pub const FEEDBACK_IN_ROWS: [&str; 14] = [
    "feedback form*",
    "feedback collected",
    "feedback from",
    "collected feedback",
    "gave me feedback",
    "feedback to me",
    "feedback on me",
    "feedback about me",
    "evaluation form*",
    "review form*",
    "final form",
    "end form",
    "feedback questionnaire*",
    "feedback survey*",
];

/// Other people who may give feedback.
pub const OTHER_STAKEHOLDERS: [Concept<'static>; 5] = [
    concept(
        "a manager",
        &[
            "manager*",
            "line manager*",
            "head of",
            "director*",
            "team leader*",
            "boss",
        ],
    ),
    concept("the supervisor", &["supervisor*", "tutor*", "assessor*"]),
    concept(
        "colleagues",
        &[
            "colleague*",
            "co worker*",
            "coworker*",
            "peer",
            "peers",
            "team member*",
        ],
    ),
    concept(
        "HR or training",
        &[
            "HR",
            "human resources",
            "training lead*",
            "training department*",
            "L&D",
        ],
    ),
    concept(
        "customers",
        &["customer*", "service user*", "patient*", "famil*"],
    ),
];

/// Effectiveness.
pub const EFFECTIVENESS: Concept<'static> = concept(
    "how effective it was",
    &[
        "effective*",
        "worked",
        "work well",
        "worked well",
        "successful*",
        "success",
        "useful",
        "helpful",
        "less well",
        "better than",
        "best",
        "most useful",
        "slower",
        "quicker",
        "improved",
        "benefit*",
        "impact",
        "made a difference",
        "if i ran",
    ],
);

/// A form or a comment that a reflection draws on.
pub const FEEDBACK_USED: Concept<'static> = concept(
    "feedback",
    &[
        "feedback",
        "form",
        "told me",
        "said that",
        "survey*",
        "questionnaire*",
        "comment*",
    ],
);

/// Relationships.
pub const RELATIONSHIPS: Concept<'static> = concept(
    "relationships",
    &[
        "relationship*",
        "rapport",
        "trust",
        "get on well",
        "got on well",
        "worked together",
    ],
);

/// Activities.
pub const ACTIVITIES: Concept<'static> = concept(
    "activities",
    &[
        "activit*",
        "exercise*",
        "session*",
        "role play*",
        "observation*",
        "practice",
        "tool*",
        "technique*",
    ],
);

/// Challenges.
pub const CHALLENGES: Concept<'static> = concept(
    "challenges",
    &[
        "challeng*",
        "difficult*",
        "hard",
        "harder",
        "hardest",
        "struggl*",
        "problem*",
        "obstacle*",
        "barrier*",
        "upset",
    ],
);

/// The learner's own performance.
pub const OWN_PERFORMANCE: Concept<'static> =
    concept("your own part", &["I", "my", "me", "myself"]);

/// What will be done differently.
pub const IMPROVEMENT: Concept<'static> = concept(
    "what you would do next time",
    &[
        "in future",
        "in the future",
        "next time",
        "i will",
        "i would",
        "i'll",
        "i'd",
        "going forward",
        "from now on",
        "improve*",
        "differently",
        "i plan to",
        "i need to",
        "develop my",
    ],
);

/// What a supervisor challenged.
pub const CHALLENGED: [&str; 20] = [
    "challeng*",
    "question*",
    "asked me",
    "made me think",
    "pointed out",
    "made me see",
    "made me realise",
    "told me",
    "noticed",
    "suggested",
    "disagreed",
    "queried",
    "advised",
    "counted my",
    "discuss*",
    "talked with",
    "talked about",
    "looked at",
    "explored",
    "feedback",
];

/// What was changed after it.
pub const CHANGED: [&str; 22] = [
    "chang*",
    "differently",
    "i now",
    "now i",
    "since then",
    "since that",
    "after that",
    "agreed to",
    "agreed a",
    "agreed that",
    "started to",
    "i started",
    "i stopped",
    "stopped",
    "will ask",
    "i will",
    "will try",
    "i tried",
    "i use",
    "instead",
    "as a result",
    "decided to",
];

/// By which a diary's row speaks of supervision.
pub const SUPERVISION: [&str; 4] = ["supervision", "my supervisor", "tutorial*", "my tutor"];

/// Who will supervise.
pub const SUPERVISOR: Concept<'static> = concept(
    "who",
    &[
        "supervisor*",
        "tutor*",
        "mentor",
        "mentors",
        "manager*",
        "lead",
        "coach*",
        "peer*",
        "group of",
        "colleague*",
        "network",
        "psychologist*",
        "with somebody",
        "with someone",
    ],
);

/// How often.
pub const HOW_OFTEN: Concept<'static> = concept(
    "how often",
    &[
        "every",
        "weekly",
        "fortnight*",
        "monthly",
        "bi monthly",
        "quarterly",
        "termly",
        "annual*",
        "yearly",
        "a week",
        "a month",
        "a year",
        "a quarter",
        "each month",
        "each week",
        "each term",
        "each quarter",
        "per month",
        "per year",
        "per quarter",
        "regular*",
        "times a",
        "once a",
        "twice a",
    ],
);

/// What for.
pub const PURPOSE: Concept<'static> = concept(
    "what for",
    &[
        "purpose*",
        "so that",
        "in order to",
        "to check",
        "to support",
        "to develop",
        "to improve",
        "to discuss",
        "to reflect",
        "to help",
        "to talk",
        "to review",
        "to challenge",
        "for support",
        "for advice",
        "for feedback",
        "for guidance",
        "because",
        "aim",
        "aims",
    ],
);

/// Which model or form.
pub const SUPERVISION_MODEL: Concept<'static> = concept(
    "which model or form",
    &[
        "model*",
        "seven eyed",
        "7 eyed",
        "hawkins",
        "shohet",
        "proctor",
        "inskipp",
        "CLEAR",
        "GROW",
        "kolb*",
        "gibbs",
        "reflective cycle",
        "framework*",
        "format*",
        "group supervision",
        "peer supervision",
        "group of",
        "one to one",
        "1 1",
        "1 to 1",
        "individual supervision",
        "face to face",
        "by video",
        "video call*",
        "online",
        "by telephone",
        "by phone",
        "action learning",
        "case discussion*",
        "case presentation*",
        "recording*",
        "agenda",
    ],
);

/// From when.
pub const FUTURE: Concept<'static> = concept(
    "from when",
    &[
        "will",
        "i'll",
        "i plan to",
        "i intend to",
        "i am going to",
        "in future",
        "next year",
        "next month",
        "next term",
        "from now on",
        "going forward",
        "would like to",
    ],
);
