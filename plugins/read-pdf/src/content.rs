//! What a page shows: its texts with their places, and the lines drawn.
//!
//! Content streams are followed operator by operator. A drawing within a
//! drawing is followed to a fixed depth and never into itself.

use std::collections::{HashMap, HashSet};

use hayro_syntax::content::UntypedIter;
use hayro_syntax::object::{Array, Dict, Name, ObjRef, Object, Stream, String as PdfString};
use hayro_syntax::page::{Page as PdfPage, Resources};
use unit_sdk::reader::style;
use unit_sdk::reader::wit::Failure;

use crate::fonts::{Font, Glyph};
use crate::limits::{Limits, text_string};

/// Most drawings within drawings. Real files have three or four.
const MOST_FORMS: usize = 16;
/// Most states that are kept for later; the specification allows 28.
const MOST_STATES: usize = 512;
/// Most drawn lines of a page that are looked at.
const MOST_RULES: usize = 5_000;
/// A gap of this part of the font size is a space. Spaces are about 0.25 wide,
/// letters of one word at most 0.1 apart (our heuristic).
pub(crate) const SPACE: f32 = 0.14;
/// A text of fewer bytes is too short to be spaced out for looks (our heuristic).
const SPACED_TEXT: usize = 10;
/// A gap of this part of the font size ends a stretch of text (our heuristic).
const WIDE_GAP: f32 = 1.2;
/// A drawn line is at most so thick, in points.
const THICKEST_RULE: f32 = 2.5;

/// What belongs to a text according to the file's tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tag {
    /// The file does not say.
    None,
    /// It belongs to the page, not to the document, as page numbers do.
    Artifact,
    /// Content with this number on its page.
    Content(u32),
}

/// A stretch of text on one line, in one font.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    pub(crate) text: String,
    /// Where it begins and where its last letter ends, in points from the left.
    pub(crate) left: f32,
    pub(crate) right: f32,
    /// Height of the line that it stands on, in points from the bottom.
    pub(crate) baseline: f32,
    /// Font size in points.
    pub(crate) size: f32,
    /// Bits of [`style`].
    pub(crate) looks: u8,
    pub(crate) tag: Tag,
    /// Quarter turns of the text; 4 where it runs askew.
    pub(crate) turn: u8,
    /// Where the next letter would stand.
    end: f32,
    /// Whether it stands beside the page.
    hidden: bool,
}

impl Run {
    /// The value of a form's field, as text in its place.
    pub(crate) fn of_field(text: &str, left: f32, right: f32, baseline: f32, size: f32) -> Self {
        Self {
            text: text.to_owned(),
            left,
            right,
            baseline,
            size,
            looks: 0,
            tag: Tag::None,
            turn: 0,
            end: right,
            hidden: false,
        }
    }
}

/// A horizontal line that was drawn.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rule {
    pub(crate) left: f32,
    pub(crate) right: f32,
    pub(crate) height: f32,
}

/// What a page shows.
#[derive(Debug, Default)]
pub(crate) struct Page {
    pub(crate) runs: Vec<Run>,
    pub(crate) rules: Vec<Rule>,
    /// Vertical lines that were drawn: left, bottom, right and top.
    pub(crate) posts: Vec<[f32; 4]>,
    pub(crate) pictures: u32,
    /// How many shapes were drawn.
    pub(crate) shapes: u32,
}

/// An affine transformation: x' = a x + c y + e, y' = b x + d y + f.
#[derive(Clone, Copy, Debug)]
struct Matrix([f32; 6]);

impl Matrix {
    const IDENTITY: Self = Self([1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);

    /// First `self`, then `other`.
    fn then(self, other: Self) -> Self {
        let (one, two) = (self.0, other.0);
        let along = |at: usize| one[at] * two[0] + one[at + 1] * two[2];
        let across = |at: usize| one[at] * two[1] + one[at + 1] * two[3];
        Self([
            along(0),
            across(0),
            along(2),
            across(2),
            along(4) + two[4],
            across(4) + two[5],
        ])
    }

    fn point(self, x: f32, y: f32) -> (f32, f32) {
        let matrix = self.0;
        (
            matrix[0] * x + matrix[2] * y + matrix[4],
            matrix[1] * x + matrix[3] * y + matrix[5],
        )
    }
}

#[derive(Clone, Debug)]
struct State {
    matrix: Matrix,
    font: Option<usize>,
    size: f32,
    letter_spacing: f32,
    word_spacing: f32,
    stretch: f32,
    leading: f32,
    rise: f32,
    is_outlined: bool,
}

/// An open stretch of marked content.
#[derive(Debug)]
struct Mark {
    tag: Tag,
    /// The text that its glyphs stand for, until the first of them took it.
    replacement: Option<String>,
    is_replaced: bool,
}

/// Follows the content of all pages of a file.
pub(crate) struct Interpreter<'l> {
    pub(crate) limits: &'l mut Limits,
    /// None while the font is in use.
    fonts: Vec<Option<Font>>,
    /// Which font belongs to which object of the file.
    known_fonts: HashMap<u32, usize>,
    /// Objects of the file that are pictures, and so need no second look.
    known_pictures: HashSet<u32>,
    page: Page,
    /// What is visible: left, bottom, right, top.
    window: [f32; 4],
    state: State,
    states: Vec<State>,
    text_matrix: Matrix,
    line_matrix: Matrix,
    marks: Vec<Mark>,
    /// Drawings that are being followed.
    forms: Vec<*const u8>,
    path: Vec<[f32; 4]>,
    point: (f32, f32),
}

