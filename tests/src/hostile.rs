//! Files that were made to break readers, and what should come of each: the
//! code of a failure, or text that is kept as it stands. Each is made when it
//! is asked for, for some are large.

use unit_host::{Content, FileToRead, UnitHost, Wanted};

use crate::made::{
    deflated, docx, docx_body, escaped, ods, odt, paragraph, pdf, pdf_line, pdf_page, stream, xlsx,
    zipped,
};

/// What people might hope that some program runs: a browser, a template engine,
/// a spreadsheet, a shell.
pub const MARKUP: &str = "<script>alert(1)</script> {{ 7*7 }} {% include 'x' %} ${7*7} =cmd|'/C calc'!A0 '; DROP TABLE x;--";
/// The text of files that are read in spite of all.
const TEXT: &str = "Some text";
/// Beginning of what came of a file that was read.
const READ: &str = "read: ";
/// More bytes than any reader unpacks, and more than a call has memory for.
const BOMB: usize = 100 << 20;
const FLOOD: usize = 300 << 20;
/// Most characters of a text that stand in the table.
const SHOWN: usize = 200;

/// A file that was made to break a reader.
#[derive(Debug)]
pub struct HostileFile {
    /// What it is.
    pub what: &'static str,
    /// The name that it is sent under.
    pub name: &'static str,
    /// What came of it, as [`described`] says it.
    pub expected: String,
    /// Makes its bytes.
    pub bytes: fn() -> Vec<u8>,
}

impl HostileFile {
    /// The file as the host gets it.
    pub fn file(&self) -> FileToRead {
        to_read(self.name, (self.bytes)())
    }
}

/// A file under this name, asked for as what its ending usually holds.
pub fn to_read(name: &str, bytes: Vec<u8>) -> FileToRead {
    let is_table = ["xlsx", "ods", "csv"]
        .iter()
        .any(|ending| name.ends_with(ending));
    FileToRead {
        bytes,
        media_type: String::new(),
        name: name.to_owned(),
        wanted: if is_table {
            Wanted::Tables
        } else {
            Wanted::Document
        },
        locale: "en-GB".to_owned(),
    }
}

/// What comes of a file: the code of the failure, or the first of its text.
/// Blocks and rows are parted by ` / `, cells by ` | `.
pub async fn described(host: &UnitHost, file: FileToRead) -> String {
    let text = match host.read(file).await {
        Err(failure) => return failure.code,
        Ok(Content::Document(document)) => document.text.replace('\n', " / "),
        Ok(Content::Tables(tables)) => {
            let tables = tables.iter().map(|table| {
                let columns: Vec<Vec<&str>> = table
                    .columns
                    .iter()
                    .map(|column| {
                        let heading = Some(column.heading.as_str()).filter(|text| !text.is_empty());
                        heading
                            .into_iter()
                            .chain(column.cells.split('\n'))
                            .collect()
                    })
                    .collect();
                let rows = columns.iter().map(Vec::len).max().unwrap_or_default();
                let cell = |row: usize, column: &Vec<&str>| {
                    column.get(row).copied().unwrap_or("").to_owned()
                };
                let rows = (0..rows).map(|row| {
                    let cells = columns.iter().map(|column| cell(row, column));
                    cells.collect::<Vec<_>>().join(" | ")
                });
                rows.collect::<Vec<_>>().join(" / ")
            });
            tables.collect::<Vec<_>>().join(" // ")
        }
    };
    let shown: String = text.chars().take(SHOWN).collect();
    format!("{READ}{shown}")
}

/// The file ends with this code.
fn refused(
    what: &'static str,
    name: &'static str,
    code: &str,
    bytes: fn() -> Vec<u8>,
) -> HostileFile {
    HostileFile {
        what,
        name,
        expected: code.to_owned(),
        bytes,
    }
}

/// The file is read, and this is its text.
fn read(what: &'static str, name: &'static str, text: &str, bytes: fn() -> Vec<u8>) -> HostileFile {
    HostileFile {
        what,
        name,
        expected: format!("{READ}{text}"),
        bytes,
    }
}

/// All of them.
pub fn files() -> Vec<HostileFile> {
    [containers(), markup_languages(), pdfs(), tables(), texts()]
        .into_iter()
        .flatten()
        .collect()
}

