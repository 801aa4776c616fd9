//! The reader from outside: fixtures as learners made them, small documents for
//! each rule, and hostile ones.

use std::io::{Cursor, Write};

use read_docx::ReadDocx;
use unit_sdk::reader::testing::{
    self, STRONG_SECTION_WORDS, column, headings, labels, lines, section_words, warnings,
};
use unit_sdk::reader::wit::{Document, Table};
use unit_sdk::reader::{kind, part, style};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const STRONG: &[u8] = include_bytes!("../../../tests/fixtures/304-strong/304-strong.docx");
const WEAK: &[u8] = include_bytes!("../../../tests/fixtures/304-weak/304-weak.docx");

const WORD: &str = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";
const WORD_STRICT: &str = "http://purl.oclc.org/ooxml/wordprocessingml/main";
const TYPES: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

fn read(bytes: &[u8]) -> Result<Document, String> {
    testing::document::<ReadDocx>(bytes, "work.docx")
}

fn read_tables(bytes: &[u8]) -> Vec<Table> {
    testing::tables::<ReadDocx>(bytes, "work.docx").expect("tables are read")
}

fn zipped(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        writer
            .start_file(*name, SimpleFileOptions::default())
            .expect("a new entry");
        writer
            .write_all(text.as_bytes())
            .expect("written to memory");
    }
    writer.finish().expect("written to memory").into_inner()
}

/// A document with this body, and further parts by their kind (`styles`).
fn docx(body: &str, parts: &[(&str, &str)]) -> Vec<u8> {
    docx_of(WORD, &format!("<w:body>{body}</w:body>"), parts)
}

fn docx_of(namespace: &str, document: &str, parts: &[(&str, &str)]) -> Vec<u8> {
    let spaces = format!(
        "xmlns:w=\"{namespace}\" xmlns:r=\"{TYPES}\" \
         xmlns:mc=\"http://schemas.openxmlformats.org/markup-compatibility/2006\" \
         xmlns:m=\"http://schemas.openxmlformats.org/officeDocument/2006/math\" \
         xmlns:a=\"http://schemas.openxmlformats.org/drawingml/2006/main\""
    );
    let relationship = |kind: &str, target: &str| {
        format!("<Relationship Id=\"{kind}\" Type=\"{TYPES}/{kind}\" Target=\"{target}\"/>")
    };
    let relationships = |inner: String| {
        format!(
            "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">{inner}</Relationships>"
        )
    };
    let targets = parts
        .iter()
        .map(|(kind, _)| relationship(kind, &format!("{kind}.xml")))
        .collect();
    let mut files = vec![
        ("[Content_Types].xml".to_owned(), "<Types/>".to_owned()),
        (
            "_rels/.rels".into(),
            relationships(relationship("officeDocument", "/word/document.xml")),
        ),
        (
            "word/_rels/document.xml.rels".into(),
            relationships(targets),
        ),
        (
            "word/document.xml".into(),
            format!("<?xml version=\"1.0\"?><w:document {spaces}>{document}</w:document>"),
        ),
    ];
    for (kind, text) in parts {
        files.push((
            format!("word/{kind}.xml"),
            format!("<w:{kind} {spaces}>{text}</w:{kind}>"),
        ));
    }
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    zipped(&files)
}

fn paragraph(text: &str) -> String {
    format!("<w:p><w:r><w:t xml:space=\"preserve\">{text}</w:t></w:r></w:p>")
}

fn item(list: u32, level: u32, text: &str) -> String {
    format!(
        "<w:p><w:pPr><w:numPr><w:ilvl w:val=\"{level}\"/><w:numId w:val=\"{list}\"/></w:numPr></w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"
    )
}

