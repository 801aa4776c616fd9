//! Files that were made to break readers. Each ends with its code or its text,
//! on the small stack that a test's thread has.

mod made;

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use made::{file, lines, page, pages, read, stream, text};

const FONT: &str = "<< >>";

#[test]
fn drawings_that_draw_themselves_end() {
    let itself = "<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources 3 0 R /Length 5 >> stream\n/X Do\nendstream";
    let content = format!("/X Do {}", text(&["Some text"]));
    let document = read(&pages(&[&content], "", &["", FONT, itself])).expect("a document");
    assert_eq!(lines(&document), ["Some text"]);
    // Two that draw each other, and themselves, many times.
    let each_other = "/X Do /Y Do ".repeat(200);
    let each_other = format!(
        "<< /Type /XObject /Subtype /Form /Resources 3 0 R /Length {} >> stream\n{each_other}\nendstream",
        each_other.len()
    );
    let objects = ["", FONT, &each_other, &each_other];
    let document = read(&pages(&[&content], "", &objects)).expect("a document");
    assert_eq!(lines(&document), ["Some text"]);
}

#[test]
fn drawings_within_drawings_cannot_grow_without_end() {
    // Each of 16 drawings draws the next ten times.
    let count = 16;
    let mut objects = vec![
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_vec(),
        b"<< /Type /Page /Parent 2 0 R /Contents 4 0 R /Resources << /XObject << /X 5 0 R >> >> >>"
            .to_vec(),
        stream("", b"/X Do"),
    ];
    for at in 0..count {
        let next = objects.len() + 2;
        let entries = format!(
            "/Type /XObject /Subtype /Form /Level {at} /Resources << /XObject << /X {next} 0 R >> >>"
        );
        objects.push(stream(&entries, "/X Do ".repeat(10).as_bytes()));
    }
    assert_eq!(read(&file(&objects)).expect_err("too much"), "too-large");
}

#[test]
fn objects_that_are_looked_up_again_and_again_are_counted() {
    // Fonts and properties that are no objects of their own are parsed each time.
    let times = 100_000;
    for content in ["/F Tf ", "/P /M BDC EMC "] {
        let objects = [
            b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_vec(),
            b"<< /Type /Page /Parent 2 0 R /Contents 4 0 R /Resources << /Font << /F << /Type /Font >> >> /Properties << /M << /MCID 1 >> >> >> >>"
                .to_vec(),
            stream("", content.repeat(times).as_bytes()),
        ];
        assert_eq!(
            read(&file(&objects)).expect_err("too much"),
            "too-large",
            "{content}"
        );
    }
    // A picture is one, however often it is drawn.
    let picture = "<< /Type /XObject /Subtype /Image /Length 1 >> stream\nx\nendstream";
    let content = format!("{} {}", "/X Do ".repeat(times), text(&["Some text"]));
    let document = read(&pages(&[&content], "", &["", picture])).expect("a document");
    assert_eq!(lines(&document), ["Some text"]);
}

#[test]
fn streams_that_unpack_without_end_are_refused() {
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::best());
    let blank = vec![b' '; 1 << 20];
    for _ in 0..100 {
        packed.write_all(&blank).expect("written to memory");
    }
    let packed = packed.finish().expect("written to memory");
    assert!(packed.len() < 200_000, "{}", packed.len());
    let objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_vec(),
        b"<< /Type /Page /Parent 2 0 R /Contents 4 0 R >>".to_vec(),
        stream("/Filter /FlateDecode", &packed),
    ];
    assert_eq!(read(&file(&objects)).expect_err("a bomb"), "too-large");
}

#[test]
fn rows_without_a_length_are_not_followed() {
    for parameters in [
        "/Predictor 2 /Colors 32",
        "/Predictor 2 /Columns 0",
        "/Predictor 2 /Columns 536870912",
        "/Predictor 12 /Columns 4294967295 /Colors 255",
    ] {
        for parameters in [
            format!("<< {parameters} >>"),
            format!("[null << {parameters} >>]"),
        ] {
            let entries = format!("/Filter [/ASCIIHexDecode /LZWDecode] /DecodeParms {parameters}");
            let objects = [
                b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
                b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_vec(),
                b"<< /Type /Page /Parent 2 0 R /Contents 4 0 R >>".to_vec(),
                stream(&entries, b"800B6050220C0C8501>"),
            ];
            assert_eq!(read(&file(&objects)).expect_err("no text"), "empty");
        }
    }
}

