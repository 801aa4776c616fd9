use std::collections::{BTreeMap, BTreeSet};

use assessment::evidence::{Document, ReadDocument, block};
use assessment::sections;
use assessment::sheet::{Award, CriterionOutcome, Outcome, Sheet, Verdict};
use assessment::unit::{Criterion, LearningOutcome, SheetRules, Unit};

use super::*;

/// An opening tag with its attributes.
struct Tag {
    name: String,
    attributes: BTreeMap<String, String>,
}

const VOID: [&str; 6] = ["input", "meta", "link", "br", "hr", "img"];

/// Reads the tags of a page and holds them to the rules that need no browser:
/// every element is closed in order, and attributes are quoted.
fn tags(page: &str, html: &str) -> Vec<Tag> {
    let mut tags = Vec::new();
    let mut open: Vec<String> = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        if rest.starts_with('!') {
            continue;
        }
        let mut quoted = false;
        let end = rest
            .find(|letter| {
                quoted ^= letter == '"';
                letter == '>' && !quoted
            })
            .unwrap_or_else(|| panic!("{page}: a tag is not closed near `{}`", &rest[..40]));
        let (inside, after) = (rest[..end].trim_end_matches('/'), &rest[end + 1..]);
        let empty = rest[..end].ends_with('/');
        rest = after;
        if let Some(name) = inside.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name), "{page}: closing order");
            continue;
        }
        let (name, mut text) = inside
            .split_once(char::is_whitespace)
            .unwrap_or((inside, ""));
        let mut attributes = BTreeMap::new();
        while !text.trim().is_empty() {
            text = text.trim_start();
            let name_end = text
                .find(|letter: char| letter == '=' || letter.is_whitespace())
                .unwrap_or(text.len());
            let attribute = text[..name_end].to_owned();
            let mut value = String::new();
            text = &text[name_end..];
            if let Some(quoted) = text.strip_prefix("=\"") {
                let (inner, after) = quoted.split_once('"').unwrap();
                // The template engine writes slashes as references, which is as good.
                value = inner.replace("&#x2f;", "/");
                text = after;
            } else {
                assert!(!text.starts_with('='), "{page}: `{inside}` is not quoted");
            }
            assert!(
                attributes.insert(attribute, value).is_none(),
                "{page}: `{inside}` has an attribute twice"
            );
        }
        if !VOID.contains(&name) && !empty {
            open.push(name.to_owned());
        }
        tags.push(Tag {
            name: name.to_owned(),
            attributes,
        });
    }
    assert!(open.is_empty(), "{page}: {open:?} are not closed");
    tags
}

fn samples() -> Vec<(String, String)> {
    render_samples(&Templates::new().unwrap()).unwrap()
}

#[test]
fn every_sample_is_well_formed_and_its_references_lead_somewhere() {
    let samples = samples();
    assert!(samples.len() > 40, "only {} samples", samples.len());
    for (page, html) in &samples {
        let tags = tags(page, html);
        let mut ids = BTreeSet::new();
        for id in tags.iter().filter_map(|tag| tag.attributes.get("id")) {
            assert!(
                ids.insert(id.as_str()),
                "{page}: the id `{id}` is there twice"
            );
            assert!(!id.contains(' ') && !id.is_empty(), "{page}: the id `{id}`");
        }
        for tag in &tags {
            for (name, value) in &tag.attributes {
                let targets: Vec<&str> = match name.as_str() {
                    "for" | "form" => vec![value.as_str()],
                    "aria-labelledby" | "aria-describedby" => value.split(' ').collect(),
                    "href" => value.strip_prefix('#').into_iter().collect(),
                    _ => Vec::new(),
                };
                for target in targets {
                    assert!(
                        ids.contains(target),
                        "{page}: {name}=\"{value}\" of a {} leads nowhere",
                        tag.name
                    );
                }
            }
        }
    }
}

#[test]
fn no_sample_needs_more_than_the_content_policy_gives() {
    for (page, html) in &samples() {
        for tag in tags(page, html) {
            assert!(tag.name != "style", "{page}: style element");
            assert!(
                tag.name != "script" || tag.attributes.contains_key("src"),
                "{page}: inline script"
            );
            for name in tag.attributes.keys() {
                assert!(
                    name != "style" && !name.starts_with("on"),
                    "{page}: inline {name}"
                );
            }
        }
    }
}

/// What opens the way for a form: the session's token, or where there is no session yet, the
/// code of a link.
const KEYS: [&str; 3] = ["csrf", "code", "invitation"];