#[test]
fn the_strong_assignment_has_the_words_that_its_manifest_says() {
    let document = read(STRONG).expect("a document");
    assert_eq!(section_words(&document), STRONG_SECTION_WORDS);
    let found = lines(&document);
    let headings = headings(&document);
    assert_eq!(headings.len(), 11, "{headings:?}");
    assert_eq!(
        headings[0],
        (
            1,
            "Understanding the context for effective workplace mentoring"
        )
    );
    assert_eq!(
        headings[1],
        (
            2,
            "AC 1.1 Describe and define the purpose of workplace mentoring"
        )
    );
    assert_eq!(headings[10], (1, "References"));
    assert_eq!(document.kind[..2], [kind::TITLE, kind::TITLE]);
    let items: Vec<usize> = (0..found.len())
        .filter(|block| document.kind[*block] == kind::LIST_ITEM)
        .collect();
    assert_eq!(items.len(), 3);
    assert!(
        items
            .iter()
            .all(|block| !labels(&document)[*block].is_empty())
    );
    assert!(document.warnings.is_empty());
}

#[test]
fn the_weak_assignment_has_bold_headings_and_list_items() {
    let document = read(WEAK).expect("a document");
    assert_eq!(
        section_words(&document),
        [
            ("1.1", 155),
            ("1.2", 140),
            ("1.3", 115),
            ("1.4", 16),
            ("2.1", 46),
            ("2.2", 148),
            ("2.3", 109)
        ]
    );
    let found = lines(&document);
    for (block, text) in found.iter().enumerate() {
        let is_bold = document.style[block] & style::BOLD != 0;
        let looks_like_heading = block < 2
            || text.starts_with("Section ")
            || text.as_bytes().get(1) == Some(&b'.') && text.as_bytes()[0].is_ascii_digit();
        assert_eq!(is_bold, looks_like_heading, "{text}");
        assert_ne!(document.kind[block], kind::HEADING, "{text}");
    }
    let items: Vec<&str> = (0..found.len())
        .filter(|block| document.kind[*block] == kind::LIST_ITEM)
        .map(|block| labels(&document)[block])
        .collect();
    assert_eq!(items, ["•"; 10]);
    let prompt = found
        .iter()
        .position(|text| text.starts_with("List the knowledge"))
        .expect("the prompt");
    assert_eq!(document.style[prompt], style::ITALIC);
    assert_eq!(document.style[0] & style::LARGER, style::LARGER);
}

#[test]
fn headings_go_by_style_names_inheritance_and_outline_levels() {
    let styles = "<w:docDefaults><w:rPrDefault><w:rPr><w:sz w:val=\"22\"/></w:rPr></w:rPrDefault></w:docDefaults>\
        <w:style w:type=\"paragraph\" w:default=\"1\" w:styleId=\"Standard\"><w:name w:val=\"Normal\"/></w:style>\
        <w:style w:type=\"paragraph\" w:styleId=\"berschrift2\"><w:name w:val=\"heading 2\"/><w:rPr><w:b/><w:sz w:val=\"28\"/></w:rPr></w:style>\
        <w:style w:type=\"paragraph\" w:styleId=\"Mine\"><w:name w:val=\"My own\"/><w:basedOn w:val=\"berschrift2\"/></w:style>\
        <w:style w:type=\"paragraph\" w:styleId=\"Loop\"><w:name w:val=\"Loop\"/><w:basedOn w:val=\"Loop\"/><w:pPr><w:outlineLvl w:val=\"3\"/></w:pPr></w:style>\
        <w:style w:type=\"paragraph\" w:styleId=\"Contents\"><w:name w:val=\"TOC Heading\"/><w:basedOn w:val=\"berschrift2\"/><w:pPr><w:outlineLvl w:val=\"9\"/></w:pPr></w:style>\
        <w:style w:type=\"character\" w:styleId=\"Strong\"><w:name w:val=\"Strong\"/><w:rPr><w:b/></w:rPr></w:style>";
    let in_style = |style: &str| {
        format!(
            "<w:p><w:pPr><w:pStyle w:val=\"{style}\"/></w:pPr><w:r><w:t>{style}</w:t></w:r></w:p>"
        )
    };
    let body = [
        in_style("berschrift2"),
        in_style("Mine"),
        in_style("Loop"),
        in_style("Contents"),
        in_style("Heading3"),
        "<w:p><w:pPr><w:outlineLvl w:val=\"0\"/></w:pPr><w:r><w:t>direct</w:t></w:r></w:p>".into(),
        "<w:p><w:pPr><w:pStyle w:val=\"Mine\"/></w:pPr><w:r><w:rPr><w:rStyle w:val=\"Strong\"/></w:rPr><w:t>toggled</w:t></w:r></w:p>".into(),
        paragraph("some ordinary text of the body, longer than all headings together are"),
    ];
    let document = read(&docx(&body.concat(), &[("styles", styles)])).expect("a document");
    assert_eq!(document.kind, [1, 1, 1, 0, 1, 1, 1, 0]);
    assert_eq!(document.level, [2, 2, 4, 0, 3, 1, 2, 0]);
    let large_bold = style::BOLD | style::LARGER;
    assert_eq!(
        document.style,
        [
            large_bold,
            large_bold,
            0,
            large_bold,
            0,
            0,
            style::LARGER,
            0
        ]
    );
    assert_eq!(column(&document, "size"), [28, 28, 22, 28, 22, 22, 28, 22]);
}

