//! Rows as people keep them: which column serves which field, and what cells say.

#![expect(clippy::float_cmp, reason = "days and minutes are exact")]

use assessment::evidence::{ReadColumn, ReadTable, Table};
use assessment::table::{CellProblem, Matching, matching, table};
use assessment::unit::{Choice, Field, Slot};

const LOCALE: &str = "en-GB";

fn field(id: &str, title: &str, kind: &str, aliases: &[&str]) -> Field {
    Field {
        id: id.to_owned(),
        title: title.to_owned(),
        aliases: aliases.iter().map(ToString::to_string).collect(),
        help: String::new(),
        kind: kind.to_owned(),
        unit: String::new(),
        required: false,
        minimum: None,
        maximum: None,
        choices: Vec::new(),
        example: String::new(),
    }
}

fn choice(id: &str, title: &str, aliases: &[&str]) -> Choice {
    Choice {
        id: id.to_owned(),
        title: title.to_owned(),
        aliases: aliases.iter().map(ToString::to_string).collect(),
    }
}

fn slot(fields: Vec<Field>) -> Slot {
    Slot {
        id: "diary".to_owned(),
        kind: "table".to_owned(),
        title: "Diary".to_owned(),
        help: String::new(),
        required: true,
        most_files: 1,
        criteria: Vec::new(),
        fields,
        statement: String::new(),
    }
}

/// A diary of the kind that the mentoring units ask for.
fn diary() -> Slot {
    let mut fields = vec![
        field("date", "Date", "date", &["Day", "When"]),
        field("client", "Client", "text", &["Mentee", "Learner"]),
        field("start", "Start", "time", &["Time", "From"]),
        field(
            "minutes",
            "Minutes",
            "duration",
            &["Duration", "Length", "Time", "Hours"],
        ),
        field("kind", "Kind", "choice", &["Type"]),
        field("tools", "Tools / techniques", "text", &[]),
        field("progress", "Progress", "text", &[]),
        field("goals", "Goals", "text", &[]),
    ];
    for at in [0, 1, 3] {
        fields[at].required = true;
    }
    "minutes".clone_into(&mut fields[3].unit);
    fields[4].choices = vec![
        choice("mentoring", "Mentoring", &["one to one"]),
        choice("supervision", "Supervision", &["tutorial"]),
        choice("admin", "Administration", &["paperwork"]),
        choice("cancelled", "Cancelled", &["did not attend"]),
    ];
    slot(fields)
}

/// Rows as a page or a file without types gives them.
fn typed(headings: &[&str], rows: &[&[&str]]) -> ReadTable {
    let column = |at: usize| {
        let cells: Vec<&str> = rows.iter().map(|row| row[at]).collect();
        ReadColumn {
            heading: headings[at].to_owned(),
            kind: cells
                .iter()
                .map(|cell| u8::from(!cell.is_empty()))
                .collect(),
            cells: cells.join("\n"),
            written: String::new(),
        }
    };
    ReadTable {
        row_count: u32::try_from(rows.len()).expect("few rows"),
        columns: (0..headings.len()).map(column).collect(),
        source_row: (1..).take(rows.len()).collect(),
        headings: if headings.iter().all(|heading| heading.is_empty()) {
            "none"
        } else {
            "marked"
        }
        .to_owned(),
        ..ReadTable::default()
    }
}

fn matched(slot: &Slot, read: &ReadTable) -> (Table, Vec<CellProblem>) {
    table(slot, 0, "diary.csv", read, &matching(slot, read), LOCALE)
}

/// One cell of a field, with its kind in the file: the canonical text, the
/// number, and the codes of problems.
fn cell(
    field: Field,
    heading: &str,
    kind: u8,
    written: &str,
    locale: &str,
) -> (String, f64, Vec<String>) {
    let slot = slot(vec![field]);
    let mut read = typed(&[heading], &[&[written]]);
    read.columns[0].kind = vec![kind];
    let mut by_hand = Matching::default();
    by_hand.choose(&slot.fields[0].id, Some(0), "learner");
    let (table, problems) = table(&slot, 0, "", &read, &by_hand, locale);
    let column = &table.columns[0];
    let number = column.numbers.first().copied().unwrap_or(f64::NAN);
    (
        column.cells.clone(),
        number,
        problems.into_iter().map(|problem| problem.code).collect(),
    )
}

