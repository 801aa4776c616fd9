//! What a cell says, read as its field's kind.

use chrono::{Datelike, NaiveDate};

use super::matching::close;
use crate::sections::{fold, folds_to};
use crate::unit::{Choice, Field};

/// Words that say that a cell is blank, folded; not for texts.
const BLANKS: [&str; 8] = ["", "none", "n a", "na", "nil", "tba", "tbc", "blank"];
/// Letters of the longest of these.
const LETTERS_OF_A_BLANK: usize = 5;
/// Longest text in bytes that can be a date, time, number or choice; of a longer
/// one only the beginning can name a choice.
const LONGEST_VALUE: usize = 200;
/// Two-digit years up to this one are of this century (the usual pivot).
const LAST_SHORT_YEAR: i32 = 68;
/// Years that a diary can be about.
const YEARS: std::ops::RangeInclusive<i32> = 1900..=2100;
/// Day numbers of spreadsheets that count as dates: from October 1954 to 2119.
const SERIALS: std::ops::Range<f64> = 20_000.0..80_000.0;
/// Minutes below which a bare number may have been meant as hours (our heuristic).
const FEWEST_LIKELY_MINUTES: f64 = 9.0;
/// More hours than these in one entry were hardly meant (our heuristic).
const MOST_LIKELY_HOURS: f64 = 24.0;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const WEEKDAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];
/// Words in a date that say nothing: endings of numbers, and what stands between.
const WORDS_IN_DATES: [&str; 8] = ["st", "nd", "rd", "th", "of", "the", "on", "t"];
/// Times that have a name, in seconds since midnight.
const NAMED_TIMES: [(&str, u32); 3] = [("noon", 43_200), ("midday", 43_200), ("midnight", 0)];
/// What people put before a time or duration.
const BEFORE_TIMES: [&str; 7] = ["at ", "from ", "about ", "approx. ", "approx ", "c. ", "~"];
/// What people put behind a time.
const AFTER_TIMES: [&str; 6] = ["o'clock", "o’clock", "oclock", "hours", "hrs", "h"];
/// What stands between two times.
const BETWEEN_TIMES: [&str; 6] = ["–", "—", "-", " to ", " until ", " till "];
/// Words of durations and what they are in figures, longest first.
const FIGURES: [(&str, &str); 22] = [
    ("three quarters of an hour", "45 min"),
    ("a quarter of an hour", "15 min"),
    ("quarter of an hour", "15 min"),
    ("hours and a half", "h 30 min"),
    ("hour and a half", "h 30 min"),
    ("hrs and a half", "h 30 min"),
    ("hr and a half", "h 30 min"),
    ("half an hour", "30 min"),
    ("half hour", "30 min"),
    ("eleven", "11"),
    ("twelve", "12"),
    ("three", "3"),
    ("seven", "7"),
    ("eight", "8"),
    ("four", "4"),
    ("five", "5"),
    ("nine", "9"),
    ("one", "1"),
    ("two", "2"),
    ("six", "6"),
    ("ten", "10"),
    ("an ", "1 "),
];
/// Fractions as one character, in hundredths.
const FRACTIONS: [(char, &str); 3] = [('½', ".5"), ('¼', ".25"), ('¾', ".75")];
/// Words of units, and their seconds.
const UNITS: [(&str, f64); 14] = [
    ("h", 3600.0),
    ("hr", 3600.0),
    ("hrs", 3600.0),
    ("hour", 3600.0),
    ("hours", 3600.0),
    ("m", 60.0),
    ("mn", 60.0),
    ("min", 60.0),
    ("mins", 60.0),
    ("minute", 60.0),
    ("minutes", 60.0),
    ("s", 1.0),
    ("sec", 1.0),
    ("secs", 1.0),
];
/// Headings and units that make a bare number hours.
const WORDS_OF_HOURS: [&str; 5] = ["h", "hr", "hrs", "hour", "hours"];
/// Headings and units that make it minutes.
const WORDS_OF_MINUTES: [&str; 5] = ["m", "min", "mins", "minute", "minutes"];
const YES: [&str; 7] = ["yes", "y", "true", "1", "x", "ticked", "done"];
const NO: [&str; 5] = ["no", "n", "false", "0", "not"];
/// Marks that people tick with.
const TICKS: [&str; 3] = ["✓", "✔", "☑"];

