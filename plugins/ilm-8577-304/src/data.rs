//! What the unit is. Wording, marks and task are ILM's; the prompts and the
//! targets for each section are those of the provider's template; descriptors,
//! thresholds and help are our own words.

use unit_sdk::describe::{
    criterion, declaration_slot, document_slot, field, outcome, unit as new_unit, words,
};
use unit_sdk::wit::{Criterion, Descriptor, Unit, Value};

use crate::components;

/// Setting: fewer words than this in a section are worth a look.
pub(crate) const NEAR_EMPTY_WORDS: &str = "near_empty_words";
/// Setting: share of words in lists above which a section is worth a look.
pub(crate) const LIST_SHARE: &str = "list_share";
/// Setting: a line of at most so many words looks like a list item.
pub(crate) const LIST_LINE_WORDS: &str = "list_line_words";
/// Setting: a list item of more words than this is prose.
pub(crate) const LIST_ITEM_WORDS: &str = "list_item_words";

/// Setting: passages of so many words that stand twice are worth a look.
pub(crate) const REPEATED_WORDS: &str = "repeated_words";
/// Id of the declaration's slot.
pub(crate) const DECLARATION: &str = "declaration";

/// A threshold of our own: id, title, unit, standard value and largest value.
type Threshold = (&'static str, &'static str, &'static str, f64, f64);

/// Thresholds of the checks beyond length and lists. All are rules of thumb.
const THRESHOLDS: [Threshold; 11] = [
    (
        REPEATED_WORDS,
        "Words in a row that count as repeated",
        "words",
        25.0,
        500.0,
    ),
    (
        components::LEAST_CUES,
        "Cues that are enough in one answer",
        "places",
        1.0,
        100.0,
    ),
    (
        components::NEAR_SENTENCES,
        "How many sentences away is close by",
        "sentences",
        1.0,
        20.0,
    ),
    (
        components::LEAST_BENEFICIARIES,
        "Groups with a benefit that are enough in AC 1.1",
        "groups",
        2.0,
        5.0,
    ),
    (
        components::LEAST_STAKEHOLDERS,
        "Stakeholders that are enough in AC 1.2",
        "stakeholders",
        3.0,
        8.0,
    ),
    (
        components::LEAST_CONTRACT_CONTENTS,
        "Contents of the contract that are enough in AC 1.4",
        "contents",
        4.0,
        11.0,
    ),
    (
        components::LEAST_STAGES,
        "Stages of one model that are enough in AC 2.1",
        "stages",
        3.0,
        10.0,
    ),
    (
        components::LEAST_TOOLS,
        "Tools and techniques that are enough in AC 2.2",
        "tools",
        3.0,
        14.0,
    ),
    (
        components::LEAST_RECORD_CONTENTS,
        "Contents of records that are enough in AC 2.3",
        "contents",
        3.0,
        9.0,
    ),
    (
        components::LEAST_BARRIERS,
        "Barriers with a strategy that are enough in AC 2.4",
        "barriers",
        2.0,
        20.0,
    ),
    (
        components::STRATEGY_SENTENCES,
        "Within how many sentences a strategy should follow",
        "sentences",
        3.0,
        20.0,
    ),
];

/// A criterion in one row.
struct Row {
    id: &'static str,
    verbs: &'static [&'static str],
    wording: &'static str,
    maximum: u32,
    /// Words to aim at, by the provider's template.
    words: u32,
    /// Our short words for referral, pass and good pass.
    bands: [&'static str; 3],
    prompts: &'static [&'static str],
}