#[test]
fn dates_are_read_as_people_type_them() {
    for written in [
        "3/2/26",
        "03/02/2026",
        "3.2.2026",
        "03.02.26",
        "3-2-2026",
        "3-Feb-26",
        "03 Feb 2026",
        "3 February 2026",
        "3rd February 2026",
        "3rd of Feb, 2026",
        "Tue 3 Feb 2026",
        "Tuesday, 3 February 2026",
        "Feb 3, 2026",
        "February 3rd 2026",
        "2026-02-03",
        "2026/02/03",
        "2026-02-03 09:30",
        "2026-02-03T09:30:00",
        "03/02/2026 10:00",
        "20260203",
        "03022026",
        "46056",
        "46056.395833",
        "3FEB2026",
        " 03/02/2026 ",
    ] {
        let (cell, number, problems) = cell(field("d", "D", "date", &[]), "D", 1, written, LOCALE);
        assert_eq!(
            (cell.as_str(), number, problems.len()),
            ("2026-02-03", 20_487.0, 0),
            "{written}"
        );
    }
    for (kind, written) in [
        (3, "2026-02-03"),
        (5, "2026-02-03 23:30"),
        (2, "46056"),
        (2, "20260203"),
    ] {
        let (cell, ..) = cell(field("d", "D", "date", &[]), "D", kind, written, LOCALE);
        assert_eq!(cell, "2026-02-03", "{written}");
    }
    let (cell_, ..) = cell(field("d", "D", "date", &[]), "D", 1, "2/3/2026", "en-US");
    assert_eq!(cell_, "2026-02-03", "the locale decides");
    for (short, year) in [
        ("1/1/68", "2068-01-01"),
        ("1/1/69", "1969-01-01"),
        ("29/2/24", "2024-02-29"),
    ] {
        assert_eq!(
            cell(field("d", "D", "date", &[]), "D", 1, short, LOCALE).0,
            year
        );
    }
}

#[test]
fn a_date_that_cannot_be_is_blank_and_explained() {
    for (written, words) in [
        ("31/02/2026", "February 2026 has 28 days"),
        ("29 Feb 2026", "February 2026 has 28 days"),
        ("31/12/26/", ""),
        ("0/2/2026", "February 2026 has 28 days"),
        (
            "02/13/2026",
            "there is no month 13. You could write the month as a word, like 13 Feb 2026",
        ),
        ("3/2", "could not find the year"),
        ("3 Feb", "could not find the year"),
        ("tomorrow", "could not read this as a date"),
        ("3 Feb Mar 2026", "could not read this as a date"),
        ("99999999999999999999", "could not read this as a date"),
        ("1/1/2526", "year 2526 is far away"),
    ] {
        let slot = slot(vec![field("d", "D", "date", &[])]);
        let (table, problems) = matched(&slot, &typed(&["D"], &[&[written]]));
        if words.is_empty() {
            assert_eq!(table.columns[0].cells, "2026-12-31");
            continue;
        }
        assert_eq!(table.columns[0].cells, "", "{written}");
        assert!(table.columns[0].numbers[0].is_nan());
        assert_eq!(table.columns[0].written, written);
        assert_eq!(
            (problems[0].code.as_str(), problems[0].written.as_str()),
            ("unreadable", written)
        );
        assert!(
            problems[0].message.contains(words),
            "{written}: {}",
            problems[0].message
        );
    }
}

