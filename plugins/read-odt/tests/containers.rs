//! The same work in every container that holds prose: what is read, and how many
//! words it has, must not depend on the container.

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

use read_docx::ReadDocx;
use read_html::ReadHtml;
use read_odt::ReadOdt;
use read_rtf::ReadRtf;
use read_txt::ReadTxt;
use unit_sdk::reader::testing::{document, labels, lines, section_words};
use unit_sdk::reader::wit::Document;
use unit_sdk::reader::{kind, style};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

macro_rules! strong {
    ($ending:literal) => {
        include_bytes!(concat!(
            "../../../tests/fixtures/304-strong/304-strong.",
            $ending
        ))
    };
}

/// How many documents are made up.
const DOCUMENTS: u64 = 300;

/// Words that containers have to write in ways of their own.
const WORDS: [&str; 24] = [
    "mentor",
    "the",
    "of",
    "goals",
    "café",
    "“trust”",
    "it’s",
    "a&b",
    "<tag>",
    "{brace}",
    "C:\\dir",
    "3<4",
    "*star*",
    "_under_",
    "#1",
    "naïve",
    "日本語",
    "😀",
    "50%",
    "[link](x)",
    "`code`",
    "A|B",
    "1.1",
    "~end~",
];

/// A piece of a document.
enum Piece {
    Heading(usize, String),
    /// The text, and whether it is bold.
    Paragraph(String, bool),
    /// Whether it is numbered, and its items.
    List(bool, Vec<String>),
    /// Rows of two cells.
    Table(Vec<[String; 2]>),
}

/// Numbers that look like chance and are the same each time.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % sides as u64).expect("fewer than sides")
    }

    fn words(&mut self) -> String {
        let count = 1 + self.throw(12);
        let words: Vec<&str> = (0..count).map(|_| WORDS[self.throw(WORDS.len())]).collect();
        words.join(" ")
    }

    fn pieces(&mut self) -> Vec<Piece> {
        let mut pieces = vec![Piece::Heading(1, self.words())];
        for _ in 0..=self.throw(8) {
            let few = 1 + self.throw(4);
            pieces.push(match self.throw(5) {
                0 => Piece::Heading(1 + self.throw(6), self.words()),
                1 => Piece::List(self.throw(2) == 0, (0..few).map(|_| self.words()).collect()),
                2 => Piece::Table((0..few).map(|_| [self.words(), self.words()]).collect()),
                bold => Piece::Paragraph(self.words(), bold == 3),
            });
            // Two lists or tables in a row are one to some containers.
            pieces.push(Piece::Paragraph(self.words(), false));
        }
        pieces
    }
}

fn zipped(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        writer
            .start_file(*name, SimpleFileOptions::default())
            .expect("a new entry");
        writer.write_all(text.as_bytes()).expect("in memory");
    }
    writer.finish().expect("in memory").into_inner()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

fn docx(pieces: &[Piece]) -> Vec<u8> {
    let paragraph = |properties: &str, run: &str, text: &str| {
        let text = escaped(text);
        format!(
            "<w:p><w:pPr>{properties}</w:pPr><w:r><w:rPr>{run}</w:rPr><w:t>{text}</w:t></w:r></w:p>"
        )
    };
    let mut lists = String::new();
    let body = pieces.iter().enumerate().map(|(number, piece)| match piece {
            Piece::Heading(level, text) => {
                paragraph(&format!("<w:pStyle w:val=\"Heading{level}\"/>"), "", text)
            }
            Piece::Paragraph(text, bold) => paragraph("", if *bold { "<w:b/>" } else { "" }, text),
            Piece::List(numbered, items) => {
                let level = if *numbered {
                    "<w:numFmt w:val=\"decimal\"/><w:lvlText w:val=\"%1.\"/>"
                } else {
                    "<w:numFmt w:val=\"bullet\"/><w:lvlText w:val=\"•\"/>"
                };
                write!(
                    lists,
                    "<w:abstractNum w:abstractNumId=\"{number}\"><w:lvl w:ilvl=\"0\"><w:start w:val=\"1\"/>{level}</w:lvl></w:abstractNum><w:num w:numId=\"{number}\"><w:abstractNumId w:val=\"{number}\"/></w:num>"
                )
                .expect("a string");
                let properties = format!(
                    "<w:numPr><w:ilvl w:val=\"0\"/><w:numId w:val=\"{number}\"/></w:numPr>"
                );
                let items = items.iter().map(|item| paragraph(&properties, "", item));
                items.collect::<Vec<_>>().concat()
            }
            Piece::Table(rows) => {
                let cell = |text: &String| format!("<w:tc>{}</w:tc>", paragraph("", "", text));
                let rows = rows
                    .iter()
                    .map(|[one, two]| format!("<w:tr>{}{}</w:tr>", cell(one), cell(two)));
                format!("<w:tbl>{}</w:tbl>", rows.collect::<Vec<_>>().concat())
            }
        });
    let body = body.collect::<Vec<_>>().concat();
    let space = "xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"";
    zipped(&[
        (
            "word/_rels/document.xml.rels",
            "<Relationships><Relationship Id=\"n\" Type=\"x/numbering\" Target=\"numbering.xml\"/></Relationships>",
        ),
        (
            "word/numbering.xml",
            &format!("<w:numbering {space}>{lists}</w:numbering>"),
        ),
        (
            "word/document.xml",
            &format!("<w:document {space}><w:body>{body}</w:body></w:document>"),
        ),
    ])
}