/// Learning outcome 1.
const CONTEXT: [Row; 4] = [
    Row {
        id: "1.1",
        verbs: &["describe", "define"],
        wording: "Describe and define the purpose of workplace mentoring",
        maximum: 16,
        words: 400,
        bands: [
            "Purpose is missing, wrong, only stated, or defined without being described.",
            "Correct definition; a short but right description of the main features; narrow setting.",
            "Correct definition; full description of the features in a broad setting.",
        ],
        prompts: &[
            "What is workplace mentoring?",
            "Why do we do it? What’s its purpose?",
            "What are the benefits? For whom?",
            "What are the differences between formal and informal workplace mentoring?",
        ],
    },
    Row {
        id: "1.2",
        verbs: &["explain"],
        wording: "Explain the role, remit and responsibilities of an effective workplace mentor",
        maximum: 16,
        words: 400,
        bands: [
            "One or more of the three is missing, wrong or out of place.",
            "All three explained, briefly but correctly; “effective” seen narrowly.",
            "All three explained fully in a broad setting; “effective” seen in full.",
        ],
        prompts: &[
            "What is the role of a workplace mentor? What responsibilities do they have?",
            "What is the remit of a workplace mentor and the boundaries of their role, especially where mentoring overlaps with any other working relationships etc?",
            "List the range of stakeholders (including the mentee) who may have an interest in workplace mentoring and the role they may take",
        ],
    },
    Row {
        id: "1.3",
        verbs: &["describe"],
        wording: "Describe the knowledge, skills and behaviour of an effective workplace mentor",
        maximum: 12,
        words: 300,
        bands: [
            "One of the three is missing, or they are only listed.",
            "A short but correct account of all three; narrow setting.",
            "A full and correct account of all three in a broad setting.",
        ],
        prompts: &[
            "List the knowledge and skills possessed by a quality workplace mentor",
            "Describe the behaviours you would expect from a quality workplace mentor",
            "What professional standards exist in relation to workplace mentoring?",
            "What is the status of these standards? What is their purpose?",
            "Why is it important to have ethical standards in mentoring, including issues to do with diversity and equality of opportunity?",
        ],
    },
    Row {
        id: "1.4",
        verbs: &["explain"],
        wording: "Explain what a workplace mentoring contract should include to ensure a quality, ethical mentoring relationship",
        maximum: 12,
        words: 300,
        bands: [
            "Missing, wrong, or contents listed without explaining what they do.",
            "Short but correct on how contents and practice keep it good and ethical.",
            "Full and correct on the same, in a broad setting.",
        ],
        prompts: &[
            "What are the key contents and features of a quality contract for workplace mentoring?",
            "What might happen if these aren’t in place?",
            "Why is confidentiality important in workplace mentoring? How could a mentor avoid breaching confidentiality by accident?",
            "Describe some of the planning and managing approaches that are needed to ensure quality workplace mentoring",
        ],
    },
];

/// Learning outcome 2.
const PROCESS: [Row; 4] = [
    Row {
        id: "2.1",
        verbs: &["explain"],
        wording: "Explain how a model of mentoring can be used to manage a workplace mentoring relationship",
        maximum: 12,
        words: 300,
        bands: [
            "No suitable model, or one that is only named.",
            "Main features of a suitable model, and how it manages the relationship; narrow.",
            "The same in full, in a broad setting.",
        ],
        prompts: &[
            "What are the differences and similarities between workplace mentoring and other developmental approaches including coaching and training?",
            "Describe some of the different models of mentoring practice",
            "What are the key concepts, principles and practices of mentoring?",
        ],
    },
    Row {
        id: "2.2",
        verbs: &["explain"],
        wording: "Explain the range of tools and techniques (including diagnostic tools and those exploring learning preferences) that can be used to support effective workplace mentoring",
        maximum: 12,
        words: 300,
        bands: [
            "Not explained, only listed, or one of the two named kinds is missing.",
            "Short but correct on how the tools work, both kinds among them; few tools.",
            "Full and correct over the whole range.",
        ],
        prompts: &[
            "How could mentors use power and influence, both ethically and effectively, to help mentees achieve their goals?",
            "Describe some theories and techniques of goal and objective setting",
            "Describe some theories of communication and how they apply to workplace mentoring",
            "Describe what you have learned about your own communication skills",
            "What type of communication skills do you wish to develop? How will you do this?",
            "What issues might be involved when a mentor offers advice and guidance to their mentee?",
            "Who takes responsibility for any actions that a mentee takes in response to their mentor’s guidance?",
            "What role could a mentor have in signposting and making introductions and how might this extend the mentor role/responsibility?",
            "Describe some of the assessment tools that are available for understanding and exploring preferences in the workplace e.g. Learning Styles, VAK. Belbin, situational leadership, interpersonal skills inventory, competency frameworks, conflict resolution etc.",
            "Explain how organisational information, such as job descriptions and behaviour/competency frameworks, might be relevant when mentoring within the workplace",
        ],
    },
    Row {
        id: "2.3",
        verbs: &["explain"],
        wording: "Explain why it is important to maintain basic records of workplace mentoring and what these should contain",
        maximum: 8,
        words: 200,
        bands: [
            "Reason or contents missing, or contents only listed.",
            "Short but correct on both the practice and the contents.",
            "Full and correct on both, in a broad setting.",
        ],
        prompts: &[
            "List the key features of quality mentoring records and explain how these can be used effectively to monitor progress and support further development",
            "Identify the various types of document that might be included within mentoring records and describe the likely content of some of these documents",
        ],
    },
    Row {
        id: "2.4",
        verbs: &["identify", "explain"],
        wording: "Identify any potential barriers to workplace mentoring and explain suitable strategies to overcome these barriers",
        maximum: 12,
        words: 300,
        bands: [
            "Barriers missing or beside the point, or strategies only named.",
            "A few right barriers, each with a strategy that suits it; narrow setting.",
            "Barriers for person, work and organisation, each with how it is overcome.",
        ],
        prompts: &[
            "List some of the considerations that should be taken into account about the environment within which mentoring takes place to ensure quality workplace mentoring",
            "What type of barriers might exist, at individual, operational and organisational level, when implementing workplace mentoring?",
            "What strategies may help minimise or overcome these barriers?",
        ],
    },
];