#[test]
fn times_are_minutes_since_midnight() {
    for (written, text, number) in [
        ("9:05", "09:05", 545.0),
        ("9.05", "09:05", 545.0),
        ("0905", "09:05", 545.0),
        ("905", "09:05", 545.0),
        ("9am", "09:00", 540.0),
        ("9 a.m.", "09:00", 540.0),
        ("9:05 pm", "21:05", 1265.0),
        ("9.05pm", "21:05", 1265.0),
        ("12 am", "00:00", 0.0),
        ("12pm", "12:00", 720.0),
        ("noon", "12:00", 720.0),
        ("21:05:30", "21:05:30", 1265.5),
        ("14h30", "14:30", 870.0),
        ("14:30 hrs", "14:30", 870.0),
        ("at 9:00", "09:00", 540.0),
        ("9 o’clock", "09:00", 540.0),
        ("10:00 - 11:30", "10:00", 600.0),
        ("2–3.30pm", "14:00", 840.0),
        ("11-1pm", "11:00", 660.0),
        ("9", "09:00", 540.0),
        ("0.4166667", "10:00", 600.0),
    ] {
        let read = cell(field("t", "T", "time", &[]), "T", 1, written, LOCALE);
        assert_eq!(
            (read.0.as_str(), read.1, read.2.len()),
            (text, number, 0),
            "{written}"
        );
    }
    for (kind, written, text) in [
        (4, "09:05", "09:05"),
        (5, "2026-02-03 09:05", "09:05"),
        (6, "545", "09:05"),
        (2, "0.5", "12:00"),
        (2, "9.05", "09:05"),
    ] {
        assert_eq!(
            cell(field("t", "T", "time", &[]), "T", kind, written, LOCALE).0,
            text,
            "{written}"
        );
    }
    for written in ["25:00", "9:60", "13 am", "soon", "9:5:5:5", "9.3", "-9:00"] {
        let read = cell(field("t", "T", "time", &[]), "T", 1, written, LOCALE);
        assert_eq!(
            (read.0.as_str(), read.2),
            ("", vec!["unreadable".to_owned()]),
            "{written}"
        );
    }
}

#[test]
fn durations_are_minutes_whatever_they_are_written_in() {
    let minutes = || field("m", "Minutes", "duration", &[]);
    for written in [
        "90",
        "90 min",
        "90mins",
        "90 minutes",
        "90m",
        "1h 30",
        "1h30",
        "1h30m",
        "1 hr 30 mins",
        "1 hour 30 minutes",
        "1 hour and 30 minutes",
        "1 hour, 30 min",
        "1:30",
        "01:30:00",
        "1.5h",
        "1.5 hours",
        "1,5 h",
        "1½ hours",
        "1 ½ hrs",
        "PT1H30M",
        "PT90M",
        "an hour and a half",
        "one hour and a half",
        "1 hr and a half",
        "about 90 minutes",
        "10:00-11:30",
        "10 - 11.30am",
    ] {
        let read = cell(minutes(), "Duration", 1, written, LOCALE);
        assert_eq!(
            (read.0.as_str(), read.1, read.2.len()),
            ("90", 90.0, 0),
            "{written}"
        );
    }
    for (kind, written, minutes_) in [
        (6, "90", 90.0),
        (4, "01:30", 90.0),
        (2, "90", 90.0),
        (6, "90.5", 90.5),
        (1, "0", 0.0),
        (1, "half an hour", 30.0),
        (1, "three quarters of an hour", 45.0),
        (1, "two hours", 120.0),
        (1, "1,200", 1200.0),
        (1, "0:45", 45.0),
        (1, "74", 74.0),
    ] {
        assert_eq!(
            cell(minutes(), "Duration", kind, written, LOCALE).1,
            minutes_,
            "{written}"
        );
    }
    for (heading, unit, written, number) in [
        ("Hours", "minutes", "1.5", 90.0),
        ("Hours", "minutes", "2", 120.0),
        ("Length (hrs)", "minutes", ".75", 45.0),
        ("Time in minutes", "hours", "90", 90.0),
        ("Length", "hours", "1.5", 90.0),
        ("Hours", "", "1.1", 66.0),
        ("Hours", "", "1:30", 90.0),
        ("Hours", "", "90 min", 90.0),
    ] {
        let mut field = minutes();
        unit.clone_into(&mut field.unit);
        assert_eq!(
            cell(field, heading, 1, written, LOCALE).1,
            number,
            "{heading}: {written}"
        );
    }
}