fn odt(pieces: &[Piece]) -> Vec<u8> {
    let paragraph = |text: &str| format!("<text:p>{}</text:p>", escaped(text));
    let body = pieces.iter().map(|piece| match piece {
        Piece::Heading(level, text) => format!(
            "<text:h text:outline-level=\"{level}\">{}</text:h>",
            escaped(text)
        ),
        Piece::Paragraph(text, true) => format!(
            "<text:p><text:span text:style-name=\"T1\">{}</text:span></text:p>",
            escaped(text)
        ),
        Piece::Paragraph(text, false) => paragraph(text),
        Piece::List(numbered, items) => {
            let items = items
                .iter()
                .map(|item| format!("<text:list-item>{}</text:list-item>", paragraph(item)));
            format!(
                "<text:list text:style-name=\"{}\">{}</text:list>",
                if *numbered { "L1" } else { "L2" },
                items.collect::<Vec<_>>().concat()
            )
        }
        Piece::Table(rows) => {
            let cell =
                |text: &String| format!("<table:table-cell>{}</table:table-cell>", paragraph(text));
            let rows = rows.iter().map(|[one, two]| {
                format!(
                    "<table:table-row>{}{}</table:table-row>",
                    cell(one),
                    cell(two)
                )
            });
            format!(
                "<table:table>{}</table:table>",
                rows.collect::<Vec<_>>().concat()
            )
        }
    });
    let body = body.collect::<Vec<_>>().concat();
    let space = |name: &str| format!("urn:oasis:names:tc:opendocument:xmlns:{name}:1.0");
    let content = format!(
        "<office:document-content xmlns:office=\"{}\" xmlns:style=\"{}\" xmlns:text=\"{}\" xmlns:table=\"{}\" xmlns:fo=\"{}\"><office:automatic-styles>\
         <style:style style:name=\"T1\" style:family=\"text\"><style:text-properties fo:font-weight=\"bold\"/></style:style>\
         <text:list-style style:name=\"L1\"><text:list-level-style-number text:level=\"1\" style:num-format=\"1\" style:num-suffix=\".\"/></text:list-style>\
         <text:list-style style:name=\"L2\"><text:list-level-style-bullet text:level=\"1\" text:bullet-char=\"•\"/></text:list-style>\
         </office:automatic-styles><office:body><office:text>{body}</office:text></office:body></office:document-content>",
        space("office"),
        space("style"),
        space("text"),
        space("table"),
        space("xsl-fo-compatible")
    );
    zipped(&[
        ("mimetype", "application/vnd.oasis.opendocument.text"),
        ("content.xml", &content),
    ])
}