#[test]
fn numbers_and_bullets_are_worked_out() {
    let level = |level: u32, format: &str, text: &str| {
        format!(
            "<w:lvl w:ilvl=\"{level}\"><w:start w:val=\"1\"/><w:numFmt w:val=\"{format}\"/><w:lvlText w:val=\"{text}\"/></w:lvl>"
        )
    };
    let numbering = [
        "<w:abstractNum w:abstractNumId=\"7\">".to_owned(),
        level(0, "decimal", "%1."),
        level(1, "lowerLetter", "%1.%2)"),
        level(2, "bullet", "\u{f0b7}"),
        "</w:abstractNum><w:num w:numId=\"1\"><w:abstractNumId w:val=\"7\"/></w:num>".into(),
        "<w:num w:numId=\"2\"><w:abstractNumId w:val=\"7\"/><w:lvlOverride w:ilvl=\"0\"><w:startOverride w:val=\"5\"/></w:lvlOverride></w:num>".into(),
    ];
    let body = [
        item(1, 0, "one"),
        item(1, 1, "one a"),
        item(1, 1, "one b"),
        item(1, 2, "dot"),
        item(1, 0, "two"),
        item(1, 1, "two a"),
        item(2, 0, "five"),
        item(2, 0, "six"),
        item(0, 0, "taken out of the list"),
        item(9, 0, "no such list"),
    ];
    let document =
        read(&docx(&body.concat(), &[("numbering", &numbering.concat())])).expect("a document");
    assert_eq!(
        labels(&document),
        ["1.", "1.a)", "1.b)", "•", "2.", "2.a)", "5.", "6.", "", ""]
    );
    assert_eq!(document.kind, [2, 2, 2, 2, 2, 2, 2, 2, 0, 0]);
    assert_eq!(document.level, [1, 2, 2, 3, 1, 2, 1, 1, 0, 0]);
}

#[test]
fn headings_may_be_numbered_through_their_style() {
    let styles = "<w:style w:type=\"paragraph\" w:styleId=\"H1\"><w:name w:val=\"heading 1\"/><w:pPr><w:numPr><w:numId w:val=\"1\"/></w:numPr></w:pPr></w:style>\
        <w:style w:type=\"paragraph\" w:styleId=\"H2\"><w:name w:val=\"heading 2\"/><w:pPr><w:numPr><w:numId w:val=\"1\"/></w:numPr></w:pPr></w:style>";
    let numbering = "<w:abstractNum w:abstractNumId=\"0\">\
        <w:lvl w:ilvl=\"0\"><w:start w:val=\"1\"/><w:pStyle w:val=\"H1\"/><w:lvlText w:val=\"%1\"/></w:lvl>\
        <w:lvl w:ilvl=\"1\"><w:start w:val=\"1\"/><w:pStyle w:val=\"H2\"/><w:lvlText w:val=\"%1.%2\"/></w:lvl>\
        </w:abstractNum><w:num w:numId=\"1\"><w:abstractNumId w:val=\"0\"/></w:num>";
    let heading = |style: &str| {
        format!(
            "<w:p><w:pPr><w:pStyle w:val=\"{style}\"/></w:pPr><w:r><w:t>{style}</w:t></w:r></w:p>"
        )
    };
    let body = [
        heading("H1"),
        heading("H2"),
        heading("H2"),
        heading("H1"),
        heading("H2"),
    ]
    .concat();
    let document = read(&docx(
        &body,
        &[("styles", styles), ("numbering", numbering)],
    ))
    .expect("a document");
    assert_eq!(labels(&document), ["1", "1.1", "1.2", "2", "2.1"]);
    assert_eq!(document.kind, [kind::HEADING; 5]);
}

