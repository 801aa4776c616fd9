//! Small files of each format, made for one case each.

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

use flate2::Compression;
use flate2::write::ZlibEncoder;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// Namespace that the prefix `w` stands for in .docx files.
const WORD: &str = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";
/// Types of the pointers between parts of Office files.
const POINTERS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
/// Namespaces of `OpenDocument` files.
const OPEN_DOCUMENT: &str = "urn:oasis:names:tc:opendocument:xmlns";

/// A zip container of these parts.
///
/// # Panics
/// Where two parts have the same name.
pub fn zipped(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        writer
            .start_file(*name, SimpleFileOptions::default())
            .expect("a new part");
        writer.write_all(bytes).expect("written to memory");
    }
    writer.finish().expect("written to memory").into_inner()
}

fn pointer(id: &str, kind: &str, target: &str) -> String {
    format!("<Relationship Id=\"{id}\" Type=\"{POINTERS}/{kind}\" Target=\"{target}\"/>")
}

/// The whole of a .docx file's main part, for what `body` holds.
pub fn docx_body(body: &str) -> String {
    format!("<w:document xmlns:w=\"{WORD}\"><w:body>{body}</w:body></w:document>")
}

/// A .docx file with this main part, and further parts.
pub fn docx(document: &str, further: &[(&str, &[u8])]) -> Vec<u8> {
    let main = pointer("main", "officeDocument", "word/document.xml");
    let pointers = format!("<Relationships>{main}</Relationships>");
    let mut parts: Vec<(&str, &[u8])> = vec![
        ("[Content_Types].xml", b"<Types/>"),
        ("_rels/.rels", pointers.as_bytes()),
        ("word/document.xml", document.as_bytes()),
    ];
    parts.extend_from_slice(further);
    zipped(&parts)
}

/// A paragraph of a .docx file; `text` is XML.
pub fn paragraph(text: &str) -> String {
    format!("<w:p><w:r><w:t>{text}</w:t></w:r></w:p>")
}

/// Text as XML and HTML have it.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// An .odt file with this body; prefixes are those of the standard.
pub fn odt(text: &str) -> Vec<u8> {
    let content = open_document(&format!("<office:text>{text}</office:text>"));
    zipped(&[
        ("mimetype", b"application/vnd.oasis.opendocument.text"),
        ("content.xml", content.as_bytes()),
    ])
}

/// An .ods file of one sheet with these rows.
pub fn ods(rows: &str) -> Vec<u8> {
    let content = open_document(&format!(
        "<office:spreadsheet><table:table table:name=\"Diary\">{rows}</table:table></office:spreadsheet>"
    ));
    zipped(&[
        (
            "mimetype",
            b"application/vnd.oasis.opendocument.spreadsheet",
        ),
        ("content.xml", content.as_bytes()),
    ])
}

fn open_document(body: &str) -> String {
    format!(
        "<office:document-content xmlns:office=\"{OPEN_DOCUMENT}:office:1.0\" \
         xmlns:text=\"{OPEN_DOCUMENT}:text:1.0\" xmlns:table=\"{OPEN_DOCUMENT}:table:1.0\">\
         <office:body>{body}</office:body></office:document-content>"
    )
}

/// An .xlsx file of one sheet: what its part holds, and the part of shared texts.
pub fn xlsx(sheet: &str, shared: &str) -> Vec<u8> {
    let main = format!(
        "<Relationships>{}</Relationships>",
        pointer("main", "officeDocument", "xl/workbook.xml")
    );
    let pointers = format!(
        "<Relationships>{}{}</Relationships>",
        pointer("s1", "worksheet", "worksheets/sheet1.xml"),
        pointer("s2", "sharedStrings", "sharedStrings.xml"),
    );
    let workbook = "<workbook><sheets><sheet name=\"Diary\" id=\"s1\"/></sheets></workbook>";
    let sheet = format!("<worksheet>{sheet}</worksheet>");
    zipped(&[
        ("[Content_Types].xml", b"<Types/>"),
        ("_rels/.rels", main.as_bytes()),
        ("xl/workbook.xml", workbook.as_bytes()),
        ("xl/_rels/workbook.xml.rels", pointers.as_bytes()),
        ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
        ("xl/sharedStrings.xml", shared.as_bytes()),
    ])
}

/// Bytes as PDF files and zip containers pack them.
///
/// # Panics
/// Never: memory takes all.
pub fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::best());
    packed.write_all(bytes).expect("written to memory");
    packed.finish().expect("written to memory")
}

/// A stream object of a PDF file.
pub fn stream(entries: &str, bytes: &[u8]) -> Vec<u8> {
    let mut object = format!("<< {entries} /Length {} >>\nstream\n", bytes.len()).into_bytes();
    object.extend_from_slice(bytes);
    object.extend_from_slice(b"\nendstream");
    object
}

/// A PDF file of these objects, numbered from 1; the first is the catalog.
///
/// # Panics
/// Never: memory takes all.
pub fn pdf(objects: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = b"%PDF-1.7\n".to_vec();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (at, object) in objects.iter().enumerate() {
        writeln!(table, "{:010} 00000 n ", bytes.len()).expect("written to memory");
        bytes.extend_from_slice(format!("{} 0 obj\n", at + 1).as_bytes());
        bytes.extend_from_slice(object);
        bytes.extend_from_slice(b"\nendobj\n");
    }
    let (start, size) = (bytes.len(), objects.len() + 1);
    let end = format!("trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n");
    bytes.extend_from_slice(table.as_bytes());
    bytes.extend_from_slice(end.as_bytes());
    bytes
}

/// A PDF file of one page with this content, which may use the font `/F1` and
/// the drawing `/X`. Further objects are numbered from 6, where `/X` is.
pub fn pdf_page(content: &[u8], further: &[Vec<u8>]) -> Vec<u8> {
    let mut objects = vec![
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_vec(),
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 5 0 R /Resources << /Font << /F1 4 0 R >> /XObject << /X 6 0 R >> >> >>".to_vec(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>".to_vec(),
        stream("", content),
    ];
    objects.extend_from_slice(further);
    pdf(&objects)
}

/// A page's content: one line of text, without brackets.
pub fn pdf_line(text: &str) -> String {
    format!("BT /F1 12 Tf 50 750 Td ({text}) Tj ET")
}
