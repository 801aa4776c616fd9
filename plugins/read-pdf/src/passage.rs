//! Texts of lines become the text of a paragraph.

use std::cell::OnceCell;
use std::collections::HashSet;

use unit_sdk::reader::{Block, line, style};

use crate::content::{Page, Run, SPACE};

/// A paragraph in the making.
#[derive(Debug, Default)]
pub(crate) struct Passage {
    pub(crate) text: String,
    /// Bits that all text so far has in common; none before the first text.
    looks: Option<u8>,
    /// How many bytes there are of each size, in half points.
    sizes: Vec<(u32, usize)>,
    /// Where the last run ended.
    right: f32,
}

impl Passage {
    /// Adds a stretch of text, on the same line as the one before or on a new one.
    pub(crate) fn add(&mut self, run: &Run, is_new_line: bool, words: &Words<'_>) {
        if !self.text.is_empty() {
            if is_new_line {
                self.end_line(&run.text, words);
            } else if run.left - self.right >= SPACE * run.size {
                self.space();
            }
        }
        self.text.push_str(&run.text);
        self.right = run.right;
        self.looks = Some(self.looks.map_or(run.looks, |looks| looks & run.looks));
        let size = half_points(run.size);
        match self.sizes.iter_mut().find(|(known, _)| *known == size) {
            Some((_, bytes)) => *bytes += run.text.len(),
            None => self.sizes.push((size, run.text.len())),
        }
    }

    /// Ends a line: with a space, or without where a word goes on.
    fn end_line(&mut self, next: &str, words: &Words<'_>) {
        if self.text.ends_with('\u{ad}') || next.starts_with([':', ';', ',', '.', '!', '?', ')']) {
            return;
        }
        let mut letters = self.text.chars().rev();
        let last = letters.next().unwrap_or(' ');
        let follows_letter = letters.next().is_some_and(char::is_alphanumeric);
        match last {
            '-' | '\u{2010}' if follows_letter => {
                if next.starts_with(char::is_lowercase) && !words.keep_hyphen(&self.text, next) {
                    self.text.pop();
                }
            }
            // Lines may be broken after a dash or stroke within a word.
            '—' | '/' if follows_letter => {}
            _ => self.space(),
        }
    }

    fn space(&mut self) {
        if !self.text.ends_with(char::is_whitespace) {
            self.text.push(' ');
        }
    }

    /// The paragraph as a block; empty if it has no text.
    pub(crate) fn block(&self) -> Block {
        let mut text = String::with_capacity(self.text.len());
        for letter in line(&self.text).chars() {
            // Several spaces are a matter of looks.
            if letter != ' ' || !text.ends_with(' ') {
                text.push(letter);
            }
        }
        let mut looks = self.looks.unwrap_or(0);
        let mut letters = text.chars().filter(|letter| letter.is_alphabetic());
        if text.chars().filter(|letter| letter.is_alphabetic()).count() > 1
            && letters.all(char::is_uppercase)
        {
            looks |= style::CAPITALS;
        }
        let size = self.sizes.iter().max_by_key(|(_, bytes)| *bytes);
        Block {
            size: size.map_or(0, |(size, _)| *size),
            style: looks,
            text,
            ..Block::default()
        }
    }
}

/// The words of the file, to tell hyphens that belong to a word from those that
/// only break it.
pub(crate) struct Words<'a> {
    pages: &'a [Page],
    known: OnceCell<HashSet<String>>,
}

impl<'a> Words<'a> {
    pub(crate) fn of(pages: &'a [Page]) -> Self {
        Self {
            pages,
            known: OnceCell::new(),
        }
    }

    /// Whether the hyphen at the end of a line belongs to the word: the word
    /// stands with it elsewhere in the file, or both halves are words of the
    /// file and both together are not.
    fn keep_hyphen(&self, before: &str, after: &str) -> bool {
        let known = self.known.get_or_init(|| {
            let words = self.pages.iter().flat_map(|page| &page.runs);
            let words = words.flat_map(|run| run.text.split_whitespace());
            words
                .map(folded)
                .filter(|word| !word.ends_with(['-', '\u{2010}']))
                .collect()
        });
        let left = folded(before.split_whitespace().next_back().unwrap_or_default());
        let right = folded(after.split_whitespace().next().unwrap_or_default());
        let half = left.trim_end_matches(['-', '\u{2010}']);
        known.contains(&format!("{left}{right}"))
            || (known.contains(half)
                && known.contains(&right)
                && !known.contains(&format!("{half}{right}")))
    }
}

fn folded(word: &str) -> String {
    word.trim_matches(|letter: char| {
        !letter.is_alphanumeric() && letter != '-' && letter != '\u{2010}'
    })
    .to_lowercase()
}

/// A font size as documents count it.
pub(crate) fn half_points(size: f32) -> u32 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "sizes are positive, and a cast from a number that is too large ends at the largest"
    )]
    let half_points = (size * 2.0).round() as u32;
    half_points
}
