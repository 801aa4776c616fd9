//! Small helpers for text.

/// Text folded for comparison: letters and digits only, in lower case, so that
/// case, spaces and punctuation (straight or curly) make no difference.
#[derive(Clone, Debug, Default)]
pub struct Folded {
    letters: String,
    /// Where the letters stand in the original, in order. Long texts are folded
    /// with every check, so this is kept for stretches and not for each letter.
    stretches: Vec<Stretch>,
}

/// ASCII letters and digits without a gap, or one other letter, which may be
/// longer or shorter in lower case.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    /// Byte offset in the folded letters.
    at: usize,
    /// Byte offsets in the original at which it begins and ends.
    start: usize,
    end: usize,
}

impl Folded {
    /// Folds `text`.
    pub fn new(text: &str) -> Self {
        let mut letters = String::with_capacity(text.len());
        let mut stretches = Vec::new();
        // Where the stretch begins that is being read, here and in the original.
        let mut begun: Option<(usize, usize)> = None;
        for (start, character) in text.char_indices() {
            if character.is_ascii_alphanumeric() {
                begun.get_or_insert((letters.len(), start));
                letters.push(character.to_ascii_lowercase());
                continue;
            }
            if let Some((at, begun)) = begun.take() {
                stretches.push(Stretch {
                    at,
                    start: begun,
                    end: start,
                });
            }
            if !character.is_ascii() && character.is_alphanumeric() {
                let (at, end) = (letters.len(), start + character.len_utf8());
                letters.extend(character.to_lowercase());
                stretches.push(Stretch { at, start, end });
            }
        }
        if let Some((at, start)) = begun {
            stretches.push(Stretch {
                at,
                start,
                end: text.len(),
            });
        }
        Self { letters, stretches }
    }

    /// Whether there is no letter and no digit.
    pub fn is_empty(&self) -> bool {
        self.letters.is_empty()
    }

    /// The letters and digits.
    pub fn as_str(&self) -> &str {
        &self.letters
    }

    /// Whether `other` stands at folded offset `at`: its range in the original
    /// `text`, and the folded offset after it. Whole words only.
    pub fn match_at(
        &self,
        other: &Self,
        text: &str,
        at: usize,
    ) -> Option<(std::ops::Range<usize>, usize)> {
        let after = at + other.letters.len();
        if other.is_empty() || !self.letters.get(at..)?.starts_with(&other.letters) {
            return None;
        }
        let (first, last) = (self.stretch_of(at)?, self.stretch_of(after - 1)?);
        let is_ascii = |stretch: Stretch| text.as_bytes()[stretch.start].is_ascii();
        let start = if is_ascii(first) {
            first.start + at - first.at
        } else {
            first.start
        };
        let end = if is_ascii(last) {
            last.start + after - last.at
        } else {
            last.end
        };
        let range = start..end;
        let before = text[..range.start].chars().next_back();
        let behind = text[range.end..].chars().next();
        let inside_word = [before, behind]
            .into_iter()
            .flatten()
            .any(char::is_alphanumeric);
        (!inside_word).then_some((range, after))
    }

    /// The folded offsets at which words of the original begin.
    pub fn word_starts(&self) -> impl Iterator<Item = usize> {
        let mut end = None;
        self.stretches.iter().filter_map(move |stretch| {
            let begins = end != Some(stretch.start);
            end = Some(stretch.end);
            begins.then_some(stretch.at)
        })
    }

    /// The stretch that holds the folded offset.
    fn stretch_of(&self, at: usize) -> Option<Stretch> {
        let behind = self.stretches.partition_point(|stretch| stretch.at <= at);
        self.stretches.get(behind.checked_sub(1)?).copied()
    }
}

/// A run of letters and digits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run<'a> {
    /// The letters and digits.
    pub(crate) text: &'a str,
    /// Byte offset at which they begin.
    pub(crate) start: usize,
    /// What stands between them and the run before.
    pub(crate) before: &'a str,
}

impl Run<'_> {
    pub(crate) fn end(&self) -> usize {
        self.start + self.text.len()
    }
}

/// All runs of letters and digits, as written.
pub(crate) fn runs(text: &str) -> Vec<Run<'_>> {
    let mut runs: Vec<Run<'_>> = Vec::new();
    let (mut start, mut end) = (None, 0);
    for (at, character) in text.char_indices().chain([(text.len(), ' ')]) {
        match (character.is_alphanumeric(), start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                runs.push(Run {
                    text: &text[from..at],
                    start: from,
                    before: &text[end..from],
                });
                end = at;
                start = None;
            }
            _ => {}
        }
    }
    runs
}

/// A whole number with commas: `2,545`.
pub fn with_commas(number: u32) -> String {
    let digits = number.to_string();
    let mut shown = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

/// `1 word`, `2 words`: the number with commas and the noun that fits it.
pub fn counted(number: u32, one: &str, many: &str) -> String {
    let noun = if number == 1 { one } else { many };
    format!("{} {noun}", with_commas(number))
}

/// `a`, `a and b`, `a, b and c`.
pub fn and(parts: &[&str]) -> String {
    match parts {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// Each part in quotation marks, with commas: `“a”, “b”`.
pub fn quoted(parts: Vec<&str>) -> String {
    let quoted: Vec<String> = parts.into_iter().map(|part| format!("“{part}”")).collect();
    quoted.join(", ")
}

/// White-space separated words, as the host counts them.
pub fn word_count(text: &str) -> u32 {
    u32::try_from(text.split_whitespace().count()).unwrap_or(u32::MAX)
}

/// Cuts to at most `bytes`, on a character boundary, with an ellipsis at the end.
pub fn cut(mut text: String, bytes: usize) -> String {
    const ELLIPSIS: &str = "…";
    if text.len() > bytes {
        text.truncate(text.floor_char_boundary(bytes.saturating_sub(ELLIPSIS.len())));
        text.push_str(ELLIPSIS);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_ignores_case_space_and_punctuation() {
        let text = "•  WHAT’S its  purpose ?  It is this.";
        let found = Folded::new(text).match_at(&Folded::new("What's its purpose?"), text, 0);
        let (range, after) = found.expect("the prompt is there");
        assert_eq!((&text[range], after), ("WHAT’S its  purpose", 15));
    }

    fn places(prompt: &Folded, text: &str) -> Vec<std::ops::Range<usize>> {
        let folded = Folded::new(text);
        let starts = folded.word_starts();
        let found = starts.filter_map(|at| folded.match_at(prompt, text, at));
        found.map(|(range, _)| range).collect()
    }

    #[test]
    fn folding_finds_whole_words_only() {
        let (prompt, text) = (
            Folded::new("the role"),
            "See the roles, the role; THE ROLE.",
        );
        assert_eq!(places(&prompt, text), [15..23, 25..33]);
        // One capital letter here folds to two characters.
        let text = "İSTANBUL ılık";
        assert!(places(&Folded::new("i"), text).is_empty());
        let found = places(&Folded::new("ılık"), text);
        assert_eq!(&text[found[0].clone()], "ılık");
    }

    #[test]
    fn numbers_read_well() {
        assert_eq!(with_commas(7), "7");
        assert_eq!(with_commas(2_545), "2,545");
        assert_eq!(with_commas(1_000_000), "1,000,000");
        assert_eq!(counted(1, "word", "words"), "1 word");
    }

    #[test]
    fn cutting_keeps_characters_whole() {
        assert_eq!(cut("ééééé".into(), 8), "éé…");
        assert_eq!(cut("short".into(), 5), "short");
    }
}
