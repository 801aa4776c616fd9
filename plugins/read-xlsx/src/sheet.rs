//! The cells of one sheet.

use unit_sdk::reader::sheet::{LeftOut, Sheet, cell};
use unit_sdk::reader::wit::Failure;
use unit_sdk::reader::xml::{Element, Visit};

use crate::format::Formats;
use crate::workbook::SharedStrings;

/// Columns that Excel has, and most stretches of hidden ones.
const COLUMNS: u32 = 16_384;

/// The part of one sheet.
pub(crate) struct SheetPart<'a> {
    pub(crate) sheet: Sheet,
    pub(crate) left_out: LeftOut,
    strings: &'a SharedStrings,
    formats: &'a Formats,
    /// Whether the column is hidden, for each that Excel has once one is.
    hidden_columns: Vec<bool>,
    hidden_stretches: u32,
    /// Row and column of the cell that is open, from 0.
    row: u32,
    column: u32,
    /// Row and column of the next one that does not say where it stands.
    next_row: u32,
    next_column: u32,
    row_is_hidden: bool,
    /// The last hidden row that holds cells, for it counts once.
    last_hidden_row: Option<u32>,
    kind: String,
    style: usize,
    has_formula: bool,
    within_value: bool,
    value: String,
}

impl<'a> SheetPart<'a> {
    pub(crate) fn new(strings: &'a SharedStrings, formats: &'a Formats) -> Self {
        Self {
            sheet: Sheet::default(),
            left_out: LeftOut::default(),
            strings,
            formats,
            hidden_columns: Vec::new(),
            hidden_stretches: 0,
            row: 0,
            column: 0,
            next_row: 0,
            next_column: 0,
            row_is_hidden: false,
            last_hidden_row: None,
            kind: String::new(),
            style: 0,
            has_formula: false,
            within_value: false,
            value: String::new(),
        }
    }

    fn begin_row(&mut self, element: &Element<'_, ()>) {
        let number = element.number("r").and_then(|number| number.checked_sub(1));
        self.row = number.unwrap_or(self.next_row);
        self.next_row = self.row.saturating_add(1);
        self.next_column = 0;
        self.row_is_hidden = is_on(element, "hidden");
    }

    fn begin_cell(&mut self, element: &Element<'_, ()>) {
        self.column = self.next_column;
        self.style = 0;
        self.kind.clear();
        for (name, value) in element.attributes() {
            match name {
                "r" => self.column = column(&value).unwrap_or(self.column),
                "t" => value.as_ref().clone_into(&mut self.kind),
                "s" => self.style = value.trim().parse().unwrap_or(0),
                _ => {}
            }
        }
        self.next_column = self.column.saturating_add(1);
        self.has_formula = false;
        self.value.clear();
    }

    fn end_cell(&mut self) -> Result<(), Failure> {
        if self.value.is_empty() {
            self.left_out.formulas += u32::from(self.has_formula && self.kind != "str");
            return Ok(());
        }
        if self.row_is_hidden {
            self.left_out.hidden_rows += u32::from(self.last_hidden_row != Some(self.row));
            self.last_hidden_row = Some(self.row);
            return Ok(());
        }
        if self.hidden_columns.get(self.column as usize) == Some(&true) {
            return Ok(());
        }
        let (row, column) = (self.row, self.column);
        let mut put = |kind, text: &str, seen: &str| self.sheet.push(row, column, kind, text, seen);
        let value = self.value.as_str();
        match self.kind.as_str() {
            "s" => {
                let text = value
                    .trim()
                    .parse()
                    .map_or("", |index| self.strings.get(index));
                let text = unescaped(text);
                put(cell::TEXT, &text, &text)
            }
            "inlineStr" | "str" => {
                let text = unescaped(value);
                put(cell::TEXT, &text, &text)
            }
            "b" if value.trim() == "1" => put(cell::YES_NO, "yes", "TRUE"),
            "b" => put(cell::YES_NO, "no", "FALSE"),
            "e" => put(cell::ERROR, "", value),
            "d" => {
                let (kind, text) = iso(value.trim());
                put(kind, &text, &text)
            }
            _ => match value.trim().parse::<f64>() {
                Ok(value) if value.is_finite() => {
                    let format = self.formats.of(self.style);
                    let (kind, text) = format.value(value, self.formats.counts_from_1904);
                    let seen = format.shown(value, self.formats.counts_from_1904);
                    put(kind, &text, seen.as_deref().unwrap_or(&text))
                }
                _ => put(cell::TEXT, value, value),
            },
        }
    }
}

