//! Reads PDF files.
//!
//! A PDF says where letters stand on pages. Where the file also has tags that
//! say what is a heading, a paragraph or a table, and they take in all text,
//! they decide. Else lines are joined by what they look like. What repeats at
//! the edge of pages is page header or footer.

mod annotations;
mod content;
mod encodings;
mod fonts;
mod furniture;
mod grids;
mod labels;
mod limits;
mod lines;
mod paragraphs;
mod passage;
mod tags;

use std::collections::BTreeMap;

use hayro_syntax::object::{Dict, Object, String as PdfString};
use hayro_syntax::{DecryptionError, LoadPdfError, Pdf};
use unit_sdk::reader::wit::{self, Content, Failure, File, Property, Wanted, Warning};
use unit_sdk::reader::{
    Block, MOST_BLOCKS, Reader, document, failure, kind, line, part, style, warning,
};

use crate::annotations::{Added, What, added};
use crate::content::{Interpreter, Page, Run, Tag};
use crate::limits::{Limits, text_string, too_large};
use crate::passage::{Passage, Words};

/// Most pages.
const MOST_PAGES: usize = 5_000;
/// The mark of the format stands within so many bytes; some programs write others before it.
const HEADER_BYTES: usize = 1_024;
/// The end of the file stands within so many of the last bytes.
const TRAILER_BYTES: usize = 64 << 10;
/// Above this share of letters that nothing tells, in hundredths, the text is
/// of no use (our heuristic).
const MOST_UNKNOWN: usize = 10;
/// So many drawn shapes and no text are a text whose letters were drawn (our heuristic).
const MANY_SHAPES: u32 = 500;

/// The reader of PDF files.
#[derive(Debug)]
pub struct ReadPdf;

unit_sdk::reader!(ReadPdf);

impl Reader for ReadPdf {
    fn describe() -> wit::Reader {
        wit::Reader {
            id: "read-pdf".into(),
            version: "1.0.0".into(),
            media_types: vec!["application/pdf".into(), "application/x-pdf".into()],
            extensions: vec!["pdf".into()],
            gives: vec![Wanted::Document],
        }
    }

    fn read(file: &File) -> Result<Content, Failure> {
        if file.wanted == Wanted::Tables {
            return Err(failure(
                "unsupported",
                "Tables cannot be read from a PDF. Please use a spreadsheet or a .csv file.",
            ));
        }
        check_bytes(&file.bytes)?;
        let pdf = Pdf::new(file.bytes.clone()).map_err(refused)?;
        check_pages(&pdf)?;

        let mut limits = Limits::new();
        let mut pages = Vec::new();
        let mut all_added = Vec::new();
        let mut interpreter = Interpreter::new(&mut limits);
        for page in pdf.pages().iter() {
            pages.push(interpreter.page(page)?);
            all_added.push(added(page, interpreter.limits)?);
        }
        let warnings = check_text(&pdf, &pages, &all_added)?;

        let has_fields = all_added
            .iter()
            .flatten()
            .any(|added| added.what == What::Field);
        let words = Words::of(&pages);
        // Values of fields have a place on the page and none among the tags.
        let tagged = (!has_fields)
            .then(|| tags::blocks(&pdf, &pages, &words))
            .flatten();
        let mut blocks = match tagged {
            Some(mut blocks) => {
                add_artifacts(&pages, &mut blocks, &words);
                blocks
            }
            None => by_looks(&pages, &all_added, &words),
        };
        blocks.retain(|block| !block.text.is_empty());
        if !blocks.iter().any(|block| block.part == part::BODY) {
            return Err(no_text(&pages));
        }
        if blocks.len() > MOST_BLOCKS {
            return Err(too_large());
        }
        mark_larger(&mut blocks);
        add_comments(&all_added, &mut blocks);
        let mut document = document(blocks, warnings)?;
        document.properties = properties(&pdf);
        Ok(Content::Document(document))
    }
}

