//! Finding words and phrases in text.
//!
//! A *term* is a phrase of words parted by spaces. Case and punctuation make no
//! difference, British and American `-ise` and `-ize` are the same, and a
//! possessive counts as its noun. A `*` at the end of a word stands for any
//! ending. A word in capitals, such as `GROW`, matches capitals only, so that a
//! name is told from an ordinary word. A phrase stands within one sentence.
//!
//! ```
//! use unit_sdk::lexicon::hits;
//!
//! let text = "Her line-managers’ Responsibilities grow.";
//! let found = hits(text, &["responsibilit*", "line manager*", "GROW"]);
//! let parts: Vec<&str> = found.iter().map(|hit| hit.part).collect();
//! assert_eq!(parts, ["line-managers", "Responsibilities"]);
//! ```

pub mod english;
pub mod mentoring;
pub mod practice;

use std::ops::Range;

/// A thing and the words for it.
#[derive(Clone, Copy, Debug)]
pub struct Concept<'a> {
    /// What people call it: `line manager`.
    pub name: &'a str,
    /// The terms that speak of it.
    pub terms: &'a [&'a str],
    /// Phrases in which a term means something else: `role play*` for `role`.
    /// A term that begins inside one of them does not count.
    pub unless: &'a [&'a str],
}

/// A concept with these terms, in whatever phrase they stand.
pub const fn concept<'a>(name: &'a str, terms: &'a [&'a str]) -> Concept<'a> {
    Concept {
        name,
        terms,
        unless: &[],
    }
}

impl<'a> Concept<'a> {
    /// The same, except where a term stands in one of these phrases.
    #[must_use]
    pub const fn unless(self, unless: &'a [&'a str]) -> Self {
        Self { unless, ..self }
    }
}

/// Words before a full stop that do not end a sentence.
const ABBREVIATIONS: [&str; 16] = [
    "al", "approx", "cf", "dr", "e.g", "ed", "eg", "i.e", "ie", "mr", "mrs", "ms", "p", "pp",
    "prof", "vs",
];

/// Bytes of a word with the space behind it, at most about as many as people
/// write: memory for so many words is asked for at once.
const BYTES_OF_A_WORD: usize = 5;

/// A place where a term stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit<'a> {
    /// Which of the terms.
    pub term: usize,
    /// The slice of the text, for [`Document::place`](crate::Document::place).
    pub part: &'a str,
    /// The words that it covers, counted from the beginning of the text.
    pub words: Range<usize>,
    /// The sentence that it stands in, from 0.
    pub sentence: usize,
}

/// All places in `text` where one of the terms stands, in the text's order.
///
/// Who looks for many terms in one text makes a [`Text`] of it once.
pub fn hits<'a>(text: &'a str, terms: &[&str]) -> Vec<Hit<'a>> {
    Text::new([text]).hits(terms)
}

/// Text that was parted into words and sentences once, for many searches.
#[derive(Clone, Debug, Default)]
pub struct Text<'a> {
    pieces: Vec<&'a str>,
    words: Vec<Word>,
    /// The folded words one after another.
    folded: String,
    /// For each word its first four letters and behind them its number, sorted,
    /// so that the words that begin like a term stand side by side.
    sorted: Vec<u64>,
    sentences: usize,
}

/// A word of a text.
#[derive(Clone, Debug)]
struct Word {
    piece: u32,
    /// Where it stands in its piece.
    source: (u32, u32),
    /// Where it stands in `Text::folded`.
    folded: (u32, u32),
    sentence: u32,
    capitals: bool,
}

impl<'a> Text<'a> {
    /// Parts the pieces of a text, such as its blocks, into words. No sentence
    /// reaches from one piece into the next.
    pub fn new(pieces: impl IntoIterator<Item = &'a str>) -> Self {
        let mut text = Self::default();
        for piece in pieces {
            text.add(piece);
        }
        let numbered = (0..).zip(&text.words);
        let keys = numbered.map(|(number, word)| {
            let (start, end) = word.folded;
            let letters = first_letters(&text.folded[start as usize..end as usize], 0);
            u64::from(letters) << 32 | number
        });
        text.sorted = keys.collect();
        text.sorted.sort_unstable();
        text
    }

    /// Number of words, as letters and digits part them.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Whether there is no word.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Word `index` in lower case without punctuation.
    ///
    /// # Panics
    ///
    /// If there is no such word.
    pub fn word(&self, index: usize) -> &str {
        let (start, end) = self.words[index].folded;
        &self.folded[start as usize..end as usize]
    }

