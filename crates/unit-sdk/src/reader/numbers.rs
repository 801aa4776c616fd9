//! Numbers of list items as people see them.

/// Longest label in bytes; a file may make it as long as its writer likes, and
/// it is repeated for every item.
pub const LONGEST_LABEL: usize = 64;

/// A number in a format as Word calls it; a format that is not known is decimal.
pub fn number(number: u32, format: &str) -> String {
    match format {
        "none" => String::new(),
        "decimalZero" => format!("{number:02}"),
        "lowerLetter" => letters(number, 'a'),
        "upperLetter" => letters(number, 'A'),
        "lowerRoman" => roman(number).to_lowercase(),
        "upperRoman" => roman(number),
        "ordinal" => {
            let ending = match (number % 10, number % 100) {
                (_, 11..=13) => "th",
                (1, _) => "st",
                (2, _) => "nd",
                (3, _) => "rd",
                _ => "th",
            };
            format!("{number}{ending}")
        }
        _ => number.to_string(),
    }
}

/// `a` to `z`, then `aa`, `bb`: Word repeats the letter.
fn letters(number: u32, first: char) -> String {
    let Some(index) = number.checked_sub(1).filter(|index| *index < 26 * 20) else {
        return number.to_string();
    };
    let letter = char::from_u32(u32::from(first) + index % 26).unwrap_or(first);
    std::iter::repeat_n(letter, index as usize / 26 + 1).collect()
}

fn roman(number: u32) -> String {
    const SIGNS: [(u32, &str); 13] = [
        (1000, "M"),
        (900, "CM"),
        (500, "D"),
        (400, "CD"),
        (100, "C"),
        (90, "XC"),
        (50, "L"),
        (40, "XL"),
        (10, "X"),
        (9, "IX"),
        (5, "V"),
        (4, "IV"),
        (1, "I"),
    ];
    if !(1..4_000).contains(&number) {
        return number.to_string();
    }
    let mut rest = number;
    let mut roman = String::new();
    for (value, sign) in SIGNS {
        while rest >= value {
            roman.push_str(sign);
            rest -= value;
        }
    }
    roman
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_in_their_format() {
        for (value, format, expected) in [
            (4, "decimal", "4"),
            (4, "decimalZero", "04"),
            (28, "lowerLetter", "bb"),
            (26, "upperLetter", "Z"),
            (49, "lowerRoman", "xlix"),
            (1994, "upperRoman", "MCMXCIV"),
            (22, "ordinal", "22nd"),
            (112, "ordinal", "112th"),
            (u32::MAX, "lowerLetter", "4294967295"),
            (u32::MAX, "upperRoman", "4294967295"),
            (0, "lowerLetter", "0"),
            (7, "chineseCounting", "7"),
        ] {
            assert_eq!(number(value, format), expected, "{value} as {format}");
        }
    }
}