/// What Office files and those of `OpenDocument` are packed in.
fn containers() -> Vec<HostileFile> {
    vec![
        refused("a zip bomb", "bomb.docx", "too-large", || {
            docx(&docx_body(&" ".repeat(BOMB)), &[])
        }),
        refused("a zip bomb in .odt", "bomb.odt", "too-large", || {
            odt(&" ".repeat(BOMB))
        }),
        refused("a zip bomb in .ods", "bomb.ods", "too-large", || {
            ods(&" ".repeat(BOMB))
        }),
        refused("a zip of zips", "nested.docx", "unsupported", || {
            let inner = zipped(&[("0.txt", &vec![0; 1 << 20])]);
            let middle = zipped(&[("0.zip", &inner), ("1.zip", &inner)]);
            zipped(&[("0.zip", &middle), ("1.zip", &middle)])
        }),
        refused(
            "a zip where its text should be",
            "nested.docx",
            "damaged",
            || {
                let inner = docx(&docx_body(&paragraph(TEXT)), &[]);
                zipped(&[
                    ("[Content_Types].xml", b"<Types/>"),
                    ("word/document.xml", &inner),
                ])
            },
        ),
        read(
            "a document beside a zip of zips",
            "nested.docx",
            TEXT,
            || {
                let inner = zipped(&[("0.txt", &vec![0; 1 << 20])]);
                docx(
                    &docx_body(&paragraph(TEXT)),
                    &[("word/embeddings/0.zip", &inner)],
                )
            },
        ),
        read(
            "names that climb out of the folder",
            "climb.docx",
            TEXT,
            || {
                docx(
                    &docx_body(&paragraph(TEXT)),
                    &[
                        ("../../../../etc/cron.d/markbridge", b"* * * * * root id"),
                        ("/etc/passwd", b"root::0:0"),
                        ("C:\\Windows\\win.ini", b"x"),
                        ("word/../../document.xml", b"<x/>"),
                    ],
                )
            },
        ),
        refused(
            "a pointer that climbs out of the container",
            "climb.docx",
            "damaged",
            || {
                let pointers = b"<Relationships><Relationship Id=\"a\" Type=\"x/officeDocument\" Target=\"../../../../etc/passwd\"/></Relationships>";
                zipped(&[
                    ("[Content_Types].xml", b"<Types/>"),
                    ("_rels/.rels", pointers),
                    ("word/x.xml", b""),
                ])
            },
        ),
        refused(
            "a hundred thousand parts",
            "parts.docx",
            "too-large",
            || {
                let names: Vec<String> = (0..100_000)
                    .map(|number| format!("word/{number}"))
                    .collect();
                let parts: Vec<(&str, &[u8])> =
                    names.iter().map(|name| (name.as_str(), &b""[..])).collect();
                zipped(&parts)
            },
        ),
        read(
            "a part that says it is 4 GiB, and is not",
            "length.docx",
            TEXT,
            || {
                let mut bytes = docx(&docx_body(&paragraph(TEXT)), &[]);
                // Sizes in the list of parts stand 20 bytes behind its signature.
                let entry = bytes
                    .windows(4)
                    .rposition(|four| four == b"PK\x01\x02")
                    .expect("a list of parts");
                bytes[entry + 20..entry + 28].fill(0xfe);
                bytes
            },
        ),
        refused("half a container", "half.docx", "damaged", || {
            let bytes = docx(&docx_body(&paragraph(TEXT)), &[]);
            bytes[..bytes.len() / 2].to_vec()
        }),
    ]
}

/// Entities that grow ten times each, ten deep.
fn entities(element: &str) -> String {
    let declared = (1..10).map(|level| {
        let inner = format!("&e{};", level - 1).repeat(10);
        format!("<!ENTITY e{level} \"{inner}\">")
    });
    let declared: Vec<String> = declared.collect();
    let declared = format!("<!ENTITY e0 \"ha\">{}", declared.concat());
    format!("<!DOCTYPE {element} [{declared}]>")
}