/// A cell as the reader or the page gave it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Cell<'a> {
    /// What it is by what the file says (`table-column` in `reader.wit`).
    pub(super) kind: u8,
    /// In one written form by its kind, trimmed.
    pub(super) canonical: &'a str,
    /// As people see it, trimmed.
    pub(super) seen: &'a str,
}

impl Cell<'_> {
    /// Whether nothing stands there.
    pub(super) fn is_blank(&self) -> bool {
        self.seen.is_empty() && self.canonical.is_empty()
    }
}

/// Kinds of cells that a file knows.
mod kind {
    pub(super) const NUMBER: u8 = 2;
    pub(super) const DATE: u8 = 3;
    pub(super) const TIME: u8 = 4;
    pub(super) const DATE_TIME: u8 = 5;
    pub(super) const DURATION: u8 = 6;
    pub(super) const ERROR: u8 = 8;
}

/// A cell that was read.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Value {
    /// In its one written form (`table-column` in `unit.wit`).
    pub(super) text: String,
    /// As a number; NaN where blank.
    pub(super) number: f64,
    /// What else it could have meant.
    pub(super) note: Option<Trouble>,
}

impl Value {
    /// Nothing.
    pub(super) fn blank() -> Self {
        Self::of(String::new(), f64::NAN)
    }

    fn of(text: String, number: f64) -> Self {
        Self {
            text,
            number,
            note: None,
        }
    }

    /// Whether the learner left it blank, rather than that it could not be read.
    pub(super) fn is_blank_as_written(&self, field: &Field, cell: Cell<'_>) -> bool {
        self.text.is_empty() && (cell.is_blank() || (!is_text(field) && is_blank_mark(cell.seen)))
    }
}

/// What is said about a cell, column or row, in words for the learner.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub(super) enum Trouble {
    #[error("We could not find this column. You could add it, or choose the column that holds it.")]
    NoColumn,
    #[error("This is blank. You could fill it in.")]
    Missing,
    #[error("This row repeats the headings, so it was left out.")]
    Headings,
    #[error("This row adds up the rows above it, so it was left out.")]
    Total,
    #[error("This is the example of the template, so it was left out.")]
    Example,
    #[error("The spreadsheet shows an error here. You could type what you mean in its place.")]
    Error,
    #[error("We could not read this as a date. You could write it like 3 Feb 2026 or 03/02/2026.")]
    NotADate,
    #[error("We could not find the year of this date. You could write it like 3 Feb 2026.")]
    NoYear,
    #[error("We read dates with the day first, and there is no month {month}. You could write the month as a word, like {}.", like(*.other))]
    NoMonth {
        month: u32,
        other: Option<NaiveDate>,
    },
    #[error("We read dates with the month first, and there is no month {month}. You could write the month as a word, like {}.", like(*.other))]
    NoMonthFirst {
        month: u32,
        other: Option<NaiveDate>,
    },
    #[error(
        "{month} {year} has {last} days. You could look up the day and write it like {last} {month} {year}."
    )]
    NoDay {
        month: &'static str,
        year: i32,
        last: u32,
    },
    #[error("The year {0} is far away. You could look at it again.")]
    FarYear(i32),
    #[error("We could not read this as a time. You could write it like 9:05, 14:30 or 2.30 pm.")]
    NotATime,
    #[error("This could be {first} or {second}. You could write one of these.")]
    TwoTimes { first: String, second: String },
    #[error(
        "We could not read this as a length of time. You could write minutes, like 90, or 1 h 30 min, or 1:30."
    )]
    NotADuration,
    #[error(
        "This could be {minutes} minutes or {hours}. You could write the one that you mean, like {like}."
    )]
    MinutesOrHours {
        minutes: String,
        hours: String,
        like: String,
    },
    #[error("We read this as {read}. If you mean {other}, you could write {like}.")]
    ReadAs {
        read: String,
        other: String,
        like: String,
    },
    #[error("We could not read this as a number. You could write it in figures, like 12 or 1.5.")]
    NotANumber,
    #[error("We could not read this as a whole number. You could write it in figures, like 12.")]
    NotWhole,
    #[error("We could not read this as yes or no. You could write “yes” or “no”.")]
    NotYesOrNo,
    #[error("We could not find this among the choices. You could write one of these: {0}.")]
    NotAChoice(String),
    #[error("This fits several of the choices: {0}. You could write the one that you mean.")]
    SeveralChoices(String),
    #[error("This is less than {0}, the least that is expected here. You could look at it again.")]
    TooLittle(String),
    #[error("This is more than {0}, the most that is expected here. You could look at it again.")]
    TooMuch(String),
}