/// The whole unit.
pub(crate) fn unit() -> Unit {
    let mut context = outcome(
        "1",
        "Understand the context for effective workplace mentoring",
    )
    .aliases(&["Understanding the context for effective workplace mentoring"])
    .indicative_content(&INDICATIVE_CONTENT_1);
    context.criteria = CONTEXT.iter().map(Row::criterion).collect();
    let mut process = outcome(
        "2",
        "Understand the process for effective workplace mentoring",
    )
    .aliases(&[
        "Understanding the process for effective workplace mentoring",
        "Understand the process and content of effective workplace mentoring",
        "Understanding the process and content of effective workplace mentoring",
    ])
    .indicative_content(&INDICATIVE_CONTENT_2);
    process.criteria = PROCESS.iter().map(Row::criterion).collect();

    let mut unit = new_unit(
        "ilm-8577-304",
        "1.0.0",
        "8577-304",
        "Understanding good practice in workplace mentoring",
    )
    .awarding_body("ilm", "ILM")
    .size(3, 9)
    .words(words(2500, Some((2000, 3000)), "ilm"))
    .outcome(context)
    .outcome(process)
    .sheet_note("Every criterion must be met. With marks, that takes at least half of them.")
    .sheet_note("One criterion below its minimum makes a referral, whatever the total.")
    .sheet_note("The sheet is marked either with marks or with Pass and Referral, never with both.")
    .slot(document_slot(
        "assignment",
        "Assignment",
        "One document with all answers. Start each heading with the number of its criterion, such as “AC 1.1”.",
    ))
    .slot(declaration_slot(
        DECLARATION,
        "Declaration",
        "By submitting I confirm that this assignment is my own work",
    ))
    .setting(
        field(NEAR_EMPTY_WORDS, "Words below which a section is nearly empty", "whole-number")
            .unit("words")
            .between(0.0, 1000.0),
        40.0,
        "heuristic",
        "free",
    )
    .setting(
        field(LIST_SHARE, "Share of words in lists above which a section is worth a look", "number")
            .help("0.6 means six words in ten.")
            .between(0.0, 1.0),
        0.6,
        "heuristic",
        "free",
    )
    .setting(
        field(LIST_LINE_WORDS, "Longest line that looks like a list item", "whole-number")
            .unit("words")
            .between(0.0, 100.0),
        6.0,
        "heuristic",
        "free",
    )
    .setting(
        field(LIST_ITEM_WORDS, "Longest list item that is not taken for prose", "whole-number")
            .unit("words")
            .between(1.0, 1000.0),
        25.0,
        "heuristic",
        "free",
    );
    for (id, title, counted, standard, most) in THRESHOLDS {
        let threshold = field(id, title, "whole-number")
            .unit(counted)
            .between(1.0, most);
        unit = unit.setting(threshold, standard, "heuristic", "free");
    }
    for row in CONTEXT.iter().chain(&PROCESS) {
        let target = field(
            &format!("words_{}", row.id),
            &format!("Words to aim at in AC {}", row.id),
            "whole-number",
        );
        unit = unit.setting(
            target.unit("words").between(0.0, 10_000.0),
            f64::from(row.words),
            "centre",
            "free",
        );
    }
    facts(rules(unit))
}

