//! The reader from outside: the fixture, small documents for each rule, and
//! hostile ones.

use std::io::{Cursor, Write};

use read_odt::ReadOdt;
use unit_sdk::reader::testing::{
    self, STRONG_SECTION_WORDS, column, headings, labels, labels_of_items, lines, section_words,
    warnings,
};
use unit_sdk::reader::wit::Document;
use unit_sdk::reader::{kind, part, style};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const STRONG: &[u8] = include_bytes!("../../../tests/fixtures/304-strong/304-strong.odt");

const SPACES: &str = "xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" \
    xmlns:style=\"urn:oasis:names:tc:opendocument:xmlns:style:1.0\" \
    xmlns:text=\"urn:oasis:names:tc:opendocument:xmlns:text:1.0\" \
    xmlns:table=\"urn:oasis:names:tc:opendocument:xmlns:table:1.0\" \
    xmlns:draw=\"urn:oasis:names:tc:opendocument:xmlns:drawing:1.0\" \
    xmlns:fo=\"urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0\" \
    xmlns:svg=\"urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0\" \
    xmlns:dc=\"http://purl.org/dc/elements/1.1/\" \
    xmlns:xlink=\"http://www.w3.org/1999/xlink\"";

fn read(bytes: &[u8]) -> Result<Document, String> {
    testing::document::<ReadOdt>(bytes, "work.odt")
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

/// A document with these automatic styles and this text, and this within the
/// part of named styles.
fn odt(automatic: &str, text: &str, styles: &str) -> Vec<u8> {
    zipped(&[
        ("mimetype", "application/vnd.oasis.opendocument.text"),
        (
            "content.xml",
            &format!(
                "<office:document-content {SPACES}><office:automatic-styles>{automatic}</office:automatic-styles>\
                 <office:body><office:text>{text}</office:text></office:body></office:document-content>"
            ),
        ),
        (
            "styles.xml",
            &format!("<office:document-styles {SPACES}>{styles}</office:document-styles>"),
        ),
    ])
}

fn body(text: &str) -> Document {
    read(&odt("", text, "")).expect("a document")
}

#[test]
fn the_strong_assignment_has_the_words_that_its_manifest_says() {
    let document = read(STRONG).expect("a document");
    assert_eq!(section_words(&document), STRONG_SECTION_WORDS);
    assert_eq!(headings(&document).len(), 11);
    assert_eq!(document.kind[..2], [kind::TITLE, kind::TITLE]);
    assert_eq!(labels_of_items(&document), ["•"; 3]);
    assert!(document.warnings.is_empty());
}

#[test]
fn headings_have_levels_and_the_numbers_of_the_outline() {
    let outline = "<office:styles><text:outline-style style:name=\"Outline\">\
        <text:outline-level-style text:level=\"1\" style:num-format=\"1\" style:num-suffix=\".\"/>\
        <text:outline-level-style text:level=\"2\" style:num-format=\"1\" text:display-levels=\"2\"/>\
        </text:outline-style>\
        <style:style style:name=\"Heading_20_3\" style:family=\"paragraph\" style:display-name=\"Heading 3\"/></office:styles>";
    let automatic = "<style:style style:name=\"P1\" style:family=\"paragraph\" style:parent-style-name=\"Heading_20_3\"/>";
    let text = "<text:h text:outline-level=\"1\">One</text:h><text:h text:outline-level=\"2\">Two</text:h>\
        <text:h text:outline-level=\"2\">Three</text:h><text:h text:outline-level=\"1\" text:is-list-header=\"true\">Four</text:h>\
        <text:p text:style-name=\"P1\">by style</text:p><text:p text:style-name=\"Quotations\">no such style</text:p>";
    let document = read(&odt(automatic, text, outline)).expect("a document");
    assert_eq!(labels(&document), ["1.", "1.1", "1.2", "", "", ""]);
    assert_eq!(document.kind, [1, 1, 1, 1, 1, 0]);
    assert_eq!(document.level, [1, 2, 2, 1, 3, 0]);
}

#[test]
fn lists_are_numbered_as_the_learner_sees_them() {
    let automatic = "<text:list-style style:name=\"L1\">\
        <text:list-level-style-number text:level=\"1\" style:num-format=\"1\" style:num-suffix=\".\"/>\
        <text:list-level-style-number text:level=\"2\" style:num-format=\"a\" style:num-prefix=\"(\" style:num-suffix=\")\"/>\
        <text:list-level-style-bullet text:level=\"3\" text:bullet-char=\"\u{f0b7}\"/></text:list-style>";
    let item = |inner: &str| format!("<text:list-item>{inner}</text:list-item>");
    let p = |text: &str| format!("<text:p>{text}</text:p>");
    let list =
        |attributes: &str, inner: &str| format!("<text:list {attributes}>{inner}</text:list>");
    let deep = list(
        "",
        &item(&format!("{}{}", p("a"), list("", &item(&p("dot"))))),
    );
    let text = [
        list(
            "xml:id=\"one\" text:style-name=\"L1\"",
            &[item(&format!("{}{}", p("one"), deep)), item(&format!("{}{}", p("two"), p("more")))].concat(),
        ),
        p("between"),
        list("text:continue-list=\"one\" text:style-name=\"L1\"", &item(&p("three"))),
        list("text:style-name=\"L1\"", &item(&p("one again"))),
        list("text:style-name=\"L1\" text:continue-numbering=\"true\"", &item(&p("two again"))),
        "<text:list text:style-name=\"L1\"><text:list-header><text:p>header</text:p></text:list-header>\
         <text:list-item text:start-value=\"7\"><text:p>seven</text:p></text:list-item></text:list>".into(),
    ]
    .concat();
    let document = read(&odt(automatic, &text, "")).expect("a document");
    assert_eq!(
        labels(&document),
        ["1.", "(a)", "•", "2.", "", "", "3.", "1.", "2.", "", "7."]
    );
    assert_eq!(document.kind, [2, 2, 2, 2, 0, 0, 2, 2, 2, 0, 2]);
    assert_eq!(document.level, [1, 2, 3, 1, 0, 0, 1, 1, 1, 0, 1]);
}

#[test]
fn looks_come_from_styles_and_what_they_inherit() {
    let styles = "<office:styles><style:default-style style:family=\"paragraph\"><style:text-properties fo:font-size=\"11pt\"/></style:default-style>\
        <style:style style:name=\"Base\" style:family=\"paragraph\"><style:text-properties fo:font-weight=\"bold\" fo:font-size=\"150%\"/></style:style></office:styles>";
    let automatic = "<style:style style:name=\"P1\" style:family=\"paragraph\" style:parent-style-name=\"Base\"/>\
        <style:style style:name=\"T1\" style:family=\"text\"><style:text-properties fo:font-weight=\"700\" style:text-underline-style=\"solid\"/></style:style>\
        <style:style style:name=\"T2\" style:family=\"text\"><style:text-properties fo:font-weight=\"normal\" fo:font-style=\"italic\"/></style:style>\
        <style:style style:name=\"T3\" style:family=\"text\"><style:text-properties text:display=\"none\"/></style:style>";
    let text = "<text:p text:style-name=\"P1\">bold and larger</text:p>\
        <text:p><text:span text:style-name=\"T1\">all <text:span text:style-name=\"T2\">not</text:span></text:span></text:p>\
        <text:p><text:span text:style-name=\"T1\">whole</text:span><text:span text:style-name=\"T3\">hidden</text:span></text:p>\
        <text:p>NOW SHOUTED</text:p><text:p>and a long line of body text that sets the usual size</text:p>";
    let document = read(&odt(automatic, text, styles)).expect("a document");
    assert_eq!(
        document.style,
        [
            style::BOLD | style::LARGER,
            style::UNDERLINED,
            style::BOLD | style::UNDERLINED,
            style::CAPITALS,
            0
        ]
    );
    assert_eq!(column(&document, "size"), [33, 22, 22, 22, 22]);
    assert_eq!(lines(&document)[2], "whole");
    assert_eq!(warnings(&document), [("hidden-text", 1)]);
}

#[test]
fn parts_follow_the_body_and_know_where_they_belong() {
    let header = "<office:automatic-styles><style:style style:name=\"T1\" style:family=\"text\"><style:text-properties fo:font-weight=\"bold\"/></style:style></office:automatic-styles>\
        <office:master-styles><style:master-page style:name=\"Standard\"><style:header><text:p>Unit 304</text:p></style:header>\
        <style:header-left style:display=\"false\"><text:p>not shown</text:p></style:header-left>\
        <style:footer><text:p>Unit 304</text:p><text:p>Page <text:page-number>1</text:page-number></text:p></style:footer></style:master-page></office:master-styles>";
    let text = "<text:p>first</text:p><text:p>second\
        <text:note text:note-class=\"footnote\"><text:note-citation>1</text:note-citation><text:note-body>\n <text:p>note</text:p>\n</text:note-body></text:note>\
        <office:annotation><dc:creator>Tutor</dc:creator><dc:date>2026-07-10</dc:date><text:p>comment</text:p></office:annotation>\
        <draw:frame><draw:text-box><text:p>box</text:p></draw:text-box><svg:title>alt</svg:title></draw:frame> end</text:p>";
    let document = read(&odt("", text, header)).expect("a document");
    assert_eq!(
        lines(&document),
        [
            "first",
            "second end",
            "note",
            "comment",
            "box",
            "Unit 304",
            "Page 1"
        ]
    );
    assert_eq!(
        document.part,
        [
            part::BODY,
            part::BODY,
            part::NOTE,
            part::COMMENT,
            part::TEXT_BOX,
            part::HEADER,
            part::HEADER
        ]
    );
    assert_eq!(column(&document, "anchor"), [0, 0, 1, 1, 1, 0, 0]);
}

#[test]
fn what_was_deleted_hidden_or_drawn_is_left_out_and_said() {
    let document = body(
        "<text:tracked-changes><text:changed-region><text:deletion><text:p>deleted</text:p></text:deletion></text:changed-region>\
         <text:changed-region><text:insertion/></text:changed-region></text:tracked-changes>\
         <text:p>kept <text:change-start/>new<text:change-end/><text:change/></text:p>\
         <text:section text:display=\"none\"><text:p>hidden</text:p></text:section>\
         <text:p>a<text:hidden-text text:is-hidden=\"true\">secret</text:hidden-text>b</text:p>\
         <text:p><draw:frame><draw:image xlink:href=\"Pictures/1.png\"/></draw:frame><draw:frame><draw:object/></draw:frame></text:p>\
         <text:table-of-content><text:table-of-content-source><text:p>template</text:p></text:table-of-content-source>\
         <text:index-body><text:p>AC 1.1<text:tab/>3</text:p></text:index-body></text:table-of-content>",
    );
    assert_eq!(lines(&document), ["kept new", "ab", "AC 1.1\t3"]);
    assert_eq!(
        warnings(&document),
        [
            ("pictures", 1),
            ("tracked-changes", 2),
            ("embedded-files", 1),
            ("hidden-text", 2)
        ]
    );
}

#[test]
fn white_space_is_what_the_reader_of_the_page_sees() {
    let document = body(
        "<text:p>\n  a\n  <text:span> b</text:span><text:s text:c=\"2\"/>c<text:tab/>d<text:line-break/>e &amp; f\u{ad}g</text:p><text:p> </text:p>\
         <text:soft-page-break/><text:p>next</text:p>",
    );
    assert_eq!(lines(&document), ["a b  c\td\u{2028}e & fg", "next"]);
    assert_eq!(column(&document, "page"), [1, 2]);
}

#[test]
fn tables_are_cells_in_a_document_and_rows_for_a_table_slot() {
    let cell = |text: &str| format!("<table:table-cell><text:p>{text}</text:p></table:table-cell>");
    let table = format!(
        "<text:p>before</text:p><table:table><table:table-header-rows><table:table-row>{}{}</table:table-row></table:table-header-rows>\
         <table:table-row>{}{}</table:table-row>\
         <table:table-row><table:table-cell table:number-columns-spanned=\"2\"><text:p>wide</text:p></table:table-cell><table:covered-table-cell/></table:table-row></table:table>",
        cell("Date"),
        cell("Minutes"),
        cell("10 July"),
        cell("60")
    );
    let bytes = odt("", &table, "");
    let document = read(&bytes).expect("a document");
    assert_eq!(document.kind, [0, 3, 3, 3, 3, 3]);
    assert_eq!(column(&document, "row"), [0, 1, 1, 2, 2, 3]);
    assert_eq!(column(&document, "column"), [0, 1, 2, 1, 2, 1]);
    let tables = testing::tables::<ReadOdt>(&bytes, "work.odt").expect("tables");
    assert_eq!(tables.len(), 1);
    assert_eq!(
        (tables[0].headings.as_str(), tables[0].row_count),
        ("marked", 2)
    );
    assert_eq!(tables[0].columns[1].heading, "Minutes");
    assert_eq!(tables[0].columns[1].cells, "60\n");
    assert_eq!(tables[0].warnings[0].code, "merged-cells");
}

#[test]
fn failures_have_the_code_that_the_learner_is_told_by() {
    let manifest = "<m:manifest xmlns:m=\"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0\"><m:file-entry><m:encryption-data/></m:file-entry></m:manifest>";
    let mimetype = ("mimetype", "application/vnd.oasis.opendocument.text");
    let doctype =
        "<!DOCTYPE a [<!ENTITY a \"lol\"><!ENTITY b SYSTEM \"file:///etc/passwd\">]><a>&a;&b;</a>";
    let deep = format!(
        "{}{}",
        "<text:section>".repeat(200_000),
        "</text:section>".repeat(200_000)
    );
    let cases: [(&str, Vec<u8>, &str); 14] = [
        ("no bytes", Vec::new(), "empty"),
        ("text", b"just text".to_vec(), "unsupported"),
        ("truncated", STRONG[..STRONG.len() / 2].to_vec(), "damaged"),
        (
            "password",
            zipped(&[
                mimetype,
                ("META-INF/manifest.xml", manifest),
                ("content.xml", "\u{1}garbage"),
            ]),
            "password-protected",
        ),
        (
            "all under a password",
            zipped(&[
                mimetype,
                ("META-INF/manifest.xml", manifest),
                ("encrypted-package", "x"),
            ]),
            "password-protected",
        ),
        (
            "spreadsheet",
            zipped(&[
                ("mimetype", "application/vnd.oasis.opendocument.spreadsheet"),
                ("content.xml", "<a/>"),
            ]),
            "unsupported",
        ),
        (
            "word",
            zipped(&[("[Content_Types].xml", "<Types/>")]),
            "unsupported",
        ),
        (
            "zip in a zip",
            zipped(&[("inner.odt", "PK\u{3}\u{4}")]),
            "unsupported",
        ),
        ("no content", zipped(&[mimetype]), "damaged"),
        (
            "other root",
            zipped(&[mimetype, ("content.xml", "<html><p>x</p></html>")]),
            "unsupported",
        ),
        ("no text", odt("", "<text:p/>", ""), "empty"),
        (
            "scan",
            odt(
                "",
                "<text:p><draw:frame><draw:image/></draw:frame></text:p>",
                "",
            ),
            "image-only",
        ),
        (
            "entities",
            zipped(&[mimetype, ("content.xml", doctype)]),
            "damaged",
        ),
        ("deep", odt("", &deep, ""), "too-large"),
    ];
    for (what, bytes, code) in cases {
        assert_eq!(read(&bytes).expect_err(what), code, "{what}");
    }
}

#[test]
fn what_is_too_much_is_refused_rather_than_cut() {
    let spaces = " ".repeat(100 << 20);
    let bomb = odt("", &spaces, "");
    assert!(bomb.len() < 1 << 20, "the bomb is small: {}", bomb.len());
    assert_eq!(read(&bomb).expect_err("a bomb"), "too-large");
    let long = format!("<text:p>{}</text:p>", "word ".repeat(1 << 20));
    assert_eq!(read(&odt("", &long, "")).expect_err("5 MiB"), "too-large");
    let repeated = "<table:table><table:table-row table:number-rows-repeated=\"4294967295\"><table:table-cell table:number-columns-repeated=\"4294967295\"><text:p>x</text:p></table:table-cell><table:table-cell/></table:table-row></table:table>";
    assert_eq!(read(&odt("", repeated, "")).expect("one cell").text, "x");
    let names = zipped(&[
        ("../../etc/passwd", "x"),
        (
            "content.xml",
            &format!(
                "<office:document-content {SPACES}><office:body><office:text><text:p>safe</text:p></office:text></office:body></office:document-content>"
            ),
        ),
    ]);
    assert_eq!(read(&names).expect("names are only names").text, "safe");
}

#[test]
fn no_truncation_of_a_real_file_panics() {
    for length in (0..STRONG.len()).step_by(397) {
        assert!(read(&STRONG[..length]).is_err(), "{length} bytes");
    }
}