/// Whether a field takes texts; kinds that are not known count as such.
pub(super) fn is_text(field: &Field) -> bool {
    !matches!(
        field.kind.as_str(),
        "whole-number" | "number" | "date" | "time" | "duration" | "yes-no" | "choice"
    )
}

/// What the cell says. `heading` is the column's, for its words may name the unit.
pub(super) fn read(
    field: &Field,
    heading: &str,
    cell: Cell<'_>,
    locale: &str,
) -> Result<Value, Trouble> {
    if cell.kind == kind::ERROR {
        return Err(Trouble::Error);
    }
    if is_text(field) {
        return Ok(Value::of(cell.seen.to_owned(), f64::NAN));
    }
    if cell.is_blank() || is_blank_mark(cell.seen) {
        return Ok(Value::blank());
    }
    // What the file says in its one written form is certain; how it is shown is not.
    let text = match cell.kind {
        kind::NUMBER | kind::DATE | kind::TIME | kind::DATE_TIME | kind::DURATION => cell.canonical,
        _ => cell.seen,
    };
    if text.len() > LONGEST_VALUE {
        return match field.kind.as_str() {
            "date" => Err(Trouble::NotADate),
            "time" => Err(Trouble::NotATime),
            "duration" => Err(Trouble::NotADuration),
            "yes-no" => Err(Trouble::NotYesOrNo),
            "choice" => choice(
                &text[..text.floor_char_boundary(LONGEST_VALUE)],
                &field.choices,
            ),
            _ => Err(Trouble::NotANumber),
        };
    }
    match field.kind.as_str() {
        "date" => date(text, cell.kind, locale),
        "time" => time(text, cell.kind),
        "duration" => duration(text, cell.kind, hours(field, heading)),
        "yes-no" => yes_no(text),
        "choice" => choice(text, &field.choices),
        kind => number(text, &field.unit, kind == "whole-number"),
    }
}

/// Whether the value is outside the field's bounds.
pub(super) fn outside(field: &Field, value: &Value) -> Option<Trouble> {
    let shown = |bound: f64| match field.kind.as_str() {
        "date" => day_of(bound).map_or(String::new(), |day| like(Some(day))),
        "time" => clock(seconds(bound)),
        "duration" => in_words(seconds(bound)),
        _ if field.unit.is_empty() => bound.to_string(),
        _ => format!("{bound} {}", field.unit),
    };
    let low = field.minimum.filter(|low| value.number < *low);
    let high = field.maximum.filter(|high| value.number > *high);
    low.map(|low| Trouble::TooLittle(shown(low)))
        .or_else(|| high.map(|high| Trouble::TooMuch(shown(high))))
}

fn is_blank_mark(text: &str) -> bool {
    let mut letters = text.chars().filter(|c| c.is_alphanumeric());
    letters.nth(LETTERS_OF_A_BLANK).is_none()
        && !TICKS.contains(&text)
        && BLANKS.contains(&fold(text).join(" ").as_str())
}

// ---- Dates ----------------------------------------------------------------

fn date(text: &str, kind: u8, locale: &str) -> Result<Value, Trouble> {
    if matches!(kind, kind::TIME | kind::DURATION) {
        return Err(Trouble::NotADate);
    }
    let day = parse_date(text, locale == "en-US")?;
    if !YEARS.contains(&day.year()) {
        return Err(Trouble::FarYear(day.year()));
    }
    let since = day.signed_duration_since(NaiveDate::default()).num_days();
    let number = i32::try_from(since).map_or(f64::NAN, f64::from);
    Ok(Value::of(day.format("%Y-%m-%d").to_string(), number))
}