#[test]
fn every_form_is_ours_and_every_field_has_a_name_and_a_label() {
    for (page, html) in &samples() {
        let tags = tags(page, html);
        let labelled: BTreeSet<&String> = tags
            .iter()
            .filter(|tag| tag.name == "label")
            .filter_map(|tag| tag.attributes.get("for"))
            .collect();
        // The answer to the platform is the one form that is not for us.
        let forms = tags.iter().filter(|tag| {
            tag.attributes
                .get("method")
                .is_some_and(|method| method == "post")
                && page != "select-answer-answer"
        });
        assert_eq!(
            forms.clone().count(),
            tags.iter()
                .filter(|tag| tag
                    .attributes
                    .get("name")
                    .is_some_and(|name| KEYS.contains(&name.as_str())))
                .count(),
            "{page}: each form that posts sends a token that nobody else knows"
        );
        for form in forms {
            let action = &form.attributes["action"];
            assert!(
                ["/a/0197f2c4/", "/select/0197f2c4/", "/admin/", "/lti/"]
                    .iter()
                    .any(|ours| action.starts_with(ours)),
                "{page}: {action}"
            );
        }
        for field in tags.iter().filter(|tag| {
            ["input", "select", "textarea"].contains(&tag.name.as_str())
                && tag
                    .attributes
                    .get("type")
                    .is_none_or(|kind| kind != "hidden")
        }) {
            let id = field.attributes.get("id");
            assert!(
                id.is_some_and(|id| labelled.contains(id)),
                "{page}: no label for {:?}",
                field.attributes
            );
        }
    }
}

#[test]
fn every_page_has_a_language_a_title_one_first_heading_and_known_icons() {
    for (page, html) in &samples() {
        let tags = tags(page, html);
        assert_eq!(tags[0].attributes["lang"], "en-GB", "{page}");
        assert!(!html.contains("<title> –"), "{page}: no title");
        assert_eq!(
            tags.iter().filter(|tag| tag.name == "h1").count(),
            1,
            "{page}"
        );
        for class in tags
            .iter()
            .filter_map(|tag| tag.attributes.get("class"))
            .flat_map(|classes| classes.split(' '))
            .filter(|class| class.starts_with("ic-") || class.starts_with("state--"))
            .filter(|class| !["state--open", "state--wait", "state--lock"].contains(class))
        {
            assert!(
                STYLESHEET.contains(&format!(".{class}")),
                "{page}: the style sheet has no `{class}`"
            );
        }
    }
}

#[test]
fn what_people_typed_is_escaped() {
    let html = samples()
        .into_iter()
        .find_map(|(page, html)| (page == "cohort-nobody-found").then_some(html))
        .unwrap();
    assert!(!html.contains("Zo<e>"));
    assert!(html.contains("value=\"Zo&lt;e&gt;\""));
    assert!(html.contains("“Zo&lt;e&gt;”"));
}

#[test]
fn a_field_that_a_template_lacks_is_an_error_and_not_an_empty_place() {
    #[derive(Serialize)]
    struct Half {
        title: &'static str,
    }
    impl Page for Half {
        const TEMPLATE: &'static str = "error.html";
        fn samples() -> Vec<(&'static str, Self)> {
            Vec::new()
        }
    }
    let error = Templates::new()
        .unwrap()
        .render(&Half { title: "x" })
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the template `error.html` could not be used; this is a defect, please report it"
    );
}

#[test]
fn a_pager_names_its_neighbours_and_keeps_the_search() {
    let kept = [("q", "Zoë & co"), ("state", "waiting"), ("group", "")];
    let pager = Pager::new(2, 1_000, 3_400, &kept);
    assert_eq!(
        [pager.first, pager.last, pager.all],
        ["1,001", "2,000", "3,400"]
    );
    assert_eq!(
        pager.next.as_deref(),
        Some("?q=Zo%C3%AB+%26+co&state=waiting&page=3")
    );
    assert_eq!(Pager::new(1, 10, 34, &[]).previous, None);
    let last = Pager::new(99, 10, 34, &[]);
    assert_eq!(last.next, None);
    assert_eq!([last.first, last.last], ["31", "34"]);
    let none = Pager::new(1, 10, 0, &[]);
    assert_eq!(none.next, None);
    assert_eq!([none.first, none.last], ["0", "0"]);
}

fn document(lines: &[(u8, &str)]) -> Document {
    let column = vec![0; lines.len()];
    let read = ReadDocument {
        text: lines
            .iter()
            .map(|(_, text)| *text)
            .collect::<Vec<_>>()
            .join("\n"),
        kind: lines.iter().map(|(kind, _)| *kind).collect(),
        level: column.clone(),
        style: column.clone(),
        part: column,
        ..ReadDocument::default()
    };
    Document::new("assignment", 0, "a.docx", read).unwrap()
}