#[test]
fn circles_of_objects_end() {
    let pages_of = |kids: &str| {
        file(&[
            b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
            format!("<< /Type /Pages /Kids [{kids}] /Count 1 >>").into_bytes(),
        ])
    };
    assert_eq!(
        read(&pages_of("2 0 R 2 0 R")).expect_err("a circle"),
        "damaged"
    );
    // A length that is the stream itself, a parent that is its own child, a
    // structure that holds itself, a font that is its own descendant.
    let content = text(&["Some text"]);
    let tree = "/StructTreeRoot 7 0 R";
    let element = "<< /S /P /K [7 0 R 7 0 R] /P 7 0 R >>";
    let font = "<< /Type /Font /Subtype /Type0 /DescendantFonts [6 0 R] /Encoding 6 0 R /ToUnicode 6 0 R >>";
    let annotation = "/Annots [<< /Subtype /Widget /Parent 8 0 R >>]";
    let field = "<< /Parent 8 0 R >>";
    let bytes = pages(&[&content], annotation, &[tree, font, element, field]);
    assert_eq!(lines(&read(&bytes).expect("a document")), ["Some text"]);
    let objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_vec(),
        b"<< /Type /Page /Parent 2 0 R /Contents 4 0 R >>".to_vec(),
        b"<< /Length 4 0 R >>\nstream\nBT ET\nendstream".to_vec(),
    ];
    assert_eq!(read(&file(&objects)).expect_err("no text"), "empty");
    // A stream of objects whose own length is among its objects.
    let in_itself = "%PDF-1.7\n1 0 obj << /Type /Catalog /Pages 2 0 R >> endobj\n\
        2 0 obj << /Type /Pages /Kids [3 0 R] /Count 1 >> endobj\n\
        3 0 obj << /Type /Page /Contents 4 0 R >> endobj\n\
        4 0 obj << /Length 6 0 R >>\nstream\nBT ET\nendstream endobj\n\
        5 0 obj << /Type /ObjStm /N 1 /First 4 /Length 6 0 R /Extends 5 0 R >>\nstream\n6 0 99\nendstream endobj\n\
        trailer << /Root 1 0 R >>\nstartxref\n0\n%%EOF";
    assert_eq!(read(in_itself.as_bytes()).expect_err("no text"), "empty");
}

#[test]
fn deep_nesting_ends() {
    let deep = |open: &str, close: &str| format!("{}{}", open.repeat(20_000), close.repeat(20_000));
    for nested in [
        deep("[", "]"),
        deep("<< /A ", ">>"),
        "(".repeat(20_000),
        "<<".repeat(20_000),
    ] {
        let content = format!("{} {nested} Tj", text(&["Some text"]));
        let document = read(&page(&content)).expect("a document");
        assert_eq!(lines(&document), ["Some text"]);
        let content = text(&["Some text"]);
        let bytes = pages(&[&content], "", &["", FONT, &nested]);
        assert_eq!(lines(&read(&bytes).expect("a document")), ["Some text"]);
    }
    let states = format!("{} {}", "q ".repeat(50_000), text(&["Some text"]));
    assert_eq!(
        lines(&read(&page(&states)).expect("a document")),
        ["Some text"]
    );
    let marks = format!("{} {}", "/Span BMC ".repeat(50_000), text(&["Some text"]));
    assert_eq!(
        lines(&read(&page(&marks)).expect("a document")),
        ["Some text"]
    );
    // A structure deeper than any that is followed leaves its text out, so looks decide.
    let content = format!("/P << /MCID 0 >> BDC {} EMC", text(&["Some text"]));
    let tree = format!(
        "/StructTreeRoot << /K {} 0 {} >>",
        "[".repeat(400),
        "]".repeat(400)
    );
    let bytes = pages(&[&content], "", &[&tree]);
    assert_eq!(lines(&read(&bytes).expect("a document")), ["Some text"]);
}