/// Tells apart by the first bytes what is no PDF, and by the last what is cut.
fn check_bytes(bytes: &[u8]) -> Result<(), Failure> {
    if bytes.is_empty() {
        return Err(failure("empty", "The file has no content at all."));
    }
    let holds = |bytes: &[u8], text: &[u8]| bytes.windows(text.len()).any(|window| window == text);
    if !holds(&bytes[..bytes.len().min(HEADER_BYTES)], b"%PDF-") {
        let what = if bytes.starts_with(b"PK\x03\x04") {
            "a zip container, as .docx and .odt files are"
        } else if bytes.starts_with(b"{\\rtf") {
            "an RTF file"
        } else {
            "another format"
        };
        return Err(failure(
            "unsupported",
            format!("This is {what}, not a PDF file."),
        ));
    }
    let end = &bytes[bytes.len().saturating_sub(TRAILER_BYTES)..];
    if holds(end, b"startxref") || holds(end, b"%%EOF") {
        Ok(())
    } else {
        Err(failure(
            "damaged",
            "The PDF has no end, as after a transfer that broke off. Please upload it anew.",
        ))
    }
}

fn refused(error: LoadPdfError) -> Failure {
    match error {
        LoadPdfError::Decryption(DecryptionError::PasswordProtected) => failure(
            "password-protected",
            "The PDF opens only with a password. Please save it without one and upload it anew.",
        ),
        LoadPdfError::Decryption(DecryptionError::UnsupportedAlgorithm) => failure(
            "unsupported",
            "The PDF is protected in a way that cannot be read. Please save it without protection and upload it anew.",
        ),
        LoadPdfError::Decryption(_) | LoadPdfError::Invalid => damaged(),
    }
}

fn damaged() -> Failure {
    failure(
        "damaged",
        "The file begins as a PDF but cannot be followed to its end. Please save it again and upload it anew.",
    )
}

/// Refuses a file that has lost pages, and one with too many.
fn check_pages(pdf: &Pdf) -> Result<(), Failure> {
    let found = pdf.pages().len();
    if found > MOST_PAGES {
        return Err(failure(
            "too-large",
            format!("The PDF has {found} pages; at most {MOST_PAGES} can be read."),
        ));
    }
    let counted = catalog(pdf)
        .and_then(|catalog| catalog.get::<Dict<'_>>("Pages"))
        .and_then(|pages| pages.get::<u32>("Count"))
        .and_then(|count| usize::try_from(count).ok());
    if found == 0 || counted.is_some_and(|counted| counted > found) {
        return Err(damaged());
    }
    Ok(())
}

fn catalog(pdf: &Pdf) -> Option<Dict<'_>> {
    pdf.xref().get::<Dict<'_>>(pdf.xref().root_id())
}