fn highlight(start: u32, end: u32, letter: &str, status: &str) -> Highlight {
    Highlight {
        start,
        end,
        letter: letter.to_owned(),
        status: status.to_owned(),
        place: format!("p-{letter}"),
        finding: format!("f-{letter}"),
        mask: false,
    }
}

/// Text, status, places and letters of each run, one line for each block.
fn outline(blocks: &[Block]) -> Vec<String> {
    let run = |run: &Run| {
        let letters: String = run
            .letters
            .iter()
            .map(|letter| letter.letter.as_str())
            .collect();
        let places = run.places.join(",");
        format!("[{}|{}|{places}|{letters}]", run.text, run.status)
    };
    blocks
        .iter()
        .map(|block| block.runs.iter().map(run).collect::<Vec<_>>().concat())
        .collect()
}

#[test]
fn places_are_cut_out_of_their_blocks() {
    let document = document(&[
        (block::PARAGRAPH, "one two three"),
        (block::LIST_ITEM, "four"),
    ]);
    let blocks = blocks(&document, 0, 2, &[highlight(4, 7, "A", "found")]);
    assert_eq!(
        outline(&blocks),
        ["[one |||][two|found|p-A|A][ three|||]", "[four|||]"]
    );
    assert_eq!((blocks[0].kind, blocks[1].kind), ("paragraph", "item"));
}

#[test]
fn places_that_overlap_or_run_on_keep_one_anchor_and_one_letter_each() {
    let document = document(&[(block::PARAGRAPH, "abcdef"), (block::PARAGRAPH, "ghij")]);
    let overlapping = [highlight(0, 4, "A", "found"), highlight(2, 9, "B", "look")];
    assert_eq!(
        outline(&blocks(&document, 0, 2, &overlapping)),
        [
            "[ab|found|p-A|][cd|look|p-B|A][ef|look||]",
            "[gh|look||B][ij|||]"
        ]
    );
}

#[test]
fn offsets_of_plugins_never_split_a_letter_or_leave_the_text() {
    let document = document(&[(block::PARAGRAPH, "a–b"), (block::PARAGRAPH, "c")]);
    let wild = [
        highlight(2, 3, "A", "found"),
        highlight(4, 4_000_000, "B", "look"),
        highlight(9, 3, "C", "look"),
    ];
    assert_eq!(
        outline(&blocks(&document, 0, 99, &wild)),
        ["[a–|||][b|look|p-B|]", "[c|look||B]"]
    );
}

fn unit(modes: &str) -> Unit {
    let criterion = |id: &str, wording: &str, maximum| Criterion {
        id: id.to_owned(),
        wording: wording.to_owned(),
        verbs: Vec::new(),
        aliases: Vec::new(),
        maximum,
        minimum: maximum / 2,
        words: None,
        descriptors: Vec::new(),
        prompts: Vec::new(),
    };
    Unit {
        id: "u".to_owned(),
        version: "1.0.0".to_owned(),
        language: "en-GB".to_owned(),
        awarding_body: "ilm".to_owned(),
        awarding_body_name: "ILM".to_owned(),
        number: "1".to_owned(),
        edition: String::new(),
        task_edition: String::new(),
        title: "Unit".to_owned(),
        level: String::new(),
        credit: None,
        guided_learning_hours: None,
        words: None,
        provenance: Vec::new(),
        outcomes: vec![LearningOutcome {
            id: "1".to_owned(),
            title: "Understand the context".to_owned(),
            aliases: Vec::new(),
            indicative_content: Vec::new(),
            prompts: Vec::new(),
            criteria: vec![
                criterion("1.1", "Describe the purpose of mentoring", 32),
                criterion("1.2", "Explain the role of a mentor", 24),
                criterion("1.3", "Explain the contract of a mentor", 24),
            ],
        }],
        sheet: SheetRules {
            modes: vec![modes.to_owned()],
            parts_per_mark: 2,
            notes: Vec::new(),
        },
        slots: Vec::new(),
        settings: Vec::new(),
        rules: Vec::new(),
        facts: Vec::new(),
    }
}

