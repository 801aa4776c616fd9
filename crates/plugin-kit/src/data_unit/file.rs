//! Reading a file of tables so that its author learns everything that is wrong
//! with it at once, with the line.
//!
//! Whoever reads a key says in the same breath what it means. The reference page
//! is written by reading an empty file and keeping what was said.

use std::cell::RefCell;
use std::fmt::Write;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Longest piece of the file that a message repeats, in characters.
const LONGEST_QUOTE: usize = 60;
/// Most names that a message lists.
const MOST_NAMED: usize = 14;

/// Something in the file that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Line of the file, from 1.
    pub line: usize,
    /// What stands there, and what was expected.
    pub message: String,
}

/// What the reference page says about a key.
#[derive(Debug)]
pub(super) struct Entry {
    /// The table, as people write it: `[[outcome.criterion]]`.
    pub(super) table: String,
    /// The key; empty where the entry is the table's own.
    pub(super) key: &'static str,
    /// What may stand there.
    pub(super) kind: String,
    /// Whether it must be there, or what counts where it is not.
    pub(super) standing: String,
    /// What it means.
    pub(super) help: &'static str,
}

/// The file.
#[derive(Debug)]
pub(super) struct File<'t> {
    text: &'t str,
    problems: RefCell<Vec<Problem>>,
    /// What was said about keys, where nothing is read but the page written.
    page: Option<RefCell<Vec<Entry>>>,
}

impl<'t> File<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            text,
            problems: RefCell::default(),
            page: None,
        }
    }

    /// A file of which only the reference page is wanted.
    pub(super) fn on_paper() -> Self {
        Self {
            text: "",
            problems: RefCell::default(),
            page: Some(RefCell::default()),
        }
    }

    /// The outermost table; none where only the page is wanted.
    pub(super) fn root<'f>(&'f self, root: Option<&'f DeTable<'f>>) -> Table<'f> {
        Table {
            file: self,
            path: String::new(),
            many: false,
            inner: root,
            start: 0,
            asked: RefCell::default(),
            missing: RefCell::default(),
        }
    }

    pub(super) fn is_on_paper(&self) -> bool {
        self.page.is_some()
    }

    pub(super) fn problem(&self, at: usize, message: impl Into<String>) {
        if self.is_on_paper() {
            return;
        }
        let before = self.text.get(..at).unwrap_or(self.text);
        self.problems.borrow_mut().push(Problem {
            line: before.matches('\n').count() + 1,
            message: message.into(),
        });
    }

    /// Whether nothing is wrong so far.
    pub(super) fn is_sound(&self) -> bool {
        self.problems.borrow().is_empty()
    }

    /// All that is wrong, in the order of the lines.
    pub(super) fn problems(self) -> Vec<Problem> {
        let mut problems = self.problems.into_inner();
        problems.sort();
        problems.dedup();
        problems
    }

    /// What was said about keys.
    pub(super) fn page(self) -> Vec<Entry> {
        self.page.map(RefCell::into_inner).unwrap_or_default()
    }

    fn say(&self, entry: Entry) {
        if let Some(page) = &self.page {
            page.borrow_mut().push(entry);
        }
    }

    /// The piece of the file that a value was written as.
    fn written(&self, value: &Spanned<DeValue<'_>>) -> String {
        let written = self.text.get(value.span()).unwrap_or_default();
        let line = written.lines().next().unwrap_or_default();
        let mut shown: String = line.chars().take(LONGEST_QUOTE).collect();
        if shown.len() < written.len() {
            shown.push('…');
        }
        shown
    }
}

/// A table of the file. When it is dropped, keys that nobody asked for are reported.
#[derive(Debug)]
pub(super) struct Table<'t> {
    file: &'t File<'t>,
    path: String,
    /// Whether there may be several: `[[path]]`.
    many: bool,
    inner: Option<&'t DeTable<'t>>,
    start: usize,
    asked: RefCell<Vec<&'static str>>,
    /// Needed keys that are not there, and what belongs there.
    missing: RefCell<Vec<(&'static str, &'static str)>>,
}

