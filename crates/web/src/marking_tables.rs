//! Tables on the marking page: the matrix and the time that it opens with, and
//! for each criterion the rows that findings point at.

use std::collections::{BTreeMap, BTreeSet};

use assessment::evidence::Table;
use assessment::finding::{Finding, Place};
use assessment::unit::Slot;
use workflow::marking::CheckedSubmission;
use workflow::table::read_rows;

use crate::marking::letter;
use crate::pages::{
    CountedTime, EvidenceCell, EvidenceRow, EvidenceTable, Labelled, Letter, LookThere, Marking,
    Matrix, Measured, Overview, RowReason, Total,
};
use crate::table::{Cells, is_long, is_total};

/// What the address says in place of a criterion.
pub(crate) const OVERVIEW: &str = "overview";
/// Most rows of a table that stand with a criterion; all of them have a page of
/// their own.
const MOST_ROWS: usize = 40;
/// Columns of short fields that are shown beside those that each row must have.
const MORE_COLUMNS: usize = 1;
/// Most letters of a long text that stand in a cell; the rows' own page has all of it.
const LONGEST_CELL: usize = 240;

/// The tables that findings point into, read once for all criteria.
pub(crate) struct MarkingTables<'a> {
    checked: &'a CheckedSubmission,
    tables: Vec<(&'a Slot, Table)>,
}

impl<'a> MarkingTables<'a> {
    pub(crate) fn of(checked: &'a CheckedSubmission) -> Self {
        let pointed_at: BTreeSet<&str> = findings(checked)
            .iter()
            .flat_map(|finding| &finding.places)
            .map(|place| place.slot.as_str())
            .collect();
        let tables = checked
            .tables
            .iter()
            .filter(|record| pointed_at.contains(record.slot.as_str()))
            .filter_map(|record| {
                let slot = checked.unit.slot(&record.slot)?;
                Some((slot, read_rows(slot, &record.rows).table))
            });
        Self {
            tables: tables.collect(),
            checked,
        }
    }

    /// The rows that the findings on a criterion point at.
    pub(crate) fn rows(
        &self,
        criterion: &str,
        findings: &[(usize, &Finding)],
    ) -> Vec<EvidenceTable> {
        let tables = self.tables.iter();
        tables
            .filter_map(|(slot, table)| self.rows_of(slot, table, criterion, findings))
            .collect()
    }

    fn rows_of(
        &self,
        slot: &Slot,
        table: &Table,
        criterion: &str,
        findings: &[(usize, &Finding)],
    ) -> Option<EvidenceTable> {
        let mut pointed_at: BTreeMap<u32, Vec<(usize, &Place)>> = BTreeMap::new();
        for (at, (_, finding)) in findings.iter().enumerate() {
            for place in &finding.places {
                if place.slot != slot.id || place.item != table.item {
                    continue;
                }
                for row in place.start..place.end.min(table.row_count) {
                    pointed_at.entry(row).or_default().push((at, place));
                }
            }
        }
        let more = pointed_at.len().saturating_sub(MOST_ROWS);
        let shown: Vec<(u32, Vec<(usize, &Place)>)> = pointed_at
            .into_iter()
            .take(MOST_ROWS)
            .filter_map(|(row, at)| Some((*table.source_row.get(row as usize)?, at)))
            .collect();
        if shown.is_empty() {
            return None;
        }
        let masked: Vec<&Place> = self
            .checked
            .check
            .iter()
            .flat_map(|check| check.report.personal_data())
            .filter(|place| place.column.is_some() && place.slot == slot.id)
            .collect();
        let cells = Cells::of(table, &masked);
        let (long, short): (Vec<usize>, Vec<usize>) = columns(slot, &cells, &shown)
            .into_iter()
            .partition(|at| is_long(&slot.fields[*at]));
        let mut begun = BTreeSet::new();
        let rows = shown
            .iter()
            .map(|(number, pointing)| {
                let reasons: BTreeSet<usize> = pointing.iter().map(|(at, _)| *at).collect();
                let cell = |at: &usize| EvidenceCell {
                    text: cut(cells.shown(*at, *number, &slot.fields[*at])),
                    pointed_at: names(pointing, &slot.fields[*at].id),
                };
                EvidenceRow {
                    number: *number,
                    cells: short.iter().map(cell).collect(),
                    texts: long.iter().map(cell).collect(),
                    places: reasons
                        .iter()
                        .filter(|at| begun.insert(**at))
                        .map(|at| row_place(criterion, *at))
                        .collect(),
                    reasons: reasons
                        .iter()
                        .map(|&at| self.reason(criterion, at, findings[at].1))
                        .collect(),
                }
            })
            .collect();
        let title = |at: &usize| slot.fields[*at].title.clone();
        Some(EvidenceTable {
            slot: slot.id.clone(),
            title: slot.title.clone(),
            columns: short.iter().map(title).collect(),
            texts: long.iter().map(title).collect(),
            rows,
            more,
            all_rows: table.row_count,
        })
    }