fn parse_date(text: &str, month_first: bool) -> Result<NaiveDate, Trouble> {
    if let Ok(serial) = text.parse::<f64>()
        && SERIALS.contains(&serial)
    {
        return serial_day(serial).ok_or(Trouble::NotADate);
    }
    let lower = text.to_lowercase();
    let (numbers, words) = parts(without_time(&lower)).ok_or(Trouble::NotADate)?;
    let mut month = None;
    for word in words {
        let meant = |name: &str| word.len() >= 3 && name.to_lowercase().starts_with(word);
        let named = MONTHS.iter().position(|name| meant(name));
        match named {
            Some(named) if month.is_none() => month = u32::try_from(named + 1).ok(),
            None if WORDS_IN_DATES.contains(&word) || WEEKDAYS.iter().any(|name| meant(name)) => {}
            Some(_) | None => return Err(Trouble::NotADate),
        }
    }
    let number = |at: usize| numbers[at].parse::<u32>().map_err(|_| Trouble::NotADate);
    let is_year = |at: usize| numbers[at].len() == 4;
    match (month, numbers.len()) {
        (Some(month), 2) if is_year(0) => day_month_year(number(1)?, month, year(numbers[0])?),
        (Some(month), 2) => day_month_year(number(0)?, month, year(numbers[1])?),
        (Some(_), 1) | (None, 2) => Err(Trouble::NoYear),
        (None, 3) if is_year(0) => day_month_year(number(2)?, number(1)?, year(numbers[0])?),
        (None, 3) => {
            let (first, second, year) = (number(0)?, number(1)?, year(numbers[2])?);
            let (day, month) = if month_first {
                (second, first)
            } else {
                (first, second)
            };
            let other = NaiveDate::from_ymd_opt(year, day, month);
            match day_month_year(day, month, year) {
                Err(Trouble::NoMonth { month, .. }) if month_first => {
                    Err(Trouble::NoMonthFirst { month, other })
                }
                Err(Trouble::NoMonth { month, .. }) => Err(Trouble::NoMonth { month, other }),
                read => read,
            }
        }
        (None, 1) if numbers[0].len() == 8 => compact(numbers[0]).ok_or(Trouble::NotADate),
        _ => Err(Trouble::NotADate),
    }
}

/// Eight figures: year, month and day, or day, month and year.
fn compact(figures: &str) -> Option<NaiveDate> {
    let of = |year: &str, month: &str, day: &str| {
        let year = year.parse().ok().filter(|year| YEARS.contains(year))?;
        NaiveDate::from_ymd_opt(year, month.parse().ok()?, day.parse().ok()?)
    };
    of(&figures[..4], &figures[4..6], &figures[6..])
        .or_else(|| of(&figures[4..], &figures[2..4], &figures[..2]))
}

fn day_month_year(day: u32, month: u32, year: i32) -> Result<NaiveDate, Trouble> {
    let Some(name) = (month as usize)
        .checked_sub(1)
        .and_then(|at| MONTHS.get(at))
    else {
        return Err(Trouble::NoMonth { month, other: None });
    };
    NaiveDate::from_ymd_opt(year, month, day).ok_or_else(|| {
        let next = NaiveDate::from_ymd_opt(year, month % 12 + 1, 1);
        Trouble::NoDay {
            month: name,
            year,
            last: next
                .and_then(|next| next.pred_opt())
                .map_or(31, |last| last.day()),
        }
    })
}

fn year(figures: &str) -> Result<i32, Trouble> {
    let year: i32 = figures.parse().map_err(|_| Trouble::NotADate)?;
    match figures.len() {
        2 if year <= LAST_SHORT_YEAR => Ok(2000 + year),
        2 => Ok(1900 + year),
        4 => Ok(year),
        _ => Err(Trouble::NotADate),
    }
}

/// The day that spreadsheets count as this number, from the end of 1899.
fn serial_day(serial: f64) -> Option<NaiveDate> {
    #[expect(clippy::cast_possible_truncation, reason = "it is below 80,000")]
    let days = serial.floor() as i64;
    NaiveDate::from_ymd_opt(1899, 12, 30)?.checked_add_signed(chrono::Duration::days(days))
}

/// What stands before a time of day.
fn without_time(text: &str) -> &str {
    match text.find(':') {
        Some(colon) => text[..colon].trim_end_matches(|c: char| c.is_ascii_digit()),
        None => text,
    }
}

/// Figures and words of a text. None where a figure is longer than any date's.
fn parts(text: &str) -> Option<(Vec<&str>, Vec<&str>)> {
    let (mut numbers, mut words) = (Vec::new(), Vec::new());
    let mut rest = text;
    while let Some(start) = rest.find(char::is_alphanumeric) {
        rest = &rest[start..];
        let digits = rest.starts_with(|c: char| c.is_ascii_digit());
        let end = rest
            .find(|c: char| !c.is_alphanumeric() || c.is_ascii_digit() != digits)
            .unwrap_or(rest.len());
        if digits {
            numbers.push(&rest[..end]);
        } else {
            words.push(&rest[..end]);
        }
        rest = &rest[end..];
    }
    numbers
        .iter()
        .all(|number| number.len() <= 8)
        .then_some((numbers, words))
}