    /// The slice of the text from the first to the last of the words, which
    /// must stand in one piece; else only the first piece's share.
    ///
    /// # Panics
    ///
    /// If there are no such words.
    pub fn part(&self, words: Range<usize>) -> &'a str {
        let first = &self.words[words.start];
        let piece = self.pieces[first.piece as usize];
        let last = self.words[words]
            .iter()
            .rev()
            .find(|word| word.piece == first.piece);
        let end = last.map_or(piece.len(), |word| word.source.1 as usize);
        &piece[first.source.0 as usize..end]
    }

    /// Which piece word `index` stands in.
    ///
    /// # Panics
    ///
    /// If there is no such word.
    pub fn piece(&self, index: usize) -> usize {
        self.words[index].piece as usize
    }

    /// Number of sentences.
    pub fn sentences(&self) -> usize {
        self.sentences
    }

    /// The sentence that word `index` stands in, from 0.
    ///
    /// # Panics
    ///
    /// If there is no such word.
    pub fn sentence(&self, index: usize) -> usize {
        self.words[index].sentence as usize
    }

    /// The words of a sentence.
    pub fn words_of(&self, sentence: usize) -> Range<usize> {
        let sentence = index(sentence);
        let start = self.words.partition_point(|word| word.sentence < sentence);
        let end = self.words.partition_point(|word| word.sentence <= sentence);
        start..end
    }

    /// All places where one of the terms stands, in the text's order.
    pub fn hits(&self, terms: &[&str]) -> Vec<Hit<'a>> {
        let mut found = Vec::new();
        let mut wanted = Term::default();
        let mut stem = String::new();
        for (number, term) in terms.iter().enumerate() {
            let Some((first, any_ending)) = first_word(term, &mut stem) else {
                continue;
            };
            let filler = if any_ending { u8::MAX } else { 0 };
            let lowest = u64::from(first_letters(first, 0)) << 32;
            let highest = u64::from(first_letters(first, filler)) << 32 | u64::from(u32::MAX);
            let from = self.sorted.partition_point(|word| *word < lowest);
            let mut alike = self.sorted[from..]
                .iter()
                .take_while(|word| **word <= highest)
                .peekable();
            if alike.peek().is_none() {
                continue;
            }
            wanted.read(term);
            for word in alike {
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "the lower half is the number of the word"
                )]
                let at = *word as u32 as usize;
                if self.stands_at(&wanted, at) {
                    let words = at..at + wanted.words.len();
                    found.push(Hit {
                        term: number,
                        part: self.part(words.clone()),
                        sentence: self.sentence(at),
                        words,
                    });
                }
            }
        }
        found.sort_by_key(|hit| (hit.words.start, hit.term));
        found
    }

    /// All places where the text speaks of the concept, in the text's order.
    pub fn hits_of(&self, concept: &Concept<'_>) -> Vec<Hit<'a>> {
        let mut found = self.hits(concept.terms);
        if found.is_empty() || concept.unless.is_empty() {
            return found;
        }
        let not = self.hits(concept.unless);
        found.retain(|hit| !not.iter().any(|not| not.words.contains(&hit.words.start)));
        found
    }

    fn stands_at(&self, term: &Term, at: usize) -> bool {
        let Some(words) = self.words.get(at..at + term.words.len()) else {
            return false;
        };
        words.iter().zip(&term.words).all(|(word, wanted)| {
            let (start, end) = word.folded;
            let text = &self.folded.as_bytes()[start as usize..end as usize];
            let stem = &term.stems.as_bytes()[wanted.stem.clone()];
            let same = if wanted.any_ending {
                text.starts_with(stem)
            } else {
                text == stem
            };
            same && word.sentence == words[0].sentence && (word.capitals || !wanted.capitals)
        })
    }

    fn add(&mut self, text: &'a str) {
        let piece = index(self.pieces.len());
        self.pieces.push(text);
        let first = self.words.len();
        self.words.reserve(text.len() / BYTES_OF_A_WORD + 1);
        self.folded.reserve(text.len());
        let mut sentence = index(self.sentences);
        let mut end_of_sentence = false;
        for range in word_ranges(text) {
            let source = &text[range.clone()];
            if let Some(last) = self.words[first..].last() {
                let between = &text[last.source.1 as usize..range.start];
                end_of_sentence = between != " " && self.ends_sentence(text, between, source);
            }
            sentence += u32::from(std::mem::take(&mut end_of_sentence));
            let start = self.folded.len();
            fold_word(source, &mut self.folded);
            self.words.push(Word {
                piece,
                source: (index(range.start), index(range.end)),
                folded: (index(start), index(self.folded.len())),
                sentence,
                capitals: in_capitals(source),
            });
        }
        if self.words.len() > first {
            self.sentences = sentence as usize + 1;
        }
    }

    /// Whether a sentence of `text` ends between the last word so far and `after`.
    fn ends_sentence(&self, text: &str, between: &str, after: &str) -> bool {
        if between.contains('\u{2028}') {
            return true;
        }
        let Some(stop) = between.find(['.', '!', '?', '…']) else {
            return false;
        };
        let spaced = between[stop..].contains(char::is_whitespace);
        let begins = !after.starts_with(char::is_lowercase);
        spaced && begins && !(between[stop..].starts_with('.') && self.abbreviated(text))
    }

    /// Whether the last word so far, with the letters before its full stops, is
    /// an abbreviation: `e.g`.
    fn abbreviated(&self, text: &str) -> bool {
        let Some(last) = self.words.last() else {
            return false;
        };
        let before = &text[..last.source.1 as usize];
        let word = before
            .rsplit(|c: char| !c.is_alphanumeric() && c != '.')
            .next()
            .unwrap_or("");
        ABBREVIATIONS
            .iter()
            .any(|known| word.eq_ignore_ascii_case(known))
    }
}