/// Whether there is text, and what could not be taken in.
fn check_text(
    pdf: &Pdf,
    pages: &[Page],
    all_added: &[Vec<Added>],
) -> Result<Vec<Warning>, Failure> {
    let letters = |page: &Page| -> usize {
        let texts = page.runs.iter().flat_map(|run| run.text.chars());
        texts.filter(|letter| !letter.is_whitespace()).count()
    };
    let all: usize = pages.iter().map(letters).sum();
    if all == 0 && all_added.iter().all(Vec::is_empty) {
        return Err(no_text(pages));
    }
    let begins_with_notice = pages
        .first()
        .and_then(|page| page.runs.first())
        .is_some_and(|run| run.text.starts_with("Please wait"));
    if begins_with_notice && annotations::is_dynamic_form(pdf) {
        return Err(failure(
            "unsupported",
            "This form can only be shown by Adobe’s own programs. Please print it to a PDF there and upload that.",
        ));
    }
    let texts = pages.iter().flat_map(|page| &page.runs);
    let unknown: usize = texts
        .map(|run| run.text.matches(char::REPLACEMENT_CHARACTER).count())
        .sum();
    if unknown * 100 > all * MOST_UNKNOWN {
        return Err(failure(
            "unsupported",
            "The PDF shows letters but does not say which they are. Please upload the document that it was made of.",
        ));
    }
    let mut warnings = Vec::new();
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    if unknown > 0 {
        let message = "Letters that the file does not name stand as \u{fffd}.";
        warnings.push(warning("unknown-letters", message, count(unknown)));
    }
    let pictures: u32 = pages.iter().map(|page| page.pictures).sum();
    let scans = pages
        .iter()
        .filter(|page| page.pictures > 0 && letters(page) == 0)
        .count();
    if pictures > 0 {
        let message = match scans {
            0 => "Pictures were not read.".to_owned(),
            1 => "Pictures were not read. One page holds nothing else.".to_owned(),
            scans => format!("Pictures were not read. {scans} pages hold nothing else."),
        };
        warnings.push(warning("pictures", message, pictures));
    }
    let names = catalog(pdf).and_then(|catalog| catalog.get::<Dict<'_>>("Names"));
    if names.is_some_and(|names| names.contains_key("EmbeddedFiles")) {
        warnings.push(warning(
            "embedded-files",
            "Embedded files were not read.",
            1,
        ));
    }
    Ok(warnings)
}

/// Why there is no text.
fn no_text(pages: &[Page]) -> Failure {
    let count = match pages.len() {
        1 => "one page".to_owned(),
        count => format!("{count} pages"),
    };
    let pictures: u32 = pages.iter().map(|page| page.pictures).sum();
    let shapes = pages
        .iter()
        .map(|page| page.shapes)
        .fold(0, u32::saturating_add);
    if pictures > 0 {
        let message = format!("The PDF holds {count} of pictures and no text, as a scan does.");
        failure("image-only", message)
    } else if shapes > MANY_SHAPES {
        let message =
            format!("The PDF holds {count} of drawings and no text; letters may be drawn.");
        failure("image-only", message)
    } else {
        failure("empty", format!("The PDF holds {count} and no text."))
    }
}

/// Blocks of a file without tags.
fn by_looks(pages: &[Page], all_added: &[Vec<Added>], words: &Words<'_>) -> Vec<Block> {
    let mut flows = Vec::new();
    let mut tables = 0;
    let mut beside = Vec::new();
    for (at, page) in pages.iter().enumerate() {
        let number = u32::try_from(at + 1).unwrap_or(u32::MAX);
        let turn = lines::main_turn(page);
        let mut passage = Passage::default();
        for run in page.runs.iter().filter(|run| run.turn != turn) {
            passage.add(run, true, words);
        }
        beside.push(Block {
            page: number,
            ..passage.block()
        });
        let fields: Vec<Run> = all_added[at].iter().flat_map(field_runs).collect();
        if fields.is_empty() {
            flows.extend(lines::flows(page, number, turn, &mut tables));
        } else {
            let page = Page {
                runs: page.runs.iter().cloned().chain(fields).collect(),
                rules: page.rules.clone(),
                posts: page.posts.clone(),
                ..Page::default()
            };
            flows.extend(lines::flows(&page, number, turn, &mut tables));
        }
    }
    let furniture = furniture::take(&mut flows);
    let mut blocks = paragraphs::blocks(&flows, words);
    for taken in furniture {
        let mut passage = Passage::default();
        for run in &taken.runs {
            passage.add(run, false, words);
        }
        blocks.push(Block {
            part: part::HEADER,
            ..passage.block()
        });
    }
    // A watermark stands on every page.
    let texts = furniture::once(beside.iter().map(|block| block.text.as_str()));
    beside.retain(|block| texts.contains(&block.text));
    beside.dedup_by(|a, b| a.text == b.text);
    for block in beside {
        blocks.push(Block {
            part: part::TEXT_BOX,
            anchor: anchor(&blocks, block.page),
            ..block
        });
    }
    blocks
}

/// A field's value as text that stands in its place, one line for each paragraph.
fn field_runs(added: &Added) -> Vec<Run> {
    let texts: Vec<&str> = match added.what {
        What::Field => added.text.split(['\r', '\n']).collect(),
        What::Comment | What::FreeText => Vec::new(),
    };
    let [left, bottom, right, top] = added.place;
    let count = f32::from(u16::try_from(texts.len().max(1)).unwrap_or(u16::MAX));
    let step = (top - bottom) / count;
    let size = step.clamp(6.0, 12.0);
    let mut baseline = top - step / 2.0 - size / 3.0;
    let mut runs = Vec::new();
    for text in texts {
        if !text.trim().is_empty() {
            runs.push(Run::of_field(text, left, right, baseline, size));
        }
        baseline -= step;
    }
    runs
}

/// Texts that the tags leave to the page: headers, footers, page numbers.
fn add_artifacts(pages: &[Page], blocks: &mut Vec<Block>, words: &Words<'_>) {
    let mut texts = Vec::new();
    for page in pages {
        let mut passage = Passage::default();
        let mut baseline = None;
        for run in page.runs.iter().filter(|run| run.tag == Tag::Artifact) {
            if baseline.is_some_and(|known: f32| (known - run.baseline).abs() > run.size * 0.5) {
                texts.push(std::mem::take(&mut passage).block().text);
            }
            passage.add(run, false, words);
            baseline = Some(run.baseline);
        }
        texts.push(passage.block().text);
    }
    for text in furniture::once(texts.iter().map(String::as_str)) {
        blocks.push(Block {
            text,
            part: part::HEADER,
            ..Block::default()
        });
    }
}

/// Marks blocks that are larger than the body text: its size is the one that
/// most of its characters have.
fn mark_larger(blocks: &mut [Block]) {
    let mut sizes = BTreeMap::<u32, usize>::new();
    for block in blocks.iter().filter(|block| {
        block.part == part::BODY && !matches!(block.kind, kind::HEADING | kind::TITLE)
    }) {
        *sizes.entry(block.size).or_default() += block.text.len();
    }
    let Some((usual, _)) = sizes.into_iter().max_by_key(|(_, bytes)| *bytes) else {
        return;
    };
    for block in blocks.iter_mut().filter(|block| block.size > usual) {
        block.style |= style::LARGER;
    }
}

/// Comments, and texts typed onto pages.
fn add_comments(all_added: &[Vec<Added>], blocks: &mut Vec<Block>) {
    for (at, added) in all_added.iter().enumerate() {
        let page = u32::try_from(at + 1).unwrap_or(u32::MAX);
        for added in added {
            let part = match added.what {
                What::Comment => part::COMMENT,
                What::FreeText => part::TEXT_BOX,
                What::Field => continue,
            };
            blocks.push(Block {
                text: line(&added.text),
                part,
                page,
                anchor: anchor(blocks, page),
                ..Block::default()
            });
        }
    }
}

/// The last block of the body on a page or before it.
fn anchor(blocks: &[Block], page: u32) -> u32 {
    let body = blocks.iter().filter(|block| block.part == part::BODY);
    let before = body.filter(|block| block.page <= page).count();
    u32::try_from(before.saturating_sub(1)).unwrap_or(u32::MAX)
}

fn properties(pdf: &Pdf) -> Vec<Property> {
    let metadata = pdf.metadata();
    let text = |bytes: &Option<Box<[u8]>>| bytes.as_ref().map(|bytes| text_string(bytes));
    let language = catalog(pdf)
        .and_then(|catalog| catalog.get::<Object<'_>>("Lang"))
        .and_then(Object::into_string)
        .map(|language: PdfString<'_>| text_string(&language));
    [
        ("title", text(&metadata.title)),
        ("language", language),
        ("pages", Some(pdf.pages().len().to_string())),
        ("producer", text(&metadata.producer)),
    ]
    .into_iter()
    .filter_map(|(name, text)| {
        let text = line(&text?);
        (!text.is_empty()).then(|| Property {
            name: name.into(),
            text,
        })
    })
    .collect()
}