fn day_of(number: f64) -> Option<NaiveDate> {
    #[expect(clippy::cast_possible_truncation, reason = "out of range is no day")]
    let days = number as i64;
    NaiveDate::default().checked_add_signed(chrono::Duration::try_days(days)?)
}

/// A day as people write it.
fn like(day: Option<NaiveDate>) -> String {
    day.map_or("3 Feb 2026".to_owned(), |day| {
        day.format("%-d %b %Y").to_string()
    })
}

// ---- Times ----------------------------------------------------------------

fn time(text: &str, kind: u8) -> Result<Value, Trouble> {
    let seconds = match kind {
        kind::DATE => return Err(Trouble::NotATime),
        kind::DATE_TIME => parse_time(text.rsplit(' ').next().unwrap_or(""))?,
        kind::DURATION => text.parse().map(seconds).map_err(|_| Trouble::NotATime)?,
        _ => match text.parse::<f64>() {
            Ok(part) if is_part_of_a_day(part, text, kind) => part_of_a_day(part),
            _ => span(text).map_or_else(|| parse_time(text), |(start, _)| Ok(start))?,
        },
    };
    if seconds >= 86_400 {
        return Err(Trouble::NotATime);
    }
    Ok(Value::of(clock(seconds), f64::from(seconds) / 60.0))
}

/// A time that a spreadsheet shows as a plain number: a part of a day.
fn is_part_of_a_day(number: f64, text: &str, kind: u8) -> bool {
    let decimals = text.split('.').nth(1).map_or(0, str::len);
    (0.0..1.0).contains(&number) && (decimals > 2 || (kind == kind::NUMBER && decimals > 0))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it is between 0 and 86,400"
)]
fn part_of_a_day(part: f64) -> u32 {
    (part * 86_400.0).round() as u32
}