fn outcome(sheet: &Sheet, met: [Option<bool>; 3], verdict: Verdict, total: u32) -> Outcome {
    Outcome {
        verdict,
        label: String::new(),
        total: Some(total),
        maximum: Some(80),
        criteria: sheet
            .entries
            .iter()
            .zip(met)
            .map(|(entry, met)| CriterionOutcome {
                criterion: entry.criterion.clone(),
                met,
            })
            .collect(),
        reasons: Vec::new(),
        details: Vec::new(),
    }
}

#[test]
fn a_summary_says_what_stands_in_the_way() {
    let unit = unit("marks");
    let mut sheet = Sheet::empty(&unit);
    sheet.entries[0].award = Award::Marks(17);
    sheet.entries[1].award = Award::Marks(11);
    let outcome = outcome(
        &sheet,
        [Some(true), Some(false), None],
        Verdict::Incomplete,
        28,
    );
    assert_eq!(sheet.holds(&outcome), Ok(()));
    let summary = Summary::new(&unit, &sheet, &outcome);
    assert_eq!(summary.total.as_deref(), Some("14"));
    assert_eq!(summary.maximum.as_deref(), Some("40"));
    assert_eq!(summary.verdict_words, "Would be a referral");
    assert_eq!((summary.met, summary.below, summary.open), (1, 1, 1));
    let words: Vec<_> = summary
        .criteria
        .iter()
        .map(|criterion| (criterion.awarded.as_str(), criterion.words.as_str()))
        .collect();
    assert_eq!(
        words,
        [
            ("8.5", "Met"),
            ("5.5", "Needs feedback"),
            ("", "Not marked")
        ]
    );
    let obstacles: Vec<_> = summary
        .obstacles
        .iter()
        .map(|obstacle| (obstacle.field, obstacle.words.as_str()))
        .collect();
    assert_eq!(
        obstacles,
        [
            (Obstructs::Feedback, "give feedback on 1.2"),
            (Obstructs::Mark, "mark 1.3")
        ]
    );
    let json = serde_json::to_value(&summary).unwrap();
    assert_eq!(json["verdict"], "incomplete");
    assert_eq!(json["criteria"][1]["state"], "refer");
    assert_eq!(json["obstacles"][0]["field"], "feedback");
}

#[test]
fn a_sheet_of_decisions_has_no_numbers() {
    let unit = unit("pass-referral");
    let mut sheet = Sheet::empty(&unit);
    for entry in &mut sheet.entries {
        entry.award = Award::Decision("pass".to_owned());
    }
    let mut outcome = outcome(&sheet, [Some(true); 3], Verdict::Pass, 0);
    let summary = Summary::new(&unit, &sheet, &outcome);
    assert_eq!((summary.total, summary.maximum), (None, None));
    assert_eq!(summary.verdict_words, "Pass");
    assert_eq!(summary.criteria[0].awarded, "Pass");
    assert!(summary.obstacles.is_empty());
    outcome.label = "Merit".to_owned();
    assert_eq!(Summary::new(&unit, &sheet, &outcome).verdict_words, "Merit");

    sheet.entries[1].award = Award::Decision("referral".to_owned());
    sheet.entries[1].feedback = "Add the remit.".to_owned();
    outcome.criteria[1].met = Some(false);
    outcome.verdict = Verdict::Referral;
    let summary = Summary::new(&unit, &sheet, &outcome);
    assert_eq!(summary.verdict_words, "Referral");
    assert_eq!(summary.criteria[1].words, "Not yet met");
    assert!(summary.obstacles.is_empty());
}

#[test]
fn a_document_is_shown_whole_with_its_sections_named() {
    let unit = unit("marks");
    let mut document = document(&[
        (block::PARAGRAPH, "My name"),
        (block::HEADING, "1.1 Describe the purpose of mentoring"),
        (block::PARAGRAPH, "It helps people."),
        (block::HEADING, "1.2 Explain the role of a mentor"),
        (block::PARAGRAPH, "To support."),
        (block::PARAGRAPH, "Page 1 of 2"),
    ]);
    document.read.part[5] = 1;
    document.sections = sections::find(&unit, &document);
    let sections = TextSection::all(&unit, &document, &[]);
    let named: Vec<_> = sections
        .iter()
        .map(|section| {
            (
                section.kind.as_str(),
                section.ids.first().map_or("", String::as_str),
                section.title.as_str(),
            )
        })
        .collect();
    assert_eq!(
        named,
        [
            ("front", "", ""),
            ("criterion", "1.1", "Describe the purpose of mentoring"),
            ("criterion", "1.2", "Explain the role of a mentor"),
            ("notes", "", "")
        ]
    );
    let shown: usize = sections.iter().map(|section| section.blocks.len()).sum();
    assert_eq!(shown, document.len());
}
