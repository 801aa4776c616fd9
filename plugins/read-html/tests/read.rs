//! The reader from outside: the fixture, small pages for each rule as several
//! programs write them, and hostile ones.

use read_html::ReadHtml;
use unit_sdk::reader::testing::{
    self, STRONG_SECTION_WORDS, column, headings, labels, labels_of_items, lines, section_words,
    warnings,
};
use unit_sdk::reader::wit::Document;
use unit_sdk::reader::{part, style};

const STRONG: &[u8] = include_bytes!("../../../tests/fixtures/304-strong/304-strong.html");

fn read(bytes: &[u8]) -> Result<Document, String> {
    testing::document::<ReadHtml>(bytes, "work.html")
}

fn page(body: &str) -> Document {
    read(body.as_bytes()).expect(body)
}

#[test]
fn the_strong_assignment_has_the_words_that_its_manifest_says() {
    let document = read(STRONG).expect("a document");
    assert_eq!(section_words(&document), STRONG_SECTION_WORDS);
    // The subtitle is an `h1` too, where it was one of another style.
    assert!(headings(&document).len() >= 11, "{:?}", headings(&document));
    assert_eq!(labels_of_items(&document), ["•"; 3]);
    assert!(document.warnings.is_empty());
}

#[test]
fn paragraphs_are_what_stands_on_lines_of_its_own() {
    let document = page(
        "<title>no text</title><h2>Head<em>ing</em></h2>loose text<p>One\n  <b>two</b> &amp; three<br>four</p><p>&nbsp;</p>\
         <div>div <span>in</span><div>div</div></div><blockquote><p>quoted</p></blockquote>\
         first<br><br>second<pre>a  b\n c</pre><!-- no --><p>unclosed <i>tag",
    );
    assert_eq!(
        lines(&document),
        [
            "Heading",
            "loose text",
            "One two & three\u{2028}four",
            "div in",
            "div",
            "quoted",
            "first",
            "second",
            "a  b\u{2028} c",
            "unclosed tag"
        ]
    );
    assert_eq!(document.kind, [1, 0, 0, 0, 0, 6, 0, 0, 0, 0]);
}

#[test]
fn lists_are_numbered_as_the_learner_sees_them() {
    let document = page(
        "<ol start=3><li>three<ul><li>dot<ul><li>ring</ul></ul><li value=9><p>nine</p><p>more</p><li>ten</ol>\
         <ol type=a><li>a</ol><ol style=\"list-style-type: upper-roman\"><li>one<li><h3>heading</h3></ol><ul style=\"list-style: none\"><li>bare</ul>",
    );
    assert_eq!(
        labels(&document),
        ["3.", "◦", "▪", "9.", "", "10.", "a.", "I.", "II.", ""]
    );
    assert_eq!(document.kind, [2, 2, 2, 2, 0, 2, 2, 2, 1, 2]);
    assert_eq!(document.level, [1, 2, 3, 1, 0, 1, 1, 1, 3, 1]);
}

#[test]
fn looks_come_from_elements_rules_and_styles() {
    let document = page(
        "<style>.c1{font-weight:700;font-size:18pt} p.c2 , .c3{text-decoration:underline} @media print{.c4{font-weight:700}} div .c4{font-style:italic}</style>\
         <p class=c1>bold and larger</p><p><span class=\"c2 c3\">under</span></p><p class=c4>nothing</p>\
         <p><strong>all</strong> <b>bold</b></p><p><b>part</b> only</p><b style=\"font-weight:normal\"><p>pasted from a browser</p></b>\
         <p style=\"text-transform: uppercase; font-style:italic\">caps</p><p><s>struck</s></p><p><font size=5>large</font></p><p>LOUD WORDS</p>\
         <p>the usual size is that of most letters</p>",
    );
    assert_eq!(
        document.style,
        [
            style::BOLD | style::LARGER,
            style::UNDERLINED,
            0,
            style::BOLD,
            0,
            0,
            style::CAPITALS | style::ITALIC,
            style::STRUCK,
            style::LARGER,
            style::CAPITALS,
            0
        ]
    );
}