/// Seconds since midnight.
fn parse_time(text: &str) -> Result<u32, Trouble> {
    let mut text = text
        .trim()
        .to_lowercase()
        .replace("a.m", "am")
        .replace("p.m", "pm");
    for before in BEFORE_TIMES {
        if let Some(rest) = text.strip_prefix(before) {
            text = rest.trim_start().to_owned();
        }
    }
    if let Some((_, seconds)) = NAMED_TIMES.iter().find(|(name, _)| *name == text) {
        return Ok(*seconds);
    }
    let text = text.trim_end_matches('.');
    let half = ["am", "pm"].into_iter().find(|half| text.ends_with(half));
    let mut text = half
        .map_or(text, |half| text.trim_end_matches(half))
        .trim_end();
    for after in AFTER_TIMES {
        text = text.strip_suffix(after).unwrap_or(text).trim_end();
    }
    let mut parts: Vec<&str> = text.split([':', '.', 'h', ';']).map(str::trim).collect();
    if let [figures] = parts[..]
        && matches!(figures.len(), 3 | 4)
        && figures.is_ascii()
    {
        parts = vec![&figures[..figures.len() - 2], &figures[figures.len() - 2..]];
    }
    let number = |at: usize, most: u32| -> Result<u32, Trouble> {
        let Some(part) = parts.get(at) else {
            return Ok(0);
        };
        let figures =
            (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        let number = part
            .parse()
            .ok()
            .filter(|number| figures && *number <= most);
        number.ok_or(Trouble::NotATime)
    };
    if parts.len() > 3 {
        return Err(Trouble::NotATime);
    }
    let (hour, minute, second) = (number(0, 23)?, number(1, 59)?, number(2, 59)?);
    if parts.get(1).is_some_and(|minutes| minutes.len() == 1) {
        return Err(Trouble::TwoTimes {
            first: format!("{hour}:{minute:02}"),
            second: format!("{hour}:{}", (minute * 10).min(59)),
        });
    }
    let hour = match half {
        Some("am") if hour == 12 => 0,
        Some("am") if hour > 12 => return Err(Trouble::NotATime),
        Some("pm") if hour < 12 => hour + 12,
        _ => hour,
    };
    Ok(hour * 3600 + minute * 60 + second)
}

/// Start and end of a stretch such as `10:00–11:30` or `2-3.30pm`.
fn span(text: &str) -> Option<(u32, u32)> {
    let lower = text.to_lowercase();
    let (first, last) = BETWEEN_TIMES
        .iter()
        .find_map(|between| lower.split_once(between))?;
    let end = parse_time(last).ok()?;
    let half = ["am", "pm"]
        .into_iter()
        .find(|half| last.trim().replace('.', "").ends_with(half));
    let with_half = half.and_then(|half| parse_time(&format!("{first}{half}")).ok());
    let start = with_half
        .filter(|start| *start < end)
        .or_else(|| parse_time(first).ok())?;
    (start < end).then_some((start, end))
}

/// `09:05`, with seconds where there are some.
fn clock(seconds: u32) -> String {
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if second == 0 {
        format!("{hour:02}:{minute:02}")
    } else {
        format!("{hour:02}:{minute:02}:{second:02}")
    }
}

// ---- Durations ------------------------------------------------------------

/// Whether a bare number is hours: by the heading's words, else by the field's unit.
pub(super) fn hours(field: &Field, heading: &str) -> bool {
    let named =
        |words: &[String], of: &[&str]| words.iter().any(|word| of.contains(&word.as_str()));
    let heading = fold(heading);
    let unit = fold(&field.unit);
    let by_heading = named(&heading, &WORDS_OF_HOURS) && !named(&heading, &WORDS_OF_MINUTES);
    by_heading || (!named(&heading, &WORDS_OF_MINUTES) && named(&unit, &WORDS_OF_HOURS))
}

fn duration(text: &str, kind: u8, hours: bool) -> Result<Value, Trouble> {
    let of = |seconds: u32| Value::of(minutes(seconds), f64::from(seconds) / 60.0);
    match kind {
        kind::DATE | kind::DATE_TIME => return Err(Trouble::NotADuration),
        kind::DURATION => {
            let minutes = text.parse::<f64>().ok().filter(|minutes| *minutes >= 0.0);
            return minutes
                .map(|minutes| of(seconds(minutes)))
                .ok_or(Trouble::NotADuration);
        }
        kind::TIME => return parse_time(text).map(of).map_err(|_| Trouble::NotADuration),
        _ => {}
    }
    let mut text = text
        .to_lowercase()
        .replace("approximately ", "")
        .replace('+', " ");
    for before in BEFORE_TIMES {
        if let Some(rest) = text.strip_prefix(before) {
            text = rest.to_owned();
        }
    }
    let text = text.trim().trim_end_matches('.');
    if let Some(number) = decimal(text) {
        return bare(number, hours);
    }
    if let Some((start, end)) = span(text) {
        return Ok(of(end - start));
    }
    if let Some(seconds) = by_clock(text) {
        return Ok(of(seconds));
    }
    by_units(text, hours)
}

/// A number without a unit.
fn bare(number: f64, hours: bool) -> Result<Value, Trouble> {
    if !(0.0..=100_000.0).contains(&number) {
        return Err(Trouble::NotADuration);
    }
    let ambiguous = |minutes: f64, hours: f64| Trouble::MinutesOrHours {
        minutes: minutes.to_string(),
        hours: in_words(seconds(hours * 60.0)),
        like: in_words(seconds(if hours > MOST_LIKELY_HOURS {
            minutes
        } else {
            hours * 60.0
        })),
    };
    if hours {
        if number > MOST_LIKELY_HOURS {
            return Err(ambiguous(number, number));
        }
        return Ok(of_hours(number));
    }
    if number < MOST_LIKELY_HOURS && number.fract() != 0.0 {
        return Err(ambiguous(number, number));
    }
    let read = seconds(number);
    let mut value = Value::of(minutes(read), f64::from(read) / 60.0);
    if number > 0.0 && number < FEWEST_LIKELY_MINUTES {
        value.note = Some(Trouble::ReadAs {
            read: in_words(read),
            other: in_words(seconds(number * 60.0)),
            like: in_words(seconds(number * 60.0)),
        });
    }
    Ok(value)
}

/// A decimal number of hours. `1.30` may be an hour and thirty minutes.
fn of_hours(number: f64) -> Value {
    let read = seconds(number * 60.0);
    let mut value = Value::of(minutes(read), f64::from(read) / 60.0);
    let hundredths = (number.fract() * 100.0).round();
    if ![0.0, 25.0, 50.0, 75.0].contains(&hundredths) && hundredths < 60.0 {
        let other = seconds(number.trunc() * 60.0 + hundredths);
        value.note = Some(Trouble::ReadAs {
            read: in_words(read),
            other: in_words(other),
            like: in_words(other),
        });
    }
    value
}

/// `1:30` or `1:30:00`.
fn by_clock(text: &str) -> Option<u32> {
    let parts: Vec<&str> = text.split(':').map(str::trim).collect();
    let figures = parts
        .iter()
        .all(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
    let number = |at: usize, most: u32| -> Option<u32> {
        let Some(part) = parts.get(at) else {
            return Some(0);
        };
        part.parse().ok().filter(|number| *number <= most)
    };
    ((2..=3).contains(&parts.len()) && figures).then_some(())?;
    Some(number(0, 1_000)? * 3600 + number(1, 59)? * 60 + number(2, 59)?)
}

/// Numbers with units: `1 h 30`, `1.5 hours`, `PT1H30M`, `an hour and a half`.
fn by_units(text: &str, hours: bool) -> Result<Value, Trouble> {
    let mut text = text.to_owned();
    for (fraction, decimals) in FRACTIONS {
        // "1 ½" and "1½" are one number, "½" alone is one too.
        text = text.replace(&format!(" {fraction}"), &fraction.to_string());
        text = text.replace(fraction, decimals);
    }
    for (word, figure) in FIGURES {
        text = replace_words(&text, word, figure);
    }
    let text = text
        .strip_prefix("pt")
        .filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
        .unwrap_or(&text);
    let mut rest = text.trim_start();
    let (mut total, mut last, mut hours_alone) = (0.0, f64::INFINITY, None);
    while !rest.is_empty() {
        let end = rest
            .find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | ','))
            .unwrap_or(rest.len());
        let number =
            decimal(rest[..end].trim_end_matches(['.', ','])).ok_or(Trouble::NotADuration)?;
        rest = rest[end..].trim_start();
        let end = rest
            .find(|c: char| !c.is_alphabetic())
            .unwrap_or(rest.len());
        let word = &rest[..end];
        let size = match UNITS.iter().find(|(unit, _)| *unit == word) {
            Some((_, size)) => *size,
            // "1 h 30": what follows hours without a word is minutes.
            None if word.is_empty() && (last - 3600.0_f64).abs() < 1.0 => 60.0,
            None if word.is_empty() && last.is_infinite() && rest.is_empty() => {
                return bare(number, hours);
            }
            None => return Err(Trouble::NotADuration),
        };
        if size >= last || (last.is_finite() && size < 3600.0 && number >= 60.0) {
            return Err(Trouble::NotADuration);
        }
        hours_alone = (last.is_infinite() && size >= 3600.0).then_some(number);
        total += number * size;
        last = size;
        rest = rest[end..].trim_start_matches([' ', ',', '.', '&', '\u{2028}']);
        rest = rest.strip_prefix("and ").unwrap_or(rest).trim_start();
    }
    if last.is_infinite() || total > 3_600_000.0 {
        return Err(Trouble::NotADuration);
    }
    if let Some(number) = hours_alone {
        return Ok(of_hours(number));
    }
    let read = seconds(total / 60.0);
    Ok(Value::of(minutes(read), f64::from(read) / 60.0))
}

