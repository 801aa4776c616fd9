//! Passages that stand twice in the submission.

use std::ops::Range;

use super::components::as_number;
use super::{Answer, Checks};
use crate::lexicon::Text;
use crate::text::counted;
use crate::{Status, finding, wit};

/// Most passages that are reported one by one.
const MOST_PASSAGES: usize = 20;
/// Odd multiplier of the rolling sum over a run of words (2^64 / golden ratio).
const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

impl Checks<'_> {
    /// Passages of at least so many words (setting `least_words`) that stand
    /// twice in the answers (rule `repeated-passages`). Left-over text of the
    /// template does not count, nor text that people mapped to two criteria.
    pub fn repeated_passages(&self, least_words: &str) -> Vec<wit::Finding> {
        let least = self.context.threshold(least_words);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a whole number of words, at least 1"
        )]
        let run = least.max(1.0) as usize;
        let texts: Vec<&Text<'_>> = self.answers.iter().map(Answer::text).collect();
        let passages = repeated(&texts, run);
        let words = passages
            .iter()
            .map(|(_, later)| later.1.len())
            .sum::<usize>();
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let report = if passages.is_empty() {
            finding(
                "repeated-passages",
                Status::Found,
                format!("No passage of {least} words or more stands twice in the answers."),
            )
        } else {
            let shown = counted(number(passages.len()), "passage", "passages");
            let stand = if passages.len() == 1 {
                "stands"
            } else {
                "stand"
            };
            finding(
                "repeated-passages",
                Status::Look,
                format!("{shown} of {least} words or more {stand} twice in the answers, {words} words in all."),
            )
            .learner(format!("We found {shown} that {stand} twice in your work. You could keep the text in one place and refer to it in the other."))
        };
        let report = report
            .counted(as_number(words), Some(0.0), "repeated words")
            .number("least_words", least);
        let both = passages
            .into_iter()
            .take(MOST_PASSAGES)
            .flat_map(|(earlier, later)| [later, earlier]);
        let places = both.filter_map(|(answer, range)| {
            let answer = &self.answers[answer];
            let text = answer.text();
            let start = answer.place(text.part(range.start..range.start + 1))?;
            let end = answer.place(text.part(range.end - 1..range.end))?;
            let whole = start.item == end.item && start.slot == end.slot && start.start < end.end;
            Some(wit::Place {
                end: if whole { end.end } else { start.end },
                ..start
            })
        });
        vec![places.fold(report, wit::Finding::at)]
    }
}

/// A run of words: in which text, and which of its words.
type Passage = (usize, Range<usize>);

/// Pairs of equal runs, each as long as it can be, by the later one's place.
fn repeated(texts: &[&Text<'_>], run: usize) -> Vec<(Passage, Passage)> {
    let mut sums: Vec<(u64, usize, usize)> = Vec::new();
    for (number, text) in texts.iter().enumerate() {
        sums.extend(
            run_sums(text, run)
                .into_iter()
                .enumerate()
                .map(|(at, sum)| (sum, number, at)),
        );
    }
    sums.sort_unstable();
    let same_source = |a: (usize, usize), b: (usize, usize)| {
        let part = |(text, at): (usize, usize)| texts[text].part(at..at + 1).as_ptr();
        part(a) == part(b)
    };
    // For each place, the first one before it with the same words.
    let mut twins: Vec<((usize, usize), (usize, usize))> = Vec::new();
    for same in sums
        .chunk_by(|a, b| a.0 == b.0)
        .filter(|same| same.len() > 1)
    {
        let first = (same[0].1, same[0].2);
        for later in &same[1..] {
            let later = (later.1, later.2);
            let apart = first.0 != later.0 || later.1 >= first.1 + run;
            if apart && !same_source(first, later) && equal(texts, first, later, run) {
                twins.push((later, first));
            }
        }
    }
    twins.sort_unstable();
    let mut passages: Vec<(Passage, Passage)> = Vec::new();
    for (later, first) in twins {
        if let Some((earlier, last)) = passages.last_mut()
            && last.0 == later.0
            && later.1 + run == last.1.end + 1
            && earlier.0 == first.0
            && first.1 + run == earlier.1.end + 1
        {
            last.1.end += 1;
            earlier.1.end += 1;
            continue;
        }
        // A run within the passage before it says nothing new.
        let inside = passages
            .last()
            .is_some_and(|(_, last)| last.0 == later.0 && later.1 < last.1.end);
        if !inside {
            passages.push((
                (first.0, first.1..first.1 + run),
                (later.0, later.1..later.1 + run),
            ));
        }
    }
    passages
}

fn equal(texts: &[&Text<'_>], a: (usize, usize), b: (usize, usize), run: usize) -> bool {
    (0..run).all(|offset| texts[a.0].word(a.1 + offset) == texts[b.0].word(b.1 + offset))
}

/// A sum over each run of words; equal runs have equal sums.
fn run_sums(text: &Text<'_>, run: usize) -> Vec<u64> {
    let words: Vec<u64> = (0..text.len())
        .map(|index| word_sum(text.word(index)))
        .collect();
    if words.len() < run {
        return Vec::new();
    }
    let highest = (1..run).fold(1_u64, |power, _| power.wrapping_mul(MULTIPLIER));
    let mut sum = words[..run].iter().fold(0_u64, |sum, word| {
        sum.wrapping_mul(MULTIPLIER).wrapping_add(*word)
    });
    let mut sums = vec![sum];
    for at in run..words.len() {
        sum = sum
            .wrapping_sub(words[at - run].wrapping_mul(highest))
            .wrapping_mul(MULTIPLIER)
            .wrapping_add(words[at]);
        sums.push(sum);
    }
    sums
}

/// FNV-1a over the letters of a word.
fn word_sum(word: &str) -> u64 {
    word.bytes().fold(0xcbf2_9ce4_8422_2325, |sum, byte| {
        (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::repeated;
    use crate::lexicon::Text;

    fn words(from: usize, to: usize) -> String {
        let words: Vec<String> = (from..to).map(|number| format!("w{number} ")).collect();
        words.concat()
    }

    #[test]
    fn repeated_runs_are_as_long_as_they_can_be() {
        let first = format!("{} {}", words(0, 40), words(100, 120));
        let second = format!("{} {} end", words(200, 210), words(5, 35).to_uppercase());
        let texts = [Text::new([first.as_str()]), Text::new([second.as_str()])];
        let found = repeated(&texts.each_ref(), 25);
        assert_eq!(found, [((0, 5..35), (1, 10..40))]);
        assert!(repeated(&texts.each_ref(), 31).is_empty());
    }

    #[test]
    fn a_text_repeats_itself_only_beyond_its_own_length() {
        let twice = format!("{}{}", words(0, 30), words(0, 30));
        let text = Text::new([twice.as_str()]);
        assert_eq!(repeated(&[&text], 25), [((0, 0..30), (0, 30..60))]);
        let drone = "very ".repeat(30);
        assert!(repeated(&[&Text::new([drone.as_str()])], 25).is_empty());
        // The same text, mapped to two criteria.
        assert!(repeated(&[&text.clone(), &text], 60).is_empty());
    }
}
