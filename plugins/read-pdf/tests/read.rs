//! The reader from outside: files of several programs, and small files for
//! each rule.

mod made;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use assessment::evidence::{NumberColumn, ReadDocument};
use assessment::unit::Unit;
use made::{lines, page, pages, read, read_as, text};
use serde_json::{Value, json};
use unit_sdk::reader::wit::{Document, Wanted};
use unit_sdk::reader::{kind, part, style};

fn labels(document: &Document) -> Vec<&str> {
    document.labels.split('\n').collect()
}

fn column<'a>(document: &'a Document, name: &str) -> &'a [u32] {
    let found = document.more.iter().find(|column| column.name == name);
    &found.unwrap_or_else(|| panic!("the column {name}")).numbers
}

fn warnings(document: &Document) -> Vec<(&str, u32)> {
    let warnings = document.warnings.iter();
    warnings
        .map(|warning| (warning.code.as_str(), warning.count))
        .collect()
}

fn property<'a>(document: &'a Document, name: &str) -> Option<&'a str> {
    let mut properties = document.properties.iter();
    Some(&properties.find(|property| property.name == name)?.text)
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures")
}

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(fixtures().join(name)).expect("the fixture")
}

fn manifest(name: &str) -> Value {
    serde_json::from_slice(&fixture(name)).expect("a manifest")
}

/// A unit whose criteria and outcomes have these headings, which is all that
/// finding sections asks for.
fn unit(headings: &BTreeMap<String, String>) -> Unit {
    let facts = manifest("pdf/manifest.json");
    let criteria: Vec<Value> = headings
        .iter()
        .map(|(id, heading)| {
            let wording = heading
                .trim_start_matches("AC ")
                .trim_start_matches(id.as_str());
            json!({
                "id": id, "wording": wording.trim(), "verbs": [], "aliases": [], "maximum": 0,
                "minimum": 0, "words": null, "descriptors": [], "prompts": [],
            })
        })
        .collect();
    let titles = ["304", "306"].map(|unit| facts["outcomes"][unit].as_array().expect("titles"));
    let outcomes: Vec<Value> = titles
        .into_iter()
        .flatten()
        .enumerate()
        .map(|(at, title)| {
            let criteria = if at == 0 {
                criteria.clone()
            } else {
                Vec::new()
            };
            json!({
                "id": (at + 1).to_string(), "title": title, "aliases": [],
                "indicative_content": [], "prompts": [], "criteria": criteria,
            })
        })
        .collect();
    let declaration = json!({
        "id": "declaration", "kind": "declaration", "title": "", "help": "", "required": true,
        "most_files": 0, "criteria": [], "fields": [], "statement": facts["declaration"],
    });
    serde_json::from_value(json!({
        "id": "test", "version": "1.0.0", "language": "en", "awarding_body": "ilm",
        "awarding_body_name": "", "number": "", "edition": "", "task_edition": "", "title": "",
        "level": "", "credit": null, "guided_learning_hours": null, "words": null,
        "provenance": [], "outcomes": outcomes,
        "sheet": {"modes": [], "parts_per_mark": 1, "notes": []},
        "slots": [declaration], "settings": [], "rules": [], "facts": [],
    }))
    .expect("a unit")
}

/// Words of each criterion's section, as the product finds them.
fn words(document: Document, headings: &BTreeMap<String, String>) -> BTreeMap<String, u32> {
    let more = document.more.into_iter().map(|column| NumberColumn {
        name: column.name,
        numbers: column.numbers,
    });
    let read = ReadDocument {
        text: document.text,
        labels: document.labels,
        kind: document.kind,
        level: document.level,
        style: document.style,
        part: document.part,
        more: more.collect(),
        warnings: Vec::new(),
    };
    let document = assessment::evidence::Document::new("assignment", 0, "evidence.pdf", read)
        .expect("columns as long as the text");
    let mut words = BTreeMap::new();
    for section in assessment::sections::find(&unit(headings), &document) {
        if section.kind == "criterion" {
            *words.entry(section.id).or_default() += section.words;
        }
    }
    words
}