#[test]
fn parts_follow_the_body_and_know_where_they_belong() {
    let body = "<w:p><w:r><w:t>first</w:t></w:r></w:p>\
        <w:p><w:r><w:t>second</w:t><w:footnoteReference w:id=\"2\"/></w:r><w:r><w:commentReference w:id=\"0\"/></w:r>\
        <w:r><mc:AlternateContent><mc:Choice Requires=\"wps\"><w:drawing><w:txbxContent><w:p><w:r><w:t>box</w:t></w:r></w:p></w:txbxContent></w:drawing></mc:Choice>\
        <mc:Fallback><w:pict><w:txbxContent><w:p><w:r><w:t>box</w:t></w:r></w:p></w:txbxContent></w:pict></mc:Fallback></mc:AlternateContent></w:r>\
        <w:r><w:t xml:space=\"preserve\"> end</w:t></w:r></w:p>\
        <w:sectPr><w:headerReference r:id=\"hdr\"/><w:footerReference r:id=\"ftr\"/></w:sectPr>";
    let footnotes = "<w:footnote w:id=\"0\" w:type=\"separator\"><w:p><w:r><w:t>---</w:t></w:r></w:p></w:footnote>\
        <w:footnote w:id=\"2\"><w:p><w:r><w:t>note</w:t></w:r></w:p></w:footnote>\
        <w:footnote w:id=\"3\"><w:p><w:r><w:t>not referred to</w:t></w:r></w:p></w:footnote>";
    let comments = "<w:comment w:id=\"0\" w:author=\"Tutor\"><w:p><w:r><w:t>comment</w:t></w:r></w:p></w:comment>";
    let parts = [
        ("footnotes", footnotes),
        ("comments", comments),
        ("hdr", "<w:p><w:r><w:t>Name of the unit</w:t></w:r></w:p>"),
        ("ftr", "<w:p><w:r><w:t>Name of the unit</w:t></w:r></w:p>"),
    ];
    let document = read(&docx(body, &parts)).expect("a document");
    assert_eq!(
        lines(&document),
        [
            "first",
            "second end",
            "box",
            "note",
            "comment",
            "Name of the unit"
        ]
    );
    assert_eq!(
        document.part,
        [
            part::BODY,
            part::BODY,
            part::TEXT_BOX,
            part::NOTE,
            part::COMMENT,
            part::HEADER
        ]
    );
    assert_eq!(column(&document, "anchor"), [0, 0, 1, 1, 1, 0]);
}

#[test]
fn tracked_changes_are_taken_as_accepted() {
    let body = "<w:p><w:r><w:t xml:space=\"preserve\">kept </w:t></w:r><w:ins><w:r><w:t>new</w:t></w:r></w:ins>\
        <w:del><w:r><w:delText>old</w:delText></w:r></w:del><w:moveFrom><w:r><w:t>moved</w:t></w:r></w:moveFrom></w:p>\
        <w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr><w:r><w:t xml:space=\"preserve\">one </w:t></w:r></w:p>\
        <w:p><w:pPr><w:pPrChange><w:pPr><w:outlineLvl w:val=\"0\"/></w:pPr></w:pPrChange></w:pPr><w:r><w:t>paragraph</w:t></w:r></w:p>\
        <w:tbl><w:tr><w:trPr><w:del/></w:trPr><w:tc><w:p><w:r><w:t>deleted row</w:t></w:r></w:p></w:tc></w:tr>\
        <w:tr><w:tc><w:p><w:r><w:t>row</w:t></w:r></w:p></w:tc></w:tr></w:tbl>\
        <w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr><w:r><w:t>last</w:t></w:r></w:p>";
    let document = read(&docx(body, &[])).expect("a document");
    assert_eq!(
        lines(&document),
        ["kept new", "one paragraph", "row", "last"]
    );
    assert_eq!(document.kind, [0, 0, kind::TABLE_CELL, 0]);
    assert_eq!(warnings(&document), [("tracked-changes", 6)]);
}