/// A value with the place where it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Placed<T> {
    pub(super) value: T,
    pub(super) at: usize,
}

impl<'t> Table<'t> {
    pub(super) fn file(&self) -> &'t File<'t> {
        self.file
    }

    /// Where the table begins.
    pub(super) fn start(&self) -> usize {
        self.start
    }

    /// Reports something about the whole table.
    pub(super) fn problem(&self, message: impl Into<String>) {
        self.file.problem(self.start, message);
    }

    /// Reports something about a key, where it stands.
    pub(super) fn problem_at(&self, key: &str, message: impl Into<String>) {
        self.file.problem(self.at(key), message);
    }

    /// Where a key's value stands; the table's beginning if it is not there.
    pub(super) fn at(&self, key: &str) -> usize {
        let value = self.inner.and_then(|inner| inner.get(key));
        value.map_or(self.start, |value| value.span().start)
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.inner.is_some_and(|inner| inner.contains_key(key))
    }

    /// The heading of tables below this one.
    pub(super) fn below(&self, key: &str) -> String {
        format!("[[{}]]", self.path_of(key))
    }

    /// The table as its heading is written.
    fn heading(&self) -> String {
        match (self.path.as_str(), self.many) {
            ("", _) => "the file".to_owned(),
            (path, true) => format!("[[{path}]]"),
            (path, false) => format!("[{path}]"),
        }
    }

    /// A value of any kind.
    pub(super) fn any(
        &self,
        key: &'static str,
        kind: &str,
        standing: &str,
        help: &'static str,
    ) -> Option<&'t Spanned<DeValue<'t>>> {
        self.asked.borrow_mut().push(key);
        self.file.say(Entry {
            table: self.heading(),
            key,
            kind: kind.to_owned(),
            standing: standing.to_owned(),
            help,
        });
        self.inner?.get(key)
    }

    fn wrong(&self, value: &Spanned<DeValue<'_>>, key: &str, expected: &str) {
        let written = self.file.written(value);
        self.file.problem(
            value.span().start,
            format!("`{key}` should be {expected}, but `{written}` stands here."),
        );
    }

    /// Reports a needed key that is not there, unless it is only misspelt.
    pub(super) fn missing(&self, key: &'static str, help: &'static str) {
        self.missing.borrow_mut().push((key, help));
    }