#[test]
fn numbers_out_of_all_bounds_do_no_harm() {
    let content = "BT /F3 99999999999999999999 Tf -1e38 1e38 Td (a) Tj 1e38 0 0 1e38 1e38 1e38 Tm (b) Tj ET \
        BT /F1 0 Tf (c) Tj ET BT /F1 -12 Tf -50 -750 Td (d) Tj ET BT /F1 12 Tf 0 Tz 50 700 Td (e) Tj ET \
        1e38 1e38 1e38 1e38 re f 0 0 0 0 0 0 cm BT /F1 12 Tf 50 750 Td (f) Tj ET";
    let fonts = [
        "<< /Type /Font /Subtype /Type1 /FirstChar 4294967295 /Widths [1e38 -1e38] /FontMatrix [1e38] >>",
        "<< /Type /Font /Subtype /Type0 /Encoding /Identity-H /DescendantFonts [<< /DW 1e38 /W [0 4294967295 1e38 5 [1 2] 9 1 3 -7 8 2] >>] >>",
    ];
    for font in fonts {
        // Whether any of the letters counts is of no account here.
        let read = read(&pages(&[content], "", &["", font]));
        assert!(
            read.is_ok_and(|document| !document.text.is_empty()),
            "{font}"
        );
    }
}

#[test]
fn damaged_files_are_repaired_or_refused() {
    let content = text(&["Some text"]);
    let whole = page(&content);
    let as_text = String::from_utf8(whole.clone()).expect("plain text");
    let repaired = [
        ("no table", as_text.replace("xref\n0", "xxxx\n0")),
        (
            "a wrong start",
            as_text.replace("startxref\n", "startxref\n9"),
        ),
        ("lengths", as_text.replace("/Length ", "/Length 99999")),
        ("no lengths", as_text.replace("/Length ", "/Longueur ")),
        ("something before", format!("\n\n{as_text}")),
        ("something after", format!("{as_text}\n\n\0\0\0")),
    ];
    for (what, bytes) in repaired {
        let document = read(bytes.as_bytes()).expect(what);
        assert_eq!(lines(&document), ["Some text"], "{what}");
    }
    for cut in 0..whole.len() - 30 {
        let code = read(&whole[..cut]).expect_err("cut");
        let expected = match cut {
            0 => "empty",
            1..5 => "unsupported",
            _ => "damaged",
        };
        assert_eq!(code, expected, "{cut}");
    }
    for (what, bytes, code) in [
        ("another format", "PK\u{3}\u{4}", "unsupported"),
        ("only a beginning", "%PDF-1.7", "damaged"),
        ("beginning and end", "%PDF-1.7 startxref 0 %%EOF", "damaged"),
        (
            "a page is lost",
            &as_text.replace("/Count 1", "/Count 2"),
            "damaged",
        ),
        (
            "a table that goes round",
            "%PDF-1.7\nxref\n0 0\ntrailer << /Root 1 0 R /Prev 9 >>\nstartxref\n9\n%%EOF",
            "damaged",
        ),
        (
            "a table without end",
            "%PDF-1.7\nxref\n0 4294967295\ntrailer << /Root 1 0 R >>\nstartxref\n9\n%%EOF",
            "damaged",
        ),
    ] {
        assert_eq!(read(bytes.as_bytes()).expect_err(what), code, "{what}");
    }
}

#[test]
fn any_byte_may_be_wrong() {
    let content = text(&["Some text", "and more of it."]);
    let whole = page(&content);
    for at in 0..whole.len() {
        for byte in [0, b' ', b'9', b'<', b'(', 0xff] {
            let mut bytes = whole.clone();
            bytes[at] = byte;
            if let Err(code) = read(&bytes) {
                let known = ["damaged", "empty", "unsupported", "password-protected"];
                assert!(known.contains(&code.as_str()), "{code} at {at}");
            }
        }
    }
}