#[test]
fn what_is_not_seen_or_not_text_is_left_out_and_said() {
    let body = "<w:p><w:r><w:t>seen</w:t></w:r><w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r>\
        <w:r><w:drawing><a:blip/></w:drawing></w:r><m:oMath><m:r><m:t>x</m:t></m:r></m:oMath>\
        <w:r><w:object><a:imagedata/></w:object></w:r></w:p>\
        <w:p><w:r><w:fldChar w:fldCharType=\"begin\"/></w:r><w:r><w:instrText>PAGE</w:instrText><w:t>instruction</w:t></w:r>\
        <w:r><w:fldChar w:fldCharType=\"separate\"/></w:r><w:r><w:t>result</w:t></w:r><w:r><w:fldChar w:fldCharType=\"end\"/></w:r></w:p>\
        <w:sdt><w:sdtPr><w:alias w:val=\"x\"/><w:placeholder><w:p><w:r><w:t>no</w:t></w:r></w:p></w:placeholder></w:sdtPr>\
        <w:sdtContent><w:p><w:hyperlink><w:smartTag><w:r><w:t>inside</w:t></w:r></w:smartTag></w:hyperlink></w:p></w:sdtContent></w:sdt>";
    let document = read(&docx(body, &[])).expect("a document");
    assert_eq!(lines(&document), ["seen", "result", "inside"]);
    assert_eq!(
        warnings(&document),
        [
            ("pictures", 1),
            ("equations", 1),
            ("embedded-files", 1),
            ("hidden-text", 1)
        ]
    );
}

#[test]
fn headings_by_look_keep_what_they_look_like() {
    // Bold runs as Google Docs writes them, with sizes at the run and no styles.
    let google = "<w:p><w:pPr><w:rPr><w:b w:val=\"1\"/></w:rPr></w:pPr><w:r><w:rPr><w:b w:val=\"1\"/><w:sz w:val=\"28\"/><w:rtl w:val=\"0\"/></w:rPr><w:t xml:space=\"preserve\">AC 1.1 </w:t></w:r>\
        <w:r><w:rPr><w:b w:val=\"1\"/><w:sz w:val=\"28\"/></w:rPr><w:t>Purpose</w:t></w:r></w:p>\
        <w:p><w:r><w:rPr><w:rtl w:val=\"0\"/></w:rPr><w:t>Text that says what is so, at some length.</w:t></w:r></w:p>";
    // A heading of Pages, which names its style without a number.
    let styles = "<w:style w:type=\"paragraph\" w:styleId=\"Heading\"><w:name w:val=\"Heading\"/><w:pPr><w:outlineLvl w:val=\"0\"/></w:pPr><w:rPr><w:b w:val=\"1\"/><w:bCs/></w:rPr></w:style>\
        <w:style w:type=\"paragraph\" w:styleId=\"Body\"><w:name w:val=\"Body\"/><w:rPr><w:caps w:val=\"0\"/></w:rPr></w:style>";
    let pages = "<w:p><w:pPr><w:pStyle w:val=\"Heading\"/></w:pPr><w:r><w:t>1.2 Role</w:t></w:r></w:p>\
        <w:p><w:pPr><w:pStyle w:val=\"Body\"/><w:rPr><w:u w:val=\"single\"/></w:rPr></w:pPr><w:r><w:rPr><w:u w:val=\"single\"/></w:rPr><w:t>1.3 Knowledge</w:t></w:r></w:p>\
        <w:p><w:pPr><w:pStyle w:val=\"Body\"/></w:pPr><w:r><w:rPr><w:caps/></w:rPr><w:t>1.4 Contract</w:t></w:r></w:p>";
    // A heading as the first cell of a table, as centres' templates have it.
    let template = "<w:tbl><w:tr><w:tc><w:p><w:r><w:rPr><w:b/></w:rPr><w:t>AC 2.1 Model</w:t></w:r></w:p></w:tc></w:tr><w:tr><w:tc><w:p><w:r><w:t>Answer</w:t></w:r></w:p></w:tc></w:tr></w:tbl>";
    let body = [google, pages, template].concat();
    let document = read(&docx(&body, &[("styles", styles)])).expect("a document");
    assert_eq!(headings(&document), [(1, "1.2 Role")]);
    assert_eq!(
        document.style,
        [
            style::BOLD | style::LARGER,
            0,
            style::BOLD,
            style::UNDERLINED,
            style::CAPITALS,
            style::BOLD,
            0
        ]
    );
    assert_eq!(document.kind[5..], [kind::TABLE_CELL; 2]);
}