    /// How many rows there are: `Mentoring diary, 24 rows`.
    pub(crate) fn facts(&self) -> impl Iterator<Item = String> {
        self.checked.tables.iter().filter_map(|table| {
            let slot = self.checked.unit.slot(&table.slot)?;
            let rows = table.rows.len();
            let word = if rows == 1 { "row" } else { "rows" };
            (slot.kind == "table" && rows > 0).then(|| format!("{}, {rows} {word}", slot.title))
        })
    }

    fn reason(&self, criterion: &str, at: usize, finding: &Finding) -> RowReason {
        RowReason {
            letter: Letter {
                letter: letter(at),
                status: finding.status.clone(),
                finding: format!("f-{criterion}-{}", letter(at)),
            },
            title: self.title_of(finding),
            look: is_look(&finding.status),
        }
    }

    fn title_of(&self, finding: &Finding) -> String {
        let rule = self.checked.unit.rule(&finding.rule);
        rule.map_or(&finding.rule, |rule| &rule.title).clone()
    }

    /// Time that the checks counted for a criterion, with what else is asked for
    /// there.
    pub(crate) fn time(&self, criterion: &str) -> Vec<CountedTime> {
        let of_criterion = |finding: &&Finding| finding.criterion.as_deref() == Some(criterion);
        let counted = findings(self.checked)
            .iter()
            .filter(of_criterion)
            .filter(|finding| is_total(finding));
        counted
            .filter_map(|finding| {
                let total = Total::of(finding, &self.title_of(finding), &finding.message)?;
                let beside = findings(self.checked)
                    .iter()
                    .filter(of_criterion)
                    .filter(|other| !is_total(other) && other.source != "heuristic");
                Some(CountedTime {
                    criterion: criterion.to_owned(),
                    total,
                    beside: beside
                        .filter_map(|other| Measured::of(other, &self.title_of(other)))
                        .collect(),
                })
            })
            .collect()
    }

    /// The page that work with a matrix opens with; none without a matrix.
    pub(crate) fn overview(&self, page: &Marking) -> Option<Overview> {
        let matrix = findings(self.checked)
            .iter()
            .find_map(|finding| Matrix::of(finding, &self.title_of(finding)))?;
        let criteria = || page.outcomes.iter().flat_map(|outcome| &outcome.criteria);
        let look = criteria().map(|criterion| LookThere {
            criterion: Labelled::new(&criterion.id, &criterion.title),
            count: criterion
                .findings
                .iter()
                .filter(|finding| is_look(&finding.status))
                .count(),
        });
        Some(Overview {
            matrix,
            time: criteria()
                .flat_map(|criterion| criterion.time.clone())
                .collect(),
            look: look.collect(),
        })
    }
}

/// The id of the first row that a criterion's finding points at.
pub(crate) fn row_place(criterion: &str, at: usize) -> String {
    format!("r-{criterion}-{}", letter(at))
}

fn findings(checked: &CheckedSubmission) -> &[Finding] {
    let check = checked.check.as_ref();
    check.map_or(&[], |check| &check.report.findings)
}

fn is_look(status: &str) -> bool {
    matches!(status, "look" | "not-found")
}

/// Whether one of these places names a column.
fn names(pointing: &[(usize, &Place)], column: &str) -> bool {
    let mut named = pointing
        .iter()
        .filter_map(|(_, place)| place.column.as_deref());
    named.any(|named| named == column)
}

/// The columns that are shown, in the slot's order: what each row must have, a
/// little more that is short, what findings name, and the longest text.
fn columns(slot: &Slot, cells: &Cells<'_>, rows: &[(u32, Vec<(usize, &Place)>)]) -> Vec<usize> {
    let length = |at: usize| -> usize {
        let field = &slot.fields[at];
        let cells = rows.iter().map(|(row, _)| cells.shown(at, *row, field));
        cells.map(|cell| cell.len()).sum()
    };
    let fields = || (0..slot.fields.len()).filter(|at| length(*at) > 0);
    let is_named = |at: &usize| {
        let id = &slot.fields[*at].id;
        rows.iter().any(|(_, pointing)| names(pointing, id))
    };
    let short = fields().filter(|at| !is_long(&slot.fields[*at]));
    let (required, optional): (Vec<usize>, Vec<usize>) =
        short.partition(|at| slot.fields[*at].required);
    let mut columns: BTreeSet<usize> = (0..slot.fields.len()).filter(is_named).collect();
    columns.extend(required);
    columns.extend(optional.into_iter().take(MORE_COLUMNS));
    let long = fields().filter(|at| is_long(&slot.fields[*at]));
    columns.extend(long.max_by_key(|at| length(*at)));
    columns.into_iter().collect()
}

/// A text cut after a word where it is long.
fn cut(text: String) -> String {
    let Some((end, _)) = text.char_indices().nth(LONGEST_CELL) else {
        return text;
    };
    let end = text[..end].rfind(char::is_whitespace).unwrap_or(end);
    format!("{} …", &text[..end])
}
