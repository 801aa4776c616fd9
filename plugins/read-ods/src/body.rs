//! The sheets of a file with their cells.

use unit_sdk::reader::line;
use unit_sdk::reader::sheet::{LeftOut, MOST_COLUMNS, MOST_TABLES, Sheet, cell, too_large};
use unit_sdk::reader::wit::{Failure, Table};
use unit_sdk::reader::xml::{Element, Visit};

use crate::styles::Styles;

/// Most stretches of columns of a sheet that are kept; spreadsheets have 16,384 columns.
const MOST_STRETCHES: usize = 16_384;

/// What the file holds, read sheet by sheet.
#[derive(Debug, Default)]
pub(crate) struct Body {
    pub(crate) styles: Styles,
    pub(crate) tables: Vec<Table>,
    pub(crate) hidden_sheets: u32,
    open: Option<OpenSheet>,
    /// Whether the body of the file has begun, for styles stand before it.
    has_begun: bool,
}

/// The sheet that is open.
#[derive(Debug, Default)]
struct OpenSheet {
    sheet: Sheet,
    name: String,
    is_hidden: bool,
    columns: Vec<Stretch>,
    /// Row that comes next, from 0, and how often the open one is repeated.
    row: u32,
    row_repeats: u32,
    row_is_hidden: bool,
    /// Cells of the open row, with column and repeats.
    cells: Vec<(u32, u32, CellRead)>,
    column: u32,
    cell: Option<(u32, CellRead)>,
    /// Whether text counts: within a paragraph of a cell.
    within_paragraph: bool,
    heading_row: Option<u32>,
    left_out: LeftOut,
}

/// Columns that are alike, up to and without `end`.
#[derive(Debug)]
struct Stretch {
    end: u32,
    is_hidden: bool,
    style: String,
}

/// A cell as it is read.
#[derive(Clone, Debug, Default)]
struct CellRead {
    kind: String,
    value: Option<String>,
    style: Option<String>,
    has_formula: bool,
    seen: String,
    paragraphs: u32,
}

impl OpenSheet {
    fn begin_column(&mut self, element: &Element<'_, ()>) {
        let start = self.columns.last().map_or(0, |last| last.end);
        let repeats = element.number("number-columns-repeated").unwrap_or(1);
        let is_hidden = is_not_shown(element);
        self.left_out.hidden_columns +=
            u32::from(is_hidden && start.saturating_add(repeats) < 16_384);
        if self.columns.len() < MOST_STRETCHES {
            self.columns.push(Stretch {
                end: start.saturating_add(repeats),
                is_hidden,
                style: element
                    .attribute("default-cell-style-name")
                    .unwrap_or_default(),
            });
        }
    }

    fn begin_cell(&mut self, element: &Element<'_, ()>) {
        let repeats = element
            .number("number-columns-repeated")
            .unwrap_or(1)
            .max(1);
        let spans = |name| element.number(name).is_some_and(|number| number > 1);
        self.left_out.merged_cells +=
            u32::from(spans("number-columns-spanned") || spans("number-rows-spanned"));
        let kind = element.attribute("value-type").unwrap_or_default();
        let value = match kind.as_str() {
            "date" => element.attribute("date-value"),
            "time" => element.attribute("time-value"),
            "boolean" => element.attribute("boolean-value"),
            "string" => element.attribute("string-value"),
            "" => None,
            _ => element.attribute("value"),
        };
        self.cell = Some((
            repeats,
            CellRead {
                kind,
                value,
                style: element.attribute("style-name"),
                has_formula: element.attribute("formula").is_some(),
                ..CellRead::default()
            },
        ));
    }

    fn end_cell(&mut self) {
        let Some((repeats, cell)) = self.cell.take() else {
            return;
        };
        let column = self.column;
        self.column = column.saturating_add(repeats);
        if cell.value.is_some() || !cell.seen.is_empty() {
            self.cells.push((column, repeats, cell));
        } else {
            self.left_out.formulas += u32::from(cell.has_formula);
        }
    }

    fn end_row(&mut self, styles: &Styles) -> Result<(), Failure> {
        let (first, repeats) = (self.row, self.row_repeats);
        self.row = first.saturating_add(repeats);
        let cells = std::mem::take(&mut self.cells);
        if cells.is_empty() {
            return Ok(());
        }
        if self.row_is_hidden {
            self.left_out.hidden_rows = self.left_out.hidden_rows.saturating_add(repeats);
            return Ok(());
        }
        let beyond = u32::try_from(MOST_COLUMNS + 1).unwrap_or(u32::MAX);
        let mut typed = Vec::with_capacity(cells.len());
        for (column, repeats, cell) in cells {
            for column in column..column.saturating_add(repeats.min(beyond)) {
                let at = self
                    .columns
                    .partition_point(|stretch| stretch.end <= column);
                let stretch = self.columns.get(at);
                if stretch.is_some_and(|stretch| stretch.is_hidden) {
                    continue;
                }
                let style = cell
                    .style
                    .as_deref()
                    .or(stretch.map(|stretch| stretch.style.as_str()));
                let is_duration = style.is_some_and(|style| styles.is_duration(style));
                let (kind, text) = cell.typed(is_duration);
                // What leaves nothing on a line is blank, and counts in no limit.
                if !line(&text).is_empty() || !line(&cell.seen).is_empty() {
                    typed.push((column, (kind, text), cell.seen.clone()));
                }
            }
        }
        if typed.is_empty() {
            return Ok(());
        }
        for row in first..self.row {
            for (column, (kind, text), seen) in &typed {
                self.sheet.push(row, *column, *kind, text, seen)?;
            }
        }
        Ok(())
    }
}