impl Row {
    fn criterion(&self) -> Criterion {
        let minimum = self.maximum / 2;
        let bands = [
            ("referral", "Referral", self.maximum / 4),
            ("pass", "Pass", minimum),
            ("good-pass", "Good Pass", self.maximum / 4 * 3),
        ];
        let described = bands
            .into_iter()
            .zip(self.bands)
            .map(|((band, label, around), text)| Descriptor {
                band: band.into(),
                label: label.into(),
                around: Some(around),
                texts: vec![text.into()],
                provisional: self.id == "2.4",
                source: "heuristic".into(),
            });
        let plain = criterion(self.id, self.verbs, self.wording)
            .marks(self.maximum, minimum)
            .words(words(self.words, None, "centre"))
            .prompts(self.prompts);
        described.fold(plain, Criterion::descriptor)
    }
}

fn rules(unit: Unit) -> Unit {
    let mut unit = form_rules(unit);
    let components = components::COMPONENTS.iter();
    unit.rules
        .extend(components.map(unit_sdk::checks::Component::rule));
    unit.rule(
        components::MODELS.named,
        "Model by name",
        "AC 2.1: looks for the name of a model of mentoring, such as GROW, OSKAR, CLEAR, Egan, Clutterbuck, Kram or Zachary. A model of another name is worth a look.",
    )
    .rule(
        components::MODELS.stages,
        "Stages of the model",
        "AC 2.1: counts how many stages of a named model the answer speaks of. Where several models are named, the best described one counts.",
    )
    .rule(
        components::BARRIERS.id,
        "Barriers with strategies",
        "AC 2.4: looks for sentences that name a barrier, and for a strategy in the same sentence or one of the next. Cells of a table count as sentences. Barriers without a strategy close by are pointed at.",
    )
}

fn form_rules(unit: Unit) -> Unit {
    unit.rule(
        "section-found",
        "Sections",
        "Looks for a heading for each criterion, by its number or its wording. A criterion with two headings is worth a look. Learners and assessors can map text to a criterion by hand.",
    )
    .rule(
        "order",
        "Order",
        "Says which sections stand in another order than the unit's. Any order is allowed.",
    )
    .rule(
        "section-words",
        "Words in each section",
        "Counts white-space separated words below each heading, without the heading and without left-over texts of the template, and puts the target of the template beside it. A guide only.",
    )
    .rule(
        "total-words",
        "Words in all",
        "Adds up the words of all sections. Headings, references, front page and declaration are not counted. ILM suggests 2,000 to 3,000 and takes nothing off outside that range.",
    )
    .rule(
        "section-empty",
        "Nearly empty sections",
        "Points to a section with fewer words of the learner's own than the setting says.",
    )
    .rule(
        "left-over-prompts",
        "Left-over texts of the template",
        "Points to questions of the template and placeholders such as \"[Type your answer here]\" that still stand in a section. Case, spaces and punctuation make no difference. Their words are not counted.",
    )
    .rule(
        "merely-listed",
        "Merely listed",
        "Where a criterion asks to describe or explain, points to a section most of whose words stand in list items or very short lines. Long list items count as prose.",
    )
    .rule(
        components::REASONS.id,
        "Reasons",
        "Where a criterion asks to explain, looks for words that give a reason or an effect, such as \"because\", \"so that\" or \"as a result\".",
    )
    .rule(
        components::FEATURES.id,
        "Features",
        "Where a criterion asks to describe or define, looks for turns such as \"is a\", \"means\" or \"for example\".",
    )
    .rule(
        components::OWN_CONTEXT.id,
        "Own workplace",
        "Looks for the first person (\"I\", \"we\", \"our\") or a word for the workplace in each answer. Looking forward or back are both fine.",
    )
    .rule(
        "references",
        "References",
        "Looks for citations such as \"(Author, 2020)\" and holds their authors against the list of references. For information only.",
    )
    .rule(
        "repeated-passages",
        "Repeated passages",
        "Points to passages that stand twice in the answers, word for word, without regard to case and punctuation. The setting says how long they must be.",
    )
    .rule(
        "header-fields",
        "First page",
        "Looks for the learner's name, the registration number and the centre number, each after its name. Their format is not checked.",
    )
    .rule(
        "declaration",
        "Declaration",
        "Says whether the declaration was accepted or stands in the document. Nothing can be handed in without it.",
    )
    .rule(
        "personal-data",
        "Personal data of others",
        "Points to e-mail addresses, telephone numbers, UK postcodes, National Insurance numbers and likely names, so that a code such as \"Client A\" can take their place. What was found is not repeated in the message. Names on the first page and of authors are left out.",
    )
    .rule(
        "changes",
        "Changes since the last submission",
        "On resubmission, says whether each referred answer has changed, with the words added and taken out, and whether an answer that was met has changed.",
    )
}

