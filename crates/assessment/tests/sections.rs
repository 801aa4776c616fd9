//! Which part of a document answers which criterion.

mod common;

use assessment::evidence::{Document, ReadDocument, Section, block, style};
use assessment::people::Role;
use assessment::sections::{Begins, PartMark, find, find_with};

/// A document of lines. `# ` makes a heading, `! ` a bold paragraph, `- ` a list
/// item, `| ` a table cell, `~ ` a footnote; anything else is a plain paragraph.
fn document(lines: &[&str]) -> Document {
    let mut read = ReadDocument::default();
    let mut texts = Vec::new();
    for line in lines {
        let (kind, looks, part, text) = match line.split_at_checked(2) {
            Some(("# ", text)) => (block::HEADING, 0, 0, text),
            Some(("! ", text)) => (block::PARAGRAPH, style::BOLD, 0, text),
            Some(("- ", text)) => (block::LIST_ITEM, 0, 0, text),
            Some(("| ", text)) => (block::TABLE_CELL, 0, 0, text),
            Some(("~ ", text)) => (block::PARAGRAPH, 0, 1, text),
            _ => (block::PARAGRAPH, 0, 0, *line),
        };
        texts.push(text);
        read.kind.push(kind);
        read.level.push(0);
        read.style.push(looks);
        read.part.push(part);
    }
    read.text = texts.join("\n");
    Document::new("assignment", 0, "work.docx", read).expect("the columns fit")
}

/// A section in one line: kind, id, blocks, words, how it was found.
fn shown(section: &Section) -> String {
    let id = if section.id.is_empty() {
        "-"
    } else {
        &section.id
    };
    format!(
        "{} {id} {}..{} {}w {}",
        section.kind, section.start, section.end, section.words, section.found_by
    )
}

#[track_caller]
fn finds(lines: &[&str], expected: &[&str]) {
    let sections = find(&common::unit(), &document(lines));
    let found: Vec<String> = sections.iter().map(shown).collect();
    assert_eq!(found, expected, "{lines:#?}");
    for section in &sections {
        match section.heading {
            Some(heading) => assert_eq!(
                heading + 1,
                section.start,
                "a section starts right after its heading"
            ),
            None => assert_eq!(section.kind, "front", "only the front has no heading"),
        }
    }
}

#[test]
fn a_document_with_headings_and_numbers() {
    finds(
        &[
            "# My garden",
            "By Ada",
            "# Learning Outcome 1: Understand how a garden is planned",
            "# AC 1.1 Describe the purpose of a planting plan",
            "one two three",
            "four",
            "# 1.2 Explain how soil is tested before planting (300 words – 12 marks)",
            "five six",
            "# LO2 Know how to look after young plants",
            "# A.C. 2.1: Identify tools for watering and pruning",
            "seven",
            "- eight nine",
            "# References",
            "Smith 2020",
        ],
        &[
            "front - 0..2 4w order",
            "outcome 1 3..3 0w wording",
            "criterion 1.1 4..6 4w number",
            "criterion 1.2 7..8 2w number",
            "outcome 2 9..9 0w wording",
            "criterion 2.1 10..12 3w number",
            "references - 13..14 2w wording",
        ],
    );
}

#[test]
fn a_number_needs_more_than_itself_unless_something_marks_the_heading() {
    for (line, is_heading) in [
        ("# 1.1", true),
        ("! 1.1", true),
        ("AC 1.1", true),
        ("! AC 1.1 In my own words", true),
        ("# 1.1 In my own words", true),
        ("1.1 Describe the purpose of a planting plan", true),
        ("1.1 The purpose of a plan", true),
        ("- 1.1 Describe the purpose of a planting plan", true),
        ("1.1", false),
        ("1.1 metres of string were needed for it", false),
        ("! 1.1 metres of string were needed for it", false),
        ("AC 1.1 asks what we wanted, and so we began", false),
        ("# 1.1.2 Describe the purpose of a planting plan", false),
        ("# 9.9 Something of my own", false),
    ] {
        let found = find(&common::unit(), &document(&[line, "text"]));
        let number = found
            .iter()
            .any(|section| section.id == "1.1" && section.found_by == "number");
        assert_eq!(number, is_heading, "{line}: {found:?}");
    }
}