#[test]
fn pages_of_word_and_google_docs_are_read() {
    let word = "<html xmlns:o=\"urn:schemas-microsoft-com:office:office\"><head><meta http-equiv=Content-Type content=\"text/html; charset=windows-1252\"></head><body>\
        <p class=MsoTitle>Title<o:p></o:p></p><p class=MsoHeading7>deep</p><p class=MsoNormal><b>1.1 Describe</b><o:p>&nbsp;</o:p></p>\
        <p class=MsoListParagraphCxSpFirst style='mso-list:l0 level2 lfo1'><![if !supportLists]><span style='font-family:Symbol;mso-list:Ignore'>\u{b7}<span style='font:7.0pt \"Times New Roman\"'>&nbsp;&nbsp; </span></span><![endif]>item</p>\
        <p class=MsoNormal>text<a style='mso-footnote-id:ftn1' href=\"#_ftn1\"><sup>[1]</sup></a> goes on</p>\
        <div style='mso-element:footnote-list'><div style='mso-element:footnote' id=ftn1><p class=MsoFootnoteText><a style='mso-footnote-id:ftn1' href=\"#_ftnref1\">[1]</a> note</p></div></div></body></html>";
    let bytes: Vec<u8> = word
        .chars()
        .map(|letter| u8::try_from(u32::from(letter)).expect("a letter of Latin-1"))
        .collect();
    let document = read(&bytes).expect("Word");
    assert_eq!(
        lines(&document),
        [
            "Title",
            "deep",
            "1.1 Describe",
            "item",
            "text goes on",
            "note"
        ]
    );
    assert_eq!(document.kind, [4, 1, 0, 2, 0, 0]);
    assert_eq!(document.style[2], style::BOLD);
    assert_eq!((labels(&document)[3], document.level[3]), ("•", 2));
    assert_eq!(document.part[5], part::NOTE);
    assert_eq!(column(&document, "anchor"), [0, 0, 0, 0, 0, 4]);

    let google = "<meta charset='utf-8'><b style=\"font-weight:normal;\" id=\"docs-internal-guid-1\"><h2 dir=\"ltr\"><span style=\"font-weight:400;\">AC 1.1</span></h2>\
        <p dir=\"ltr\"><span style=\"font-weight:700;\">bold “line”</span></p><ul><li dir=\"ltr\" aria-level=\"1\"><p role=\"presentation\"><span>item</span></p></li></ul></b>";
    let document = page(google);
    assert_eq!(lines(&document), ["AC 1.1", "bold “line”", "item"]);
    assert_eq!(document.kind, [1, 0, 2]);
    assert_eq!(document.style[1], style::BOLD);
}

#[test]
fn encodings_are_told_apart() {
    let utf16: Vec<u8> = "\u{feff}<p>“Café”"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let cases: [(&str, Vec<u8>, bool); 6] = [
        ("utf-8", "<p>“Café”".into(), false),
        ("utf-8 with mark", "\u{feff}<p>“Café”".into(), false),
        ("utf-16", utf16, false),
        (
            "stated",
            b"<META CHARSET=\"ISO-8859-1\"><p>\x93Caf\xe9\x94".to_vec(),
            false,
        ),
        ("guessed", b"<p>\x93Caf\xe9\x94".to_vec(), true),
        (
            "stated wrongly",
            b"<meta charset=utf-8><p>\x93Caf\xe9\x94".to_vec(),
            true,
        ),
    ];
    for (what, bytes, guessed) in cases {
        let document = read(&bytes).expect(what);
        assert_eq!(document.text, "“Café”", "{what}");
        assert_eq!(
            warnings(&document) == [("guessed-encoding", 1)],
            guessed,
            "{what}"
        );
    }
}

#[test]
fn what_is_not_seen_or_not_text_is_left_out_and_said() {
    let document = page(
        "<script>document.write('<p>run</p>')</script><noscript>none</noscript><template><p>x</p></template><style>p{}</style>\
         <p>seen<span hidden>a</span><span style=\"display:none\">b</span></p><div style=\"visibility:hidden\">c<p>d</p></div>\
         <img src=\"https://example.org/x.png\" alt=\"alt\"><svg><text>drawn</text></svg><math><mi>x</mi></math><iframe src=\"x\"></iframe>\
         <p>kept <ins>new</ins><del>old</del></p><select><option>choice</select><p>{{ 7*7 }} &lt;b&gt; ${x}</p>",
    );
    assert_eq!(lines(&document), ["seen", "kept new", "{{ 7*7 }} <b> ${x}"]);
    assert_eq!(
        warnings(&document),
        [
            ("pictures", 2),
            ("tracked-changes", 2),
            ("equations", 1),
            ("embedded-files", 1),
            ("hidden-text", 3)
        ]
    );
}