/// XML of all formats, RTF and HTML.
fn markup_languages() -> Vec<HostileFile> {
    vec![
        refused("entities that grow", "entities.docx", "damaged", || {
            docx(
                &(entities("w:document") + &docx_body(&paragraph("&e9;"))),
                &[],
            )
        }),
        refused(
            "entities that grow in .odt",
            "entities.odt",
            "damaged",
            || {
                let content = entities("x") + "<x>&e9;</x>";
                zipped(&[
                    ("mimetype", b"application/vnd.oasis.opendocument.text"),
                    ("content.xml", content.as_bytes()),
                ])
            },
        ),
        refused(
            "entities that grow in .xlsx",
            "entities.xlsx",
            "damaged",
            || {
                let shared = entities("sst") + "<sst><si><t>&e9;</t></si></sst>";
                xlsx(
                    "<sheetData><row><c t=\"s\"><v>0</v></c></row></sheetData>",
                    &shared,
                )
            },
        ),
        read(
            "entities that grow in .html",
            "entities.html",
            "]> / &e9;",
            || (entities("html") + "<p>&e9;</p>").into_bytes(),
        ),
        refused(
            "an entity of another file",
            "external.docx",
            "damaged",
            || {
                let declared = "<!DOCTYPE w:document [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>";
                docx(&(declared.to_owned() + &docx_body(&paragraph("&x;"))), &[])
            },
        ),
        refused(
            "a document type of another server",
            "external.docx",
            "damaged",
            || {
                let declared = "<!DOCTYPE w:document SYSTEM \"http://127.0.0.1:9/x.dtd\">";
                docx(&(declared.to_owned() + &docx_body(&paragraph(TEXT))), &[])
            },
        ),
        read("a page that fetches", "external.html", TEXT, || {
            format!("<!DOCTYPE html SYSTEM \"http://127.0.0.1:9/x\"><link rel=stylesheet href=http://127.0.0.1:9/x><p>{TEXT}<iframe src=file:///etc/passwd></iframe>").into_bytes()
        }),
        refused("5,000 levels", "deep.docx", "too-large", || {
            let (open, close) = ("<w:sdt>".repeat(5_000), "</w:sdt>".repeat(5_000));
            docx(
                &docx_body(&format!("{open}{}{close}", paragraph(TEXT))),
                &[],
            )
        }),
        refused(
            "5,000 levels of lists in .odt",
            "deep.odt",
            "too-large",
            || {
                let open = "<text:list><text:list-item>".repeat(2_500);
                odt(&format!(
                    "{open}<text:p>{TEXT}</text:p>{}",
                    "</text:list-item></text:list>".repeat(2_500)
                ))
            },
        ),
        refused("5,000 levels in .ods", "deep.ods", "too-large", || {
            ods(&"<table:table-row-group>".repeat(5_000))
        }),
        refused("5,000 levels in .xlsx", "deep.xlsx", "too-large", || {
            xlsx(&"<a>".repeat(5_000), "<sst/>")
        }),
        refused(
            "a million levels in .html",
            "deep.html",
            "too-large",
            || "<div>".repeat(1_000_000).into_bytes(),
        ),
        refused(
            "two million groups in .rtf",
            "deep.rtf",
            "too-large",
            || format!("{{\\rtf1 {}", "{".repeat(2_000_000)).into_bytes(),
        ),
        refused(
            "binary of 2 GiB, so it says, in .rtf",
            "length.rtf",
            "damaged",
            || format!("{{\\rtf1 {TEXT}\\par\\bin2147483647 x}}").into_bytes(),
        ),
        read(
            "numbers out of all bounds in .rtf",
            "numbers.rtf",
            TEXT,
            || {
                format!("{{\\rtf1\\ansicpg99999\\u-99999999999 ?\\fs-1\\li99999999999999999999 {TEXT}\\par\\uc4294967295}}").into_bytes()
            },
        ),
        read(
            "a cell over a thousand million columns",
            "cell.html",
            TEXT,
            || {
                format!("<table><tr><td colspan=999999999 rowspan=999999999>{TEXT}</table>")
                    .into_bytes()
            },
        ),
        refused(
            "an attribute of 20 MiB",
            "attribute.docx",
            "too-large",
            || {
                docx(
                    &docx_body(&format!("<w:p w:x=\"{}\"/>", "x".repeat(20 << 20))),
                    &[],
                )
            },
        ),
        refused("100,001 paragraphs", "many.docx", "too-large", || {
            docx(&docx_body(&paragraph("x").repeat(100_001)), &[])
        }),
    ]
}

