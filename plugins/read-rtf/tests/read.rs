//! The reader from outside: the fixture, small files for each rule as several
//! programs write them, and hostile ones.

use read_rtf::ReadRtf;
use unit_sdk::reader::testing::{
    self, STRONG_SECTION_WORDS, column, headings, labels, labels_of_items, lines, section_words,
    warnings,
};
use unit_sdk::reader::wit::Document;
use unit_sdk::reader::{kind, part, style};

const STRONG: &[u8] = include_bytes!("../../../tests/fixtures/304-strong/304-strong.rtf");

fn read(bytes: &[u8]) -> Result<Document, String> {
    testing::document::<ReadRtf>(bytes, "work.rtf")
}

fn rtf(text: &str) -> Document {
    read(format!("{{\\rtf1\\ansi\\ansicpg1252\\deff0 {text}}}").as_bytes()).expect(text)
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
fn letters_come_out_of_every_encoding() {
    let fonts = "{\\fonttbl{\\f0\\fcharset0 Arial;}{\\f1\\fcharset238 Arial CE;}{\\f2\\fcharset128 MS Gothic;}{\\f3\\fcharset2 Wingdings;}}";
    let text = [
        fonts,
        "\\f0 \\'93Caf\\'e9\\'94 \\'80\\par",
        "\\f1 Za\\'bf\\'f3\\'b3\\'e6\\par",
        "\\f2 \\'93\\'fa\\'96\\'7b\\par",
        "{\\f3 \\'fc} {\\f0 done}\\par",
        "\\f0\\uc1 \\u8220?na\\u239\\'efve\\u8221? \\u-10179?\\u-8704?\\par",
        "{\\uc0\\u8212 dash}{\\uc2 \\u960 ??pi}\\par",
        "\\lquote a\\rquote\\~b\\_c\\-d\\emdash\\endash\\bullet\\tab e\\line f\\{\\}\\\\",
    ]
    .concat();
    assert_eq!(
        lines(&rtf(&text)),
        [
            "“Café” €",
            "Zażółć",
            "日本",
            "✓ done",
            "“naïve” 😀",
            "—dashπpi",
            "‘a’\u{a0}b\u{2011}cd—–•\te\u{2028}f{}\\"
        ]
    );
    let mac = read(b"{\\rtf1\\mac caf\\'8e}").expect("a document");
    assert_eq!(mac.text, "café");
}

#[test]
fn headings_go_by_outline_levels_and_style_names() {
    let sheet = "{\\stylesheet{\\ql Normal;}{\\s1\\ql\\outlinelevel0\\b\\fs32 heading 1;}{\\s2\\b Heading {\\b0 2};}{\\*\\cs10 heading 9;}{\\s15 Title;}{\\s16\\outlinelevel9 heading 4;}}";
    let text = "\\pard\\plain\\s1\\b\\fs32 One\\par\\pard\\plain\\s2 Two\\par\\pard\\plain Plain\\par\\pard\\s15 Title\\par\
        \\pard\\s10 no paragraph style\\par\\pard\\s16 body by level\\par\\pard\\outlinelevel2 by itself\\par";
    let document = rtf(&format!("{sheet}{text}"));
    assert_eq!(
        headings(&document),
        [(1, "One"), (2, "Two"), (3, "by itself")]
    );
    assert_eq!(document.kind, [1, 1, 0, 4, 0, 0, 1]);
    assert_eq!(document.style[0], style::BOLD | style::LARGER);
}

#[test]
fn looks_are_those_of_the_whole_paragraph() {
    let document = rtf(
        "{\\b all {\\i of} it}\\par {\\b part} plain\\par {\\ul\\b under}{\\ulnone  }\\par\\plain\\caps caps\\par\\plain\\strike struck\\par\
         \\plain\\fs36 large\\plain\\par the usual size is that of most letters\\par",
    );
    assert_eq!(
        document.style,
        [
            style::BOLD,
            0,
            style::BOLD | style::UNDERLINED,
            style::CAPITALS,
            style::STRUCK,
            style::LARGER,
            0
        ]
    );
}

#[test]
fn lists_have_the_labels_that_the_program_wrote() {
    let document = rtf(
        "\\pard{\\listtext\\pard\\plain\\f3 \\'b7\\tab}\\ls1\\ilvl0 first\\par\
         \\pard\\s1{\\listtext\\pard\\plain \\u61623\\'3f\\tab}\\ilvl1\\ls1 second\\par\
         \\pard{\\listtext\t1.\\tab}\\ls2 third\\par \\pard{\\pntext\\f0 a)\\tab}{\\*\\pn\\pnlvlbody\\pnlcltr}fourth\\par\\pard plain\\par",
    );
    assert_eq!(labels(&document), ["·", "•", "1.", "a)", ""]);
    assert_eq!(document.kind, [2, 2, 2, 2, 0]);
    assert_eq!(document.level, [1, 2, 1, 1, 0]);
}

#[test]
fn tables_are_cells_in_a_document_and_rows_for_a_table_slot() {
    let row = |head: &str, one: &str, two: &str| {
        format!("\\trowd{head}\\cellx1000\\cellx2000\\pard\\intbl {one}\\cell {two}\\cell\\row")
    };
    let text = [
        "\\pard before\\par".to_owned(),
        row("\\trhdr", "Date", "Minutes"),
        row("", "10 July", "60"),
        row("", "", "45\\par more"),
        "\\pard\\par".into(),
        row("\\clmrg", "other", "table"),
        "\\pard after\\par".into(),
    ]
    .concat();
    let document = rtf(&text);
    assert_eq!(document.kind, [0, 3, 3, 3, 3, 3, 3, 3, 3, 0]);
    assert_eq!(column(&document, "table"), [0, 1, 1, 1, 1, 1, 1, 2, 2, 0]);
    assert_eq!(column(&document, "row"), [0, 1, 1, 2, 2, 3, 3, 1, 1, 0]);
    assert_eq!(column(&document, "column"), [0, 1, 2, 1, 2, 2, 2, 1, 2, 0]);
    let bytes = format!("{{\\rtf1 {text}}}");
    let tables = testing::tables::<ReadRtf>(bytes.as_bytes(), "work.rtf").expect("tables");
    assert_eq!(tables.len(), 2);
    assert_eq!(
        (tables[0].headings.as_str(), tables[0].row_count),
        ("marked", 2)
    );
    assert_eq!(tables[0].columns[1].cells, "60\n45\u{2028}more");
    assert_eq!(tables[0].warnings[0].code, "merged-cells");
}

#[test]
fn parts_follow_the_body_and_know_where_they_belong() {
    let document = rtf(
        "{\\header\\pard Unit 304\\par}{\\footerf\\pard Unit 304\\par}\\pard first\\par second{\\super\\chftn{\\footnote\\pard\\plain{\\super\\chftn} a note}}\
         {\\*\\atnid T}{\\*\\atnauthor Tutor}\\chatn{\\*\\annotation{\\*\\atndate 1}\\pard a comment}\
         {\\shp{\\*\\shpinst\\shpleft0{\\sp{\\sn shapeType}{\\sv 202}}{\\shptxt\\pard in a box\\par}}{\\shprslt{\\*\\do\\dptxbx{\\dptxbxtext in a box\\par}}}} end\\par",
    );
    assert_eq!(
        lines(&document),
        [
            "first",
            "second end",
            "Unit 304",
            "a note",
            "a comment",
            "in a box"
        ]
    );
    assert_eq!(
        document.part,
        [
            part::BODY,
            part::BODY,
            part::HEADER,
            part::NOTE,
            part::COMMENT,
            part::TEXT_BOX
        ]
    );
    assert_eq!(column(&document, "anchor"), [0, 0, 0, 1, 1, 1]);
}

#[test]
fn what_was_deleted_hidden_or_drawn_is_left_out_and_said() {
    let document = rtf(
        "{\\info{\\title No text}{\\author Nobody}}{\\colortbl;\\red0;}{\\*\\generator X;}{\\*\\unknown {\\b x}}\
         kept {\\revised new}{\\deleted old}{\\v hidden}{\\*\\shppict{\\pict\\pngblip 89504e47}}{\\nonshppict{\\pict\\wmetafile8 0100}}\
         {\\object{\\*\\objdata 0105}{\\result{\\pict 00}}}{\\field{\\*\\fldinst HYPERLINK \"x\"}{\\fldrslt  link}}\\par \
         one {\\deleted\\par }paragraph\\par{\\mmath{\\*\\moMath{\\*\\mr x}}}\\pict",
    );
    assert_eq!(lines(&document), ["kept new link", "one paragraph"]);
    assert_eq!(
        warnings(&document),
        [
            ("pictures", 1),
            ("tracked-changes", 3),
            ("equations", 1),
            ("embedded-files", 1),
            ("hidden-text", 1)
        ]
    );
}

#[test]
fn files_of_simple_programs_are_read() {
    let text_edit = b"{\\rtf1\\ansi\\ansicpg1252\\cocoartf2709\n\\cocoatextscaling0{\\fonttbl\\f0\\fswiss\\fcharset0 Helvetica-Bold;}\n{\\*\\expandedcolortbl;;}\n\\pard\\tx720\\pardirnatural\n\n\\f0\\b\\fs36 \\cf0 AC 1.1 Purpose\\\n\n\\f0\\b0\\fs24 It\\'92s text, and more of it.\\\n}";
    let document = read(text_edit).expect("TextEdit");
    assert_eq!(
        lines(&document),
        ["AC 1.1 Purpose", "It’s text, and more of it."]
    );
    assert_eq!(document.style, [style::BOLD | style::LARGER, 0]);
    // WordPad ends the file with a NUL byte.
    let word_pad = b"{\\rtf1\\ansi\\deff0{\\fonttbl{\\f0\\fnil\\fcharset0 Calibri;}}\r\n\\viewkind4\\uc1\\pard\\b AC 1.1\\b0\\par\r\ntext\\par\r\n}\r\n\0";
    assert_eq!(lines(&read(word_pad).expect("WordPad")), ["AC 1.1", "text"]);
}

#[test]
fn failures_have_the_code_that_the_learner_is_told_by() {
    let deep = format!("{{\\rtf1 {}", "{".repeat(2_000_000));
    let styles: Vec<String> = (0..20_000)
        .map(|style| format!("{{\\s{style}\\outlinelevel1 x;}}"))
        .collect();
    let cases: [(&str, &[u8], &str); 11] = [
        ("no bytes", b"", "empty"),
        ("no text", b"{\\rtf1\\ansi\\par}", "empty"),
        ("scan", b"{\\rtf1{\\pict 00}}", "image-only"),
        ("text", b"Just text", "unsupported"),
        ("word", b"PK\x03\x04rest", "unsupported"),
        ("truncated", &STRONG[..STRONG.len() / 2], "damaged"),
        ("broken hexadecimal", b"{\\rtf1 a\\'zz}", "damaged"),
        ("huge length", b"{\\rtf1 a\\bin2147483647 x}", "damaged"),
        ("negative length", b"{\\rtf1 a\\bin-5 x}", "damaged"),
        ("deep", deep.as_bytes(), "too-large"),
        (
            "many styles",
            &format!("{{\\rtf1{{\\stylesheet{}}}text}}", styles.concat()).into_bytes(),
            "too-large",
        ),
    ];
    for (what, bytes, code) in cases {
        assert_eq!(read(bytes).expect_err(what), code, "{what}");
    }
    let long = format!("{{\\rtf1 {}}}", "word ".repeat(1 << 20));
    assert_eq!(read(long.as_bytes()).expect_err("5 MiB"), "too-large");
    let many = format!("{{\\rtf1 {}}}", "x\\par ".repeat(100_001));
    assert_eq!(read(many.as_bytes()).expect_err("paragraphs"), "too-large");
}

#[test]
fn strange_marks_do_no_harm() {
    for (what, text) in [
        (
            "numbers beyond measure",
            "\\fs99999999999999 \\u99999999999 \\li-99999999999 a",
        ),
        ("stray ends of rows", "\\row\\cell\\row\\nestrow a"),
        ("binary data", "\\bin3 }}}a"),
        ("half a letter", "\\u-10179?\\'3fa"),
        ("a second end", "a}}} b"),
        ("empty groups", "{}{\\*}{\\*\\x}a"),
        ("a long name", &format!("\\{}a", "x".repeat(5_000) + " ")),
    ] {
        let text = rtf(text).text;
        assert!(text.ends_with('a'), "{what}: {text}");
    }
}

#[test]
fn no_truncation_of_a_real_file_panics() {
    for length in (0..STRONG.len() - 2).step_by(397) {
        assert!(read(&STRONG[..length]).is_err(), "{length} bytes");
    }
}