#[test]
fn an_ambiguous_duration_is_named() {
    for (heading, written, number, code, words) in [
        (
            "Minutes",
            "1.5",
            f64::NAN,
            "unreadable",
            "could be 1.5 minutes or 1 h 30 min",
        ),
        (
            "Hours",
            "90",
            f64::NAN,
            "unreadable",
            "could be 90 minutes or 90 h",
        ),
        (
            "Minutes",
            "2",
            2.0,
            "look",
            "read this as 2 min. If you mean 2 h",
        ),
        (
            "Hours",
            "1.30",
            78.0,
            "look",
            "read this as 1 h 18 min. If you mean 1 h 30 min",
        ),
        (
            "Minutes",
            "1.20 hours",
            72.0,
            "look",
            "read this as 1 h 12 min",
        ),
        (
            "Minutes",
            "a while",
            f64::NAN,
            "unreadable",
            "as a length of time",
        ),
        (
            "Minutes",
            "-90",
            f64::NAN,
            "unreadable",
            "as a length of time",
        ),
        (
            "Minutes",
            "30 min 1 h",
            f64::NAN,
            "unreadable",
            "as a length of time",
        ),
        (
            "Minutes",
            "1:75",
            f64::NAN,
            "unreadable",
            "as a length of time",
        ),
        (
            "Minutes",
            "1h 90",
            f64::NAN,
            "unreadable",
            "as a length of time",
        ),
    ] {
        let slot = slot(vec![field("m", "Minutes", "duration", &["Hours"])]);
        let (table, problems) = matched(&slot, &typed(&[heading], &[&[written]]));
        assert_eq!(
            table.columns[0].numbers[0].to_bits(),
            number.to_bits(),
            "{heading}: {written}"
        );
        assert_eq!(problems[0].code, code, "{heading}: {written}");
        assert!(
            problems[0].message.contains(words),
            "{written}: {}",
            problems[0].message
        );
    }
}

#[test]
fn choices_are_known_by_their_words() {
    for (written, id, number) in [
        ("mentoring", "mentoring", 0.0),
        ("Mentoring", "mentoring", 0.0),
        ("1-1 mentoring", "mentoring", 0.0),
        ("Mentoring session", "mentoring", 0.0),
        ("Mentor meeting", "mentoring", 0.0),
        ("mentorring", "mentoring", 0.0),
        ("One-to-one", "mentoring", 0.0),
        ("Cancelled – ill", "cancelled", 3.0),
        ("canceled", "cancelled", 3.0),
        ("Did not attend", "cancelled", 3.0),
        ("ADMIN", "admin", 2.0),
        ("Tutorial with tutor", "supervision", 1.0),
    ] {
        let kind = diary().fields.swap_remove(4);
        assert_eq!(
            cell(kind, "Kind", 1, written, LOCALE),
            (id.to_owned(), number, vec![]),
            "{written}"
        );
    }
    for (written, words) in [
        (
            "lunch",
            "one of these: “Mentoring”, “Supervision”, “Administration”, “Cancelled”",
        ),
        (
            "Mentoring, cancelled",
            "fits several of the choices: “Mentoring”, “Cancelled”",
        ),
    ] {
        let (table, problems) = matched(
            &slot(vec![diary().fields.swap_remove(4)]),
            &typed(&["Kind"], &[&[written]]),
        );
        assert_eq!(table.columns[0].cells, "");
        assert!(
            problems[0].message.contains(words),
            "{}",
            problems[0].message
        );
    }
}

