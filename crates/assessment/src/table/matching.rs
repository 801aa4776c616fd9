//! Which column of a file serves which field of a slot.

use serde::{Deserialize, Serialize};

use super::Lines;
use super::value::{self, is_text};
use crate::evidence::ReadTable;
use crate::sections::fold;
use crate::unit::{Field, Slot};

/// Rows that are looked at to see what a column holds.
const ROWS_LOOKED_AT: usize = 200;
/// How alike a heading must be to a field's title (our heuristic, as all below).
const ALIKE: f64 = 0.5;
/// Share of a column's cells that must be readable where the heading alone is not enough.
const FITTING: f64 = 0.8;
/// Share below which a column that is only alike does not serve the field.
const UNFITTING: f64 = 0.3;
/// Fewest letters of a beginning that two words share to count as one.
const SHARED_BEGINNING: usize = 5;
/// Words of headings that say nothing.
const SMALL_WORDS: [&str; 12] = [
    "of", "the", "a", "an", "and", "or", "in", "for", "with", "to", "on", "s",
];

/// Which column of a table serves which field: found by the headings, else by
/// what the columns hold. People may correct it, so it is kept with the rows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Matching {
    /// One for each field of the slot, in its order.
    pub fields: Vec<FieldMatch>,
}

/// The column of one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldMatch {
    /// Id of the field.
    pub field: String,
    /// Index of the table's column, from 0; none where no column serves it.
    pub column: Option<u32>,
    /// How it was found: `title`, `alias`, `likeness` (of the heading),
    /// `content`, `order` (a table without headings), who chose it (`learner`,
    /// `assessor`), or empty.
    pub found_by: String,
}

impl Matching {
    /// The column that serves the field.
    pub fn column(&self, field: &str) -> Option<u32> {
        let found = self.fields.iter().find(|found| found.field == field);
        found.and_then(|found| found.column)
    }

    /// Puts down what a person chose. A column serves one field, so whichever
    /// had it before is left without.
    pub fn choose(&mut self, field: &str, column: Option<u32>, by: &str) {
        for found in &mut self.fields {
            if found.field == field || (column.is_some() && found.column == column) {
                found.column = column.filter(|_| found.field == field);
                by.clone_into(&mut found.found_by);
            }
        }
        if self.fields.iter().all(|found| found.field != field) {
            self.fields.push(FieldMatch {
                field: field.to_owned(),
                column,
                found_by: by.to_owned(),
            });
        }
    }
}

/// Which of a file's tables serves most of the slot's fields; of equal ones the
/// first. None where there is no table.
pub fn best_fit(slot: &Slot, tables: &[ReadTable]) -> Option<usize> {
    let served = |read: &ReadTable| {
        let matching = matching(slot, read);
        let fields = matching.fields.iter();
        fields.filter(|field| field.column.is_some()).count()
    };
    (0..tables.len())
        .rev()
        .max_by_key(|at| served(&tables[*at]))
}

/// The columns that serve the slot's fields, each column one field at most.
pub fn matching(slot: &Slot, read: &ReadTable) -> Matching {
    let columns: Vec<Column<'_>> = read
        .columns
        .iter()
        .map(|column| Column {
            heading: words(&column.heading),
            lines: Lines::of(column),
            rows: (read.row_count as usize).min(ROWS_LOOKED_AT),
        })
        .collect();
    let mut found = vec![(None, ""); slot.fields.len()];

    let mut offers = Vec::new();
    for (at, field) in slot.fields.iter().enumerate() {
        let names = Names::of(field);
        for (index, column) in columns.iter().enumerate() {
            if let Some((likeness, by)) = heading_fits(field, &names, column) {
                offers.push((likeness + column.fit(field), at, index, by));
            }
        }
    }
    // The best offer first; of equal ones the field and column that stand first.
    offers.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    for (_, at, index, by) in offers {
        take(&mut found, at, index, by);
    }

    let untouched = found.iter().all(|(column, _)| column.is_none());
    let no_headings = columns.iter().all(|column| column.heading.is_empty());
    if untouched
        && no_headings
        && columns.len() == slot.fields.len()
        && fits_in_order(slot, &columns)
    {
        for at in 0..columns.len() {
            take(&mut found, at, at, "order");
        }
    }
    by_content(slot, &columns, &mut found);

    let fields = slot
        .fields
        .iter()
        .zip(found)
        .map(|(field, (column, by))| FieldMatch {
            field: field.id.clone(),
            column: column.and_then(|column| u32::try_from(column).ok()),
            found_by: by.to_owned(),
        });
    Matching {
        fields: fields.collect(),
    }
}