#[test]
fn numbers_of_the_files_own_lists_count() {
    let mut document = document(&[
        "# Describe the purpose of a planting plan",
        "text",
        "# Something else",
        "text",
    ]);
    document.read.labels = "1.1\n\n2.1\n".to_owned();
    let found: Vec<String> = find(&common::unit(), &document).iter().map(shown).collect();
    assert_eq!(
        found,
        [
            "criterion 1.1 1..2 1w number",
            "criterion 2.1 3..4 1w number"
        ]
    );
}

#[test]
fn wording_and_aliases_stand_in_for_numbers() {
    finds(
        &[
            "# Describe the purpose of a planting plan",
            "a b",
            "# SOIL TESTING",
            "c",
            "# Identify the tools for watering and for pruning",
            "d e f",
        ],
        &[
            "criterion 1.1 1..2 2w wording",
            "criterion 1.2 3..4 1w alias",
            "criterion 2.1 5..6 3w wording",
        ],
    );
    finds(
        &["# Tools that I like", "a", "# My soil", "b"],
        &["front - 0..4 8w order"],
    );
}

#[test]
fn text_files_have_no_kinds() {
    finds(
        &[
            "My garden",
            "",
            "AC 1.1 Describe the purpose of a planting plan",
            "A plan shows where things go.",
            "",
            "Explain how soil is tested before planting:",
            "I took a sample.",
            "2.1 Identify tools for watering and pruning",
            "A can. 1.5 litres will do.",
            "References",
            "Smith",
        ],
        &[
            "front - 0..2 2w order",
            "criterion 1.1 3..5 6w number",
            "criterion 1.2 6..7 4w wording",
            "criterion 2.1 8..9 6w number",
            "references - 10..11 1w wording",
        ],
    );
}

#[test]
fn a_contents_page_does_not_count() {
    finds(
        &[
            "# Contents",
            "1.1 Describe the purpose of a planting plan",
            "1.2 Explain how soil is tested before planting",
            "2.1 Identify tools for watering and pruning",
            "References",
            "# 1.1 Describe the purpose of a planting plan",
            "a",
            "# 1.2 Explain how soil is tested before planting",
            "b",
            "# References",
            "c",
        ],
        &[
            "front - 0..1 1w order",
            // Nothing answers 2.1 elsewhere, so its line of the contents stays.
            "criterion 2.1 4..4 0w number",
            "references - 5..5 0w wording",
            "criterion 1.1 6..7 1w number",
            "criterion 1.2 8..9 1w number",
            "references - 10..11 1w wording",
        ],
    );
}

#[test]
fn a_contents_list_with_an_introduction_behind_it_does_not_count() {
    let answers = [
        "# 1.1 Describe the purpose of a planting plan",
        "a",
        "# 1.2 Explain how soil is tested before planting",
        "b",
        "# 2.1 Identify tools for watering and pruning",
        "c",
    ];
    let expected = ["criterion 1.1 1w", "criterion 1.2 1w", "criterion 2.1 1w"];
    let contents = [
        "1.1 Describe the purpose of a planting plan",
        "1.2 Explain how soil is tested before planting",
        "2.1 Identify tools for watering and pruning",
    ];
    let with_pages = [
        "1.1 Describe the purpose of a planting plan\t2",
        "My garden\t3",
        "2.1 Identify tools for watering and pruning ..... 4",
    ];
    for list in [contents, with_pages] {
        let lines = [&["# Contents"], &list[..], &["I like my garden."], &answers].concat();
        let found = find(&common::unit(), &document(&lines));
        let criteria: Vec<String> = found
            .iter()
            .filter(|section| section.kind == "criterion")
            .map(|section| format!("criterion {} {}w", section.id, section.words))
            .collect();
        assert_eq!(criteria, expected, "{lines:#?}");
    }
}

