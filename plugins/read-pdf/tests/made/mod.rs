//! Small PDF files, made for one rule each.

use std::fmt::Write;

use unit_sdk::reader::Reader;
use unit_sdk::reader::wit::{Content, Document, Failure, File, Wanted};

/// Reads a file as a document.
pub(crate) fn read_as(bytes: &[u8], wanted: Wanted) -> Result<Document, Failure> {
    let file = File {
        bytes: bytes.to_vec(),
        media_type: "application/pdf".into(),
        name: "evidence.pdf".into(),
        wanted,
        locale: "en-GB".into(),
    };
    match read_pdf::ReadPdf::read(&file)? {
        Content::Document(document) => Ok(document),
        Content::Tables(_) => panic!("gave tables"),
    }
}

/// The document, or the code of the failure.
pub(crate) fn read(bytes: &[u8]) -> Result<Document, String> {
    read_as(bytes, Wanted::Document).map_err(|failure| failure.code)
}

/// The blocks' texts.
pub(crate) fn lines(document: &Document) -> Vec<&str> {
    document.text.split('\n').collect()
}

/// A stream object.
pub(crate) fn stream(entries: &str, bytes: &[u8]) -> Vec<u8> {
    let mut object = format!("<< {entries} /Length {} >>\nstream\n", bytes.len()).into_bytes();
    object.extend_from_slice(bytes);
    object.extend_from_slice(b"\nendstream");
    object
}

/// A file of these objects, numbered from 1; the first is the catalog.
pub(crate) fn file(objects: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = b"%PDF-1.7\n".to_vec();
    let mut offsets = Vec::new();
    for (at, object) in objects.iter().enumerate() {
        offsets.push(bytes.len());
        bytes.extend_from_slice(format!("{} 0 obj\n", at + 1).as_bytes());
        bytes.extend_from_slice(object);
        bytes.extend_from_slice(b"\nendobj\n");
    }
    let xref = bytes.len();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for offset in offsets {
        writeln!(table, "{offset:010} 00000 n ").expect("written to memory");
    }
    let size = objects.len() + 1;
    write!(
        table,
        "trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{xref}\n%%EOF\n"
    )
    .expect("written to memory");
    bytes.extend_from_slice(table.as_bytes());
    bytes
}

/// A file with these pages' contents. Fonts: `/F1` Helvetica, `/F2` the same in
/// bold, `/F3` of the object 6. Further objects are numbered from 7.
pub(crate) fn pages(contents: &[&str], page: &str, further: &[&str]) -> Vec<u8> {
    let mut objects: Vec<Vec<u8>> = [
        "<< /Type /Catalog /Pages 2 0 R CATALOG >>",
        "",
        "<< /Font << /F1 4 0 R /F2 5 0 R /F3 6 0 R >> /XObject << /X 7 0 R /Y 8 0 R >> >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>",
    ]
    .map(|object| object.as_bytes().to_vec())
    .to_vec();
    let mut further = further.iter();
    let catalog = further.next().copied().unwrap_or_default();
    objects[0] = format!("<< /Type /Catalog /Pages 2 0 R {catalog} >>").into_bytes();
    objects.extend(further.map(|object| object.as_bytes().to_vec()));
    let mut kids = String::new();
    for content in contents {
        objects.push(stream("", content.as_bytes()));
        let content = objects.len();
        objects.push(
            format!(
                "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Resources 3 0 R /Contents {content} 0 R {page} >>"
            )
            .into_bytes(),
        );
        write!(kids, "{} 0 R ", objects.len()).expect("written to memory");
    }
    objects[1] = format!(
        "<< /Type /Pages /Kids [{kids}] /Count {} >>",
        contents.len()
    )
    .into_bytes();
    file(&objects)
}

/// A file of one page with this content.
pub(crate) fn page(content: &str) -> Vec<u8> {
    pages(&[content], "", &[])
}

/// Lines of text, 14 points apart, in 12 points from the top left.
pub(crate) fn text(lines: &[&str]) -> String {
    let shown: Vec<String> = lines.iter().map(|line| format!("({line}) Tj T*")).collect();
    format!("BT /F1 12 Tf 14 TL 50 750 Td {} ET", shown.join(" "))
}
