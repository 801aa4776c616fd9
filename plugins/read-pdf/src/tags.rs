//! The file's own structure, where it has one: headings, paragraphs, lists and
//! tables, each with the numbers of the contents that belong to it.

use std::collections::{HashMap, HashSet};

use hayro_syntax::Pdf;
use hayro_syntax::object::{
    Array, Dict, MaybeRef, Name, ObjRef, Object, ObjectIdentifier, String as PdfString,
};
use unit_sdk::reader::{Block, kind, part};

use crate::content::{Page, Run, Tag};
use crate::labels;
use crate::lines::underline;
use crate::passage::{Passage, Words};

/// Most levels of elements; browsers nest them as deep as web pages do.
const MOST_LEVELS: usize = 128;
/// Most elements that are looked at.
const MOST_ELEMENTS: usize = 400_000;
/// So much of the text must be in the structure for it to be trusted, in
/// hundredths (our heuristic).
const LEAST_TAGGED: usize = 95;

/// An element of the structure that holds text.
#[derive(Clone, Debug, Default)]
struct Element {
    kind: u8,
    level: u8,
    part: u8,
    cell: [u32; 3],
    /// Pages and numbers of its contents.
    contents: Vec<(usize, u32)>,
    /// Those of its label.
    label: Vec<(usize, u32)>,
}

/// What holds for the elements within another.
#[derive(Clone, Debug, Default)]
struct Around {
    kind: u8,
    level: u8,
    part: u8,
    cell: [u32; 3],
    page: Option<usize>,
    list_depth: u8,
    in_label: bool,
}

struct Walk<'a> {
    pdf: &'a Pdf,
    pages: HashMap<ObjectIdentifier, usize>,
    roles: Option<Dict<'a>>,
    elements: Vec<Element>,
    /// Whether the last element may take further contents.
    is_open: bool,
    /// The label of a list item that has no text yet.
    label: Vec<(usize, u32)>,
    seen: HashSet<ObjectIdentifier>,
    left: usize,
    tables: u32,
    row: u32,
    column: u32,
}

/// The blocks of a file by its structure; none where it has none, or where the
/// structure leaves text out.
pub(crate) fn blocks(pdf: &Pdf, pages: &[Page], words: &Words<'_>) -> Option<Vec<Block>> {
    let catalog = pdf.xref().get::<Dict<'_>>(pdf.xref().root_id())?;
    let root = catalog.get::<Dict<'_>>("StructTreeRoot")?;
    let mut walk = Walk {
        pdf,
        pages: pdf
            .pages()
            .iter()
            .enumerate()
            .filter_map(|(at, page)| Some((page.raw().obj_id()?, at)))
            .collect(),
        roles: root.get::<Dict<'_>>("RoleMap"),
        elements: Vec::new(),
        is_open: false,
        label: Vec::new(),
        seen: HashSet::new(),
        left: MOST_ELEMENTS,
        tables: 0,
        row: 0,
        column: 0,
    };
    walk.kids(&root, &Around::default(), 0);
    let contents = contents(pages);
    let bytes = |tagged: &mut dyn Iterator<Item = &(usize, u32)>| -> usize {
        let runs = tagged.filter_map(|content| contents.get(content)).flatten();
        runs.map(|run| run.text.len()).sum()
    };
    let used: HashSet<(usize, u32)> = walk
        .elements
        .iter()
        .flat_map(|element| element.contents.iter().chain(&element.label))
        .copied()
        .collect();
    let tagged = bytes(&mut used.iter());
    let all: usize = pages
        .iter()
        .flat_map(|page| &page.runs)
        .filter(|run| run.tag != Tag::Artifact)
        .map(|run| run.text.len())
        .sum();
    if tagged == 0 || tagged * 100 < all * LEAST_TAGGED {
        return None;
    }
    let mut blocks: Vec<Block> = walk
        .elements
        .iter()
        .map(|element| block(element, &contents, words))
        .collect();
    // Little text outside of the structure is text beside the body.
    for (at, page) in pages.iter().enumerate() {
        let mut passage = Passage::default();
        for run in &page.runs {
            let is_left_out = match run.tag {
                Tag::Artifact => false,
                Tag::None => true,
                Tag::Content(number) => !used.contains(&(at, number)),
            };
            if is_left_out {
                passage.add(run, true, words);
            }
        }
        blocks.push(Block {
            part: part::TEXT_BOX,
            page: u32::try_from(at + 1).unwrap_or(u32::MAX),
            anchor: u32::try_from(walk.elements.len().saturating_sub(1)).unwrap_or(0),
            ..passage.block()
        });
    }
    Some(blocks)
}