/// The first word of a term, folded, and whether a star stands behind it. Most
/// terms are written folded already.
fn first_word<'t>(term: &'t str, buffer: &'t mut String) -> Option<(&'t str, bool)> {
    let plain = term
        .bytes()
        .take_while(|byte| (b'a'..=b'y').contains(byte))
        .count();
    match term.as_bytes().get(plain) {
        None | Some(b' ') if plain > 0 => return Some((&term[..plain], false)),
        Some(b'*') if plain > 0 => return Some((&term[..plain], true)),
        _ => {}
    }
    let range = word_ranges(term).next()?;
    buffer.clear();
    fold_word(&term[range.clone()], buffer);
    Some((buffer, term[range.end..].starts_with('*')))
}

/// The first four bytes of a word as a number that sorts like them.
fn first_letters(word: &str, filler: u8) -> u32 {
    let mut bytes = [filler; 4];
    for (byte, letter) in bytes.iter_mut().zip(word.bytes()) {
        *byte = letter;
    }
    u32::from_be_bytes(bytes)
}

/// A term, folded as text is; its memory serves one term after another.
#[derive(Default)]
struct Term {
    words: Vec<TermWord>,
    /// The folded words one after another.
    stems: String,
}

struct TermWord {
    /// Where it stands in `Term::stems`.
    stem: Range<usize>,
    any_ending: bool,
    capitals: bool,
}

impl Term {
    fn read(&mut self, term: &str) {
        self.words.clear();
        self.stems.clear();
        for range in word_ranges(term) {
            let source = &term[range.clone()];
            let start = self.stems.len();
            fold_word(source, &mut self.stems);
            self.words.push(TermWord {
                stem: start..self.stems.len(),
                any_ending: term[range.end..].starts_with('*'),
                capitals: in_capitals(source),
            });
        }
    }
}

/// Runs of letters and digits, with apostrophes between them: `mentee’s`.
fn word_ranges(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let mut start = at;
        while letter_at(text, start) == 0 {
            let other = text.as_bytes().get(start)?;
            start += if other.is_ascii() {
                1
            } else {
                text[start..].chars().next()?.len_utf8()
            };
        }
        let mut end = start;
        loop {
            let letters = text.as_bytes()[end..].iter();
            end += letters
                .take_while(|byte| byte.is_ascii_alphanumeric())
                .count();
            if end == text.len() {
                break;
            }
            let letter = letter_at(text, end);
            let mark = apostrophe_at(text, end);
            if letter > 0 {
                end += letter;
            } else if mark > 0 && letter_at(text, end + mark) > 0 {
                end += mark;
            } else {
                break;
            }
        }
        at = end;
        Some(start..end)
    })
}

/// How many bytes the letter or digit at `at` has; 0 if there is none.
fn letter_at(text: &str, at: usize) -> usize {
    match text.as_bytes().get(at) {
        None => 0,
        Some(byte) if byte.is_ascii() => usize::from(byte.is_ascii_alphanumeric()),
        Some(_) => {
            let character = text[at..].chars().next();
            character
                .filter(|c| c.is_alphanumeric())
                .map_or(0, char::len_utf8)
        }
    }
}

