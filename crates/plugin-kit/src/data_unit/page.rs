//! The reference page of `unit.toml`, written from what the reader says of each key.

use std::fmt::Write;

use super::file::{Entry, File};
use super::{lists, read, stock};

const HEAD: &str = "# unit.toml

A unit that needs no programming is one file. `markbridge plugin build unit.toml` makes a plugin of it, with nothing installed but `markbridge`.

The file is [TOML](https://toml.io): headings in brackets, below them lines of the form `key = value`. `[name]` stands once; `[[name]]` stands as often as there is something to say, and each adds one. Texts stand between quotation marks. What stands behind `#` is a comment. The order of the headings is free, but for two things: a heading with a full stop, such as `[[outcome.criterion]]`, belongs to the last `[[outcome]]` above it; and findings stand in the order of the checks.

A threshold can be a number or the id of a `[[setting]]`. A number becomes a setting too, with a title of the kit’s and free for centres to change, so write a `[[setting]]` only where that should be different.

Everything that is wrong with a file is said at once, each with its line.

This page is written from the program itself.
";

/// The whole page.
pub fn page() -> String {
    let file = File::on_paper();
    drop(read(&file, None));
    // The outermost table has no keys of its own.
    let mut entries = file.page();
    entries.retain(|entry| entry.table != "the file");
    let mut tables: Vec<(&str, Vec<&Entry>)> = Vec::new();
    for entry in &entries {
        let place = tables.iter().position(|(table, _)| *table == entry.table);
        let place = place.unwrap_or_else(|| {
            tables.push((&entry.table, Vec::new()));
            tables.len() - 1
        });
        let said = &mut tables[place].1;
        if !said.iter().any(|known| known.key == entry.key) {
            said.push(entry);
        }
    }

    let mut page = HEAD.to_owned();
    let mut written: Vec<(&str, Vec<String>)> = Vec::new();
    for (table, entries) in &tables {
        let _ = write!(page, "\n## `{table}`\n\n");
        if let Some(own) = entries.iter().find(|entry| entry.key.is_empty()) {
            let _ = writeln!(page, "{} ({})", own.help, own.standing.trim_matches('*'));
        }
        let keys = entries
            .iter()
            .filter(|entry| !entry.key.is_empty() && !is_table(entry));
        let rows: Vec<String> = keys.map(|entry| row(entry)).collect();
        if rows.is_empty() {
            continue;
        }
        if let Some((like, _)) = written.iter().find(|(_, known)| *known == rows) {
            let _ = writeln!(page, "\nThe keys are those of `{like}`.");
            continue;
        }
        page.push_str(
            "\n| key | what stands there | if it is left out | meaning |\n|---|---|---|---|\n",
        );
        page.push_str(&rows.concat());
        written.push((table, rows));
    }
    kits_own(&mut page);
    page
}

fn row(entry: &Entry) -> String {
    let key = match entry.key {
        "*" => "any name".to_owned(),
        key => format!("`{key}`"),
    };
    format!(
        "| {key} | {} | {} | {} |\n",
        entry.kind, entry.standing, entry.help
    )
}

fn is_table(entry: &Entry) -> bool {
    matches!(entry.kind.as_str(), "table" | "tables")
}

fn kits_own(page: &mut String) {
    page.push_str("\n## Settings of the kit\n\nA `[[setting]]` of one of these ids needs no title, kind or bounds.\n\n| id | title | standard | from | to |\n|---|---|---|---|---|\n");
    for setting in &stock::SETTINGS {
        let standard = setting
            .standard
            .map_or("**needed**".to_owned(), |number| number.to_string());
        let _ = writeln!(
            page,
            "| `{}` | {} | {standard} | {} | {} |",
            setting.id, setting.title, setting.minimum, setting.maximum
        );
    }
    page.push_str("\n## Word lists of the kit\n\nWherever words are asked for, `@` and one of these names stands for all words of the list.\n\n| name | words |\n|---|---|\n");
    for (name, number) in lists::of_terms() {
        let _ = writeln!(page, "| `@{name}` | {number} |");
    }
    page.push_str(
        "\nThings with the words for them, for the key `from`:\n\n| name | things |\n|---|---|\n",
    );
    for (name, number) in lists::of_concepts() {
        let _ = writeln!(page, "| `{name}` | {number} |");
    }
}
