//! Time that stands in one column of a table, against a threshold.

use super::Checks;
use super::sessions::{duration, is_or_are, minutes, number, rows, seconds, shown_number, small};
use crate::text::counted;
use crate::{Status, Table, finding, wit};

/// More than this in one row is no length of a day's work; it counts as unreadable.
const MOST_SECONDS: i64 = 24 * 60 * 60;

/// A column of time, and how much of it is asked for. A diary with clients and
/// kinds of session has checks of its own in [`super::Diary`].
#[derive(Clone, Copy, Debug)]
pub struct HoursRule<'a> {
    /// Id of the rule.
    pub rule: &'a str,
    /// The criterion that asks for the time.
    pub criterion: &'a str,
    /// The slot.
    pub slot: &'a str,
    /// The column, a duration.
    pub field: &'a str,
    /// The setting that says how many minutes are asked for.
    pub setting: &'a str,
    /// What people call the table, as it reads after “the”: `induction record`.
    pub table: &'a str,
}

impl Checks<'_> {
    /// Adds up a column of time. Seconds are whole, so that no order of the rows
    /// changes the sum. Rows whose time cannot be read are pointed at.
    pub fn hours(&self, rule: &HoursRule<'_>) -> wit::Finding {
        let table = rule.table;
        let tables: Vec<Table<'_>> = self.evidence.tables(rule.slot).collect();
        let state = self.evidence.state(rule.slot);
        let partly_unreadable = !matches!(state, "given" | "empty" | "waived");
        let several = tables.len() > 1;
        let (mut total, mut all) = (0, 0);
        let (mut unread, mut places) = (Vec::new(), Vec::new());
        for row in tables.iter().flat_map(Table::rows) {
            all += 1;
            let length = row.number(rule.field).and_then(seconds);
            if let Some(length) = length.filter(|length| (0..=MOST_SECONDS).contains(length)) {
                total += length;
            } else {
                unread.push(shown_number(row, several));
                places.push(wit::Place {
                    column: Some(rule.field.to_owned()),
                    ..row.place()
                });
            }
        }
        let setting = self.context.setting(rule.setting);
        let source = setting.map_or("heuristic", |setting| &setting.source);
        if all == 0 {
            return nothing(rule, state, partly_unreadable)
                .criterion(rule.criterion)
                .source(source);
        }
        let wanted_minutes = self.context.threshold(rule.setting);
        let wanted = seconds(wanted_minutes).unwrap_or(0);
        let status = if total >= wanted {
            Status::Found
        } else if partly_unreadable || !unread.is_empty() {
            Status::Look
        } else {
            Status::NotFound
        };
        let to_go = if total < wanted {
            format!(", so {} to go", is_or_are(wanted - total))
        } else {
            String::new()
        };
        let counted_rows = counted(small(all), "row", "rows");
        let (about_unread, advice) = if unread.is_empty() {
            (String::new(), "")
        } else {
            let numbers: Vec<&str> = unread.iter().map(String::as_str).collect();
            (
                format!(" We could not read the time in {}.", rows(&numbers)),
                " You could write there how many minutes it took.",
            )
        };
        let about = format!(
            "{} in {counted_rows}; {} are asked for{to_go}.{about_unread}",
            duration(total),
            duration(wanted)
        );
        let files = if partly_unreadable {
            " Some of its files could not be read."
        } else {
            ""
        };
        let message = format!("The {table} shows {about}{files}");
        let report = finding(rule.rule, status, message)
            .learner(format!("We counted {about}{advice}"))
            .criterion(rule.criterion)
            .source(source)
            .counted(minutes(total), Some(wanted_minutes), "minutes")
            .setting(rule.setting)
            .number("counted_minutes", minutes(total))
            .number("rows", number(all));
        places.into_iter().fold(report, wit::Finding::at)
    }
}