impl<'l> Interpreter<'l> {
    pub(crate) fn new(limits: &'l mut Limits) -> Self {
        Self {
            limits,
            fonts: Vec::new(),
            known_fonts: HashMap::new(),
            known_pictures: HashSet::new(),
            page: Page::default(),
            window: [0.0; 4],
            state: State::new(),
            states: Vec::new(),
            text_matrix: Matrix::IDENTITY,
            line_matrix: Matrix::IDENTITY,
            marks: Vec::new(),
            forms: Vec::new(),
            path: Vec::new(),
            point: (0.0, 0.0),
        }
    }

    /// Follows the content of one page.
    pub(crate) fn page(&mut self, page: &PdfPage<'_>) -> Result<Page, Failure> {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a page is a few thousand points wide"
        )]
        let narrow = |value: f64| value as f32;
        let window = page.intersected_crop_box();
        self.window = [window.x0, window.y0, window.x1, window.y1].map(narrow);
        self.state = State::new();
        self.states.clear();
        self.marks.clear();
        self.path.clear();
        let mut content = Vec::new();
        if let Some(stream) = page.raw().get::<Stream<'_>>("Contents") {
            content.extend_from_slice(&self.limits.unpacked(&stream)?);
        } else if let Some(streams) = page.raw().get::<Array<'_>>("Contents") {
            for stream in streams.raw_iter() {
                let stream = stream
                    .as_obj_ref()
                    .and_then(|stream| page.xref().get::<Stream<'_>>(stream.into()));
                if let Some(stream) = stream {
                    content.extend_from_slice(&self.limits.unpacked(&stream)?);
                    content.push(b'\n');
                }
            }
        }
        self.follow(&content, page.resources())?;
        let mut page = std::mem::take(&mut self.page);
        page.runs
            .retain(|run| !run.hidden && !run.text.trim().is_empty());
        Ok(page)
    }

    fn follow(&mut self, content: &[u8], resources: &Resources<'_>) -> Result<(), Failure> {
        let mut instructions = UntypedIter::new(content);
        let mut numbers = [0.0_f32; 6];
        while let Some(instruction) = instructions.next() {
            self.limits.operators(1)?;
            let mut count = 0;
            let mut last = None;
            for operand in instruction.operands() {
                match operand {
                    Object::Number(number) if count < numbers.len() => {
                        numbers[count] = number.as_f32();
                        count += 1;
                    }
                    other => last = Some(other),
                }
            }
            let operator: &[u8] = instruction.operator;
            match (operator, count) {
                (b"q", _) if self.states.len() < MOST_STATES => {
                    self.states.push(self.state.clone());
                }
                (b"Q", _) => {
                    if let Some(state) = self.states.pop() {
                        self.state = state;
                    }
                }
                (b"cm", 6) => self.state.matrix = Matrix(numbers).then(self.state.matrix),
                (b"BT", _) => self.set_text_matrix(Matrix::IDENTITY),
                (b"Tf", _) => {
                    if let Some(Object::Name(name)) = last {
                        self.state.font = self.font(name, resources)?;
                    }
                    self.state.size = numbers[0];
                }
                (b"Tc", 1..) => self.state.letter_spacing = numbers[0],
                (b"Tw", 1..) => self.state.word_spacing = numbers[0],
                (b"Tz", 1..) => self.state.stretch = numbers[0] / 100.0,
                (b"TL", 1..) => self.state.leading = numbers[0],
                (b"Ts", 1..) => self.state.rise = numbers[0],
                (b"Tr", 1..) => {
                    // Filled and outlined: how some programs print bold.
                    self.state.is_outlined = (numbers[0] - 2.0).abs() < 0.5;
                }
                (b"Tm", 6) => self.set_text_matrix(Matrix(numbers)),
                (b"Td", 2) => self.next_line(numbers[0], numbers[1]),
                (b"TD", 2) => {
                    self.state.leading = -numbers[1];
                    self.next_line(numbers[0], numbers[1]);
                }
                (b"T*", _) => self.next_line(0.0, -self.state.leading),
                (b"Tj", _) => self.show_operand(last)?,
                (b"'", _) => {
                    self.next_line(0.0, -self.state.leading);
                    self.show_operand(last)?;
                }
                (b"\"", _) => {
                    [self.state.word_spacing, self.state.letter_spacing] = [numbers[0], numbers[1]];
                    self.next_line(0.0, -self.state.leading);
                    self.show_operand(last)?;
                }
                (b"TJ", _) => {
                    if let Some(Object::Array(items)) = last {
                        // Looked at only where it matters, for it takes time.
                        let is_short = self.state.letter_spacing > 0.0
                            && items
                                .iter::<Object<'_>>()
                                .filter_map(Object::into_string)
                                .map(|text| text.len())
                                .sum::<usize>()
                                < SPACED_TEXT;
                        for item in items.iter::<Object<'_>>() {
                            match item {
                                Object::Number(number) => self.kern(number.as_f32()),
                                Object::String(text) => self.show(&text, is_short)?,
                                _ => {}
                            }
                        }
                    }
                }
                (b"BMC" | b"BDC", _) => self.open_mark(instruction.operands(), resources)?,
                (b"EMC", _) => {
                    self.marks.pop();
                }
                (b"Do", _) => {
                    if let Some(Object::Name(name)) = last {
                        self.draw(name, resources)?;
                    }
                }
                (b"BI", _) => self.picture(),
                _ => self.draw_path(operator, &numbers[..count]),
            }
        }
        Ok(())
    }

    fn set_text_matrix(&mut self, matrix: Matrix) {
        self.text_matrix = matrix;
        self.line_matrix = matrix;
    }

    fn next_line(&mut self, x: f32, y: f32) {
        self.set_text_matrix(Matrix([1.0, 0.0, 0.0, 1.0, x, y]).then(self.line_matrix));
    }

    fn kern(&mut self, thousandths: f32) {
        let x = -thousandths / 1000.0 * self.state.size * self.state.stretch;
        self.text_matrix = Matrix([1.0, 0.0, 0.0, 1.0, x, 0.0]).then(self.text_matrix);
    }

    fn font(
        &mut self,
        name: &Name<'_>,
        resources: &Resources<'_>,
    ) -> Result<Option<usize>, Failure> {
        let object = resources.fonts.get_ref(name);
        if let Some(ObjRef { obj_number, .. }) = object
            && let Some(known) = self.known_fonts.get(&obj_number)
        {
            return Ok(Some(*known));
        }
        let Some(dict) = resources.fonts.get::<Dict<'_>>(name) else {
            return Ok(None);
        };
        self.limits.object(&dict)?;
        self.fonts.push(Some(Font::new(&dict, self.limits)?));
        let at = self.fonts.len() - 1;
        if let Some(ObjRef { obj_number, .. }) = object {
            self.known_fonts.insert(obj_number, at);
        }
        Ok(Some(at))
    }

    fn show_operand(&mut self, operand: Option<&Object<'_>>) -> Result<(), Failure> {
        match operand {
            Some(Object::String(text)) => self.show(text, text.len() < SPACED_TEXT),
            _ => Ok(()),
        }
    }

    /// Shows a text. Where it is short, extra space between its letters parts
    /// words: some programs print spaces so.
    fn show(&mut self, text: &PdfString<'_>, is_short: bool) -> Result<(), Failure> {
        let Some(at) = self.state.font else {
            return Ok(());
        };
        let Some(mut font) = self.fonts[at].take() else {
            return Ok(());
        };
        let shown = self.show_in(&mut font, text, is_short);
        self.fonts[at] = Some(font);
        shown
    }

    fn show_in(&mut self, font: &mut Font, bytes: &[u8], is_short: bool) -> Result<(), Failure> {
        let state = &self.state;
        let matrix = self.text_matrix.then(state.matrix);
        let [right, up, ..] = matrix.0;
        let size = state.size.abs() * matrix.0[2].hypot(matrix.0[3]);
        let mut looks = font.looks;
        if state.is_outlined {
            looks |= style::BOLD;
        }
        let turn = turn(right, up, state.size * state.stretch < 0.0);
        let scale = right.hypot(up);
        let (x, y) = matrix.point(0.0, state.rise);
        let (mut left, baseline) = turned(x, y, turn);
        let tag = self.tag();
        let spread = if is_short && state.letter_spacing > 0.0 {
            state.letter_spacing * state.stretch.abs() * scale
        } else {
            0.0
        };
        let mut at = 0;
        let mut moved = 0.0;
        while let Some((glyph, length)) = font.next(&bytes[at..]) {
            at += length;
            let mut advance = glyph.width * self.state.size + self.state.letter_spacing;
            if glyph.is_space {
                advance += self.state.word_spacing;
            }
            advance *= self.state.stretch;
            moved += advance;
            let width = advance.abs() * scale;
            let ink = (glyph.width * self.state.size * self.state.stretch).abs() * scale;
            self.place(
                glyph,
                &Run {
                    text: String::new(),
                    left,
                    right: left + ink,
                    baseline,
                    size,
                    looks,
                    tag,
                    turn,
                    end: left + width - spread,
                    hidden: false,
                },
                (x, y),
            )?;
            left += width;
        }
        self.text_matrix = Matrix([1.0, 0.0, 0.0, 1.0, moved, 0.0]).then(self.text_matrix);
        Ok(())
    }

    /// Adds a glyph to the stretch of text before it, or begins another.
    fn place(&mut self, glyph: &Glyph, here: &Run, (x, y): (f32, f32)) -> Result<(), Failure> {
        let replaced = self.marks.iter_mut().rev().find(|mark| mark.is_replaced);
        let replacement;
        let text = match replaced {
            Some(mark) => {
                replacement = mark.replacement.take().unwrap_or_default();
                &replacement
            }
            None => &glyph.text,
        };
        self.limits.text(text.len())?;
        let is_blank = !text.is_empty() && text.trim().is_empty();
        if let Some(run) = self.page.runs.last_mut()
            && run.turn == here.turn
            && run.tag == here.tag
            && run.looks == here.looks
            && (run.size - here.size).abs() <= here.size * 0.02
            && (run.baseline - here.baseline).abs() <= here.size * 0.02
        {
            let gap = (here.left - run.end) / here.size.max(0.1);
            if (-0.3..WIDE_GAP).contains(&gap) {
                if gap >= SPACE && !is_blank && !run.text.ends_with(' ') {
                    run.text.push(' ');
                }
                run.text.push_str(text);
                run.end = here.end;
                if !is_blank {
                    run.right = here.right;
                }
                return Ok(());
            }
        }
        if is_blank {
            return Ok(());
        }
        let [left, bottom, right, top] = self.window;
        self.page.runs.push(Run {
            text: text.clone(),
            hidden: !((left - 1.0..=right + 1.0).contains(&x)
                && (bottom - 1.0..=top + 1.0).contains(&y)),
            ..here.clone()
        });
        Ok(())
    }

    fn tag(&self) -> Tag {
        let tags = || self.marks.iter().rev().map(|mark| mark.tag);
        if tags().any(|tag| tag == Tag::Artifact) {
            return Tag::Artifact;
        }
        tags().find(|tag| *tag != Tag::None).unwrap_or(Tag::None)
    }

    fn open_mark<'b, 'a: 'b>(
        &mut self,
        operands: impl Iterator<Item = &'b Object<'a>>,
        resources: &Resources<'_>,
    ) -> Result<(), Failure> {
        let mut mark = Mark {
            tag: Tag::None,
            replacement: None,
            is_replaced: false,
        };
        for (at, operand) in operands.enumerate() {
            let properties = match operand {
                Object::Name(name) if at == 0 => {
                    if **name == *b"Artifact" {
                        mark.tag = Tag::Artifact;
                    }
                    continue;
                }
                Object::Dict(dict) => dict.clone(),
                Object::Name(name) => {
                    let known = resources.properties.get::<Dict<'_>>(name);
                    let known = known.unwrap_or_default();
                    self.limits.object(&known)?;
                    known
                }
                _ => continue,
            };
            if let Some(number) = properties.get::<u32>("MCID")
                && mark.tag == Tag::None
            {
                mark.tag = Tag::Content(number);
            }
            if let Some(text) = properties.get::<PdfString<'_>>("ActualText") {
                mark.replacement = Some(text_string(&text));
                mark.is_replaced = true;
            }
        }
        if self.marks.len() < MOST_STATES {
            self.marks.push(mark);
        }
        Ok(())
    }

    fn picture(&mut self) {
        if self.tag() != Tag::Artifact {
            self.page.pictures += 1;
        }
    }

    /// Draws a picture or another drawing.
    fn draw(&mut self, name: &Name<'_>, resources: &Resources<'_>) -> Result<(), Failure> {
        let object = resources.x_objects.get_ref(name);
        let object = object.map(|object| object.obj_number);
        if object.is_some_and(|object| self.known_pictures.contains(&object)) {
            self.picture();
            return Ok(());
        }
        let Some(stream) = resources.x_objects.get::<Stream<'_>>(name) else {
            return Ok(());
        };
        let dict = stream.dict();
        self.limits.object(dict)?;
        if dict.get::<Name<'_>>("Subtype").as_deref() != Some(b"Form") {
            self.known_pictures.extend(object);
            self.picture();
            return Ok(());
        }
        let identity = dict.data().as_ptr();
        if self.forms.len() >= MOST_FORMS || self.forms.contains(&identity) {
            return Ok(());
        }
        let content = self.limits.unpacked(&stream)?;
        let outer = (
            self.state.clone(),
            std::mem::take(&mut self.states),
            self.marks.len(),
        );
        if let Some(matrix) = dict.get::<Array<'_>>("Matrix") {
            let mut numbers = [0.0; 6];
            for (number, given) in numbers.iter_mut().zip(matrix.iter::<f32>()) {
                *number = given;
            }
            self.state.matrix = Matrix(numbers).then(self.state.matrix);
        }
        self.forms.push(identity);
        match dict.get::<Dict<'_>>("Resources") {
            Some(own) => self.follow(&content, &Resources::new(own))?,
            None => self.follow(&content, resources)?,
        }
        self.forms.pop();
        (self.state, self.states) = (outer.0, outer.1);
        self.marks.truncate(outer.2);
        Ok(())
    }

    /// Keeps lines, for they underline words and part the cells of tables.
    fn draw_path(&mut self, operator: &[u8], numbers: &[f32]) {
        match (operator, numbers) {
            (b"m", [x, y]) => self.point = self.state.matrix.point(*x, *y),
            (b"l", [x, y]) => {
                let from = self.point;
                self.point = self.state.matrix.point(*x, *y);
                self.add_to_path(from, self.point);
            }
            (b"re", [x, y, width, height]) => {
                let matrix = self.state.matrix;
                self.add_to_path(matrix.point(*x, *y), matrix.point(x + width, y + height));
            }
            (b"f" | b"F" | b"f*" | b"S" | b"s" | b"B" | b"B*" | b"b" | b"b*", _) => {
                self.page.shapes += 1;
                for [left, bottom, right, top] in self.path.drain(..) {
                    let (width, height) = (right - left, top - bottom);
                    if self.page.rules.len() + self.page.posts.len() >= MOST_RULES {
                        break;
                    }
                    if height <= THICKEST_RULE && width >= THICKEST_RULE {
                        self.page.rules.push(Rule {
                            left,
                            right,
                            height: f32::midpoint(bottom, top),
                        });
                    } else if width <= THICKEST_RULE && height >= THICKEST_RULE {
                        self.page.posts.push([left, bottom, right, top]);
                    }
                }
            }
            (b"n", _) => self.path.clear(),
            _ => {}
        }
    }

    fn add_to_path(&mut self, from: (f32, f32), to: (f32, f32)) {
        if self.path.len() < MOST_RULES {
            self.path.push([
                from.0.min(to.0),
                from.1.min(to.1),
                from.0.max(to.0),
                from.1.max(to.1),
            ]);
        }
    }
}

impl State {
    fn new() -> Self {
        Self {
            matrix: Matrix::IDENTITY,
            font: None,
            size: 0.0,
            letter_spacing: 0.0,
            word_spacing: 0.0,
            stretch: 1.0,
            leading: 0.0,
            rise: 0.0,
            is_outlined: false,
        }
    }
}

/// Quarter turns of the direction in which text runs; 4 where it runs askew.
fn turn(a: f32, b: f32, reversed: bool) -> u8 {
    let (a, b) = if reversed { (-a, -b) } else { (a, b) };
    // A slope of one in ten still is a line that was scanned askew.
    match (b.abs() <= a.abs() * 0.1, a.abs() <= b.abs() * 0.1) {
        (true, _) if a >= 0.0 => 0,
        (true, _) => 2,
        (_, true) if b > 0.0 => 1,
        (_, true) => 3,
        _ => 4,
    }
}

/// A point as it stands once the text is turned upright.
fn turned(x: f32, y: f32, turn: u8) -> (f32, f32) {
    match turn {
        1 => (y, -x),
        2 => (-x, -y),
        3 => (-y, x),
        _ => (x, y),
    }
}
