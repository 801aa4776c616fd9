//! Dates in running text, as people write them in Britain: `12 Jan 2026`,
//! `12th January`, `12/01/26`, `2026-01-12`, `March 2026`.
//!
//! The host reads the dates of tables. A plugin needs these only to compare what
//! a portfolio says with the days of a diary.

use crate::lexicon::english::MONTHS;
use crate::text::{Run, runs};

/// A date in a text: a day, or all days of a month where only that is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextDate<'a> {
    /// The date as it stands in the text.
    pub part: &'a str,
    /// First day that it can mean, as days since 1970-01-01.
    pub first: i32,
    /// Last day that it can mean.
    pub last: i32,
}

/// Every date in `text`, in its order. A date without a year is taken for the
/// one that is nearest to the day `near`.
pub fn find(text: &str, near: i32) -> Vec<TextDate<'_>> {
    let words = runs(text);
    let mut found = Vec::new();
    let mut at = 0;
    while at < words.len() {
        if let Some((date, used)) = date_at(text, &words[at..], near) {
            found.push(date);
            at += used;
        } else {
            at += 1;
        }
    }
    found
}

/// Days since 1970-01-01 of a date in the Gregorian calendar; `None` for 31 April and its like.
pub fn day(year: i32, month: u32, day: u32) -> Option<i32> {
    if !(1..=12).contains(&month) || day == 0 || day > days_in(year, month) {
        return None;
    }
    let before: u32 = (1..month).map(|month| days_in(year, month)).sum();
    let in_year = i32::try_from(before + day - 1).ok()?;
    // Leap days from the year 1 to the year before this one.
    let past = year - 1;
    let days = past * 365 + past.div_euclid(4) - past.div_euclid(100) + past.div_euclid(400);
    // 1970-01-01 is this many days after 0001-01-01.
    Some(days + in_year - 719_162)
}

/// A day as people write it: `12 January 2026`.
pub fn shown(day: i32) -> String {
    let (year, month, day) = parts(day);
    format!("{day} {} {year}", month_name(month))
}

/// A day's month as people write it, `January 2026`, with a number that sorts.
pub fn month(day: i32) -> (i32, String) {
    let (year, month, _) = parts(day);
    let order = year * 12 + i32::try_from(month).unwrap_or(0);
    (order, format!("{} {year}", month_name(month)))
}

/// Year, month and day of the month.
fn parts(days: i32) -> (i32, u32, u32) {
    // A guess that is never too late, put right by stepping forwards.
    let mut year = 1970 + days.div_euclid(366).min(days.div_euclid(365));
    while day(year + 1, 1, 1).is_some_and(|first| first <= days) {
        year += 1;
    }
    let mut left = days - day(year, 1, 1).unwrap_or(days);
    for month in 1..12 {
        let length = i32::try_from(days_in(year, month)).unwrap_or(31);
        if left < length {
            return (year, month, u32::try_from(left + 1).unwrap_or(1));
        }
        left -= length;
    }
    (year, 12, u32::try_from(left + 1).unwrap_or(1))
}

fn days_in(year: i32, month: u32) -> u32 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The name of a month, from 1: `January`. Empty for what is none.
pub fn month_name(month: u32) -> String {
    let at = (month as usize).checked_sub(1);
    let name = at.and_then(|at| MONTHS.get(at)).copied().unwrap_or("");
    let mut letters = name.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

impl Run<'_> {
    fn number(&self, digits: std::ops::RangeInclusive<usize>) -> Option<u32> {
        let fits = digits.contains(&self.text.len());
        let all = self.text.bytes().all(|byte| byte.is_ascii_digit());
        (fits && all).then(|| self.text.parse().ok())?
    }

    /// A day of the month, perhaps with `st`, `nd`, `rd` or `th`.
    fn day_of_month(&self) -> Option<u32> {
        let digits = ["st", "nd", "rd", "th"]
            .iter()
            .find_map(|ending| self.text.strip_suffix(ending))
            .unwrap_or(self.text);
        let short = (1..=2).contains(&digits.len());
        (short && digits.bytes().all(|byte| byte.is_ascii_digit())).then(|| digits.parse().ok())?
    }

    /// A month by its name; a word of at least three letters that begins one is enough.
    fn month(&self) -> Option<u32> {
        let name = self.text.to_ascii_lowercase();
        let at = MONTHS
            .iter()
            .position(|month| name.len() >= 3 && month.starts_with(&name))?;
        u32::try_from(at + 1).ok()
    }

    /// Months are also a verb and an order, so where no year stands beside it
    /// the name must have its capital.
    fn is_capital(&self) -> bool {
        self.text.starts_with(|first: char| first.is_uppercase())
    }

    fn is_gap(&self) -> bool {
        self.before.chars().all(char::is_whitespace) && !self.before.is_empty()
    }
}