impl Visit for SheetPart<'_> {
    type Space = ();

    fn space(_address: &str) {}

    fn open(&mut self, element: &Element<'_, ()>) -> Result<bool, Failure> {
        self.within_value = false;
        match element.name {
            "col" if is_on(element, "hidden") && self.hidden_stretches < COLUMNS => {
                self.hidden_stretches += 1;
                if let (Some(first @ 1..), Some(last @ 1..)) =
                    (element.number("min"), element.number("max"))
                {
                    self.hidden_columns.resize(COLUMNS as usize, false);
                    let stretch = first as usize - 1..last.min(COLUMNS) as usize;
                    if let Some(hidden) = self.hidden_columns.get_mut(stretch) {
                        hidden.fill(true);
                    }
                    // Whole sheets are hidden from the last used column on, which hides nothing.
                    self.left_out.hidden_columns += u32::from(last < COLUMNS);
                }
            }
            "row" => self.begin_row(element),
            "c" => self.begin_cell(element),
            "v" | "t" => self.within_value = true,
            "f" => {
                self.has_formula = true;
                return Ok(false);
            }
            "mergeCell" => self.left_out.merged_cells += 1,
            "rPh" | "extLst" => return Ok(false),
            _ => {}
        }
        Ok(true)
    }

    fn close(&mut self, _space: (), name: &str) -> Result<(), Failure> {
        self.within_value = false;
        if name == "c" { self.end_cell() } else { Ok(()) }
    }

    fn text(&mut self, text: &str) {
        if self.within_value {
            self.value.push_str(text);
        }
    }
}

/// The row that a sheet's table objects mark as headings.
#[derive(Debug, Default)]
pub(crate) struct HeadingRow {
    rows: Vec<u32>,
    tables: usize,
}

impl HeadingRow {
    /// The row from 0, where there is one table with one.
    pub(crate) fn only(&self) -> Option<u32> {
        self.rows.first().copied().filter(|_| self.tables == 1)
    }
}

impl Visit for HeadingRow {
    type Space = ();

    fn space(_address: &str) {}

    fn open(&mut self, element: &Element<'_, ()>) -> Result<bool, Failure> {
        if element.name == "table" {
            self.tables += 1;
            let reference = element.attribute("ref").unwrap_or_default();
            let first = reference.split(':').next().unwrap_or_default();
            let row = first.trim_start_matches(|c: char| c.is_ascii_alphabetic() || c == '$');
            let row = row.parse::<u32>().ok().and_then(|row| row.checked_sub(1));
            if element.number("headerRowCount") != Some(0) {
                self.rows.extend(row);
            }
        }
        Ok(false)
    }

    fn close(&mut self, _space: (), _name: &str) -> Result<(), Failure> {
        Ok(())
    }

    fn text(&mut self, _text: &str) {}
}

fn is_on(element: &Element<'_, ()>, name: &str) -> bool {
    matches!(element.attribute(name).as_deref(), Some("1" | "true"))
}

/// The column of a reference such as `AB12`, from 0.
fn column(reference: &str) -> Option<u32> {
    let letters = reference.bytes().take_while(u8::is_ascii_alphabetic);
    let column = letters.take(6).fold(0_u32, |column, letter| {
        column.saturating_mul(26) + u32::from(letter.to_ascii_uppercase() - b'A') + 1
    });
    column.checked_sub(1)
}

/// A date as ISO 8601 has it, perhaps with a time.
fn iso(value: &str) -> (u8, String) {
    match value.split_once('T') {
        None => (cell::DATE, value.to_owned()),
        Some((day, time)) => {
            let time = time
                .trim_end_matches('Z')
                .split('.')
                .next()
                .unwrap_or_default();
            match time.trim_end_matches(":00") {
                "00" | "00:00" | "" => (cell::DATE, day.to_owned()),
                _ => (
                    cell::DATE_TIME,
                    format!("{day} {}", time.strip_suffix(":00").unwrap_or(time)),
                ),
            }
        }
    }
}

/// `_x000D_` stands for the character of that number.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("_x") {
        let after = &rest[at + 2..];
        let figures = after.get(..5).and_then(|escape| escape.strip_suffix('_'));
        let character = figures
            .filter(|figures| figures.bytes().all(|byte| byte.is_ascii_hexdigit()))
            .and_then(|figures| u32::from_str_radix(figures, 16).ok())
            .and_then(char::from_u32);
        out.push_str(&rest[..at]);
        if let Some(character) = character {
            out.push(character);
            rest = &after[5..];
        } else {
            out.push_str("_x");
            rest = after;
        }
    }
    out.push_str(rest);
    out
}