/// Objects of a PDF file of one page: catalog, pages, page, content.
fn bare_pdf(content: Vec<u8>) -> Vec<Vec<u8>> {
    vec![
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_vec(),
        b"<< /Type /Page /Parent 2 0 R /Contents 4 0 R >>".to_vec(),
        content,
    ]
}

/// A PDF file that ends with this stream as its table of objects. Its objects
/// are at hand only if that can be read.
fn pdf_with_table(before: &[u8], entries: &str, table: &[u8]) -> Vec<u8> {
    let mut bytes = b"%PDF-1.7\n".to_vec();
    bytes.extend_from_slice(before);
    let start = bytes.len();
    bytes.extend_from_slice(b"9 0 obj\n");
    bytes.extend_from_slice(&stream(
        &format!("/Type /XRef /Root 1 0 R {entries}"),
        table,
    ));
    bytes.extend_from_slice(format!("\nendobj\nstartxref\n{start}\n%%EOF\n").as_bytes());
    bytes
}

fn pdfs() -> Vec<HostileFile> {
    vec![
        read("a drawing that draws itself", "itself.pdf", TEXT, || {
            let form = "/Type /XObject /Subtype /Form /Resources << /XObject << /X 6 0 R >> >>";
            let form = stream(form, b"/X Do /X Do");
            pdf_page(format!("/X Do {}", pdf_line(TEXT)).as_bytes(), &[form])
        }),
        refused(
            "drawings that draw the next ten times, 16 deep",
            "drawings.pdf",
            "too-large",
            || {
                let forms: Vec<_> = (7..23)
                .map(|next| {
                    let form = format!("/Type /XObject /Subtype /Form /Level {next} /Resources << /XObject << /X {next} 0 R >> >>");
                    stream(&form, "/X Do ".repeat(10).as_bytes())
                })
                .collect();
                pdf_page(b"/X Do", &forms)
            },
        ),
        refused(
            "pages that hold themselves",
            "circle.pdf",
            "damaged",
            || {
                pdf(&[
                    b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
                    b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 2 >>".to_vec(),
                ])
            },
        ),
        refused(
            "ten thousand million pages in ten objects",
            "pages.pdf",
            "damaged",
            || {
                let mut objects = vec![b"<< /Type /Catalog /Pages 2 0 R >>".to_vec()];
                for next in 3..13 {
                    let kids = format!("{next} 0 R ").repeat(10);
                    objects
                        .push(format!("<< /Type /Pages /Kids [{kids}] /Count 10 >>").into_bytes());
                }
                objects.push(b"<< /Type /Page /Parent 2 0 R >>".to_vec());
                pdf(&objects)
            },
        ),
        refused(
            "a stream of objects that is in itself",
            "itself.pdf",
            "empty",
            || {
                let packed = b"5 0 6 1 99 99";
                let mut objects = bare_pdf(stream("", b"BT ET"));
                objects.push(stream("/Type /ObjStm /N 2 /First 8 /Extends 5 0 R", packed));
                pdf(&objects)
            },
        ),
        refused(
            "a table of objects that goes round",
            "round.pdf",
            "damaged",
            || {
                b"%PDF-1.7\nxref\n0 0\ntrailer << /Root 1 0 R /Prev 9 >>\nstartxref\n9\n%%EOF"
                    .to_vec()
            },
        ),
        read("arrays 20,000 deep", "deep.pdf", TEXT, || {
            let deep = format!("{}{}", "[".repeat(20_000), "]".repeat(20_000));
            pdf_page(
                format!("{} {deep} TJ", pdf_line(TEXT)).as_bytes(),
                &[deep.clone().into_bytes()],
            )
        }),
        refused(
            "a content that unpacks to 100 MiB",
            "bomb.pdf",
            "too-large",
            || {
                pdf(&bare_pdf(stream(
                    "/Filter /FlateDecode",
                    &deflated(&vec![b' '; BOMB]),
                )))
            },
        ),
        refused(
            "a content packed twice",
            "bomb.pdf",
            "out-of-memory",
            || {
                let packed = deflated(&deflated(&vec![b' '; FLOOD]));
                pdf(&bare_pdf(stream(
                    "/Filter [/FlateDecode /FlateDecode]",
                    &packed,
                )))
            },
        ),
        refused(
            "a content with a predictor that unpacks to 300 MiB",
            "bomb.pdf",
            "out-of-memory",
            || {
                let packed = deflated(&vec![0; FLOOD]);
                pdf(&bare_pdf(stream(
                    "/Filter /FlateDecode /DecodeParms << /Predictor 15 /Columns 4 >>",
                    &packed,
                )))
            },
        ),
        refused(
            "a stream of objects that unpacks to 300 MiB",
            "objects.pdf",
            "out-of-memory",
            || {
                let packed = deflated(&vec![b' '; FLOOD]);
                let objects = stream(
                    "/Type /ObjStm /N 3 /First 100 /Filter /FlateDecode",
                    &packed,
                );
                let mut before = b"5 0 obj\n".to_vec();
                before.extend_from_slice(&objects);
                before.extend_from_slice(b"\nendobj\n");
                // Objects 0 to 4: the first three of the stream are catalog, pages and page.
                let table = [
                    [0, 0, 0, 0],
                    [2, 0, 5, 0],
                    [2, 0, 5, 1],
                    [2, 0, 5, 2],
                    [0, 0, 0, 0],
                    [1, 0, 9, 0],
                ];
                pdf_with_table(&before, "/Size 6 /W [1 2 1]", &table.concat())
            },
        ),
        refused(
            "a table of objects that unpacks to 300 MiB",
            "table.pdf",
            "out-of-memory",
            || {
                let packed = deflated(&vec![0; FLOOD]);
                pdf_with_table(
                    b"",
                    "/Size 100000000 /W [1 2 1] /Filter /FlateDecode",
                    &packed,
                )
            },
        ),
        refused(
            "a table of objects that says it is huge",
            "table.pdf",
            "damaged",
            || {
                pdf_with_table(
                    b"",
                    "/Size 4294967295 /Index [0 4294967295] /W [8 8 8]",
                    &[0; 48],
                )
            },
        ),
        refused(
            "an old table that says it is huge",
            "table.pdf",
            "damaged",
            || {
                b"%PDF-1.7\nxref\n0 4294967295\ntrailer << /Root 1 0 R >>\nstartxref\n9\n%%EOF"
                    .to_vec()
            },
        ),
        refused("rows of no length", "columns.pdf", "empty", || {
            let packed = deflated(&[0; 1_000]);
            let entries = "/Filter /FlateDecode /DecodeParms << /Predictor 2 /Colors 32 >>";
            pdf(&bare_pdf(stream(entries, &packed)))
        }),
        refused(
            "rows of two thousand million columns, so it says",
            "columns.pdf",
            "empty",
            || {
                let packed = deflated(&[0; 1_000]);
                pdf(&bare_pdf(stream(
                    "/Filter /FlateDecode /DecodeParms << /Predictor 15 /Columns 2000000000 /Colors 32 /BitsPerComponent 16 >>",
                    &packed,
                )))
            },
        ),
        read(
            "lengths of a hundred thousand million bytes",
            "length.pdf",
            TEXT,
            || {
                let bytes = pdf_page(pdf_line(TEXT).as_bytes(), &[]);
                let text = String::from_utf8(bytes).expect("plain text");
                text.replace("/Length ", "/Length 999999999").into_bytes()
            },
        ),
        read(
            "a picture of 4,000 million dots",
            "picture.pdf",
            TEXT,
            || {
                let picture = stream(
                    "/Type /XObject /Subtype /Image /Width 4294967295 /Height 4294967295 /BitsPerComponent 16 /ColorSpace /DeviceCMYK /Filter [/JBIG2Decode]",
                    b"x",
                );
                pdf_page(format!("/X Do {}", pdf_line(TEXT)).as_bytes(), &[picture])
            },
        ),
        read("a script", "script.pdf", TEXT, || {
            let mut objects = bare_pdf(stream("", pdf_line(TEXT).as_bytes()));
            objects[0] = b"<< /Type /Catalog /Pages 2 0 R /OpenAction << /S /JavaScript /JS (app.launchURL\\('http://127.0.0.1:9'\\)) >> >>".to_vec();
            objects[2] = b"<< /Type /Page /Parent 2 0 R /Contents 4 0 R /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>".to_vec();
            pdf(&objects)
        }),
    ]
}