/// Replaces a phrase where it stands as whole words.
fn replace_words(text: &str, phrase: &str, by: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(phrase) {
        let (before, after) = (&rest[..at], &rest[at + phrase.len()..]);
        let joined = before.ends_with(char::is_alphabetic)
            || (!phrase.ends_with(' ') && after.starts_with(char::is_alphabetic));
        out.push_str(before);
        out.push_str(if joined { phrase } else { by });
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Whole seconds of these minutes.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "durations and times are positive and far below; others are cut"
)]
fn seconds(minutes: f64) -> u32 {
    (minutes * 60.0).round().clamp(0.0, 1e9) as u32
}

/// Minutes as a decimal, exact to the second.
fn minutes(seconds: u32) -> String {
    (f64::from(seconds) / 60.0).to_string()
}

/// `1 h 30 min`.
fn in_words(seconds: u32) -> String {
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let parts = [(hours, "h"), (minutes, "min"), (seconds, "s")];
    let given: Vec<String> = parts
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, unit)| format!("{number} {unit}"))
        .collect();
    if given.is_empty() {
        "0 min".to_owned()
    } else {
        given.join(" ")
    }
}

// ---- Numbers, yes and no, choices -------------------------------------------

/// A number in figures; a comma before three figures parts thousands, any other
/// is a decimal comma.
fn decimal(text: &str) -> Option<f64> {
    let plain = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | '\u{a0}' | ' ');
    if !text.contains(|c: char| c.is_ascii_digit()) || !text.chars().all(plain) {
        return None;
    }
    let mut groups = text.split(',');
    let first = groups.next().unwrap_or("");
    let groups: Vec<&str> = groups.collect();
    let thousands = !first.is_empty()
        && groups.iter().all(|group| {
            group
                .split('.')
                .next()
                .is_some_and(|whole| whole.len() == 3)
        });
    let text = match groups.len() {
        0 => text.to_owned(),
        _ if thousands => text.replace(',', ""),
        1 if !text.contains('.') => text.replace(',', "."),
        _ => return None,
    };
    text.parse().ok()
}