fn rtf(pieces: &[Piece]) -> Vec<u8> {
    let text = |text: &str| {
        let mut written = String::new();
        for unit in text.encode_utf16() {
            match u8::try_from(unit) {
                Ok(sign @ (b'\\' | b'{' | b'}')) => write!(written, "\\{}", char::from(sign)),
                Ok(letter) if letter.is_ascii() => write!(written, "{}", char::from(letter)),
                Ok(letter) => write!(written, "\\'{letter:02x}"),
                Err(_) => write!(written, "\\u{}?", unit.cast_signed()),
            }
            .expect("a string");
        }
        written
    };
    let body = pieces.iter().map(|piece| match piece {
        Piece::Heading(level, heading) => format!("\\pard\\s{level} {}\\par\n", text(heading)),
        Piece::Paragraph(paragraph, true) => {
            format!("\\pard {{\\b {}}}\\par\n", text(paragraph))
        }
        Piece::Paragraph(paragraph, false) => format!("\\pard {}\\par\n", text(paragraph)),
        Piece::List(numbered, items) => {
            let items = items.iter().enumerate().map(|(index, item)| {
                let label = if *numbered {
                    format!("{}.", index + 1)
                } else {
                    "\\bullet ".into()
                };
                format!(
                    "\\pard{{\\listtext {label}\\tab}}\\ls1 {}\\par\n",
                    text(item)
                )
            });
            items.collect::<Vec<_>>().concat()
        }
        Piece::Table(rows) => {
            let rows = rows.iter().map(|[one, two]| {
                format!(
                    "\\trowd\\cellx9\\cellx99\\pard\\intbl {}\\cell {}\\cell\\row\n",
                    text(one),
                    text(two)
                )
            });
            rows.collect::<Vec<_>>().concat()
        }
    });
    let body = body.collect::<Vec<_>>().concat();
    let styles: Vec<String> = (1..=6)
        .map(|level| format!("{{\\s{level} heading {level};}}"))
        .collect();
    format!("{{\\rtf1\\ansi{{\\stylesheet{}}}{body}}}", styles.concat()).into_bytes()
}

fn html(pieces: &[Piece]) -> Vec<u8> {
    let body = pieces.iter().map(|piece| match piece {
        Piece::Heading(level, text) => format!("<h{level}>{}</h{level}>\n", escaped(text)),
        Piece::Paragraph(text, true) => format!("<p><b>{}</b></p>\n", escaped(text)),
        Piece::Paragraph(text, false) => format!("<p>{}</p>\n", escaped(text)),
        Piece::List(numbered, items) => {
            let name = if *numbered { "ol" } else { "ul" };
            let items = items
                .iter()
                .map(|item| format!("<li>{}</li>\n", escaped(item)));
            format!(
                "<{name}>\n{}</{name}>\n",
                items.collect::<Vec<_>>().concat()
            )
        }
        Piece::Table(rows) => {
            let rows = rows.iter().map(|[one, two]| {
                format!(
                    "<tr><td>{}</td><td>{}</td></tr>\n",
                    escaped(one),
                    escaped(two)
                )
            });
            format!("<table>{}</table>\n", rows.collect::<Vec<_>>().concat())
        }
    });
    let body = body.collect::<Vec<_>>().concat();
    format!("<!DOCTYPE html><meta charset=utf-8>{body}").into_bytes()
}

fn markdown(pieces: &[Piece]) -> Vec<u8> {
    let text = |text: &str| {
        let mut written = String::new();
        for letter in text.chars() {
            if letter.is_ascii_punctuation() {
                written.push('\\');
            }
            written.push(letter);
        }
        written
    };
    let body = pieces.iter().map(|piece| match piece {
        Piece::Heading(level, heading) => {
            format!("{} {}\n\n", "#".repeat(*level), text(heading))
        }
        Piece::Paragraph(paragraph, true) => format!("**{}**\n\n", text(paragraph)),
        Piece::Paragraph(paragraph, false) => format!("{}\n\n", text(paragraph)),
        Piece::List(numbered, items) => {
            let items = items.iter().enumerate().map(|(index, item)| {
                let label = if *numbered {
                    format!("{}.", index + 1)
                } else {
                    "-".into()
                };
                format!("{label} {}\n", text(item))
            });
            items.collect::<Vec<_>>().concat() + "\n"
        }
        Piece::Table(rows) => {
            let mut rows: Vec<String> = rows
                .iter()
                .map(|[one, two]| format!("| {} | {} |\n", text(one), text(two)))
                .collect();
            rows.insert(1, "|---|---|\n".into());
            rows.concat() + "\n"
        }
    });
    let body = body.collect::<Vec<_>>().concat();
    body.into_bytes()
}

fn plain(pieces: &[Piece]) -> Vec<u8> {
    let mut lines = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Heading(_, text) | Piece::Paragraph(text, _) => lines.push(text.clone()),
            Piece::List(_, items) => lines.extend(items.iter().map(|item| format!("• {item}"))),
            Piece::Table(rows) => lines.extend(rows.iter().flatten().cloned()),
        }
    }
    lines.join("\r\n").into_bytes()
}