/// How many bytes the apostrophe at `at` has, straight or curly; 0 if there is none.
fn apostrophe_at(text: &str, at: usize) -> usize {
    match text.as_bytes().get(at) {
        Some(b'\'') => 1,
        Some(byte) if !byte.is_ascii() && text[at..].starts_with('’') => '’'.len_utf8(),
        _ => 0,
    }
}

/// Adds a word in lower case, without the possessive s, with straight
/// apostrophes and with `-ise` for `-ize`.
fn fold_word(word: &str, folded: &mut String) {
    let word = match word.as_bytes() {
        [.., b's' | b'S'] => {
            let rest = &word[..word.len() - 1];
            rest.strip_suffix(['\'', '’']).unwrap_or(word)
        }
        _ => word,
    };
    let as_written = |byte: &u8| byte.is_ascii() && !matches!(byte, b'z' | b'Z');
    if word.as_bytes().iter().all(as_written) {
        let start = folded.len();
        folded.push_str(word);
        folded[start..].make_ascii_lowercase();
        return;
    }
    let mut before = ' ';
    for letter in word.chars().flat_map(char::to_lowercase) {
        folded.push(match letter {
            'z' if matches!(before, 'i' | 'y') => 's',
            '’' => '\'',
            other => other,
        });
        before = letter;
    }
}

fn in_capitals(word: &str) -> bool {
    let first = word.as_bytes().first();
    if first.is_some_and(u8::is_ascii_lowercase) {
        return false;
    }
    let mut letters = word.chars().filter(|c| c.is_alphabetic());
    letters.next().is_some_and(char::is_uppercase)
        && letters.next().is_some_and(char::is_uppercase)
        && letters.all(char::is_uppercase)
}

/// Texts are at most 4 MiB, so all their numbers fit.
fn index(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts<'a>(text: &'a str, terms: &[&str]) -> Vec<&'a str> {
        hits(text, terms).into_iter().map(|hit| hit.part).collect()
    }

    #[test]
    fn terms_match_whole_words_and_endings() {
        let text =
            "Responsibility, responsibilities; the Line–Manager and line managers. Irresponsible.";
        assert_eq!(
            parts(text, &["responsibilit*", "line manager*", "line manager"]),
            [
                "Responsibility",
                "responsibilities",
                "Line–Manager",
                "Line–Manager",
                "line managers"
            ]
        );
        assert!(parts("programmer", &["program", "gram*"]).is_empty());
        assert!(parts("", &["a"]).is_empty());
        assert!(parts("a b", &[""]).is_empty());
    }

    #[test]
    fn spelling_and_possessives_make_no_difference() {
        let text = "The organization’s MENTEES' goals were analyzed; Siân’s weren’t.";
        assert_eq!(
            parts(
                text,
                &["organisation", "mentee*", "analys*", "siân", "weren't"]
            ),
            ["organization’s", "MENTEES", "analyzed", "Siân’s", "weren’t"]
        );
        assert_eq!(parts("They organise.", &["organiz*"]), ["organise"]);
        assert_eq!(parts("We’re where we were.", &["we're"]), ["We’re"]);
    }

    #[test]
    fn capitals_are_asked_for_where_the_term_has_them() {
        assert_eq!(parts("People grow with GROW.", &["GROW"]), ["GROW"]);
        assert_eq!(parts("A grow model, Grow Model.", &["grow model"]).len(), 2);
    }

    #[test]
    fn a_phrase_stands_in_one_sentence() {
        let text = Text::new([
            "Set a goal. Setting helps, e.g. SWOT by Egan et al. (2004).",
            "Next",
        ]);
        assert!(text.hits(&["goal setting"]).is_empty());
        assert_eq!(text.sentences(), 3);
        let sentences: Vec<usize> = text
            .hits(&["goal", "setting", "SWOT", "2004", "next"])
            .iter()
            .map(|hit| hit.sentence)
            .collect();
        assert_eq!(sentences, [0, 1, 1, 1, 2]);
        assert_eq!(
            text.part(text.words_of(1)),
            "Setting helps, e.g. SWOT by Egan et al. (2004"
        );
        assert_eq!(Text::new(["It costs 3.5 pounds. the end"]).sentences(), 1);
    }

    #[test]
    fn phrases_may_be_excepted() {
        let text = Text::new(["Role play shows the role of a mentor."]);
        let found = text.hits_of(&concept("role", &["role"]).unless(&["role play*"]));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].words, 4..5);
    }

    #[test]
    fn parts_are_slices_of_the_text() {
        let text = String::from("ein Łódź goal");
        let hit = &hits(&text, &["łódź goal"])[0];
        assert_eq!(hit.part.as_ptr(), text[4..].as_ptr());
    }
}