/// The runs of each content, in the order in which they were drawn.
fn contents(pages: &[Page]) -> HashMap<(usize, u32), Vec<Run>> {
    let mut contents: HashMap<(usize, u32), Vec<Run>> = HashMap::new();
    for (at, page) in pages.iter().enumerate() {
        let mut runs = page.runs.clone();
        underline(&mut runs, &page.rules);
        for run in runs {
            if let Tag::Content(number) = run.tag {
                contents.entry((at, number)).or_default().push(run);
            }
        }
    }
    contents
}

fn block(
    element: &Element,
    contents: &HashMap<(usize, u32), Vec<Run>>,
    words: &Words<'_>,
) -> Block {
    let passage = |tagged: &[(usize, u32)]| {
        let mut passage = Passage::default();
        let mut first_line = Vec::new();
        let mut before: Option<&Run> = None;
        for run in tagged.iter().filter_map(|at| contents.get(at)).flatten() {
            let is_new_line = before.is_some_and(|before| {
                (before.baseline - run.baseline).abs() > 0.5 * run.size.max(before.size)
                    || run.left < before.left
            });
            if !is_new_line && first_line.len() < 2 {
                first_line.push(run.clone());
            }
            passage.add(run, is_new_line, words);
            before = Some(run);
        }
        (passage.block(), first_line)
    };
    let (mut block, first_line) = passage(&element.contents);
    block.kind = element.kind;
    block.level = element.level;
    block.part = element.part;
    block.cell = element.cell;
    block.page = element
        .contents
        .first()
        .map_or(0, |(page, _)| u32::try_from(page + 1).unwrap_or(u32::MAX));
    let label = passage(&element.label).0.text;
    if !label.is_empty() {
        block.label = label;
    } else if matches!(element.kind, kind::LIST_ITEM | kind::PARAGRAPH) {
        let level = element.level;
        labels::take(&mut block, &first_line);
        block.level = level.max(block.level);
    }
    block
}