#[test]
fn tables_are_cells_in_a_document_and_rows_for_a_table_slot() {
    let table = "<p>before<table><caption>Diary</caption><tr><th>Date<th>Minutes<th>Client<tr><td rowspan=2>10 July<td>60<td>A<tr><td colspan=2><b>1.1 Heading</b></table>\
        <div title=\"footer\"><p>Page 1</p></div>";
    let document = page(table);
    assert_eq!(document.kind, [0, 5, 3, 3, 3, 3, 3, 3, 3, 0]);
    assert_eq!(column(&document, "row"), [0, 0, 1, 1, 1, 2, 2, 2, 3, 0]);
    assert_eq!(column(&document, "column"), [0, 0, 1, 2, 3, 1, 2, 3, 2, 0]);
    assert_eq!(document.style[8], style::BOLD);
    assert_eq!(document.part[9], part::HEADER);
    let tables = testing::tables::<ReadHtml>(table.as_bytes(), "work.html").expect("tables");
    assert_eq!(
        (tables[0].title.as_str(), tables[0].headings.as_str()),
        ("Diary", "marked")
    );
    assert_eq!(tables[0].columns[0].cells, "10 July\n");
    assert_eq!(tables[0].columns[1].cells, "60\n1.1 Heading");
    assert_eq!(tables[0].warnings[0].code, "merged-cells");
}

#[test]
fn failures_have_the_code_that_the_learner_is_told_by() {
    let deep = "<div>".repeat(1_000_000);
    let many = "<p>x</p>".repeat(100_001);
    let marked = format!("<p>{}", "<b><i><u>".repeat(100_000));
    let reopened = format!(
        "{}{}",
        (0..2_000)
            .map(|class| format!("<b class={class}>"))
            .collect::<Vec<_>>()
            .concat(),
        "<p>".repeat(500_000)
    );
    let long = format!("<p>{}", "word ".repeat(1 << 20));
    let fostered = format!("<table>{}", "<p>x</table><table>".repeat(200_000));
    let cases: [(&str, &[u8], &str); 12] = [
        ("no bytes", b"", "empty"),
        ("no text", b"<p> </p>", "empty"),
        ("scan", b"<img src=x>", "image-only"),
        ("text", b"Just text, 3 < 4", "unsupported"),
        ("word", b"PK\x03\x04rest", "unsupported"),
        ("web archive", b"MIME-Version: 1.0\n\n<html>", "unsupported"),
        ("deep", deep.as_bytes(), "too-large"),
        ("deep marks", marked.as_bytes(), "too-large"),
        ("marks opened anew", reopened.as_bytes(), "too-large"),
        ("paragraphs", many.as_bytes(), "too-large"),
        ("5 MiB of text", long.as_bytes(), "too-large"),
        ("out of tables", fostered.as_bytes(), "too-large"),
    ];
    for (what, bytes, code) in cases {
        assert_eq!(read(bytes).expect_err(what), code, "{what}");
    }
}

#[test]
fn broken_pages_are_read_as_browsers_read_them() {
    for (page, text) in [
        (
            "<!DOCTYPE html [<!ENTITY a \"lol\">]><p>&a;&unknown; &#x41;</p>",
            "]>\n&a;&unknown; A",
        ),
        ("<p>a<b>b<i>c</b>d</i>e", "abcde"),
        (
            "<table><tr><td rowspan=99999999999 colspan=4294967295>x<td>y",
            "x\ny",
        ),
        ("<p>a\0b", "unsupported"),
        ("<select><p>x</select><p>a", "a"),
        ("<ol start=99999999999><li>a<li value=-5>b", "a\nb"),
        (
            "<svg><foreignObject><p>x</p></foreignObject></svg><p>a",
            "a",
        ),
        ("<frameset><frame></frameset>", "empty"),
        ("<p>&#xd800;&#1114112;</p>", "\u{fffd}\u{fffd}"),
    ] {
        let read = read(page.as_bytes()).map_or_else(|code| code, |document| document.text);
        assert_eq!(read, text, "{page}");
    }
}

#[test]
fn no_truncation_of_a_real_page_panics() {
    for length in (0..STRONG.len()).step_by(397) {
        // A page that breaks off is a page all the same.
        if let Ok(document) = read(&STRONG[..length]) {
            assert!(!document.text.is_empty(), "{length} bytes");
        }
    }
}