/// Texts, kinds, levels, labels and bold paragraphs that the pieces must give.
fn expected(pieces: &[Piece]) -> Vec<(String, u8, u8, String, bool)> {
    let mut blocks = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Heading(level, text) => {
                let level = u8::try_from(*level).expect("at most 6");
                blocks.push((text.clone(), kind::HEADING, level, String::new(), false));
            }
            Piece::Paragraph(text, bold) => {
                blocks.push((text.clone(), kind::PARAGRAPH, 0, String::new(), *bold));
            }
            Piece::List(numbered, items) => {
                for (index, item) in items.iter().enumerate() {
                    let label = if *numbered {
                        format!("{}.", index + 1)
                    } else {
                        "•".into()
                    };
                    blocks.push((item.clone(), kind::LIST_ITEM, 1, label, false));
                }
            }
            Piece::Table(rows) => {
                for cell in rows.iter().flatten() {
                    blocks.push((cell.clone(), kind::TABLE_CELL, 0, String::new(), false));
                }
            }
        }
    }
    blocks
}

fn found(document: &Document) -> Vec<(String, u8, u8, String, bool)> {
    let lines = lines(document).into_iter().enumerate();
    lines
        .map(|(block, line)| {
            // Browsers show headings bold; elsewhere their style says so.
            let is_bold =
                document.style[block] & style::BOLD != 0 && document.kind[block] != kind::HEADING;
            (
                line.to_owned(),
                document.kind[block],
                document.level[block],
                labels(document)[block].to_owned(),
                is_bold,
            )
        })
        .collect()
}

/// A document without tables as pieces, to write it anew.
fn pieces(document: &Document) -> Vec<Piece> {
    let lines = lines(document).into_iter().enumerate();
    lines
        .map(|(block, line)| match document.kind[block] {
            kind::HEADING => Piece::Heading(document.level[block].into(), line.to_owned()),
            kind::LIST_ITEM => Piece::List(false, vec![line.to_owned()]),
            _ => Piece::Paragraph(line.to_owned(), false),
        })
        .collect()
}

#[test]
fn the_strong_assignment_reads_the_same_from_every_container() {
    let word = document::<ReadDocx>(strong!("docx"), "a.docx").expect("docx");
    let written = markdown(&pieces(&word));
    let others = [
        ("md", document::<ReadTxt>(&written, "a.md")),
        ("odt", document::<ReadOdt>(strong!("odt"), "a.odt")),
        ("rtf", document::<ReadRtf>(strong!("rtf"), "a.rtf")),
        ("html", document::<ReadHtml>(strong!("html"), "a.html")),
        ("txt", document::<ReadTxt>(strong!("txt"), "a.txt")),
    ];
    assert_eq!(section_words(&word).len(), 8);
    for (container, document) in others {
        let document = document.expect(container);
        assert_eq!(lines(&document), lines(&word), "{container}");
        assert_eq!(
            section_words(&document),
            section_words(&word),
            "{container}"
        );
    }
}

#[test]
fn what_is_read_does_not_depend_on_the_container() {
    for seed in 1..=DOCUMENTS {
        let pieces = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15)).pieces();
        let expected = expected(&pieces);
        for (container, read) in [
            ("docx", document::<ReadDocx>(&docx(&pieces), "a.docx")),
            ("odt", document::<ReadOdt>(&odt(&pieces), "a.odt")),
            ("rtf", document::<ReadRtf>(&rtf(&pieces), "a.rtf")),
            ("html", document::<ReadHtml>(&html(&pieces), "a.html")),
            ("md", document::<ReadTxt>(&markdown(&pieces), "a.md")),
        ] {
            let read = read.expect(container);
            assert_eq!(found(&read), expected, "{container} of document {seed}");
            assert!(read.warnings.is_empty(), "{container} of document {seed}");
        }
        // Plain text has lines and bullets, and nothing else.
        let read = document::<ReadTxt>(&plain(&pieces), "a.txt").expect("txt");
        let texts: Vec<&str> = expected.iter().map(|block| block.0.as_str()).collect();
        assert_eq!(lines(&read), texts, "txt of document {seed}");
    }
}
