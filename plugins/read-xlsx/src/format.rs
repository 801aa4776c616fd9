//! Number formats: what a number in a cell is, and how people see it.

use std::collections::BTreeMap;

use unit_sdk::dates::month_name;
use unit_sdk::reader::sheet::{cell, too_large};
use unit_sdk::reader::wit::Failure;
use unit_sdk::reader::xml::{Element, Visit};

/// Most formats of cells; Excel has 65,490.
const MOST_FORMATS: usize = 65_490;
/// Longest format that is looked at, in bytes; Excel has 255 characters.
const LONGEST_FORMAT: usize = 1_024;
/// Days from 1970 back to where spreadsheets count from, by the two ways to count.
const DAYS_BEFORE_1970: f64 = 25_569.0;
const DAYS_FROM_1904: f64 = 24_107.0;
/// The last day of the year 9999, which is the last that Excel shows.
const LAST_DAY: f64 = 2_958_466.0;
const SECONDS_OF_A_DAY: f64 = 86_400.0;

/// Formats that have a number instead of a text in the file (ECMA-376, 18.8.30).
const BUILT_IN: [(u32, &str); 18] = [
    (1, "0"),
    (2, "0.00"),
    (3, "#,##0"),
    (4, "#,##0.00"),
    (9, "0%"),
    (10, "0.00%"),
    (15, "d-mmm-yy"),
    (16, "d-mmm"),
    (17, "mmm-yy"),
    (18, "h:mm AM/PM"),
    (19, "h:mm:ss AM/PM"),
    (20, "hh:mm"),
    (21, "hh:mm:ss"),
    (37, "#,##0"),
    (39, "#,##0.00"),
    (45, "mm:ss"),
    (46, "[h]:mm:ss"),
    (47, "mm:ss"),
];
/// The week begins on Thursday, for 1 January 1970 was one.
const WEEKDAYS: [&str; 7] = [
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
];

/// The formats of a workbook's cells.
#[derive(Debug)]
pub(crate) struct Formats {
    /// Day numbers count from 1904, as old Macs had it.
    pub(crate) counts_from_1904: bool,
    /// The short date, which is the reader's own.
    short_date: &'static str,
    codes: BTreeMap<u32, String>,
    of_styles: Vec<Format>,
    within_styles: bool,
}

impl Formats {
    pub(crate) fn new(locale: &str, counts_from_1904: bool) -> Self {
        Self {
            counts_from_1904,
            short_date: if locale == "en-US" {
                "m/d/yyyy"
            } else {
                "dd/mm/yyyy"
            },
            codes: BTreeMap::new(),
            of_styles: Vec::new(),
            within_styles: false,
        }
    }

    /// The format of a style; the plain one for a style that is not there.
    pub(crate) fn of(&self, style: usize) -> &Format {
        const PLAIN: &Format = &Format { pieces: Vec::new() };
        self.of_styles.get(style).unwrap_or(PLAIN)
    }

    fn format(&self, id: u32) -> Format {
        if let Some(code) = self.codes.get(&id) {
            return Format::new(code);
        }
        let built_in = BUILT_IN.iter().find(|(known, _)| *known == id);
        match (built_in, id) {
            (Some((_, code)), _) => Format::new(code),
            (None, 14) => Format::new(self.short_date),
            (None, 22) => Format::new(&format!("{} hh:mm", self.short_date)),
            // Dates of East Asian calendars.
            (None, 27..=31 | 36 | 50..=54 | 57 | 58) => Format::new("yyyy-mm-dd"),
            _ => Format::new("General"),
        }
    }
}

impl Visit for Formats {
    type Space = ();

    fn space(_address: &str) {}

    fn open(&mut self, element: &Element<'_, ()>) -> Result<bool, Failure> {
        match element.name {
            "numFmt" => {
                if let (Some(id), Some(code)) =
                    (element.number("numFmtId"), element.attribute("formatCode"))
                {
                    if self.codes.len() >= MOST_FORMATS {
                        return Err(too_large());
                    }
                    if code.len() <= LONGEST_FORMAT {
                        self.codes.insert(id, code);
                    }
                }
            }
            "cellXfs" => self.within_styles = true,
            "xf" if self.within_styles => {
                if self.of_styles.len() >= MOST_FORMATS {
                    return Err(too_large());
                }
                let format = self.format(element.number("numFmtId").unwrap_or(0));
                self.of_styles.push(format);
            }
            "dxfs" => return Ok(false),
            _ => {}
        }
        Ok(true)
    }

    fn close(&mut self, _space: (), name: &str) -> Result<(), Failure> {
        self.within_styles &= name != "cellXfs";
        Ok(())
    }