#[test]
fn prompts_of_form_fields_are_no_text() {
    let field = |properties: &str, text: &str| {
        format!(
            "<w:sdt><w:sdtPr><w:rPr><w:b/></w:rPr><w:placeholder><w:docPart w:val=\"x\"/></w:placeholder>{properties}</w:sdtPr><w:sdtContent>{}</w:sdtContent></w:sdt>",
            paragraph(text)
        )
    };
    let body = [
        field("<w:showingPlcHdr/>", "Click here to enter text."),
        field("", "filled in"),
        field("<w:showingPlcHdr w:val=\"0\"/>", "kept"),
    ];
    let document = read(&docx(&body.concat(), &[])).expect("a document");
    assert_eq!(lines(&document), ["filled in", "kept"]);
    assert_eq!(document.style, [0, 0]);
    assert_eq!(warnings(&document), [("placeholders", 1)]);
}

#[test]
fn text_follows_the_rules_of_line_texts() {
    let body = "<w:p><w:pPr><w:tabs><w:tab w:val=\"left\" w:pos=\"1\"/></w:tabs></w:pPr><w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c&amp;d&#x41;\u{ad}e\nf</w:t><w:cr/><w:t>g</w:t>\
        <w:noBreakHyphen/><w:sym w:font=\"Wingdings\" w:char=\"F0FC\"/><w:t> trimmed </w:t></w:r></w:p><w:p/><w:p><w:r><w:t>   </w:t></w:r></w:p>\
        <w:p><w:r><w:lastRenderedPageBreak/><w:rPr><w:b/></w:rPr><w:t>SHOUTED</w:t></w:r><w:r><w:t xml:space=\"preserve\"> AND PLAIN</w:t></w:r></w:p>";
    let document = read(&docx(body, &[])).expect("a document");
    assert_eq!(
        lines(&document),
        [
            "a\tb\u{2028}c&dAe f\u{2028}g\u{2011}✓trimmed",
            "SHOUTED AND PLAIN"
        ]
    );
    assert_eq!(document.style, [0, style::CAPITALS]);
    assert_eq!(column(&document, "page"), [1, 2]);
}

#[test]
fn strict_documents_and_other_prefixes_are_read() {
    let document = read(&docx_of(
        WORD_STRICT,
        "<w:body><w:p><w:r><w:t>strict</w:t></w:r></w:p></w:body>",
        &[],
    ));
    assert_eq!(document.expect("a document").text, "strict");
    let main = format!(
        "<document xmlns=\"{WORD}\"><body><p><r><t>no prefix</t></r></p></body></document>"
    );
    let document = read(&zipped(&[("word/document.xml", &main)]));
    assert_eq!(document.expect("a document").text, "no prefix");
}