/// What there is to say where the table has no rows.
fn nothing(rule: &HoursRule<'_>, state: &str, partly_unreadable: bool) -> wit::Finding {
    let table = rule.table;
    if partly_unreadable {
        return finding(
            rule.rule,
            Status::NotApplicable,
            format!("The {table} could not be read, so no time was counted. Please look in the file."),
        )
        .learner(format!(
            "We could not read your {table}. You could save it in another format, or type the rows on the page."
        ));
    }
    if state == "waived" {
        let message =
            format!("There are no rows in the {table}; other evidence of the time was agreed.");
        return finding(rule.rule, Status::NotApplicable, message);
    }
    finding(
        rule.rule,
        Status::NotFound,
        format!("We could not find rows in the {table}, so no time was counted."),
    )
    .learner(format!(
        "We could not find rows in your {table}. You could fill it in on the page, or hand in a table."
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::sample::{given, test_unit};
    use crate::describe::{field, table_slot};
    use crate::{Evidence, testing};

    const RULE: HoursRule<'_> = HoursRule {
        rule: "record-hours",
        criterion: "1.2",
        slot: "record",
        field: "minutes",
        setting: "min_minutes",
        table: "record",
    };

    #[test]
    #[should_panic(expected = "the unit has no setting `min_minuts` that is a number")]
    fn a_threshold_that_nobody_set_is_a_slip() {
        testing::context(&test_unit()).threshold("min_minuts");
    }

    fn check(state: &str, minutes: &[f64]) -> wit::Finding {
        let unit = test_unit()
            .slot(table_slot(
                "record",
                "Record",
                "",
                vec![field("minutes", "Minutes", "duration")],
            ))
            .setting(
                field("min_minutes", "Minutes", "whole-number"),
                90.0,
                "acme",
                "raise",
            );
        let mut evidence = given("");
        evidence.slots.push(wit::SlotState {
            slot: "record".into(),
            state: state.into(),
            note: String::new(),
        });
        evidence.tables.push(wit::Table {
            slot: "record".into(),
            item: 0,
            title: "record.csv".into(),
            row_count: small(minutes.len()),
            columns: vec![wit::TableColumn {
                id: "minutes".into(),
                title: "Minutes".into(),
                kind: "duration".into(),
                present: true,
                cells: vec![""; minutes.len()].join("\n"),
                written: String::new(),
                numbers: minutes.to_vec(),
            }],
            source_row: (2..).take(minutes.len()).collect(),
        });
        let context = testing::context(&unit);
        Checks::new(Evidence::new(&evidence), &unit, &context).hours(&RULE)
    }

    #[test]
    fn time_is_added_up_to_the_minute() {
        let found = check("given", &[60.0, 29.5, 0.5]);
        assert_eq!(
            (found.status.as_str(), found.source.as_str()),
            ("found", "acme")
        );
        assert_eq!(
            found.message,
            "The record shows 1 h 30 min in 3 rows; 1 h 30 min are asked for."
        );
        let short = check("given", &[60.0, 29.0]);
        assert_eq!(short.status, "not-found");
        assert_eq!(
            short.learner_message.as_deref(),
            Some(
                "We counted 1 h 29 min in 2 rows; 1 h 30 min are asked for, so 1 minute is to go."
            )
        );
    }

    #[test]
    fn rows_whose_time_cannot_be_read_are_pointed_at() {
        let look = check("given", &[60.0, f64::NAN, -1.0, 2000.0]);
        assert_eq!(look.status, "look");
        assert!(
            look.message
                .ends_with("We could not read the time in rows 3, 4 and 5.")
        );
        let rows: Vec<u32> = look.places.iter().map(|place| place.start).collect();
        assert_eq!(rows, [1, 2, 3]);
        // What is there already suffices.
        assert_eq!(check("given", &[90.0, f64::NAN]).status, "found");
    }

    #[test]
    fn a_table_without_rows_is_told_by_its_state() {
        for (state, status) in [
            ("given", "not-found"),
            ("empty", "not-found"),
            ("waived", "not-applicable"),
            ("unreadable", "not-applicable"),
        ] {
            let found = check(state, &[]);
            assert_eq!(
                (found.status.as_str(), found.measure),
                (status, None),
                "{state}"
            );
        }
        assert_eq!(check("unreadable", &[60.0]).status, "look");
    }
}