    fn text(&mut self, _text: &str) {}
}

/// A piece of a format: a letter repeated, or text as it stands.
#[derive(Clone, Debug, PartialEq)]
enum Piece {
    Text(String),
    Year(usize),
    Month(usize),
    Day(usize),
    Hour(usize),
    Minute(usize),
    Second,
    /// Hours, minutes or seconds in all, however many.
    Elapsed(char),
    HalfOfDay,
    /// Placeholders of figures: those before the point that are always shown,
    /// those behind it, those behind it that are always shown, and whether
    /// thousands are parted.
    Figures {
        whole: usize,
        decimals: usize,
        fewest: usize,
        thousands: bool,
    },
    Percent,
}

/// How a number is shown: the pieces of the format for positive numbers; none
/// where it is shown as it is, or in a way that we do not follow.
#[derive(Clone, Debug, Default)]
pub(crate) struct Format {
    pieces: Vec<Piece>,
}

impl Format {
    fn new(code: &str) -> Self {
        let pieces = pieces(code).unwrap_or_default();
        Self { pieces }
    }

    fn has(&self, is: impl Fn(&Piece) -> bool) -> bool {
        self.pieces.iter().any(is)
    }

    /// What the number is by its format.
    fn kind(&self) -> u8 {
        let date =
            self.has(|piece| matches!(piece, Piece::Year(_) | Piece::Month(_) | Piece::Day(_)));
        let hour = self.has(|piece| matches!(piece, Piece::Hour(_)));
        let time = hour || self.has(|piece| matches!(piece, Piece::Minute(_) | Piece::Second));
        if self.has(|piece| matches!(piece, Piece::Elapsed(_))) || (time && !hour && !date) {
            return cell::DURATION;
        }
        match (date, time) {
            (true, true) => cell::DATE_TIME,
            (true, false) => cell::DATE,
            (false, true) => cell::TIME,
            (false, false) => cell::NUMBER,
        }
    }

    /// The number's kind, and the number in the one written form of its kind.
    pub(crate) fn value(&self, value: f64, counts_from_1904: bool) -> (u8, String) {
        let kind = self.kind();
        let Some(moment) = Moment::of(value, counts_from_1904).filter(|_| kind != cell::NUMBER)
        else {
            return (cell::NUMBER, number(value));
        };
        match kind {
            cell::DURATION => (kind, number(moment.elapsed / 60.0)),
            cell::TIME => (kind, moment.clock()),
            // A day number below 1 is no day.
            _ if moment.day.is_none() => (cell::NUMBER, number(value)),
            cell::DATE => (kind, moment.date()),
            _ => (kind, format!("{} {}", moment.date(), moment.clock())),
        }
    }

    /// The number as people see it; none where that is as it is, or not known.
    pub(crate) fn shown(&self, value: f64, counts_from_1904: bool) -> Option<String> {
        if self.pieces.is_empty() {
            return None;
        }
        if self.kind() == cell::NUMBER {
            return self.shown_number(value);
        }
        let moment = Moment::of(value, counts_from_1904)?;
        let needs_day = matches!(self.kind(), cell::DATE | cell::DATE_TIME);
        let (year, month, day) = civil(moment.day.or((!needs_day).then_some(0))?);
        let hours_of_12 = self.has(|piece| *piece == Piece::HalfOfDay);
        let (hour, minute, second) = (
            moment.second / 3600,
            moment.second / 60 % 60,
            moment.second % 60,
        );
        let month_name = month_name(u32::try_from(month).unwrap_or(0));
        let mut seen = String::new();
        for piece in &self.pieces {
            let shown = match piece {
                Piece::Text(text) => text.clone(),
                Piece::Year(letters) if *letters <= 2 => format!("{:02}", year % 100),
                Piece::Year(_) => year.to_string(),
                Piece::Month(1) => month.to_string(),
                Piece::Month(2) => format!("{month:02}"),
                Piece::Month(3) => month_name[..3].to_owned(),
                Piece::Month(5) => month_name[..1].to_owned(),
                Piece::Month(_) => month_name.clone(),
                Piece::Day(1) => day.to_string(),
                Piece::Day(2) => format!("{day:02}"),
                Piece::Day(letters) => {
                    let name = WEEKDAYS[index(moment.day.unwrap_or(0).rem_euclid(7))];
                    if *letters == 3 {
                        name[..3].to_owned()
                    } else {
                        name.to_owned()
                    }
                }
                Piece::Hour(letters) => {
                    let hour = if hours_of_12 {
                        (hour + 11) % 12 + 1
                    } else {
                        hour
                    };
                    if *letters == 1 {
                        hour.to_string()
                    } else {
                        format!("{hour:02}")
                    }
                }
                Piece::Minute(1) => minute.to_string(),
                Piece::Minute(_) => format!("{minute:02}"),
                Piece::Second => format!("{second:02}"),
                Piece::Elapsed('h') => (moment.elapsed / 3600.0).floor().to_string(),
                Piece::Elapsed('m') => (moment.elapsed / 60.0).floor().to_string(),
                Piece::Elapsed(_) => moment.elapsed.to_string(),
                Piece::HalfOfDay => if hour < 12 { "AM" } else { "PM" }.to_owned(),
                Piece::Figures { .. } | Piece::Percent => String::new(),
            };
            seen.push_str(&shown);
        }
        Some(seen)
    }