#[test]
fn a_long_text_is_no_value() {
    let long = format!("Mentoring {}", "about rotas ".repeat(100));
    for kind in ["date", "time", "duration", "number", "yes-no"] {
        let read = cell(field("f", "F", kind, &[]), "F", 1, &long, LOCALE);
        assert_eq!(
            (read.0.as_str(), read.2),
            ("", vec!["unreadable".to_owned()])
        );
    }
    let kind = diary().fields.swap_remove(4);
    assert_eq!(cell(kind, "Kind", 1, &long, LOCALE).0, "mentoring");
}

#[test]
fn numbers_and_yes_or_no() {
    for (kind, written, number) in [
        ("number", "1,000", 1000.0),
        ("number", "1,234,567.5", 1_234_567.5),
        ("number", "-3.5", -3.5),
        ("number", "1,5", 1.5),
        ("number", "12 miles", 12.0),
        ("number", "£12.50", 12.5),
        ("whole-number", "12", 12.0),
        ("whole-number", "12.0", 12.0),
        ("yes-no", "Yes", 1.0),
        ("yes-no", "y", 1.0),
        ("yes-no", "✓", 1.0),
        ("yes-no", "No, not yet", 0.0),
        ("yes-no", "TRUE", 1.0),
    ] {
        let mut field = field("n", "N", kind, &[]);
        "miles".clone_into(&mut field.unit);
        assert_eq!(cell(field, "N", 1, written, LOCALE).1, number, "{written}");
    }
    for (kind, written) in [
        ("number", "a dozen"),
        ("whole-number", "3.5"),
        ("yes-no", "perhaps"),
        ("number", "1,00,5"),
    ] {
        let read = cell(field("n", "N", kind, &[]), "N", 1, written, LOCALE);
        assert_eq!(
            (read.0.as_str(), read.2),
            ("", vec!["unreadable".to_owned()]),
            "{written}"
        );
    }
}

#[test]
fn marks_for_nothing_are_blank_but_not_in_texts() {
    for written in ["-", "–", "n/a", "N/A", "none", "?", ""] {
        for kind in ["date", "time", "duration", "choice", "number", "yes-no"] {
            let read = cell(field("f", "F", kind, &[]), "F", 1, written, LOCALE);
            assert_eq!(
                (read.0.as_str(), read.2.len()),
                ("", 0),
                "{kind}: {written}"
            );
            assert!(read.1.is_nan());
        }
        assert_eq!(
            cell(field("f", "F", "text", &[]), "F", 1, written, LOCALE).0,
            written
        );
    }
    let mut required = field("d", "D", "date", &[]);
    required.required = true;
    assert_eq!(cell(required, "D", 1, "-", LOCALE).2, ["missing"]);
    assert_eq!(
        cell(field("d", "D", "date", &[]), "D", 8, "#N/A", LOCALE).2,
        ["unreadable"],
        "an error of the spreadsheet"
    );
}

#[test]
fn what_is_outside_the_bounds_is_taken_and_said() {
    let bounded = |kind: &str| {
        let mut bounded = field("b", "B", kind, &[]);
        bounded.minimum = Some(60.0);
        bounded.maximum = Some(600.0);
        bounded
    };
    for (kind, written, words) in [
        ("duration", "30", "less than 1 h,"),
        ("duration", "11h", "more than 10 h,"),
        ("time", "12:00", "more than 10:00,"),
        ("number", "601", "more than 600,"),
        ("date", "3 Feb 2026", "more than 24 Aug 1971,"),
    ] {
        let (table, problems) = matched(&slot(vec![bounded(kind)]), &typed(&["B"], &[&[written]]));
        assert_eq!(problems[0].code, "out-of-bounds");
        assert!(
            problems[0].message.contains(words),
            "{}",
            problems[0].message
        );
        assert!(table.columns[0].numbers[0].is_finite());
    }
}