    fn text_of(&self, value: &'t Spanned<DeValue<'t>>, key: &str) -> Option<&'t str> {
        let DeValue::String(text) = value.get_ref() else {
            self.wrong(value, key, "a text in quotation marks");
            return None;
        };
        if text
            .chars()
            .any(|letter| letter.is_control() && letter != '\t')
        {
            self.wrong(
                value,
                key,
                "one line; in a text between `\"\"\"`, end each line but the last with `\\`",
            );
        }
        Some(text)
    }

    /// A text that may be missing.
    pub(super) fn optional_text(&self, key: &'static str, help: &'static str) -> Option<&'t str> {
        let value = self.any(key, "text", "may be left out", help)?;
        self.text_of(value, key)
    }

    /// A text that must be there and say something.
    pub(super) fn text(&self, key: &'static str, help: &'static str) -> &'t str {
        let Some(value) = self.any(key, "text", "**needed**", help) else {
            self.missing(key, help);
            return "";
        };
        let text = self.text_of(value, key).unwrap_or_default();
        if text.trim().is_empty() && matches!(value.get_ref(), DeValue::String(_)) {
            self.problem_at(key, format!("`{key}` is empty. What belongs there: {help}"));
        }
        text
    }

    /// A text with one that counts where there is none.
    pub(super) fn text_or(
        &self,
        key: &'static str,
        standard: &'static str,
        help: &'static str,
    ) -> &'t str {
        let standing = match standard {
            "" => "empty".to_owned(),
            standard => format!("`\"{standard}\"`"),
        };
        let value = self.any(key, "text", &standing, help);
        value
            .and_then(|value| self.text_of(value, key))
            .unwrap_or(standard)
    }

    /// An id: the name of one thing for good.
    pub(super) fn id(&self, key: &'static str, help: &'static str) -> &'t str {
        let id = self.text(key, help);
        let fits = |letter: char| letter.is_ascii_alphanumeric() || ".-_".contains(letter);
        if !id.is_empty() && (id.len() > 64 || !id.chars().all(fits)) {
            self.problem_at(
                key,
                format!("`{id}` is no id. An id has at most 64 letters, digits, `.`, `-` and `_`, and no spaces."),
            );
        }
        id
    }

    /// One of several words. Without a standard word it must be there.
    pub(super) fn word(
        &self,
        key: &'static str,
        words: &[&'t str],
        standard: Option<&'t str>,
        help: &'static str,
    ) -> &'t str {
        let kind = joined(words, "or");
        let standing = standard.map_or("**needed**".to_owned(), |word| format!("`\"{word}\"`"));
        let Some(value) = self.any(key, &kind, &standing, help) else {
            if standard.is_none() {
                self.missing(key, help);
            }
            return standard.unwrap_or_default();
        };
        let Some(word) = self.text_of(value, key) else {
            return standard.unwrap_or_default();
        };
        if !words.contains(&word) {
            let meant = match nearest(word, words) {
                Some(near) => format!("Did you mean `{near}`?"),
                None => format!("It can be {}.", joined(words, "or")),
            };
            let message = format!("`{key}` cannot be `{word}`. {meant}");
            self.file.problem(value.span().start, message);
        }
        word
    }

    /// A number, whole or not.
    pub(super) fn number(
        &self,
        key: &'static str,
        standing: &str,
        help: &'static str,
    ) -> Option<f64> {
        let value = self.any(key, "number", standing, help)?;
        let number = number_of(value.get_ref());
        if number.is_none() {
            self.wrong(value, key, "a number such as 12 or 0.5");
        }
        number
    }

    /// A whole number from 0.
    pub(super) fn whole(
        &self,
        key: &'static str,
        standing: &str,
        help: &'static str,
    ) -> Option<u32> {
        let value = self.any(key, "whole number", standing, help)?;
        let number = match value.get_ref() {
            DeValue::Integer(number) => u32::from_str_radix(number.as_str(), number.radix()).ok(),
            _ => None,
        };
        if number.is_none() {
            self.wrong(value, key, "a whole number such as 12");
        }
        number
    }

    /// Yes or no.
    pub(super) fn flag(&self, key: &'static str, standard: bool, help: &'static str) -> bool {
        let standing = format!("`{standard}`");
        let Some(value) = self.any(key, "`true` or `false`", &standing, help) else {
            return standard;
        };
        let flag = value.get_ref().as_bool();
        if flag.is_none() {
            self.wrong(value, key, "`true` or `false`, without quotation marks");
        }
        flag.unwrap_or(standard)
    }

    /// Several texts.
    pub(super) fn texts(&self, key: &'static str, help: &'static str) -> Vec<Placed<&'t str>> {
        self.any(key, "list of texts", "empty", help)
            .map(|value| self.texts_of(value, key))
            .unwrap_or_default()
    }

    /// Several texts; none where the key is not there.
    pub(super) fn optional_texts(
        &self,
        key: &'static str,
        standing: &str,
        help: &'static str,
    ) -> Option<Vec<Placed<&'t str>>> {
        let value = self.any(key, "list of texts", standing, help)?;
        Some(self.texts_of(value, key))
    }

    pub(super) fn texts_of(
        &self,
        value: &'t Spanned<DeValue<'t>>,
        key: &str,
    ) -> Vec<Placed<&'t str>> {
        let DeValue::Array(items) = value.get_ref() else {
            self.wrong(
                value,
                key,
                "a list of texts, each in quotation marks, between `[` and `]`",
            );
            return Vec::new();
        };
        let mut texts = Vec::new();
        for item in items {
            let at = item.span().start;
            if item.get_ref().is_str() {
                let text = self.text_of(item, key);
                texts.extend(text.map(|value| Placed { value, at }));
            } else {
                let written = self.file.written(item);
                self.file.problem(
                    at,
                    format!("Each of `{key}` should be a text in quotation marks, but `{written}` stands here."),
                );
            }
        }
        texts
    }

    /// Several texts of which there must be one at least.
    pub(super) fn needed_texts(
        &self,
        key: &'static str,
        help: &'static str,
    ) -> Vec<Placed<&'t str>> {
        let Some(value) = self.any(key, "list of texts", "**needed**", help) else {
            self.missing(key, help);
            return Vec::new();
        };
        if value
            .get_ref()
            .as_array()
            .is_some_and(|items| items.iter().next().is_none())
        {
            self.problem_at(key, format!("`{key}` is empty. What belongs there: {help}"));
        }
        self.texts_of(value, key)
    }

    /// A table below this one.
    pub(super) fn table(
        &self,
        key: &'static str,
        standing: &str,
        help: &'static str,
    ) -> Option<Table<'t>> {
        let value = self.any(key, "table", standing, help);
        let child = |inner, start| Table {
            file: self.file,
            path: self.path_of(key),
            many: false,
            inner,
            start,
            asked: RefCell::default(),
            missing: RefCell::default(),
        };
        if self.file.is_on_paper() {
            let table = child(None, 0);
            self.file.say(Entry {
                table: table.heading(),
                key: "",
                kind: String::new(),
                standing: standing.to_owned(),
                help,
            });
            return Some(table);
        }
        let value = value?;
        let DeValue::Table(inner) = value.get_ref() else {
            let heading = child(None, 0).heading();
            self.wrong(
                value,
                key,
                &format!(
                    "a table: lines under the heading `{heading}`, or `{key} = {{ … }}` in one line"
                ),
            );
            return None;
        };
        Some(child(Some(inner), self.key_at(key)))
    }

    /// Several tables below this one.
    pub(super) fn tables(
        &self,
        key: &'static str,
        standing: &str,
        help: &'static str,
    ) -> Vec<Table<'t>> {
        let value = self.any(key, "tables", standing, help);
        let child = |inner, start| Table {
            file: self.file,
            path: self.path_of(key),
            many: true,
            inner,
            start,
            asked: RefCell::default(),
            missing: RefCell::default(),
        };
        if self.file.is_on_paper() {
            let table = child(None, 0);
            self.file.say(Entry {
                table: table.heading(),
                key: "",
                kind: String::new(),
                standing: standing.to_owned(),
                help,
            });
            return vec![table];
        }
        let Some(value) = value else {
            return Vec::new();
        };
        let heading = child(None, 0).heading();
        let DeValue::Array(items) = value.get_ref() else {
            let at = self.key_at(key);
            self.file.problem(
                at,
                format!("`{key}` can stand here several times, so write its heading as `{heading}`, with two brackets on each side."),
            );
            return Vec::new();
        };
        let mut tables = Vec::new();
        for item in items {
            match item.get_ref() {
                DeValue::Table(inner) => tables.push(child(Some(inner), item.span().start)),
                _ => self.wrong(item, key, &format!("a table under the heading `{heading}`")),
            }
        }
        tables
    }

    /// A table of which nothing stands in the file.
    pub(super) fn without(&self, key: &str) -> Table<'t> {
        Table {
            file: self.file,
            path: self.path_of(key),
            many: false,
            inner: None,
            start: self.start,
            asked: RefCell::default(),
            missing: RefCell::default(),
        }
    }

    /// The keys and values of a table whose keys the author chooses.
    pub(super) fn entries(&self) -> Vec<(Placed<&'t str>, &'t Spanned<DeValue<'t>>)> {
        let Some(inner) = self.inner else {
            return Vec::new();
        };
        let mut entries: Vec<_> = inner
            .iter()
            .map(|(key, value)| {
                let placed = Placed {
                    value: key.get_ref().as_ref(),
                    at: key.span().start,
                };
                (placed, value)
            })
            .collect();
        entries.sort_by_key(|(key, _)| key.at);
        entries
    }

    /// Reports a name that is none of those known, with the nearest of them.
    pub(super) fn known<'k>(
        &self,
        name: &str,
        at: usize,
        known: impl IntoIterator<Item = &'k str>,
        what: &str,
    ) -> bool {
        let known: Vec<&str> = known.into_iter().collect();
        if name.is_empty() || self.file.is_on_paper() || known.contains(&name) {
            return true;
        }
        let mut message = format!("There is no {what} `{name}`.");
        match nearest(name, &known) {
            Some(near) => _ = write!(message, " Did you mean `{near}`?"),
            None if known.is_empty() => message.push_str(" There is none at all."),
            None if known.len() > MOST_NAMED => {
                message.push_str(" The reference page of `unit.toml` lists those of the kit.");
            }
            None => {
                let are = if known.len() == 1 { "is only" } else { "are" };
                _ = write!(message, " There {are} {}.", listed(&known));
            }
        }
        self.file.problem(at, message);
        false
    }

    fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        }
    }

    fn key_at(&self, key: &str) -> usize {
        let entry = self.inner.and_then(|inner| inner.get_key_value(key));
        entry.map_or(self.start, |(key, _)| key.span().start)
    }
}

