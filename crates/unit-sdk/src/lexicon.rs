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

use std::ops::Range;

/// Words before a full stop that do not end a sentence.
const ABBREVIATIONS: [&str; 16] = [
    "al", "approx", "cf", "dr", "e.g", "ed", "eg", "i.e", "ie", "mr", "mrs", "ms", "p", "pp",
    "prof", "vs",
];

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
    /// Numbers of the words in the order of the alphabet.
    sorted: Vec<u32>,
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
        let mut sorted: Vec<u32> = (0..index(text.words.len())).collect();
        sorted.sort_by_key(|&word| (text.word(word as usize), word));
        text.sorted = sorted;
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
        for (number, term) in terms.iter().enumerate() {
            let term = Term::new(term);
            let Some(first) = term.words.first() else {
                continue;
            };
            let from = self
                .sorted
                .partition_point(|&word| self.word(word as usize) < first.stem.as_str());
            for &at in &self.sorted[from..] {
                let at = at as usize;
                if !self.word(at).starts_with(&first.stem) {
                    break;
                }
                if self.stands_at(&term, at) {
                    let words = at..at + term.words.len();
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

    /// As [`hits`](Self::hits), without those inside a phrase of `unless`:
    /// `role` unless `role play`.
    pub fn hits_unless(&self, terms: &[&str], unless: &[&str]) -> Vec<Hit<'a>> {
        let mut found = self.hits(terms);
        if found.is_empty() || unless.is_empty() {
            return found;
        }
        let not = self.hits(unless);
        found.retain(|hit| {
            !not.iter()
                .any(|not| not.words.start <= hit.words.start && hit.words.end <= not.words.end)
        });
        found
    }

    fn stands_at(&self, term: &Term, at: usize) -> bool {
        let Some(words) = self.words.get(at..at + term.words.len()) else {
            return false;
        };
        words
            .iter()
            .zip(&term.words)
            .enumerate()
            .all(|(offset, (word, wanted))| {
                let text = self.word(at + offset);
                let same = if wanted.any_ending {
                    text.starts_with(&wanted.stem)
                } else {
                    text == wanted.stem
                };
                same && word.sentence == words[0].sentence && (word.capitals || !wanted.capitals)
            })
    }

    fn add(&mut self, text: &'a str) {
        let piece = index(self.pieces.len());
        self.pieces.push(text);
        let first = self.words.len();
        let mut sentence = index(self.sentences);
        let mut end_of_sentence = false;
        for range in word_ranges(text) {
            let source = &text[range.clone()];
            if let Some(last) = self.words[first..].last() {
                let between = &text[last.source.1 as usize..range.start];
                end_of_sentence = ends_sentence(between, self.last_source(text), source);
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

    /// The last word so far as written, with the letters before its full stops: `e.g`.
    fn last_source(&self, text: &'a str) -> &'a str {
        let Some(last) = self.words.last() else {
            return "";
        };
        let before = &text[..last.source.1 as usize];
        let start = before.rfind(|c: char| !c.is_alphanumeric() && c != '.');
        let start = start.map_or(0, |at| {
            at + before[at..].chars().next().map_or(1, char::len_utf8)
        });
        &before[start..]
    }
}

/// A term, folded as text is.
struct Term {
    words: Vec<TermWord>,
}

struct TermWord {
    stem: String,
    any_ending: bool,
    capitals: bool,
}

impl Term {
    fn new(term: &str) -> Self {
        let words = word_ranges(term).map(|range| {
            let source = &term[range.clone()];
            let mut stem = String::with_capacity(source.len());
            fold_word(source, &mut stem);
            TermWord {
                stem,
                any_ending: term[range.end..].starts_with('*'),
                capitals: in_capitals(source),
            }
        });
        Self {
            words: words.collect(),
        }
    }
}

/// Runs of letters and digits, with apostrophes between them: `mentee’s`.
fn word_ranges(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + text[at..].find(char::is_alphanumeric)?;
        let mut end = text.len();
        let mut characters = text[start..].char_indices().peekable();
        while let Some((offset, character)) = characters.next() {
            let joins = matches!(character, '\'' | '’')
                && characters
                    .peek()
                    .is_some_and(|(_, next)| next.is_alphanumeric());
            if !character.is_alphanumeric() && !joins {
                end = start + offset;
                break;
            }
        }
        at = end;
        Some(start..end)
    })
}

/// Adds a word in lower case, without apostrophes and the possessive s, and
/// with `-ise` for `-ize`.
fn fold_word(word: &str, folded: &mut String) {
    let word = word
        .strip_suffix(['s', 'S'])
        .and_then(|rest| rest.strip_suffix(['\'', '’']))
        .unwrap_or(word);
    let mut before = ' ';
    let letters = word.chars().filter(|c| !matches!(c, '\'' | '’'));
    for letter in letters.flat_map(char::to_lowercase) {
        let is_ize = letter == 'z' && matches!(before, 'i' | 'y');
        folded.push(if is_ize { 's' } else { letter });
        before = letter;
    }
}

fn in_capitals(word: &str) -> bool {
    let mut letters = word.chars().filter(|c| c.is_alphabetic());
    letters.next().is_some_and(char::is_uppercase)
        && letters.next().is_some_and(char::is_uppercase)
        && letters.all(char::is_uppercase)
}

/// Whether a sentence ends between two words.
fn ends_sentence(between: &str, before: &str, after: &str) -> bool {
    if between.contains('\u{2028}') {
        return true;
    }
    let Some(stop) = between.find(['.', '!', '?', '…']) else {
        return false;
    };
    let spaced = between[stop..].contains(char::is_whitespace);
    let begins = !after.starts_with(char::is_lowercase);
    let abbreviated = between[stop..].starts_with('.')
        && ABBREVIATIONS
            .iter()
            .any(|known| before.eq_ignore_ascii_case(known));
    spaced && begins && !abbreviated
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
        let found = text.hits_unless(&["role"], &["role play*"]);
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
