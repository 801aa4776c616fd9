//! Rows and cells of separated text.

use std::borrow::Cow;

/// What may part cells, likeliest first.
const SEPARATORS: [char; 4] = [',', ';', '\t', '|'];
/// How much of a file is looked at to find the separator, in bytes.
const LOOKED_AT: usize = 64 << 10;

/// The separator, and the text without a first line that only names it.
pub(crate) fn separator(text: &str) -> (char, &str) {
    // Excel writes and heeds `sep=;`.
    if let Some(rest) = text
        .strip_prefix("sep=")
        .or_else(|| text.strip_prefix("SEP="))
        && let Some(named) = rest.chars().next()
        && let Some(rest) = rest[named.len_utf8()..]
            .strip_prefix("\r\n")
            .or_else(|| rest[named.len_utf8()..].strip_prefix(['\n', '\r']))
    {
        return (named, rest);
    }
    let head = &text[..text.floor_char_boundary(LOOKED_AT)];
    let mut best = (0, 0, SEPARATORS[0]);
    for separator in SEPARATORS {
        let (share, cells) = evenness(head, separator);
        if (share, cells) > (best.0, best.1) {
            best = (share, cells, separator);
        }
    }
    (best.2, text)
}

/// The share of rows, in hundredths, that have the commonest number of cells,
/// and that number; nothing for a separator that parts no row.
fn evenness(text: &str, separator: char) -> (usize, usize) {
    let mut widths: Vec<usize> = Vec::new();
    let mut last = None;
    let counted = walk(text, separator, |row, column, text| {
        if last != Some(row) {
            widths.push(0);
            last = Some(row);
        }
        if let Some(width) = widths.last_mut()
            && (!text.is_empty() || column > 0)
        {
            *width = column as usize + 1;
        }
        Ok::<(), ()>(())
    });
    widths.retain(|width| *width > 0);
    let rows = widths.len();
    widths.retain(|width| *width > 1);
    widths.sort_unstable();
    let runs = widths.chunk_by(|a, b| a == b);
    let commonest = runs.max_by_key(|run| run.len());
    match (counted, commonest) {
        (Ok(_), Some(run)) => (run.len() * 100 / rows, run[0]),
        _ => (0, 0),
    }
}

/// Tells `cell` of every cell: its row and column from 0, and its text. Says
/// whether a quotation mark opens a cell and none closes it; from there on such
/// marks are signs like any other, so that one slip does not swallow the rest.
///
/// # Errors
///
/// What `cell` refuses; the walk ends with it.
pub(crate) fn walk<E>(
    text: &str,
    separator: char,
    mut cell: impl FnMut(u32, u32, &str) -> Result<(), E>,
) -> Result<bool, E> {
    let (mut row, mut column, mut unclosed) = (0, 0, false);
    let mut rest = text;
    while !rest.is_empty() {
        let spaces = rest.len() - rest.trim_start_matches(' ').len();
        let quoted = rest[spaces..].strip_prefix('"').filter(|_| !unclosed);
        let found = quoted.and_then(|inside| quoted_cell(inside, separator));
        unclosed |= quoted.is_some() && found.is_none();
        let (written, after) = found.unwrap_or_else(|| {
            let end = rest.find([separator, '\n', '\r']).unwrap_or(rest.len());
            (Cow::Borrowed(&rest[..end]), &rest[end..])
        });
        cell(row, column, as_text(&written))?;
        if let Some(next) = after.strip_prefix(separator) {
            column += 1;
            rest = next;
        } else {
            row += 1;
            column = 0;
            rest = after
                .strip_prefix("\r\n")
                .or_else(|| after.strip_prefix(['\n', '\r']))
                .unwrap_or(after);
        }
    }
    Ok(unclosed)
}

/// The text of a cell in quotes, and what follows it; none if it is never
/// closed. A quote closes where the cell could end; any other is a sign.
fn quoted_cell(inside: &str, separator: char) -> Option<(Cow<'_, str>, &str)> {
    let mut from = 0;
    loop {
        let at = from + inside[from..].find('"')?;
        let after = &inside[at + 1..];
        if after.starts_with('"') {
            from = at + 2;
            continue;
        }
        let behind = after.trim_start_matches(' ');
        if behind.is_empty() || behind.starts_with([separator, '\n', '\r']) {
            let text = &inside[..at];
            let text = if text.contains(['"', '\r']) {
                Cow::Owned(text.replace("\"\"", "\"").replace("\r\n", "\n"))
            } else {
                Cow::Borrowed(text)
            };
            return Some((text, behind));
        }
        from = at + 1;
    }
}

/// `="007"` is how spreadsheets keep figures as text.
fn as_text(cell: &str) -> &str {
    let figures = cell
        .strip_prefix("=\"")
        .and_then(|rest| rest.strip_suffix('"'));
    figures.unwrap_or(cell)
}