impl Drop for Table<'_> {
    fn drop(&mut self) {
        let Some(inner) = self.inner else { return };
        let asked = self.asked.borrow();
        for key in inner.keys() {
            let name = key.get_ref().as_ref();
            if asked.contains(&name) || asked.contains(&"*") {
                continue;
            }
            let mut message = format!("{} has no key `{name}`.", sentence(&self.heading()));
            match nearest(name, &asked) {
                Some(near) => {
                    _ = write!(message, " Did you mean `{near}`?");
                    self.missing.borrow_mut().retain(|(key, _)| *key != near);
                }
                None if asked.is_empty() => message.push_str(
                    " It takes none. If the line belongs to an earlier heading, move it up there.",
                ),
                None => _ = write!(message, " Known are {}.", listed(&asked)),
            }
            self.file.problem(key.span().start, message);
        }
        for (key, help) in self.missing.borrow().iter() {
            let heading = sentence(&self.heading());
            self.problem(format!(
                "{heading} has no `{key}`. What belongs there: {help}"
            ));
        }
    }
}

/// The number that stands there.
pub(super) fn number_of(value: &DeValue<'_>) -> Option<f64> {
    let number = match value {
        DeValue::Integer(number) =>
        {
            #[expect(clippy::cast_precision_loss, reason = "numbers of units are small")]
            i64::from_str_radix(number.as_str(), number.radix())
                .ok()
                .map(|number| number as f64)
        }
        DeValue::Float(number) => number.as_str().parse().ok(),
        _ => None,
    };
    number.filter(|number: &f64| number.is_finite())
}

/// `a`, `b` and `c`.
fn listed(words: &[&str]) -> String {
    joined(words, "and")
}

fn joined(words: &[&str], and: &str) -> String {
    let quoted: Vec<String> = words
        .iter()
        .filter(|word| !word.is_empty())
        .map(|word| format!("`{word}`"))
        .collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} {and} {last}", rest.join(", ")),
        _ => quoted.concat(),
    }
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(letters).collect()
}

/// The known name that somebody most likely meant.
fn nearest<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    let most = (name.chars().count() / 3).max(1);
    let distances = known.iter().map(|known| (changes(name, known), *known));
    let (distance, near) = distances.min_by_key(|(distance, _)| *distance)?;
    (distance <= most).then_some(near)
}

/// How many letters must be changed, added or taken out to make one of the other.
fn changes(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, letter) in one.chars().enumerate() {
        let mut before = std::mem::replace(&mut row[0], at + 1);
        for (column, known) in other.iter().enumerate() {
            let same = before + usize::from(*known != letter);
            before = row[column + 1];
            row[column + 1] = same.min(before + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}
