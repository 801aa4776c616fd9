//! Times, sizes and names as people read them.

use assessment::people::shown_name;
use chrono::{DateTime, Utc};
use workflow::App;
use workflow::records::PersonRecord;

/// `10 July 2026, 14:02`, in the centre's time zone.
pub(crate) fn date_time(app: &App, time: DateTime<Utc>) -> String {
    time.with_timezone(&app.centre.time_zone)
        .format("%-d %B %Y, %H:%M")
        .to_string()
}

/// `10 July 2026`.
pub(crate) fn date(app: &App, time: DateTime<Utc>) -> String {
    time.with_timezone(&app.centre.time_zone)
        .format("%-d %B %Y")
        .to_string()
}

/// `14:32`.
pub(crate) fn clock(app: &App, time: DateTime<Utc>) -> String {
    time.with_timezone(&app.centre.time_zone)
        .format("%H:%M")
        .to_string()
}

/// `38 KB`, `1.2 MB`.
pub(crate) fn size(bytes: u64) -> String {
    if bytes < 1_000 {
        format!("{bytes} bytes")
    } else if bytes < 1_000_000 {
        format!("{} KB", bytes.div_ceil(1_000))
    } else {
        format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000)
    }
}

/// `2,500`.
pub(crate) fn thousands(number: u32) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `35 h 59 min`, from minutes; parts of a minute are not counted.
pub(crate) fn minutes(count: f64) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to what fits"
    )]
    let count = count.clamp(0.0, f64::from(u32::MAX)) as u32;
    match (count / 60, count % 60) {
        (0, rest) => format!("{rest} min"),
        (hours, 0) => format!("{} h", thousands(hours)),
        (hours, rest) => format!("{} h {rest} min", thousands(hours)),
    }
}

/// `1.1, 1.2 and 2.3`.
pub(crate) fn and(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// A person's name, or a neutral stand-in.
pub(crate) fn name(person: &PersonRecord) -> String {
    shown_name(&person.name, &person.subject)
}

/// The platform as people call it, for the middle of a sentence.
pub(crate) fn platform(family: &str) -> String {
    match family.to_ascii_lowercase().as_str() {
        "moodle" => "Moodle".to_owned(),
        "canvas" => "Canvas".to_owned(),
        _ => "the course".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_people_read_them() {
        assert_eq!(
            [0, 999, 2_500, 1_000_000].map(thousands),
            ["0", "999", "2,500", "1,000,000"]
        );
        assert_eq!(
            [0, 999, 38_926, 20_400_000].map(size),
            ["0 bytes", "999 bytes", "39 KB", "20.4 MB"]
        );
        assert_eq!(
            [0.0, 59.0, 60.0, 2_159.0, 2_160.0, -1.0].map(minutes),
            ["0 min", "59 min", "1 h", "35 h 59 min", "36 h", "0 min"]
        );
        let items = ["1.1".to_owned(), "1.2".to_owned(), "2.3".to_owned()];
        assert_eq!(
            [and(&items[..1]), and(&items[..2]), and(&items)],
            ["1.1", "1.1 and 1.2", "1.1, 1.2 and 2.3"]
        );
    }
}