#[test]
fn tables_are_cells_in_a_document_and_rows_for_a_table_slot() {
    let cell = |text: &str| format!("<w:tc>{}</w:tc>", paragraph(text));
    let row = |cells: &[&str]| {
        format!(
            "<w:tr>{}</w:tr>",
            cells.iter().map(|text| cell(text)).collect::<String>()
        )
    };
    let table = |rows: &[&[&str]]| {
        format!(
            "<w:tbl>{}</w:tbl>",
            rows.iter().map(|cells| row(cells)).collect::<String>()
        )
    };
    let body = [
        paragraph("before"),
        table(&[&["Date", "Minutes"], &["10 July", "60"], &["", ""], &["11 July", ""]]),
        "<w:tbl><w:tr><w:tc><w:tcPr><w:gridSpan w:val=\"2\"/></w:tcPr><w:p><w:r><w:t>wide</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>third</w:t></w:r></w:p><w:p><w:r><w:t>more</w:t></w:r></w:p></w:tc></w:tr></w:tbl>".into(),
    ];
    let bytes = docx(&body.concat(), &[]);
    let document = read(&bytes).expect("a document");
    assert_eq!(
        lines(&document),
        [
            "before", "Date", "Minutes", "10 July", "60", "11 July", "wide", "third", "more"
        ]
    );
    assert_eq!(document.kind, [0, 3, 3, 3, 3, 3, 3, 3, 3]);
    assert_eq!(column(&document, "table"), [0, 1, 1, 1, 1, 1, 2, 2, 2]);
    assert_eq!(column(&document, "row"), [0, 1, 1, 2, 2, 4, 1, 1, 1]);
    assert_eq!(column(&document, "column"), [0, 1, 2, 1, 2, 1, 1, 3, 3]);

    let tables = read_tables(&bytes);
    assert_eq!(tables.len(), 2);
    assert_eq!(
        (tables[0].headings.as_str(), tables[0].row_count),
        ("guessed", 2)
    );
    assert_eq!(tables[0].source_row, [2, 4]);
    assert_eq!(tables[0].columns[0].heading, "Date");
    assert_eq!(
        (
            tables[0].columns[1].cells.as_str(),
            tables[0].columns[1].kind.as_slice()
        ),
        ("60\n", &[1, 0][..])
    );
    assert_eq!(
        (tables[1].headings.as_str(), tables[1].row_count),
        ("none", 1)
    );
    assert_eq!(tables[1].columns[1].cells, "third\u{2028}more");
    assert_eq!(tables[1].warnings[0].code, "merged-cells");
    assert!(read_tables(&docx(&paragraph("no table"), &[])).is_empty());
}

#[test]
fn failures_have_the_code_that_the_learner_is_told_by() {
    let mut encrypted = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec();
    encrypted.extend([0; 500]);
    let old = encrypted.clone();
    encrypted.extend("EncryptedPackage".bytes().flat_map(|byte| [byte, 0]));
    let truncated = &STRONG[..STRONG.len() / 2];
    let mut flipped = STRONG.to_vec();
    let middle = flipped.len() / 3;
    flipped[middle..middle + 64].fill(0x55);
    let cases: [(&str, &[u8], &str); 16] = [
        ("no bytes", b"", "empty"),
        ("no zip", b"Just some text, named .docx", "unsupported"),
        ("pdf", b"%PDF-1.7", "unsupported"),
        ("old word", &old, "unsupported"),
        ("password", &encrypted, "password-protected"),
        ("truncated", truncated, "damaged"),
        ("bytes overwritten", &flipped, "damaged"),
        ("only a signature", b"PK\x03\x04", "damaged"),
        ("zip", &zipped(&[("a.txt", "hello")]), "unsupported"),
        (
            "odt",
            &zipped(&[
                ("mimetype", "application/vnd.oasis.opendocument.text"),
                ("content.xml", "<a/>"),
            ]),
            "unsupported",
        ),
        (
            "xlsx",
            &zipped(&[
                (
                    "_rels/.rels",
                    "<Relationships><Relationship Id=\"1\" Type=\"x/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>",
                ),
                ("xl/workbook.xml", "<workbook/>"),
            ]),
            "unsupported",
        ),
        (
            "other root",
            &zipped(&[("word/document.xml", "<html><p>x</p></html>")]),
            "unsupported",
        ),
        (
            "cut xml",
            &zipped(&[(
                "word/document.xml",
                &format!("<w:document xmlns:w=\"{WORD}\"><w:body>"),
            )]),
            "damaged",
        ),
        ("no text", &docx("<w:p/>", &[]), "empty"),
        (
            "scan",
            &docx(
                "<w:p><w:r><w:drawing><a:blip/></w:drawing></w:r></w:p>",
                &[],
            ),
            "image-only",
        ),
        (
            "no main part",
            &zipped(&[("[Content_Types].xml", "<Types/>")]),
            "damaged",
        ),
    ];
    for (what, bytes, code) in cases {
        assert_eq!(read(bytes).expect_err(what), code, "{what}");
    }
}