fn facts(unit: Unit) -> Unit {
    let texts =
        |texts: &[&str]| Value::Texts(texts.iter().map(|text| (*text).to_owned()).collect());
    unit.fact(
        "purpose",
        Value::Text("To enable learners to understand good practice in workplace mentoring.".into()),
    )
    .fact(
        "standards",
        texts(&["LSI CM01", "LSI CM02", "LSI CM04", "LSI CM10"]),
    )
    .fact(
        "equivalents",
        texts(&["D3.05 – Understanding good practice in workplace mentoring"]),
    )
    .fact("suggested-hours", Value::Number(18.0))
    .provenance(
        "unit",
        "specification",
        "Unit specification, assignment task and mark sheet of ILM 8577-304, as printed in a provider's assignment workbook.",
    )
    .provenance(
        "outcome:2",
        "specification",
        "The task calls this outcome \"process and content of\" where the specification has \"process for\"; both are accepted as headings.",
    )
    .provenance(
        "setting:words_1.1",
        "derived",
        "The targets for the eight sections are the provider's, not ILM's; they add up to ILM's nominal 2,500 words.",
    )
    .provenance(
        "criterion:1.1",
        "provisional",
        "The sufficiency descriptors of all criteria are our own short words, not the text of ILM's mark sheet. Their marks are ILM's.",
    )
    .provenance(
        "criterion:2.4",
        "provisional",
        "The mark sheet at hand does not show this criterion's descriptors. They were written by us on the pattern of the others. Wording, marks and minimum are ILM's.",
    )
}

const INDICATIVE_CONTENT_1: [&str; 12] = [
    "The nature and purpose of workplace mentoring",
    "Formal and informal workplace mentoring",
    "The role and responsibilities of a workplace mentor",
    "The remit of workplace mentor especially overlaps with any other working relationships etc",
    "The range of stakeholders (including the mentee) who may have an interest in workplace mentoring and the role they may take",
    "The knowledge, skills possessed by a quality workplace mentor",
    "The behaviours exhibited by a quality workplace mentor",
    "The role of professional standards in workplace mentoring",
    "Importance of ethical standards in mentoring, including issues to do with diversity and equality of opportunity",
    "The key content for a quality contract for workplace mentoring",
    "The importance of confidentiality in workplace mentoring",
    "Approaches to planning and managing quality workplace mentoring",
];

const INDICATIVE_CONTENT_2: [&str; 14] = [
    "The differences and similarities between workplace mentoring and other developmental approaches including coaching and training",
    "Models of mentoring practice",
    "Key concepts, principles and practices of mentoring",
    "Ethical and effective use of power and influence to achieve positive mentee-centred outcomes",
    "Theories and techniques of goal and objective setting",
    "Theories of communication and their application to workplace mentoring",
    "Exploration and evaluation of own communication skills",
    "Offering advice and guidance and the personal responsibilities this includes",
    "Signposting and making introductions and the mentors extended role/responsibility",
    "Assessment tools for understanding and exploring preferences in the workplace e.g. Learning Styles, VAK. Belbin, situational leadership, interpersonal skills inventory, competency frameworks, conflict resolution etc",
    "Organisational information and their relevance when mentoring within the workplace – job descriptions, behaviours, competency frameworks",
    "Approaches to developing and maintaining quality mentoring records and how these can be used effectively to monitor progress",
    "Environmental considerations to ensure quality workplace mentoring",
    "The range of barriers that may exist when implementing workplace mentoring including individual, operational and organisational level and strategies that may help minimise or overcome these",
];