    fn shown_number(&self, value: f64) -> Option<String> {
        let percent = self.has(|piece| *piece == Piece::Percent);
        let value = if percent { value * 100.0 } else { value };
        let mut seen = String::new();
        if value < 0.0 {
            seen.push('-');
        }
        let mut figures_shown = false;
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => seen.push_str(text),
                Piece::Percent => seen.push('%'),
                Piece::Figures {
                    whole,
                    decimals,
                    fewest,
                    thousands,
                } if !figures_shown => {
                    figures_shown = true;
                    seen.push_str(&figures(
                        value.abs(),
                        *whole,
                        *decimals,
                        *fewest,
                        *thousands,
                    ));
                }
                // A fraction, or figures with text among them: not followed.
                _ => return None,
            }
        }
        figures_shown.then_some(seen)
    }
}

fn figures(value: f64, whole: usize, decimals: usize, fewest: usize, thousands: bool) -> String {
    let rounded = format!("{value:.decimals$}");
    let (before, behind) = rounded.split_once('.').unwrap_or((&rounded, ""));
    let before = if before == "0" && whole == 0 {
        ""
    } else {
        before
    };
    let mut grouped = String::new();
    for (at, figure) in format!("{before:0>whole$}").chars().enumerate() {
        let left = before.len().max(whole) - at;
        if thousands && at > 0 && left.is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(figure);
    }
    let mut behind = behind.to_owned();
    while behind.len() > fewest && behind.ends_with('0') {
        behind.pop();
    }
    if !behind.is_empty() {
        grouped.push('.');
        grouped.push_str(&behind);
    }
    grouped
}

/// The pieces of the format for positive numbers. None where it is `General` or
/// holds what we do not follow.
fn pieces(code: &str) -> Option<Vec<Piece>> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut letters = code.chars().peekable();
    let text = |pieces: &mut Vec<Piece>, character: char| match pieces.last_mut() {
        Some(Piece::Text(text)) => text.push(character),
        _ => pieces.push(Piece::Text(character.to_string())),
    };
    if code.to_ascii_lowercase().starts_with("general") {
        return None;
    }
    while let Some(letter) = letters.next() {
        match letter.to_ascii_lowercase() {
            ';' => break,
            '"' => {
                for quoted in letters.by_ref().take_while(|quoted| *quoted != '"') {
                    text(&mut pieces, quoted);
                }
            }
            '\\' => text(&mut pieces, letters.next()?),
            // The width of a character, and a character that fills the cell.
            '_' | '*' => {
                letters.next();
            }
            '[' => {
                let inside: String = letters
                    .by_ref()
                    .take_while(|inside| *inside != ']')
                    .collect();
                let first = inside
                    .chars()
                    .next()
                    .map(|first| first.to_ascii_lowercase());
                match first {
                    Some(unit @ ('h' | 'm' | 's'))
                        if inside.chars().all(|c| c.eq_ignore_ascii_case(&unit)) =>
                    {
                        pieces.push(Piece::Elapsed(unit));
                    }
                    // `[$£-809]` shows a currency.
                    Some('$') => {
                        let currency = inside[1..].split('-').next().unwrap_or_default();
                        for sign in currency.chars() {
                            text(&mut pieces, sign);
                        }
                    }
                    _ => {}
                }
            }
            unit @ ('y' | 'd' | 'h' | 'm' | 's' | 'e') => {
                let mut count = 1;
                while letters
                    .next_if(|next| next.eq_ignore_ascii_case(&unit))
                    .is_some()
                {
                    count += 1;
                }
                pieces.push(match unit {
                    'y' | 'e' => Piece::Year(count),
                    'd' => Piece::Day(count),
                    'h' => Piece::Hour(count),
                    's' => Piece::Second,
                    _ => Piece::Month(count),
                });
            }
            'a' => {
                // `AM/PM` or `A/P`.
                while letters.next_if(|next| "mp/MP/".contains(*next)).is_some() {}
                pieces.push(Piece::HalfOfDay);
            }
            '0' | '#' | '?' => pieces.push(placeholders(letter, &mut letters)),
            '%' => pieces.push(Piece::Percent),
            '@' => return None,
            other => text(&mut pieces, other),
        }
    }
    minutes_among_times(&mut pieces);
    // `0E+00` and the decimals of seconds are shown as they are.
    let has_figures = pieces
        .iter()
        .any(|piece| matches!(piece, Piece::Figures { .. }));
    let has_time = pieces.iter().any(|piece| {
        !matches!(
            piece,
            Piece::Figures { .. } | Piece::Text(_) | Piece::Percent
        )
    });
    if has_figures && has_time {
        if pieces.iter().any(|piece| matches!(piece, Piece::Year(_))) {
            return None;
        }
        pieces.retain(|piece| !matches!(piece, Piece::Figures { .. }));
    }
    Some(pieces)
}