/// A row of a sheet that holds this in its two cells.
fn xlsx_row(cells: &str) -> String {
    format!("<sheetData><row r=\"1\">{cells}</row></sheetData>")
}

fn tables() -> Vec<HostileFile> {
    vec![
        read(
            "ten million separators",
            "separators.csv",
            "Client | Hours / A | 1",
            || {
                let far = ",".repeat(5_000_000);
                format!("Client{far}Hours\nA{far}1").into_bytes()
            },
        ),
        refused(
            "two and a half million rows",
            "rows.csv",
            "too-large",
            || "a,b\n".repeat(2_500_000).into_bytes(),
        ),
        read(
            "a quotation mark that nothing closes",
            "quote.csv",
            "Date | Client / 03/02/2026 | \"Client A / 04/02/2026 | Client B",
            || b"Date,Client\n03/02/2026,\"Client A\n04/02/2026,Client B".to_vec(),
        ),
        refused(
            "a million quotation marks that nothing closes",
            "quotes.csv",
            "too-large",
            || "\"a\n".repeat(1_000_000).into_bytes(),
        ),
        refused("a million columns", "columns.xlsx", "too-large", || {
            xlsx(&xlsx_row(&"<c><v>1</v></c>".repeat(1_000_000)), "<sst/>")
        }),
        refused(
            "a million columns, so it says, in .ods",
            "columns.ods",
            "too-large",
            || {
                ods(
                    "<table:table-row><table:table-cell table:number-columns-repeated=\"1000000\"><text:p>1</text:p></table:table-cell></table:table-row>",
                )
            },
        ),
        refused(
            "four thousand million rows, so it says, in .ods",
            "rows.ods",
            "too-large",
            || {
                ods(
                    "<table:table-row table:number-rows-repeated=\"4294967295\"><table:table-cell><text:p>1</text:p></table:table-cell></table:table-row>",
                )
            },
        ),
        refused(
            "a blank in four thousand million rows, so it says, in .ods",
            "rows.ods",
            "empty",
            || {
                ods(
                    "<table:table-row table:number-rows-repeated=\"4294967295\"><table:table-cell><text:p>\x7f</text:p></table:table-cell></table:table-row>",
                )
            },
        ),
        refused(
            "16,384 hidden columns and a million cells in .ods",
            "columns.ods",
            "too-large",
            || {
                let columns = "<table:table-column table:visibility=\"collapse\"/>".repeat(16_384);
                let cell = "<table:table-cell table:number-columns-repeated=\"17000\"><text:p>1</text:p></table:table-cell>";
                let row = format!(
                    "<table:table-row><table:table-cell table:number-columns-repeated=\"16320\"/>{cell}</table:table-row>"
                );
                ods(&(columns + &row.repeat(21_000)))
            },
        ),
        read("a cell far away", "far.xlsx", "Some text |  /  | 1", || {
            let far = "<row r=\"4294967295\"><c r=\"ZZZZZZ4294967295\"><v>1</v></c></row>";
            let sheet = format!(
                "<dimension ref=\"A1:XFD1048576\"/><sheetData><row r=\"1\"><c r=\"A1\" t=\"str\"><v>{TEXT}</v></c></row>{far}</sheetData>"
            );
            xlsx(&sheet, "<sst/>")
        }),
        refused(
            "one text of a MiB in ten thousand cells",
            "shared.xlsx",
            "too-large",
            || {
                let shared = format!("<sst><si><t>{}</t></si></sst>", "x".repeat(1 << 20));
                let rows = "<row><c t=\"s\"><v>0</v></c></row>".repeat(10_000);
                xlsx(&format!("<sheetData>{rows}</sheetData>"), &shared)
            },
        ),
        refused(
            "shared texts that unpack to 100 MiB",
            "shared.xlsx",
            "too-large",
            || xlsx(&xlsx_row("<c><v>1</v></c>"), &" ".repeat(BOMB)),
        ),
        refused(
            "two and a half million hidden cells",
            "hidden.xlsx",
            "empty",
            || {
                let hidden: Vec<String> = (1..=16_384)
                    .map(|column| format!("<col min=\"{column}\" max=\"{column}\" hidden=\"1\"/>"))
                    .collect();
                let row = format!("<row>{}</row>", "<c r=\"XFD1\"><v>1</v></c>".repeat(1_000));
                xlsx(
                    &format!(
                        "<cols>{}</cols><sheetData>{}</sheetData>",
                        hidden.concat(),
                        row.repeat(2_500)
                    ),
                    "<sst/>",
                )
            },
        ),
        read(
            "formulas",
            "formulas.xlsx",
            "Sum | 3 / =cmd|'/C calc'!A0 | 3",
            || {
                let heading = "<c t=\"str\"><v>Sum</v></c><c><f>1+2</f><v>3</v></c>";
                let cells = "<c t=\"str\"><f>cmd|'/C calc'!A0</f><v>=cmd|'/C calc'!A0</v></c><c><f>WEBSERVICE(\"http://127.0.0.1:9\")</f><v>3</v></c>";
                xlsx(
                    &format!("<sheetData><row>{heading}</row><row>{cells}</row></sheetData>"),
                    "<sst/>",
                )
            },
        ),
        read(
            "formulas in text",
            "formulas.csv",
            "Date | Client / =cmd|'/C calc'!A0 | @SUM(1+1) / +1 | -1",
            || b"Date,Client\n=cmd|'/C calc'!A0,@SUM(1+1)\n+1,-1".to_vec(),
        ),
        read(
            "markup in cells",
            "markup.csv",
            &format!("Date | Client / 03/02/2026 | {MARKUP}"),
            || format!("Date,Client\n03/02/2026,{MARKUP}").into_bytes(),
        ),
        read(
            "markup in cells of .xlsx",
            "markup.xlsx",
            &format!("Date | Client / 03/02/2026 | {MARKUP}"),
            || {
                let text = |text: &str| format!("<c t=\"str\"><v>{}</v></c>", escaped(text));
                let rows = [["Date", "Client"], ["03/02/2026", MARKUP]]
                    .map(|cells| format!("<row>{}</row>", cells.map(text).concat()));
                xlsx(
                    &format!("<sheetData>{}</sheetData>", rows.concat()),
                    "<sst/>",
                )
            },
        ),
    ]
}

