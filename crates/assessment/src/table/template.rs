//! The import template as a workbook: one sheet with typed columns, what to
//! write beside the cell that is chosen, and a row that shows how.

use rust_xlsxwriter::{
    Color, DataValidation, DataValidationErrorStyle, DocProperties, ExcelDateTime, Format, Note,
    Workbook, Worksheet, XlsxError,
};

use super::value::{self, Cell};
use crate::unit::{Field, Slot};

/// Rows that are prepared; people may write on below them.
const ROWS: u32 = 1_000;
/// Excel's limits: characters of a sheet's name, of the title and text beside a
/// cell, and of a list of choices.
const LONGEST_NAME: usize = 31;
const LONGEST_TITLE: usize = 32;
const LONGEST_HELP: usize = 255;
const LONGEST_LIST: usize = 255;
/// Characters that no name of a sheet may hold.
const NOT_IN_NAMES: [char; 7] = ['[', ']', ':', '*', '?', '/', '\\'];
/// Days from the end of 1899, where spreadsheets count from, to 1970.
const DAYS_BEFORE_1970: f64 = 25_569.0;
const MINUTES_OF_A_DAY: f64 = 1_440.0;
/// Grey of the example, dark enough to be read.
const EXAMPLE_COLOUR: u32 = 0x59_59_59;
const EXAMPLE: &str =
    "This row is an example. Write over it or delete it. If it stays as it is, it is left out.";

/// The workbook that learners fill in, for a slot that takes a table; none for a
/// slot of another kind. The same slot gives the same bytes.
pub fn template(slot: &Slot) -> Option<Vec<u8>> {
    // The texts are held to the limits of the format, so writing does not fail.
    (slot.kind == "table")
        .then(|| workbook(slot).ok())
        .flatten()
}

fn workbook(slot: &Slot) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    // The day that the format began stands for the time, which nobody needs here.
    let properties = DocProperties::new()
        .set_title(&slot.title)
        .set_creation_datetime(&ExcelDateTime::from_ymd(2006, 12, 1)?);
    workbook.set_properties(&properties);
    let sheet = workbook.add_worksheet();
    let name = slot.title.replace(NOT_IN_NAMES, " ");
    let name = shortened(name.trim_matches(['\'', ' ']), LONGEST_NAME);
    if !name.is_empty() {
        sheet.set_name(name)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    let mut first_example = None;
    for (at, field) in (0_u16..).zip(&slot.fields) {
        column(sheet, at, field)?;
        if !field.example.is_empty() {
            first_example.get_or_insert(at);
        }
    }
    if let Some(at) = first_example {
        sheet.insert_note(1, at, &Note::new(EXAMPLE).add_author_prefix(false))?;
    }
    workbook.save_to_buffer()
}

fn column(sheet: &mut Worksheet, at: u16, field: &Field) -> Result<(), XlsxError> {
    let plain = Format::new().set_num_format(number_format(field));
    sheet.set_column_width(at, width(field))?;
    sheet.set_column_format(at, &plain)?;
    let bold = Format::new().set_bold().set_text_wrap();
    sheet.write_string_with_format(0, at, &field.title, &bold)?;

    let example = plain
        .set_italic()
        .set_font_color(Color::RGB(EXAMPLE_COLOUR));
    if !field.example.is_empty() {
        match number(field) {
            Some(number) => sheet.write_number_with_format(1, at, number, &example)?,
            None => sheet.write_string_with_format(1, at, &field.example, &example)?,
        };
    }

    let titles: Vec<&str> = field
        .choices
        .iter()
        .map(|choice| choice.title.as_str())
        .collect();
    let fits = titles.join(",").encode_utf16().count() <= LONGEST_LIST
        && !titles.iter().any(|title| title.contains(','));
    let rule = if field.kind == "choice" && fits && !titles.is_empty() {
        DataValidation::new()
            .allow_list_strings(&titles)?
            // Other words for a choice are understood as well.
            .set_error_style(DataValidationErrorStyle::Information)
            .set_error_message(shortened(
                &format!("Usual here: {}.", titles.join(", ")),
                LONGEST_HELP,
            ))?
    } else {
        DataValidation::new().allow_any_value()
    };
    let rule = rule
        .set_input_title(shortened(&field.title, LONGEST_TITLE))?
        .set_input_message(shortened(&help(field), LONGEST_HELP))?;
    sheet.add_data_validation(1, at, ROWS, at, &rule)?;
    Ok(())
}

/// What to write, in the unit's words and a few of ours.
fn help(field: &Field) -> String {
    let how = match field.kind.as_str() {
        "date" => "Such as 03/02/2026.",
        "time" => "Such as 14:30.",
        "duration" if is_in_hours(field) => "In hours, such as 1.5, or 1 h 30 min.",
        "duration" => "In minutes, such as 90, or 1 h 30 min.",
        "yes-no" => "Yes or no.",
        _ => "",
    };
    let needed = if field.required {
        "Needed in each row."
    } else {
        ""
    };
    let parts = [field.help.as_str(), how, needed];
    let given: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    given.join(" ")
}

fn is_in_hours(field: &Field) -> bool {
    value::hours(field, &field.title)
}

/// The example as the number that a spreadsheet keeps; none for texts, and for
/// an example that is not of the field's kind.
fn number(field: &Field) -> Option<f64> {
    let example = Cell {
        kind: 1,
        canonical: &field.example,
        seen: &field.example,
    };
    let number = value::read(field, &field.title, example, "en-GB")
        .ok()?
        .number;
    let number = match field.kind.as_str() {
        "date" => number + DAYS_BEFORE_1970,
        "time" => number / MINUTES_OF_A_DAY,
        "duration" if is_in_hours(field) => number / 60.0,
        "duration" | "number" | "whole-number" => number,
        _ => return None,
    };
    number.is_finite().then_some(number)
}

fn number_format(field: &Field) -> &'static str {
    match field.kind.as_str() {
        "date" => "dd/mm/yyyy",
        "time" => "hh:mm",
        _ => "General",
    }
}

/// Width in characters, our heuristic.
fn width(field: &Field) -> f64 {
    match field.kind.as_str() {
        "long-text" => 50.0,
        "text" => 24.0,
        _ => 14.0,
    }
}

/// At most so many characters, as UTF-16 counts them.
fn shortened(text: &str, most: usize) -> String {
    let mut length = 0;
    text.chars()
        .take_while(|character| {
            length += character.len_utf16();
            length <= most
        })
        .collect()
}