/// Headings and words of each criterion, as a manifest says them under `key`.
fn expected(manifest: &Value, key: &str) -> (BTreeMap<String, String>, BTreeMap<String, u32>) {
    let of = |value: &Value| u32::try_from(value["words"].as_u64().expect("words")).expect("small");
    let criteria = manifest["expected"][key].as_object().expect("criteria");
    let present = criteria
        .iter()
        .filter(|(_, facts)| facts["heading_present"] == true);
    let heading = |facts: &Value| facts["heading_as_typed"].as_str().expect("text").to_owned();
    present
        .map(|(id, facts)| ((id.clone(), heading(facts)), (id.clone(), of(facts))))
        .unzip()
}

#[test]
fn the_strong_assignment_has_the_words_that_its_manifest_says() {
    let (headings, words_expected) = expected(&manifest("304-strong/manifest.json"), "per_ac");
    let document = read(&fixture("304-strong/304-strong.pdf")).expect("a document");
    assert_eq!(document.kind.len(), 51, "as many blocks as the .docx has");
    assert_eq!(property(&document, "title"), Some("304 assignment"));
    assert_eq!(property(&document, "language"), Some("en-US"));
    assert_eq!(property(&document, "pages"), Some("7"));
    assert_eq!(document.warnings.len(), 0);
    assert_eq!(words(document, &headings), words_expected);
}

#[test]
fn files_of_many_programs_have_the_words_that_the_manifests_say() {
    let facts = manifest("pdf/manifest.json");
    for file in facts["files"].as_array().expect("files") {
        let name = file["file"].as_str().expect("a name");
        let read = read_as(&fixture(&format!("pdf/{name}")), Wanted::Document);
        if let Some(code) = file["failure"].as_str() {
            let failure = read.expect_err(name);
            assert_eq!(failure.code, code, "{name}: {}", failure.message);
            continue;
        }
        let document = read.expect(name);
        assert_eq!(document.kind.len(), document.text.split('\n').count());
        let headers = |document: &Document| -> Vec<String> {
            let of_part = lines(document).into_iter().zip(&document.part);
            of_part
                .filter(|(_, part)| **part == part::HEADER)
                .map(|(text, _)| text.to_owned())
                .collect()
        };
        assert_eq!(json!(headers(&document)), file["headers"], "{name}");
        let count = |wanted: u8| {
            lines(&document)
                .iter()
                .zip(&document.kind)
                .filter(|(_, kind)| **kind == wanted)
                .count()
        };
        assert_eq!(count(kind::HEADING), file["headings"], "{name}");
        assert_eq!(count(kind::TABLE_CELL), file["cells"], "{name}");
        let source = manifest(file["facts"].as_str().expect("a manifest"));
        let key = file["key"].as_str().expect("a key");
        let (headings, words_expected) = expected(&source, key);
        assert_eq!(words(document, &headings), words_expected, "{name}");
    }
}

#[test]
fn text_is_not_given_as_tables() {
    let failure = read_as(&fixture("304-strong/304-strong.pdf"), Wanted::Tables);
    assert_eq!(failure.expect_err("no tables").code, "unsupported");
}

#[test]
fn lines_are_joined_to_paragraphs() {
    let content = text(&[
        "A first paragraph goes over two lines, because its words do not all have room on",
        "one. It ends early.",
        "A second paragraph follows without any space between, and it too is quite a long",
        "one.",
    ]);
    let document = read(&page(&content)).expect("a document");
    assert_eq!(
        lines(&document),
        [
            "A first paragraph goes over two lines, because its words do not all have room on one. It ends early.",
            "A second paragraph follows without any space between, and it too is quite a long one.",
        ]
    );
    assert_eq!(column(&document, "page"), [1, 1]);
    assert_eq!(column(&document, "size"), [24, 24]);
}

#[test]
fn words_broken_at_the_end_of_a_line_are_joined() {
    let content = text(&[
        "Workplace mentoring is a long-term matter, and much of it is about the time for well-",
        "being, and for being well; it is not the same as being trained, for it goes on in a lan-",
        "guage of its own, with a look at what is going on and with\\255 out haste, or a kind of and/",
        "or, and so on.",
    ]);
    let document = read(&page(&content)).expect("a document");
    assert_eq!(
        document.text,
        "Workplace mentoring is a long-term matter, and much of it is about the time for well-being, \
         and for being well; it is not the same as being trained, for it goes on in a language of its \
         own, with a look at what is going on and with out haste, or a kind of and/or, and so on."
    );
}