impl CellRead {
    /// Its kind, and its text in the one written form of the kind.
    fn typed(&self, is_duration: bool) -> (u8, String) {
        let text = || {
            (
                cell::TEXT,
                self.value
                    .clone()
                    .filter(|_| self.seen.is_empty())
                    .unwrap_or_else(|| self.seen.clone()),
            )
        };
        let Some(value) = self.value.as_deref().map(str::trim) else {
            return text();
        };
        match self.kind.as_str() {
            "float" | "currency" | "percentage" => match value.parse::<f64>() {
                // Errors are numbers here, and only what people see tells.
                Ok(_) if self.seen.starts_with('#') || self.seen.starts_with("Err:") => {
                    (cell::ERROR, String::new())
                }
                Ok(number) if number.is_finite() => (cell::NUMBER, number.to_string()),
                _ => text(),
            },
            "boolean" => (
                cell::YES_NO,
                if value == "true" { "yes" } else { "no" }.into(),
            ),
            "date" => match value.split_once('T') {
                None => (cell::DATE, value.to_owned()),
                Some((day, time)) => {
                    let time = time.split('.').next().unwrap_or_default();
                    (
                        cell::DATE_TIME,
                        format!("{day} {}", time.strip_suffix(":00").unwrap_or(time)),
                    )
                }
            },
            "time" => match seconds(value) {
                Some(seconds) if is_duration || seconds >= 86_400.0 => {
                    (cell::DURATION, (seconds / 60.0).to_string())
                }
                Some(seconds) => (cell::TIME, clock(seconds)),
                None => text(),
            },
            _ => text(),
        }
    }
}

impl Visit for Body {
    type Space = ();

    fn space(_address: &str) {}

    fn open(&mut self, element: &Element<'_, ()>) -> Result<bool, Failure> {
        if !self.has_begun {
            self.has_begun = element.name == "body";
            return self.styles.open(element);
        }
        let Some(open) = &mut self.open else {
            if element.name == "table" {
                let style = element.attribute("style-name").unwrap_or_default();
                self.open = Some(OpenSheet {
                    name: element.attribute("name").unwrap_or_default(),
                    is_hidden: self.styles.is_hidden(&style),
                    ..OpenSheet::default()
                });
            }
            // What tracked changes deleted stands before the sheets.
            return Ok(!matches!(
                element.name,
                "tracked-changes" | "named-expressions" | "database-ranges"
            ));
        };
        if let Some((_, cell)) = &mut open.cell {
            match element.name {
                "p" => {
                    if cell.paragraphs > 0 {
                        cell.seen.push('\n');
                    }
                    cell.paragraphs += 1;
                    open.within_paragraph = true;
                }
                "s" if open.within_paragraph => cell.seen.push(' '),
                "tab" if open.within_paragraph => cell.seen.push('\t'),
                "line-break" if open.within_paragraph => cell.seen.push('\n'),
                "span" | "a" if open.within_paragraph => {}
                // Comments, pictures and tables within the cell.
                _ => return Ok(false),
            }
            return Ok(true);
        }
        match element.name {
            "table-column" => open.begin_column(element),
            "table-header-rows" => {
                open.heading_row.get_or_insert(open.row);
            }
            "table-row" => {
                open.column = 0;
                open.row_repeats = element.number("number-rows-repeated").unwrap_or(1).max(1);
                open.row_is_hidden = is_not_shown(element);
            }
            "table-cell" => open.begin_cell(element),
            "covered-table-cell" => {
                let repeats = element
                    .number("number-columns-repeated")
                    .unwrap_or(1)
                    .max(1);
                open.column = open.column.saturating_add(repeats);
                return Ok(false);
            }
            "table-columns"
            | "table-column-group"
            | "table-header-columns"
            | "table-rows"
            | "table-row-group" => {}
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn close(&mut self, _space: (), name: &str) -> Result<(), Failure> {
        let Some(open) = &mut self.open else {
            return Ok(());
        };
        match name {
            "p" => open.within_paragraph = false,
            "table-cell" => open.end_cell(),
            "table-row" => open.end_row(&self.styles)?,
            "table" => {
                let warnings = open.left_out.warnings();
                let open = std::mem::take(open);
                self.open = None;
                if open.is_hidden {
                    self.hidden_sheets += u32::from(!open.sheet.is_empty());
                    return Ok(());
                }
                self.tables
                    .extend(open.sheet.table(&open.name, open.heading_row, warnings)?);
                if self.tables.len() > MOST_TABLES {
                    return Err(too_large());
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn text(&mut self, text: &str) {
        if let Some(open) = &mut self.open
            && open.within_paragraph
            && let Some((_, cell)) = &mut open.cell
        {
            cell.seen.push_str(text);
        }
    }
}

fn is_not_shown(element: &Element<'_, ()>) -> bool {
    matches!(
        element.attribute("visibility").as_deref(),
        Some("collapse" | "filter")
    )
}

/// The seconds of `PT09H05M00S`, whole ones.
fn seconds(value: &str) -> Option<f64> {
    let mut rest = value.strip_prefix("PT")?;
    let mut total = 0.0;
    for (unit, size) in [('H', 3600.0), ('M', 60.0), ('S', 1.0)] {
        if let Some((number, after)) = rest.split_once(unit) {
            total += number.replace(',', ".").parse::<f64>().ok()? * size;
            rest = after;
        }
    }
    (rest.is_empty() && total >= 0.0 && total.is_finite()).then(|| total.round())
}

/// `09:05`, with seconds where there are some.
fn clock(seconds: f64) -> String {
    let (hour, minute, second) = (
        (seconds / 3600.0).floor(),
        (seconds / 60.0).floor() % 60.0,
        seconds % 60.0,
    );
    if second == 0.0 {
        format!("{hour:02}:{minute:02}")
    } else {
        format!("{hour:02}:{minute:02}:{second:02}")
    }
}
