//! An import of rows before they count: which column serves which field.

use serde::Serialize;

use super::{Frame, Labelled, Page, sample};

/// An import before its rows count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ImportPage {
    /// The frame.
    pub frame: Frame,
    /// Path of the table's page.
    pub address: String,
    /// Path of the slot's other addresses.
    pub slot: String,
    /// The slot's title.
    pub title: String,
    /// Name of the file; empty for pasted text.
    pub name: String,
    /// The sheets: title and rows.
    pub sheets: Vec<Labelled>,
    /// The one that is shown, from 0.
    pub sheet: usize,
    /// Its fields with their columns.
    pub fields: Vec<MatchedField>,
    /// The columns: heading and index.
    pub columns: Vec<Labelled>,
    /// Columns that serve no field and are kept beside the rows.
    pub others: Vec<String>,
    /// Rows that would be added.
    pub rows: usize,
    /// Rows that are there.
    pub rows_now: usize,
    /// How many of the new rows are there already.
    pub known: usize,
    /// What a person should see about them, row by row.
    pub problems: Vec<ImportProblem>,
    /// How many more problems there are.
    pub problems_more: usize,
    /// The version that a change starts from.
    pub version: i64,
    /// Whether the rows that are there changed in the meantime.
    pub conflict: bool,
}

/// A field and the column that serves it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MatchedField {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Whether a row without it is incomplete.
    pub required: bool,
    /// Index of its column; empty for none.
    pub column: String,
    /// The first cells of it, as written.
    pub samples: Vec<String>,
    /// How many of its cells could not be read.
    pub unreadable: usize,
}

/// What a person should see about a row of an import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ImportProblem {
    /// The row's number in the file; empty for a whole column.
    pub row: String,
    /// Title of the field; may be empty.
    pub field: String,
    /// What stood there; may be empty.
    pub written: String,
    /// What it is, and what to write instead.
    pub message: String,
}

impl Page for ImportPage {
    const TEMPLATE: &'static str = "import.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let field = |id: &str, title: &str, column: &str, unreadable| MatchedField {
            id: id.to_owned(),
            title: title.to_owned(),
            required: true,
            column: column.to_owned(),
            samples: if column.is_empty() {
                Vec::new()
            } else {
                vec!["02/02/2026".to_owned(), "<b>3 Feb</b>".to_owned()]
            },
            unreadable,
        };
        let file = Self {
            frame: sample::learner("evidence"),
            address: "/a/0197f2c4/evidence/diary/rows".to_owned(),
            slot: "/a/0197f2c4/evidence/diary".to_owned(),
            title: "Mentoring diary".to_owned(),
            name: "diary.xlsx".to_owned(),
            sheets: vec![
                Labelled::new("Sessions", "24 rows"),
                Labelled::new("Notes", "1 row"),
            ],
            sheet: 0,
            fields: vec![
                field("date", "Date", "0", 2),
                field("client", "Client", "1", 0),
                field("minutes", "Minutes", "", 0),
            ],
            columns: vec![
                Labelled::new("Day", "0"),
                Labelled::new("Client", "1"),
                Labelled::new("Column 3", "2"),
            ],
            others: vec!["Column 3".to_owned()],
            rows: 24,
            rows_now: 3,
            known: 2,
            problems: vec![
                ImportProblem {
                    row: String::new(),
                    field: "Minutes".to_owned(),
                    written: String::new(),
                    message: "No column serves this.".to_owned(),
                },
                ImportProblem {
                    row: "7".to_owned(),
                    field: "Date".to_owned(),
                    written: "31/02/2026".to_owned(),
                    message: "February has no 31st day.".to_owned(),
                },
            ],
            problems_more: 4,
            version: 7,
            conflict: true,
        };
        let pasted = Self {
            name: String::new(),
            sheets: Vec::new(),
            others: Vec::new(),
            rows_now: 0,
            known: 0,
            problems: Vec::new(),
            problems_more: 0,
            conflict: false,
            ..file.clone()
        };
        vec![("file", file), ("pasted", pasted)]
    }
}