#[test]
fn tasks_outcomes_and_letters_are_numbers_too() {
    finds(
        &[
            "Task 1.1",
            "a",
            "LO1 AC2",
            "b",
            "Task 3: Identify tools for watering and pruning",
            "c",
        ],
        &[
            "criterion 1.1 1..2 1w number",
            "criterion 1.2 3..4 1w number",
            "criterion 2.1 5..6 1w wording",
        ],
    );
    // What is lettered goes on; so do bold prompts.
    finds(
        &[
            "! 1.1a",
            "a",
            "! What is a plan?",
            "b",
            "! 1.1b",
            "c",
            "! Learning Outcome II",
            "! II.1 Identify tools for watering and pruning",
            "d",
        ],
        &[
            "criterion 1.1 1..6 8w number",
            "outcome 2 7..7 0w number",
            "criterion 2.1 8..9 1w number",
        ],
    );
}

#[test]
fn a_question_may_stand_in_one_cell_and_its_answer_in_the_next() {
    finds(
        &[
            "| AC 1.1 Describe the purpose of a planting plan",
            "| A plan shows where things go.",
            "| 1.2",
            "| I took a sample of the soil and sent it away.",
            "| 2.1",
            "| Identify tools for watering and pruning",
            "| A can.",
        ],
        &[
            "criterion 1.1 1..2 6w number",
            "criterion 1.2 3..4 11w number",
            "criterion 2.1 6..7 2w wording",
        ],
    );
    // Numbers in a table of measurements are none.
    finds(
        &["| 1.1", "| 1.2", "| 2.1", "| cm"],
        &["front - 0..4 4w order"],
    );
}

#[test]
fn out_of_order_and_twice() {
    finds(
        &[
            "# 2.1 Identify tools for watering and pruning",
            "a",
            "# 1.1 Describe the purpose of a planting plan",
            "b c",
            "# 2.1 Identify tools for watering and pruning",
            "d e f",
        ],
        &[
            "criterion 2.1 1..2 1w number",
            "criterion 1.1 3..4 2w number",
            "criterion 2.1 5..6 3w number",
        ],
    );
    let document = {
        let mut document = document(&["# 2.1", "a", "# 1.1", "b", "# 2.1", "c d"]);
        document.sections = find(&common::unit(), &document);
        document
    };
    let words: Vec<u32> = document
        .sections_of("2.1")
        .map(|section| section.words)
        .collect();
    assert_eq!(words, [1, 2], "both parts of an answer count");
    assert_eq!(document.sections_of("1.2").count(), 0);
}

#[test]
fn what_follows_the_answers_ends_them() {
    finds(
        &[
            "# 1.1 Describe the purpose of a planting plan",
            "a",
            "! Appendix A: photographs",
            "b",
            "# 2.1 Identify tools for watering and pruning",
            "c",
            "# Bibliography",
            "d",
            "# Declaration",
            "e",
        ],
        &[
            "criterion 1.1 1..2 1w number",
            "other - 3..4 1w wording",
            "criterion 2.1 5..6 1w number",
            "references - 7..8 1w wording",
            "declaration - 9..10 1w wording",
        ],
    );
    for declaration in [
        "I declare that the garden in this diary is mine alone.",
        "I confirm that this is my own work.",
        "! Declaration of Authenticity",
    ] {
        finds(
            &["# 1.1", "a", declaration, "Ada"],
            &[
                "criterion 1.1 1..2 1w number",
                "declaration - 3..4 1w wording",
            ],
        );
    }
    for no_end in [
        "declaration",
        "Appendix A shows photographs",
        "My references are my neighbours",
        "- Planning gardens",
    ] {
        let found = find(&common::unit(), &document(&["# 1.1", no_end, "b"]));
        assert_eq!(found.len(), 1, "{no_end}: {found:?}");
    }
}

#[test]
fn outcomes_are_found_by_title_and_alias() {
    for heading in [
        "# Understand how a garden is planned",
        "# Learning Outcome / Section 1: Understand how a garden is planned",
        "LO1 Understand how a garden is planned",
        "# Planning gardens",
    ] {
        finds(&[heading, "a"], &["outcome 1 1..2 1w wording"]);
    }
}