#[test]
fn a_zip_bomb_is_too_large() {
    let spaces = " ".repeat(200 << 20);
    let bomb = docx_of(WORD, &format!("<w:body>{spaces}</w:body>"), &[]);
    assert!(
        bomb.len() < 1 << 20,
        "the bomb is small: {} bytes",
        bomb.len()
    );
    assert_eq!(read(&bomb).expect_err("one giant stretch"), "too-large");
    let many = format!("<w:body>{}</w:body>", "<w:p></w:p>".repeat(10 << 20));
    assert_eq!(
        read(&docx_of(WORD, &many, &[])).expect_err("many elements"),
        "too-large"
    );
}

#[test]
fn sizes_that_a_container_claims_are_not_believed() {
    let claim = u32::MAX.to_le_bytes();
    let honest = docx(&paragraph("small"), &[]);
    for (signature, at) in [(b"PK\x03\x04", 22), (b"PK\x01\x02", 24)] {
        let mut bytes = honest.clone();
        let starts = bytes.windows(4).enumerate();
        let starts = starts.filter(|(_, window)| window == signature);
        for start in starts.map(|(start, _)| start).collect::<Vec<_>>() {
            bytes[start + at..start + at + 4].copy_from_slice(&claim);
        }
        let read = read(&bytes);
        let is_read = read.as_ref().is_ok_and(|document| document.text == "small");
        assert!(is_read || read == Err("damaged".into()), "{read:?}");
    }
}

#[test]
fn names_of_parts_are_only_names() {
    let main =
        format!("<document xmlns=\"{WORD}\"><body><p><r><t>safe</t></r></p></body></document>");
    let bytes = zipped(&[
        ("../../../etc/passwd", "x"),
        ("/word/../word/document.xml", "x"),
        ("WORD\\Document.xml", &main),
        ("inner.docx", "PK\u{3}\u{4}PK\u{3}\u{4}"),
    ]);
    assert_eq!(read(&bytes).expect("a document").text, "safe");
}

#[test]
fn more_text_than_the_interface_takes_is_too_large() {
    let long = paragraph(&"word ".repeat(1 << 20));
    assert_eq!(
        read(&docx(&long, &[])).expect_err("5 MiB of text"),
        "too-large"
    );
    let many = paragraph("x").repeat(100_001);
    assert_eq!(
        read(&docx(&many, &[])).expect_err("100,001 paragraphs"),
        "too-large"
    );
}

#[test]
fn deep_nesting_is_refused_without_a_crash() {
    let deep = format!(
        "{}{}",
        "<w:sdt>".repeat(200_000),
        "</w:sdt>".repeat(200_000)
    );
    assert_eq!(read(&docx(&deep, &[])).expect_err("deep"), "too-large");
    let tables = format!(
        "{}{}{}",
        "<w:tbl><w:tr><w:tc>".repeat(300),
        paragraph("deep"),
        "</w:tc></w:tr></w:tbl>".repeat(300)
    );
    assert_eq!(read(&docx(&tables, &[])).expect("900 levels").text, "deep");
}

#[test]
fn entities_are_not_expanded() {
    let bomb = format!(
        "<!DOCTYPE w:document [<!ENTITY a \"lol\"><!ENTITY b \"&a;&a;&a;\">]><w:document xmlns:w=\"{WORD}\"><w:body>{}</w:body></w:document>",
        paragraph("&b;")
    );
    assert_eq!(
        read(&zipped(&[("word/document.xml", &bomb)])).expect_err("a document type"),
        "damaged"
    );
    let unknown = docx(&paragraph("a&unknown;b"), &[]);
    assert_eq!(read(&unknown).expect("the rest is read").text, "ab");
}

#[test]
fn no_truncation_of_a_real_file_panics() {
    for bytes in [STRONG, WEAK] {
        for length in (0..bytes.len()).step_by(97) {
            assert!(read(&bytes[..length]).is_err(), "{length} bytes");
        }
    }
}

#[test]
fn the_same_bytes_give_the_same_answer() {
    assert_eq!(read(WEAK), read(WEAK));
}