#[test]
fn looks_are_told() {
    let content = "BT /F2 12 Tf 50 750 Td (Bold heading) Tj ET \
        BT /F1 18 Tf 50 700 Td (Larger heading) Tj ET \
        BT /F1 12 Tf 50 650 Td (CAPITAL HEADING) Tj ET \
        BT /F1 12 Tf 50 600 Td (Underlined heading) Tj ET 50 597 103 0.6 re f \
        BT /F1 12 Tf 2 Tr 50 550 Td (Stroked heading) Tj ET \
        BT 0 Tr /F1 12 Tf 50 500 Td (Plain text of the body, of which there is the most in this file.) Tj ET";
    let document = read(&page(content)).expect("a document");
    assert_eq!(
        document.style,
        [
            style::BOLD,
            style::LARGER,
            style::CAPITALS,
            style::UNDERLINED,
            style::BOLD,
            0
        ]
    );
    assert_eq!(
        document.kind,
        [kind::PARAGRAPH; 6],
        "looks make no headings"
    );
}

#[test]
fn bullets_and_numbers_are_labels() {
    let content = text(&[
        "\\225 First",
        "\\225 Second",
        "1. Third",
        "(a) Fourth",
        "1.1 Fifth",
        "2019. Sixth",
    ]);
    let document = read(&page(&content)).expect("a document");
    assert_eq!(labels(&document), ["•", "•", "1.", "(a)", "", ""]);
    assert_eq!(
        lines(&document),
        [
            "First",
            "Second",
            "Third",
            "Fourth",
            "1.1 Fifth",
            "2019. Sixth"
        ]
    );
    assert_eq!(document.kind, [2, 2, 2, 2, 0, 0]);
    assert_eq!(document.level, [1, 1, 1, 1, 0, 0]);
}

#[test]
fn what_repeats_at_the_edge_of_pages_is_told_once() {
    let content = |number: u32, body: &str| {
        format!(
            "BT /F1 9 Tf 50 780 Td (Unit 304, Sample Learner) Tj ET \
             BT /F1 12 Tf 50 700 Td (Session 7) Tj 0 -40 Td ({body}) Tj ET \
             BT /F1 9 Tf 280 20 Td (Page {number} of 3) Tj ET"
        )
    };
    let contents = [content(1, "One."), content(2, "Two."), content(3, "Three.")];
    let contents: Vec<&str> = contents.iter().map(String::as_str).collect();
    let document = read(&pages(&contents, "", &[])).expect("a document");
    assert_eq!(
        lines(&document),
        [
            "Session 7",
            "One.",
            "Session 7",
            "Two.",
            "Session 7",
            "Three.",
            "Unit 304, Sample Learner",
            "Page 1 of 3"
        ]
    );
    let header = part::HEADER;
    assert_eq!(document.part, [0, 0, 0, 0, 0, 0, header, header]);
}

#[test]
fn fonts_tell_their_letters_in_every_usual_way() {
    let font = |object: &str, more: &[&str]| {
        let mut further = vec!["", object];
        further.extend(more);
        let content = "BT /F3 12 Tf 50 750 Td <0102> Tj ET";
        let document = read(&pages(&[content], "", &further)).expect("a document");
        document.text
    };
    let table = "<< /Length 120 >> stream\n1 beginbfrange <01> <02> <0041> endbfrange 1 beginbfchar <0102> <00660066> endbfchar\nendstream";
    for (what, object, text) in [
        (
            "names that differ",
            "<< /Type /Font /Subtype /Type1 /BaseFont /X /Encoding << /Differences [1 /fi /eacute] >> >>",
            "fié",
        ),
        (
            "names by number",
            "<< /Type /Font /Subtype /TrueType /BaseFont /X /Encoding << /Differences [1 /uni2019 /u00E9] >> >>",
            "’é",
        ),
        (
            "a table of bytes",
            "<< /Type /Font /Subtype /TrueType /BaseFont /X /ToUnicode 7 0 R >>",
            "AB",
        ),
        (
            "a table of pairs",
            "<< /Type /Font /Subtype /Type0 /BaseFont /X /Encoding /Identity-H /ToUnicode 7 0 R /DescendantFonts [<< /W [0 [500]] >>] >>",
            "ff",
        ),
        (
            "UTF-16",
            "<< /Type /Font /Subtype /Type0 /BaseFont /X /Encoding /UniGB-UCS2-H /DescendantFonts [<< >>] >>",
            "Ă",
        ),
    ] {
        assert_eq!(font(object, &[table]), text, "{what}");
    }
    let bare = "<< /Type /Font /Subtype /Type0 /BaseFont /X /Encoding /Identity-H /DescendantFonts [<< >>] >>";
    let content = "BT /F3 12 Tf 50 750 Td <0102> Tj ET";
    assert_eq!(
        read(&pages(&[content], "", &["", bare])).expect_err("no letters"),
        "unsupported"
    );
}