#[test]
fn notes_and_long_lines_are_no_headings() {
    finds(
        &[
            "# 1.1 Describe the purpose of a planting plan",
            "a",
            "~ 2.1 Identify tools for watering and pruning",
        ],
        &["criterion 1.1 1..2 1w number"],
    );
    let heading = "1.1 Describe the purpose of a planting plan";
    let longest = format!("# {heading} {}", "plan ".repeat(45 - 8));
    let too_long = format!("# {heading} {}", "plan ".repeat(45 - 7));
    assert_eq!(
        find(&common::unit(), &document(&[longest.as_str(), "a"]))[0].kind,
        "criterion"
    );
    assert_eq!(
        find(&common::unit(), &document(&[too_long.as_str(), "a"]))[0].kind,
        "front"
    );
}

#[test]
fn empty_documents_have_no_sections() {
    finds(&[], &[]);
    finds(&[""], &["front - 0..1 0w order"]);
}

fn said(block: u32, begins: Begins, by: Role) -> PartMark {
    PartMark { block, begins, by }
}

#[track_caller]
fn finds_with(lines: &[&str], said: &[PartMark], expected: &[&str]) {
    let sections = find_with(&common::unit(), &document(lines), said);
    let found: Vec<String> = sections.iter().map(shown).collect();
    assert_eq!(found, expected, "{lines:#?} {said:#?}");
}

#[test]
fn people_correct_what_was_found() {
    let lines = &[
        "# 1.1 Describe the purpose of a planting plan",
        "one two",
        "Tools are next.",
        "# 1.2 Explain how soil is tested before planting",
        "three",
        "~ a note of four words",
    ];
    let answer = |block, ids: &[&str], by| {
        let ids = ids.iter().map(|id| (*id).to_owned()).collect();
        said(block, Begins::Answer(ids), by)
    };
    finds_with(
        lines,
        &[],
        &[
            "criterion 1.1 1..3 5w number",
            "criterion 1.2 4..5 1w number",
        ],
    );
    // A paragraph begins an answer and belongs to it; a heading does not.
    finds_with(
        lines,
        &[answer(2, &["2.1"], Role::Learner)],
        &[
            "criterion 1.1 1..2 2w number",
            "criterion 2.1 2..3 3w learner",
            "criterion 1.2 4..5 1w number",
        ],
    );
    finds_with(
        lines,
        &[answer(3, &["2.1"], Role::Assessor)],
        &[
            "criterion 1.1 1..3 5w number",
            "criterion 2.1 4..5 1w assessor",
        ],
    );
    // One part for two criteria, and two parts for one.
    finds_with(
        lines,
        &[
            answer(2, &["1.1", "2.1"], Role::Learner),
            answer(4, &["1.1"], Role::Learner),
        ],
        &[
            "criterion 1.1 1..2 2w number",
            "criterion 1.1 2..3 3w learner",
            "criterion 2.1 2..3 3w learner",
            "criterion 1.2 4..4 0w number",
            "criterion 1.1 4..5 1w learner",
        ],
    );
    finds_with(
        lines,
        &[said(3, Begins::NoAnswer, Role::Learner)],
        &["criterion 1.1 1..3 5w number", "other - 4..5 1w learner"],
    );
    finds_with(
        lines,
        &[said(3, Begins::Nothing, Role::Learner)],
        &["criterion 1.1 1..5 14w number"],
    );
    // The later word on a block counts.
    finds_with(
        lines,
        &[
            answer(2, &["2.1"], Role::Learner),
            said(2, Begins::Nothing, Role::Assessor),
        ],
        &[
            "criterion 1.1 1..3 5w number",
            "criterion 1.2 4..5 1w number",
        ],
    );
    // A note or text box can hold an answer; a block that is not there holds none.
    finds_with(
        lines,
        &[
            answer(5, &["2.1"], Role::Learner),
            answer(6, &["2.1"], Role::Learner),
        ],
        &[
            "criterion 1.1 1..3 5w number",
            "criterion 1.2 4..5 1w number",
            "criterion 2.1 5..6 5w learner",
        ],
    );
}