fn number(text: &str, unit: &str, whole: bool) -> Result<Value, Trouble> {
    let lower = text.to_lowercase();
    let unit = unit.to_lowercase();
    let bare = lower
        .trim_start_matches(['£', '$', '€'])
        .trim_end_matches('%')
        .trim_end_matches(unit.as_str())
        .trim();
    let (sign, figures) = match bare.strip_prefix(['-', '−']) {
        Some(rest) => (-1.0, rest),
        None => (1.0, bare),
    };
    let number = decimal(figures.trim()).map(|number| sign * number);
    match number {
        None if whole => Err(Trouble::NotWhole),
        None => Err(Trouble::NotANumber),
        Some(number) if whole && number.fract() != 0.0 => Err(Trouble::NotWhole),
        Some(number) => Ok(Value::of(number.to_string(), number)),
    }
}

fn yes_no(text: &str) -> Result<Value, Trouble> {
    let words = fold(text);
    let first = words.first().map_or("", String::as_str);
    if TICKS.contains(&text) || YES.contains(&first) {
        Ok(Value::of("yes".to_owned(), 1.0))
    } else if NO.contains(&first) {
        Ok(Value::of("no".to_owned(), 0.0))
    } else {
        Err(Trouble::NotYesOrNo)
    }
}

/// The choice that is meant: one whose words are these, else the one whose
/// words stand in the text, spelt nearly so or with another ending.
fn choice(text: &str, choices: &[Choice]) -> Result<Value, Trouble> {
    let words = fold(text);
    let names = |at: usize| {
        let choice: &Choice = &choices[at];
        choice.aliases.iter().chain([&choice.id, &choice.title])
    };
    // Most cells say a choice as it is called; names are parted only for others.
    let says = |at| !words.is_empty() && names(at).any(|name| folds_to(name, &words));
    if let Some(meant) = meant(choices, says) {
        return meant;
    }
    let parted: Vec<Vec<Vec<String>>> = (0..choices.len())
        .map(|at| names(at).map(|name| fold(name)).collect())
        .collect();
    let same: [fn(&str, &str) -> bool; 2] = [|a, b| a == b, close];
    for same in same {
        let stands = |name: &Vec<String>| {
            let mut parts = words.windows(name.len().max(1));
            !name.is_empty() && parts.any(|part| part.iter().zip(name).all(|(a, b)| same(a, b)))
        };
        if let Some(meant) = meant(choices, |at| parted[at].iter().any(stands)) {
            return meant;
        }
    }
    let titles = choices.iter().map(|choice| choice.title.as_str());
    Err(Trouble::NotAChoice(listed(titles)))
}

/// The one choice that fits; none where none does.
fn meant(choices: &[Choice], fits: impl Fn(usize) -> bool) -> Option<Result<Value, Trouble>> {
    let fitting: Vec<usize> = (0..choices.len()).filter(|at| fits(*at)).collect();
    match fitting[..] {
        [] => None,
        [at] => {
            let number = u32::try_from(at).map_or(f64::NAN, f64::from);
            Some(Ok(Value::of(choices[at].id.clone(), number)))
        }
        _ => {
            let titles = fitting.iter().map(|at| choices[*at].title.as_str());
            Some(Err(Trouble::SeveralChoices(listed(titles))))
        }
    }
}

fn listed<'a>(titles: impl Iterator<Item = &'a str>) -> String {
    titles
        .map(|title| format!("“{title}”"))
        .collect::<Vec<_>>()
        .join(", ")
}