#[test]
fn columns_are_found_by_title_alias_likeness_and_content() {
    let columns = |headings: &[&str], row: &[&str]| {
        let found = matching(&diary(), &typed(headings, &[row]));
        found
            .fields
            .into_iter()
            .map(|found| (found.column, found.found_by))
            .collect::<Vec<_>>()
    };
    let by = |column: u32, by: &str| (Some(column), by.to_owned());
    let none = || (None, String::new());
    assert_eq!(
        columns(
            &[
                "Minutes",
                "CLIENT",
                "date",
                "Start",
                "Kind",
                "Tools/Techniques",
                "Progress",
                "Goals"
            ],
            &["60", "A", "1/2/26", "9:00", "mentoring", "", "", ""],
        ),
        [
            by(2, "title"),
            by(1, "title"),
            by(3, "title"),
            by(0, "title"),
            by(4, "title"),
            by(5, "title"),
            by(6, "title"),
            by(7, "title")
        ]
    );
    assert_eq!(
        columns(
            &[
                "Session date",
                "Mentee",
                "Start time",
                "Time",
                "Type of session",
                "Tools used",
                "Progress towards goals",
                "Goal"
            ],
            &["1/2/26", "A", "9:00", "90", "Mentoring", "", "", ""],
        ),
        [
            by(0, "likeness"),
            by(1, "alias"),
            by(2, "likeness"),
            by(3, "alias"),
            by(4, "likeness"),
            by(5, "likeness"),
            by(6, "likeness"),
            by(7, "likeness")
        ],
        "minutes are what the column holds, though a start may be headed so as well"
    );
    assert_eq!(
        columns(
            &["Clinet", "What we did", "Began"],
            &["A", "talked", "3 Feb 2026"]
        ),
        [
            by(2, "content"),
            by(0, "likeness"),
            none(),
            none(),
            none(),
            none(),
            none(),
            none()
        ]
    );
    assert_eq!(
        columns(
            &[""; 8],
            &["3/2/26", "A", "9:00", "90", "admin", "", "", ""]
        )[3],
        by(3, "order")
    );
    assert_eq!(
        columns(&[""; 3], &["A", "3/2/26", "admin"])[0],
        by(1, "content")
    );
    assert_eq!(
        columns(&["Next date", "Last date"], &["3/2/26", "2/2/26"])[0],
        by(0, "likeness"),
        "of two that are alike the first"
    );
    assert_eq!(
        columns(&["", ""], &["3/2/26", "2/2/26"])[0],
        none(),
        "of two that could be, none"
    );
}

#[test]
fn people_correct_the_matching() {
    let slot = diary();
    let read = typed(
        &["Date", "Client", "Minutes", "Notes"],
        &[&["3/2/26", "A", "90", "talked"]],
    );
    let mut found = matching(&slot, &read);
    assert_eq!(
        (found.column("client"), found.column("progress")),
        (Some(1), None)
    );
    found.choose("progress", Some(3), "learner");
    found.choose("client", Some(0), "learner");
    assert_eq!(
        (
            found.column("client"),
            found.column("date"),
            found.column("progress")
        ),
        (Some(0), None, Some(3))
    );
    let kept: Matching = serde_json::from_str(&serde_json::to_string(&found).expect("it is kept"))
        .expect("and read");
    let (table, problems) = table(&slot, 0, "", &read, &kept, LOCALE);
    assert_eq!(table.columns[1].cells, "3/2/26");
    assert_eq!(
        (
            problems[0].row,
            problems[0].code.as_str(),
            problems[0].field.as_str()
        ),
        (None, "missing", "date")
    );
    found.choose("client", None, "learner");
    assert_eq!(found.column("client"), None);
    found.choose("new", Some(9), "learner");
    assert_eq!(found.column("new"), Some(9));
}