/// Text that some program might run, in each format of prose.
fn texts() -> Vec<HostileFile> {
    vec![
        read("markup", "markup.docx", MARKUP, || {
            docx(&docx_body(&paragraph(&escaped(MARKUP))), &[])
        }),
        read("markup in .odt", "markup.odt", MARKUP, || {
            odt(&format!("<text:p>{}</text:p>", escaped(MARKUP)))
        }),
        read("markup in .txt", "markup.txt", MARKUP, || {
            MARKUP.as_bytes().to_vec()
        }),
        read("markup in .html", "markup.html", MARKUP, || {
            format!("<p>{}<script>alert(2)</script>", escaped(MARKUP)).into_bytes()
        }),
        read("markup in .rtf", "markup.rtf", MARKUP, || {
            let text = MARKUP.replace('{', "\\{").replace('}', "\\}");
            format!("{{\\rtf1 {text}}}").into_bytes()
        }),
        read("markup in .pdf", "markup.pdf", MARKUP, || {
            let text = MARKUP.replace('(', "\\(").replace(')', "\\)");
            pdf_page(pdf_line(&text).as_bytes(), &[])
        }),
        refused("a line of 5 MiB", "long.txt", "too-large", || {
            vec![b'x'; 5 << 20]
        }),
        refused("two million lines", "lines.txt", "too-large", || {
            "x\n".repeat(2_000_000).into_bytes()
        }),
        read(
            "a hundred thousand quotations within each other",
            "deep.md",
            TEXT,
            || format!("{TEXT}\n\n{}", "> ".repeat(100_000)).into_bytes(),
        ),
        refused(
            "nothing but control characters",
            "control.txt",
            "empty",
            || vec![1; 100_000],
        ),
    ]
}
