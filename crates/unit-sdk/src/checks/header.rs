//! What stands on the first page, and the declaration.

use super::Checks;
use crate::lexicon::Text;
use crate::reader::{kind, part};
use crate::text::and;
use crate::{Block, Document, Section, Status, finding, wit};

/// A fact that the first page should name.
#[derive(Clone, Copy, Debug)]
pub struct HeaderField<'a> {
    /// What people call it, as it reads after “We could not find”: `the centre number`.
    pub name: &'a str,
    /// Terms that begin the line or the table cell before the value.
    pub labels: &'a [&'a str],
    /// Whether the value must hold a digit. Its format is not checked.
    pub has_digit: bool,
}

impl Checks<'_> {
    /// Whether the first page, or the head or foot of the pages, names these
    /// facts (rule `header-fields`). The values are not repeated. Nothing where
    /// there is no document.
    pub fn header_fields(&self, fields: &[HeaderField<'_>], source: &str) -> Vec<wit::Finding> {
        let mut blocks: Vec<Block<'_>> = Vec::new();
        for document in self.evidence.documents() {
            let sections = document.sections();
            let front = sections.filter(|section| section.inner().kind == "front");
            blocks.extend(front.flat_map(Section::blocks));
            blocks.extend(
                document
                    .blocks()
                    .filter(|block| matches!(block.part(), part::HEADER | part::TEXT_BOX)),
            );
        }
        if self.evidence.documents().next().is_none() {
            return Vec::new();
        }
        let (mut missing, mut places) = (Vec::new(), Vec::new());
        for field in fields {
            match value_of(field, &blocks) {
                Some(block) => places.push(block.place()),
                None => missing.push(field.name),
            }
        }
        let report = if missing.is_empty() {
            finding(
                "header-fields",
                Status::Found,
                "The first page names what the mark sheet asks for.",
            )
            .learner("We found the details that the mark sheet asks for on your first page.")
        } else {
            let missing = and(&missing);
            finding(
                "header-fields",
                Status::Look,
                format!("We could not find {missing} on the first page."),
            )
            .learner(format!("We could not find {missing} on your first page. You could add it there, with its name before it."))
        };
        #[expect(
            clippy::cast_precision_loss,
            reason = "a page asks for a handful of facts"
        )]
        let (found, wanted) = (places.len() as f64, fields.len() as f64);
        let report = report
            .source(source)
            .counted(found, Some(wanted), "details");
        vec![places.into_iter().fold(report, wit::Finding::at)]
    }

    /// Whether the declaration of that slot was accepted, or stands in the
    /// document (rule `declaration`). The host lets nothing be handed in without it.
    pub fn declaration(&self, slot: &str) -> Vec<wit::Finding> {
        let documents = self.evidence.documents();
        let line = documents
            .flat_map(Document::sections)
            .find(|section| section.inner().kind == "declaration");
        let report = if self.evidence.accepted(slot) {
            finding(
                "declaration",
                Status::Found,
                "The declaration was accepted.",
            )
        } else if line.is_some() {
            finding(
                "declaration",
                Status::Found,
                "The document holds a declaration. It is accepted on handing in.",
            )
            .learner("We found a declaration in your document. You accept it when you hand in.")
        } else {
            finding(
                "declaration",
                Status::Info,
                "The declaration is accepted on handing in.",
            )
            .learner("You accept the declaration when you hand in.")
        };
        let places = line.map(Section::place);
        vec![places.into_iter().fold(report, wit::Finding::at)]
    }
}

/// The block with the field's label, if a value stands behind it or in the next
/// table cell.
fn value_of<'a>(field: &HeaderField<'_>, blocks: &[Block<'a>]) -> Option<Block<'a>> {
    let is_value = |text: &str| {
        let text = text.trim_matches(|c: char| !c.is_alphanumeric());
        !text.is_empty() && (!field.has_digit || text.contains(|c: char| c.is_ascii_digit()))
    };
    let mut blocks = blocks.iter().peekable();
    while let Some(block) = blocks.next() {
        let text = block.text();
        let parsed = Text::new([text]);
        let labels = parsed.hits(field.labels);
        let Some(label) = labels
            .iter()
            .filter(|hit| hit.words.start == 0)
            .max_by_key(|hit| hit.part.len())
        else {
            continue;
        };
        let behind = &text[text.find(label.part).unwrap_or(0) + label.part.len()..];
        let behind =
            behind.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '*' | '.' | ')'));
        // A label is parted from its value; "Learner voice matters" has none.
        if behind.starts_with([':', '-', '–', '—', '=']) || text.contains('\t') {
            if is_value(behind) {
                return Some(*block);
            }
        } else if is_value(behind) && field.has_digit {
            return Some(*block);
        }
        let next = blocks.peek();
        if behind
            .trim_matches(|c: char| !c.is_alphanumeric())
            .is_empty()
            && next.is_some_and(|next| {
                next.kind() == kind::TABLE_CELL
                    && is_value(next.text())
                    && !next.text().trim_end().ends_with(':')
            })
        {
            return Some(*block);
        }
    }
    None
}