#[test]
fn spaces_come_from_gaps_and_texts_from_replacements() {
    let content = "BT /F1 12 Tf 50 750 Td [(Two)-400(words and one s)30(pace)] TJ ET \
        BT /F1 12 Tf 50 700 Td 3 Tc (spaced heading) Tj 0 Tc ET \
        BT /F1 12 Tf 50 650 Td /Span << /ActualText (fish) >> BDC (xyz) Tj EMC ( and chips) Tj ET";
    let document = read(&page(content)).expect("a document");
    assert_eq!(
        lines(&document),
        [
            "Two words and one space",
            "spaced heading",
            "fish and chips"
        ]
    );
}

#[test]
fn turned_pages_are_read_and_other_turns_stand_beside() {
    let content = "0 1 -1 0 600 0 cm BT /F1 12 Tf 50 500 Td (The page is turned) Tj 0 -14 Td (and has two lines.) Tj ET";
    let document = read(&pages(&[content], "/Rotate 270", &[])).expect("a document");
    assert_eq!(lines(&document), ["The page is turned and has two lines."]);
    let content = |text: &str| {
        format!(
            "BT /F1 12 Tf 50 750 Td ({text}) Tj ET BT 0.7 0.7 -0.7 0.7 100 100 Tm /F1 40 Tf (DRAFT) Tj ET"
        )
    };
    let contents = [content("The first page"), content("The second page")];
    let contents: Vec<&str> = contents.iter().map(String::as_str).collect();
    let document = read(&pages(&contents, "", &[])).expect("a document");
    assert_eq!(
        lines(&document),
        ["The first page", "The second page", "DRAFT"]
    );
    assert_eq!(document.part, [0, 0, part::TEXT_BOX]);
}

#[test]
fn forms_and_comments_count() {
    let annotations = "/Annots [\
        << /Subtype /Widget /FT /Tx /V (Sample Learner) /Rect [120 745 300 765] >> \
        << /Subtype /Widget /FT /Tx /V (First answer.\\rSecond answer.) /Rect [50 600 500 700] >> \
        << /Subtype /Text /Contents (A note of the tutor) /Rect [0 0 10 10] >> \
        << /Subtype /FreeText /Contents (Typed onto the page) /Rect [0 0 10 10] >> \
        << /Subtype /Link /Contents (no text) /Rect [0 0 10 10] >>]";
    let content =
        "BT /F1 12 Tf 50 750 Td (Name:) Tj 0 -30 Td (Your answer) Tj 0 -200 Td (The end) Tj ET";
    let document = read(&pages(&[content], annotations, &[])).expect("a document");
    assert_eq!(
        lines(&document),
        [
            "Name: Sample Learner",
            "Your answer",
            "First answer.",
            "Second answer.",
            "The end",
            "A note of the tutor",
            "Typed onto the page"
        ]
    );
    assert_eq!(
        document.part,
        [0, 0, 0, 0, 0, part::COMMENT, part::TEXT_BOX]
    );
    assert_eq!(column(&document, "anchor")[5..], [4, 4]);
}