impl Walk<'_> {
    fn kids(&mut self, element: &Dict<'_>, around: &Around, level: usize) {
        match element.get_raw::<Object<'_>>("K") {
            Some(MaybeRef::NotRef(Object::Array(kids))) => self.list(&kids, around, level),
            Some(MaybeRef::NotRef(kid)) => self.kid(&kid, around, level),
            Some(MaybeRef::Ref(reference)) => self.reference(reference, around, level),
            None => {}
        }
    }

    fn list(&mut self, kids: &Array<'_>, around: &Around, level: usize) {
        for kid in kids.raw_iter() {
            match kid {
                MaybeRef::Ref(reference) => self.reference(reference, around, level),
                MaybeRef::NotRef(kid) => self.kid(&kid, around, level),
            }
        }
    }

    fn reference(&mut self, reference: ObjRef, around: &Around, level: usize) {
        let id = ObjectIdentifier::from(reference);
        if self.seen.insert(id)
            && let Some(kid) = self.pdf.xref().get::<Object<'_>>(id)
        {
            self.kid(&kid, around, level);
        }
    }

    fn kid(&mut self, kid: &Object<'_>, around: &Around, level: usize) {
        if level > MOST_LEVELS || self.left == 0 {
            return;
        }
        self.left -= 1;
        match kid {
            Object::Number(number) => {
                if let Ok(number) = u32::try_from(number.as_i64()) {
                    self.content(around.page, number, around);
                }
            }
            Object::Array(kids) => self.list(kids, around, level + 1),
            Object::Dict(dict) => {
                let page = self.page(dict).or(around.page);
                if let Some(number) = dict.get::<u32>("MCID") {
                    // Contents of drawings have numbers of their own.
                    if !dict.contains_key("Stm") {
                        self.content(page, number, around);
                    }
                } else {
                    self.element(dict, page, around, level);
                }
            }
            _ => {}
        }
    }

    fn page(&self, dict: &Dict<'_>) -> Option<usize> {
        let page = dict.get_ref("Pg")?;
        self.pages.get(&page.into()).copied()
    }

    /// The standard name of an element, and its own.
    fn role(&self, dict: &Dict<'_>) -> (String, String) {
        let own = dict.get::<Name<'_>>("S");
        let own = own.as_ref().map_or("", Name::as_str).to_owned();
        let mut role = own.clone();
        // Names may stand for names; the table may run in a circle.
        for _ in 0..8 {
            let mapped = self
                .roles
                .as_ref()
                .and_then(|roles| roles.get::<Name<'_>>(&role));
            match mapped {
                Some(next) if next.as_str() != role => next.as_str().clone_into(&mut role),
                _ => break,
            }
        }
        (role, own)
    }

    fn element(&mut self, dict: &Dict<'_>, page: Option<usize>, around: &Around, level: usize) {
        let (role, own) = self.role(dict);
        let mut inner = Around {
            page,
            ..around.clone()
        };
        let mut is_block = true;
        match role.as_str() {
            "Title" => inner.kind = kind::TITLE,
            "H" => (inner.kind, inner.level) = (kind::HEADING, 1),
            "L" => inner.list_depth = around.list_depth.saturating_add(1),
            "LI" => {
                (inner.kind, inner.level) = (kind::LIST_ITEM, inner.list_depth.max(1));
                self.label.clear();
            }
            "Lbl" => {
                inner.in_label = true;
                is_block = false;
            }
            "Table" => {
                self.tables += 1;
                self.row = 0;
            }
            "TR" => {
                self.row += 1;
                self.column = 0;
            }
            "TH" | "TD" => {
                self.column += 1;
                inner.kind = kind::TABLE_CELL;
                inner.level = 0;
                inner.cell = [self.tables, self.row, self.column];
                self.column += span(dict);
            }
            "Caption" => inner.kind = kind::CAPTION,
            "BlockQuote" => inner.kind = kind::QUOTATION,
            "Note" | "FENote" => inner.part = part::NOTE,
            "Artifact" => inner.part = part::HEADER,
            "Annot" | "Form" => return,
            // These stand within a paragraph.
            "Span" | "Link" | "Quote" | "Em" | "Strong" | "Sub" | "Code" | "Reference"
            | "BibEntry" | "Formula" | "Ruby" | "RB" | "RT" | "RP" | "Warichu" | "WT" | "WP"
            | "NonStruct" | "Private" | "Figure" => is_block = false,
            other => {
                if let Some(Ok(depth @ 1..=9)) = other.strip_prefix('H').map(str::parse) {
                    (inner.kind, inner.level) = (kind::HEADING, depth);
                }
            }
        }
        if own == "Textbox" {
            inner.part = part::TEXT_BOX;
        }
        self.is_open &= !is_block;
        if let Some(text) = dict.get::<PdfString<'_>>("ActualText")
            && text.is_empty()
        {
            return;
        }
        self.kids(dict, &inner, level + 1);
        self.is_open &= !is_block;
    }

    fn content(&mut self, page: Option<usize>, number: u32, around: &Around) {
        let Some(page) = page else { return };
        if around.in_label && around.kind == kind::LIST_ITEM {
            self.label.push((page, number));
            return;
        }
        if !self.is_open {
            self.elements.push(Element {
                kind: around.kind,
                level: around.level,
                part: around.part,
                cell: around.cell,
                contents: Vec::new(),
                label: std::mem::take(&mut self.label),
            });
            self.is_open = true;
        }
        if let Some(element) = self.elements.last_mut() {
            element.contents.push((page, number));
        }
    }
}

/// How many further columns a cell takes.
fn span(dict: &Dict<'_>) -> u32 {
    let attributes = match dict.get::<Object<'_>>("A") {
        Some(Object::Dict(attributes)) => attributes.get::<u32>("ColSpan"),
        Some(Object::Array(list)) => list
            .iter::<Object<'_>>()
            .filter_map(Object::into_dict)
            .find_map(|attributes| attributes.get::<u32>("ColSpan")),
        _ => None,
    };
    attributes.unwrap_or(1).clamp(1, 64) - 1
}