fn placeholders(first: char, letters: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Piece {
    let (mut whole, mut decimals, mut fewest) = (usize::from(first == '0'), 0, 0);
    let (mut thousands, mut behind) = (false, false);
    while let Some(letter) = letters.next_if(|next| "0#?,.".contains(*next)) {
        match letter {
            '.' => behind = true,
            ',' => thousands = true,
            '0' if behind => {
                decimals += 1;
                fewest = decimals;
            }
            _ if behind => decimals += 1,
            '0' => whole += 1,
            _ => {}
        }
    }
    Piece::Figures {
        whole,
        decimals: decimals.min(20),
        fewest: fewest.min(20),
        thousands,
    }
}

/// `m` is minutes behind hours and before seconds.
fn minutes_among_times(pieces: &mut [Piece]) {
    let is_unit = |piece: &Piece| !matches!(piece, Piece::Text(_) | Piece::HalfOfDay);
    for at in 0..pieces.len() {
        if let Piece::Month(count) = pieces[at] {
            let before = pieces[..at].iter().rev().find(|piece| is_unit(piece));
            let after = pieces[at + 1..].iter().find(|piece| is_unit(piece));
            let behind_hours = matches!(before, Some(Piece::Hour(_) | Piece::Elapsed('h')));
            if count <= 2 && (behind_hours || after == Some(&Piece::Second)) {
                pieces[at] = Piece::Minute(count);
            }
        }
    }
}

/// A number taken as a moment, to the second.
struct Moment {
    /// Days since 1970; none where the number is no day.
    day: Option<i64>,
    /// Seconds since midnight.
    second: u32,
    /// Seconds in all.
    elapsed: f64,
}

impl Moment {
    /// None for numbers that spreadsheets do not show as times.
    fn of(value: f64, counts_from_1904: bool) -> Option<Self> {
        if !(0.0..LAST_DAY).contains(&value) {
            return None;
        }
        let elapsed = (value * SECONDS_OF_A_DAY).round();
        let days = (elapsed / SECONDS_OF_A_DAY).floor();
        let since = if counts_from_1904 {
            Some(days - DAYS_FROM_1904)
        } else if days >= 61.0 {
            Some(days - DAYS_BEFORE_1970)
        } else {
            // Spreadsheets count a 29 February 1900, and nobody's diary reaches back there.
            None
        };
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "both are within a few million"
        )]
        Some(Self {
            day: since.map(|days| days as i64),
            second: (elapsed - days * SECONDS_OF_A_DAY) as u32,
            elapsed,
        })
    }

    fn date(&self) -> String {
        let (year, month, day) = civil(self.day.unwrap_or(0));
        format!("{year:04}-{month:02}-{day:02}")
    }

    fn clock(&self) -> String {
        let (hour, minute, second) = (self.second / 3600, self.second / 60 % 60, self.second % 60);
        if second == 0 {
            format!("{hour:02}:{minute:02}")
        } else {
            format!("{hour:02}:{minute:02}:{second:02}")
        }
    }
}

/// Year, month and day of a day since 1970, in the Gregorian calendar.
fn civil(day: i64) -> (i64, i64, i64) {
    // Years begin in March here, so that the leap day is the last one.
    let day = day + 719_468;
    let era = day.div_euclid(146_097);
    let of_era = day.rem_euclid(146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let (month, day) = (month, of_year - (153 * month + 2) / 5 + 1);
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

fn index(number: i64) -> usize {
    usize::try_from(number).unwrap_or(0)
}

/// A number as a decimal, to the fifteen figures that spreadsheets keep.
pub(crate) fn number(value: f64) -> String {
    let rounded = format!("{value:.14e}").parse().unwrap_or(value);
    let plain = if rounded == 0.0 { 0.0 } else { rounded };
    plain.to_string()
}