type Found = (Option<usize>, &'static str);

fn take(found: &mut [Found], at: usize, index: usize, by: &'static str) {
    if found[at].0.is_none() && found.iter().all(|(column, _)| *column != Some(index)) {
        found[at] = (Some(index), by);
    }
}

struct Column<'a> {
    heading: Vec<String>,
    lines: Lines<'a>,
    rows: usize,
}

impl Column<'_> {
    /// Share of the cells that can be read as the field's kind, from 0 to 1;
    /// one half for texts, which fit anything, and for columns without cells.
    fn fit(&self, field: &Field) -> f64 {
        self.share(|cell| {
            !is_text(field)
                && value::read(field, "", cell, "en-GB").is_ok_and(|value| value.note.is_none())
        })
        .filter(|_| !is_text(field))
        .unwrap_or(0.5)
    }

    /// Share of the cells that can be nothing but the field's kind.
    fn proof(&self, field: &Field) -> f64 {
        let kind = field.kind.as_str();
        self.share(|cell| {
            let bare = cell.canonical.parse::<f64>().is_ok() && cell.kind < 3;
            !bare
                && matches!(kind, "date" | "time" | "duration" | "choice")
                && value::read(field, "", cell, "en-GB").is_ok_and(|value| !value.text.is_empty())
        })
        .unwrap_or(0.0)
    }

    fn share(&self, holds: impl Fn(value::Cell<'_>) -> bool) -> Option<f64> {
        let cells = (0..self.rows).map(|row| self.lines.cell(row));
        let (mut all, mut holding) = (0_u32, 0_u32);
        for cell in cells.filter(|cell| !cell.is_blank()) {
            all += 1;
            holding += u32::from(holds(cell));
        }
        (all > 0).then(|| f64::from(holding) / f64::from(all))
    }
}

/// What a field is called, in words.
struct Names {
    title: Vec<String>,
    id: Vec<String>,
    aliases: Vec<Vec<String>>,
}

impl Names {
    fn of(field: &Field) -> Self {
        Self {
            title: words(&field.title),
            id: words(&field.id),
            aliases: field.aliases.iter().map(|alias| words(alias)).collect(),
        }
    }
}

/// How well the heading fits, from 0, and by what.
fn heading_fits(field: &Field, names: &Names, column: &Column<'_>) -> Option<(f64, &'static str)> {
    let Names { title, id, aliases } = names;
    let heading = &column.heading;
    if heading.is_empty() {
        return None;
    }
    let same = |name: &Vec<String>| name == heading || name.concat() == heading.concat();
    if same(title) {
        return Some((30.0, "title"));
    }
    if same(id) || aliases.iter().any(same) {
        return Some((20.0, "alias"));
    }
    let likeness = aliases
        .iter()
        .chain([title])
        .map(|name| alike(name, heading))
        .fold(0.0, f64::max);
    let fits = || is_text(field) || column.fit(field) >= UNFITTING;
    (likeness >= ALIKE && fits()).then_some((10.0 * likeness, "likeness"))
}