#[test]
fn the_table_has_the_fields_first_then_the_other_columns() {
    let (table, problems) = matched(
        &diary(),
        &typed(
            &["Weather", "Client", "Date", "Length"],
            &[
                &["rain", " A ", "3/2/26", "1h 30"],
                &["sun", "B", "2026-02-04", "soon"],
            ],
        ),
    );
    let ids: Vec<&str> = table
        .columns
        .iter()
        .map(|column| column.id.as_str())
        .collect();
    assert_eq!(
        ids,
        [
            "date", "client", "start", "minutes", "kind", "tools", "progress", "goals", ""
        ]
    );
    let date = &table.columns[0];
    assert_eq!(
        (date.cells.as_str(), date.written.as_str()),
        (
            "2026-02-03
2026-02-04",
            "3/2/26
2026-02-04"
        )
    );
    assert_eq!(date.numbers, [20_487.0, 20_488.0]);
    assert_eq!(
        (
            table.columns[1].cells.as_str(),
            table.columns[1].written.as_str(),
            table.columns[1].numbers.len()
        ),
        (
            "A
B", "", 0
        )
    );
    let start = &table.columns[2];
    assert_eq!(
        (
            start.present,
            start.title.as_str(),
            start.cells.as_str(),
            start.numbers.len()
        ),
        (
            false, "Start", "
", 2
        )
    );
    assert_eq!(
        (
            table.columns[3].title.as_str(),
            table.columns[3].cells.as_str()
        ),
        (
            "Length", "90
"
        )
    );
    let other = &table.columns[8];
    assert_eq!(
        (
            other.title.as_str(),
            other.kind.as_str(),
            other.cells.as_str(),
            other.present
        ),
        (
            "Weather", "text", "rain
sun", true
        )
    );
    assert_eq!(problems.len(), 1);
    assert_eq!(
        (
            problems[0].row,
            problems[0].source_row,
            problems[0].field.as_str(),
            problems[0].written.as_str()
        ),
        (Some(1), 2, "minutes", "soon")
    );
}

#[test]
fn rows_that_are_no_entries_are_left_out_and_said() {
    let mut slot = diary();
    "Client A".clone_into(&mut slot.fields[1].example);
    "2 Feb 2026".clone_into(&mut slot.fields[0].example);
    "1 h 30 min".clone_into(&mut slot.fields[3].example);
    let (table, problems) = matched(
        &slot,
        &typed(
            &["Date", "Client", "Minutes", "Progress"],
            &[
                &["02/02/2026", "Client A", "90", ""],
                &["02/02/2026", "Client A", "90", "Good"],
                &["", "", "", ""],
                &["Date", "Client", "Minutes", "Progress"],
                &["Total", "", "180", ""],
                &["", "TOTAL:", "3:00", ""],
                &["3/2/26", "Total Fitness", "60", ""],
            ],
        ),
    );
    assert_eq!(table.source_row, [2, 7]);
    let left_out: Vec<(u32, &str)> = problems
        .iter()
        .map(|problem| (problem.source_row, problem.code.as_str()))
        .collect();
    assert_eq!(
        left_out,
        [
            (1, "left-out"),
            (4, "left-out"),
            (5, "left-out"),
            (6, "left-out")
        ]
    );
    assert!(problems[0].message.contains("example"));
}

#[test]
fn a_table_is_as_large_as_a_plugin_accepts() {
    let headings: Vec<String> = (0..64).map(|at| format!("Column {at}")).collect();
    let headings: Vec<&str> = headings.iter().map(String::as_str).collect();
    let (table, _) = matched(&diary(), &typed(&headings, &[&["x"; 64]]));
    assert_eq!(table.columns.len(), 64);
    let rows = vec!["x".to_owned(); 2_000].join("\n");
    let read = ReadTable {
        row_count: 2_000,
        columns: vec![ReadColumn {
            heading: "Date".to_owned(),
            kind: vec![1; 2_000],
            cells: rows,
            written: String::new(),
        }],
        source_row: (2..2_002).collect(),
        headings: "guessed".to_owned(),
        ..ReadTable::default()
    };
    let (table, problems) = matched(&diary(), &read);
    assert_eq!((table.row_count, problems.len()), (2_000, 1_000));
}