#[test]
fn the_files_own_structure_decides() {
    let content = "/H1 << /MCID 0 >> BDC BT /F1 12 Tf 50 750 Td (A title) Tj ET EMC \
        /P << /MCID 1 >> BDC BT /F1 12 Tf 50 736 Td (in plain letters) Tj ET EMC \
        /Lbl << /MCID 2 >> BDC BT /F1 12 Tf 50 722 Td (i.) Tj ET EMC \
        /LBody << /MCID 3 >> BDC BT /F1 12 Tf 70 722 Td (item) Tj ET EMC \
        /TD << /MCID 4 >> BDC BT /F1 12 Tf 50 700 Td (cell) Tj ET EMC \
        /TD << /MCID 5 >> BDC BT /F1 12 Tf 60 700 Td (next) Tj ET EMC \
        /Note << /MCID 6 >> BDC BT /F1 9 Tf 50 100 Td (a note) Tj ET EMC \
        /Artifact BMC BT /F1 9 Tf 50 20 Td (7) Tj ET EMC";
    let page = "/StructParents 0";
    let tree = |kids: &str| {
        format!("/Lang (en-GB) /StructTreeRoot << /RoleMap << /Titre /H1 >> /K {kids} >>")
    };
    let whole = tree(
        "<< /S /Document /Pg 9 0 R /K [\
        << /S /Titre /Pg 9 0 R /K 0 >> << /S /P /Pg 9 0 R /K 1 >> \
        << /S /L /K << /S /LI /Pg 9 0 R /K [<< /S /Lbl /Pg 9 0 R /K 2 >> << /S /LBody /Pg 9 0 R /K [3] >>] >> >> \
        << /S /Table /K << /S /TR /K [<< /S /TD /Pg 9 0 R /A << /O /Table /ColSpan 2 >> /K << /Type /MCR /Pg 9 0 R /MCID 4 >> >> << /S /TD /Pg 9 0 R /K 5 >>] >> >> \
        << /S /Note /Pg 9 0 R /K 6 >>] >>",
    );
    let empty = "<< >>";
    let document = read(&pages(&[content], page, &[&whole, empty, empty])).expect("a document");
    assert_eq!(
        lines(&document),
        [
            "A title",
            "in plain letters",
            "item",
            "cell",
            "next",
            "a note",
            "7"
        ]
    );
    assert_eq!(document.kind, [1, 0, 2, 3, 3, 0, 0]);
    assert_eq!(document.part, [0, 0, 0, 0, 0, part::NOTE, part::HEADER]);
    assert_eq!(labels(&document)[2], "i.");
    assert_eq!(column(&document, "column"), [0, 0, 0, 1, 3, 0, 0]);
    assert_eq!(property(&document, "language"), Some("en-GB"));
    // A structure that leaves most of the text out does not count.
    let partial = tree("<< /S /H1 /Pg 9 0 R /K 0 >>");
    let document = read(&pages(&[content], page, &[&partial, empty, empty])).expect("a document");
    assert_eq!(document.kind[0], kind::PARAGRAPH);
    assert!(document.text.contains("a note"));
}

#[test]
fn pictures_are_told_and_scans_refused() {
    let picture =
        "<< /Type /XObject /Subtype /Image /Width 1 /Height 1 /Length 1 >> stream\nx\nendstream";
    let with_text = format!("/X Do {}", text(&["Some text"]));
    let files = |contents: &[&str]| pages(contents, "", &["", "<< >>", picture, picture]);
    let document = read(&files(&[&with_text, "/X Do"])).expect("a document");
    assert_eq!(warnings(&document), [("pictures", 2)]);
    let failure = read_as(&files(&["/X Do", "/Y Do"]), Wanted::Document).expect_err("a scan");
    assert_eq!(failure.code, "image-only");
    assert!(failure.message.contains("2 pages"), "{}", failure.message);
    assert_eq!(read(&files(&["", ""])).expect_err("nothing"), "empty");
}

#[test]
fn drawn_lines_make_tables() {
    // Two columns and three rows; the first row is one cell.
    let lines_drawn = "50 700 400 0.5 re 50 680 400 0.5 re 50 640 400 0.5 re 50 600 400 0.5 re \
        50 600 0.5 100 re 200 600 0.5 80 re 449.5 600 0.5 100 re f";
    let content = format!(
        "{lines_drawn} BT /F1 12 Tf 55 720 Td (Before) Tj 0 -34 Td (Plan for the whole group) Tj \
         0 -20 Td (Information and) Tj 150 0 Td (A small room, and) Tj -150 -14 Td (resources) Tj \
         150 0 Td (a form) Tj -150 -26 Td (Date) Tj 150 0 Td (8 January) Tj -150 -60 Td (After) Tj ET"
    );
    let document = read(&page(&content)).expect("a document");
    assert_eq!(
        lines(&document),
        [
            "Before",
            "Plan for the whole group",
            "Information and resources",
            "A small room, and a form",
            "Date",
            "8 January",
            "After"
        ]
    );
    assert_eq!(document.kind, [0, 3, 3, 3, 3, 3, 0]);
    assert_eq!(column(&document, "table"), [0, 1, 1, 1, 1, 1, 0]);
    assert_eq!(column(&document, "row"), [0, 1, 2, 2, 3, 3, 0]);
    assert_eq!(column(&document, "column"), [0, 1, 1, 2, 1, 2, 0]);
}