/// How alike two headings are, from 0 to 1: all words of one within the other
/// is more than half, and more so where the other has few besides.
fn alike(name: &[String], heading: &[String]) -> f64 {
    if name.is_empty() {
        return 0.0;
    }
    let shared = |a: &[String], b: &[String]| {
        a.iter()
            .filter(|word| b.iter().any(|other| close(word, other)))
            .count()
    };
    let (of_name, of_heading) = (shared(name, heading), shared(heading, name));
    #[expect(clippy::cast_precision_loss, reason = "a heading has a few words")]
    let dice = (of_name + of_heading) as f64 / (name.len() + heading.len()) as f64;
    // "Progress towards goals" is about progress first.
    let begins = if close(&name[0], &heading[0]) {
        0.05
    } else {
        0.0
    };
    if of_name == name.len() || of_heading == heading.len() {
        0.5 + dice * 0.4 + begins
    } else {
        dice * 0.6 + begins * 5.0
    }
}

/// Whether two folded words are one: the same, spelt nearly so, or with a
/// shared beginning (`mentor`, `mentoring`).
pub(super) fn close(a: &str, b: &str) -> bool {
    if a == b {
        return true;
    }
    let counts = [a.chars().count(), b.chars().count()];
    let (letters, longest) = (counts[0].min(counts[1]), counts[0].max(counts[1]));
    if letters < SHARED_BEGINNING {
        // "Goal" and "goals".
        return letters >= 3 && (a.strip_suffix('s') == Some(b) || b.strip_suffix('s') == Some(a));
    }
    if a.starts_with(b) || b.starts_with(a) {
        return true;
    }
    // Words of very different lengths need no closer look.
    let most = letters / SHARED_BEGINNING;
    if longest - letters > most {
        return false;
    }
    let sorted = |word: &str| {
        let mut letters: Vec<char> = word.chars().collect();
        letters.sort_unstable();
        letters
    };
    // Two letters that changed places are one slip.
    edits(a, b, most.max(2))
        .is_some_and(|slips| slips <= most || (slips == 2 && sorted(a) == sorted(b)))
}

/// Letters to insert, leave out or change to make one word of the other; none
/// where they are more than `most`.
fn edits(a: &str, b: &str, most: usize) -> Option<usize> {
    let b: Vec<char> = b.chars().collect();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (row, x) in a.chars().enumerate() {
        let mut diagonal = row;
        last[0] = row + 1;
        let mut fewest = last[0];
        for (column, y) in b.iter().enumerate() {
            let change = diagonal + usize::from(x != *y);
            diagonal = last[column + 1];
            last[column + 1] = change.min(diagonal + 1).min(last[column] + 1);
            fewest = fewest.min(last[column + 1]);
        }
        if fewest > most {
            return None;
        }
    }
    Some(last[b.len()]).filter(|edits| *edits <= most)
}

/// Whether columns without headings hold what the fields in their order take.
fn fits_in_order(slot: &Slot, columns: &[Column<'_>]) -> bool {
    slot.fields
        .iter()
        .zip(columns)
        .all(|(field, column)| column.fit(field) >= 0.5)
}

/// Gives a field that has none yet the one column that holds nothing else.
fn by_content(slot: &Slot, columns: &[Column<'_>], found: &mut [Found]) {
    let free: Vec<usize> = (0..columns.len())
        .filter(|index| found.iter().all(|(column, _)| *column != Some(*index)))
        .collect();
    let offers: Vec<(usize, usize)> = slot
        .fields
        .iter()
        .enumerate()
        .filter(|(at, _)| found[*at].0.is_none())
        .flat_map(|(at, field)| {
            let fitting = free
                .iter()
                .filter(|index| columns[**index].proof(field) >= FITTING);
            fitting.map(move |index| (at, *index)).collect::<Vec<_>>()
        })
        .collect();
    for &(at, index) in &offers {
        let rivals = offers
            .iter()
            .filter(|(a, i)| (*a == at) != (*i == index))
            .count();
        if rivals == 0 {
            take(found, at, index, "content");
        }
    }
}

fn words(text: &str) -> Vec<String> {
    let mut words = fold(text);
    if words
        .iter()
        .any(|word| !SMALL_WORDS.contains(&word.as_str()))
    {
        words.retain(|word| !SMALL_WORDS.contains(&word.as_str()));
    }
    words
}