/// The date that begins with the first word, and how many words it takes.
fn date_at<'a>(text: &'a str, words: &[Run<'a>], near: i32) -> Option<(TextDate<'a>, usize)> {
    let first = words.first()?;
    let date = |first_day: i32, last_day: i32, used: usize| {
        let part = &text[first.start..words[used - 1].end()];
        let (first, last) = (first_day, last_day);
        (TextDate { part, first, last }, used)
    };
    if let [_, second, third, ..] = words
        && let Some(found) = in_figures(first, second, third)
    {
        return Some(date(found, found, 3));
    }
    let second = words.get(1)?;
    let of = usize::from(second.text.eq_ignore_ascii_case("of"));
    let name = words.get(1 + of)?;
    // `12 January 2026`, `12th of January`, `12-Jan-26`
    if let Some((day_of_month, month)) = first.day_of_month().zip(name.month())
        && (name.is_gap() || name.before == "-")
    {
        if let Some(year) = words.get(2 + of).and_then(year)
            && let Some(found) = day(year, month, day_of_month)
        {
            return Some(date(found, found, 3 + of));
        }
        let found = name
            .is_capital()
            .then(|| nearest(month, day_of_month, near))??;
        return Some(date(found, found, 2 + of));
    }
    let month = first.month()?;
    // `January 12, 2026`, `Jan 12th`
    if let Some(day_of_month) = second.day_of_month().filter(|_| second.is_gap())
        && first.is_capital()
    {
        if let Some(year) = words.get(2).and_then(year)
            && let Some(found) = day(year, month, day_of_month)
        {
            return Some(date(found, found, 3));
        }
        let found = nearest(month, day_of_month, near)?;
        return Some(date(found, found, 2));
    }
    // `March 2026`
    let year = second.number(4..=4).and_then(known_year)?;
    let (first_day, days) = (day(year, month, 1)?, days_in(year, month));
    Some(date(
        first_day,
        first_day + i32::try_from(days).ok()? - 1,
        2,
    ))
}

/// `12/01/2026`, `12.1.26`, `2026-01-12`.
fn in_figures(first: &Run<'_>, second: &Run<'_>, third: &Run<'_>) -> Option<i32> {
    let mark = second.before;
    // Part of something longer, such as a telephone number or a version.
    let alone = !first.before.ends_with(['/', '.', '-']) || first.before.len() > 1;
    if !matches!(mark, "/" | "." | "-") || third.before != mark || !alone {
        return None;
    }
    let month = second.number(1..=2)?;
    if let Some(year) = first.number(4..=4).and_then(known_year) {
        return day(year, month, third.number(1..=2)?);
    }
    let (day_of_month, year) = (first.number(1..=2)?, year_of(third)?);
    day(year, month, day_of_month)
}

/// A year that follows day and month: after a space, a comma, a hyphen.
fn year(word: &Run<'_>) -> Option<i32> {
    let joined = matches!(word.before.trim(), "" | "," | "-" | "’" | "'");
    joined.then(|| year_of(word))?
}

fn year_of(word: &Run<'_>) -> Option<i32> {
    let short = || word.number(2..=2).map(|year| year + 2000);
    word.number(4..=4).or_else(short).and_then(known_year)
}

fn known_year(year: u32) -> Option<i32> {
    (1900..2200)
        .contains(&year)
        .then(|| i32::try_from(year).ok())?
}

fn nearest(month: u32, day_of_month: u32, near: i32) -> Option<i32> {
    let (year, ..) = parts(near);
    let candidates = (year - 1..=year + 1).filter_map(|year| day(year, month, day_of_month));
    candidates.min_by_key(|found| (found - near).abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-07-10, as `unit.wit` counts it.
    const TODAY: i32 = 20_644;

    fn found(text: &str) -> Vec<(&str, String)> {
        find(text, TODAY)
            .into_iter()
            .map(|date| {
                let last = (date.last != date.first).then(|| format!("–{}", shown(date.last)));
                (date.part, shown(date.first) + &last.unwrap_or_default())
            })
            .collect()
    }

    #[test]
    fn days_and_dates_go_both_ways() {
        assert_eq!(day(2026, 7, 10), Some(TODAY));
        assert_eq!(day(1970, 1, 1), Some(0));
        assert_eq!(day(2026, 4, 31), None);
        assert_eq!((day(2024, 2, 29), day(2026, 2, 29)), (Some(19_782), None));
        for number in (-200_000..200_000).step_by(97) {
            let (year, month, of_month) = parts(number);
            assert_eq!(day(year, month, of_month), Some(number));
        }
        assert_eq!(shown(TODAY), "10 July 2026");
        assert_eq!(month(TODAY).1, "July 2026");
    }

    #[test]
    fn dates_are_found_as_people_write_them() {
        for (text, part) in [
            ("signed by both 12 January 2026)", "12 January 2026"),
            ("on 12th Jan, 2026.", "12th Jan, 2026"),
            ("12/01/2026", "12/01/2026"),
            ("12.1.26", "12.1.26"),
            ("2026-01-12", "2026-01-12"),
            ("(January 12, 2026)", "January 12, 2026"),
            ("the 12th of January 2026", "12th of January 2026"),
            ("12 January: met", "12 January"),
            ("12-Jan-26", "12-Jan-26"),
        ] {
            assert_eq!(
                found(text),
                [(part, "12 January 2026".to_owned())],
                "{text}"
            );
        }
        assert_eq!(
            found("by the end of March 2026 and May 2026"),
            [
                ("March 2026", "1 March 2026–31 March 2026".to_owned()),
                ("May 2026", "1 May 2026–31 May 2026".to_owned()),
            ]
        );
        assert_eq!(
            found("1 December"),
            [("1 December", "1 December 2026".to_owned())]
        );
    }

    #[test]
    fn other_numbers_are_no_dates() {
        for text in [
            "4 out of 10",
            "9/16 points",
            "I may 2 times",
            "12 may go",
            "version 1.2.3.4",
            "31/02/2026",
            "in March",
            "020 7946 0018",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
    }
}
