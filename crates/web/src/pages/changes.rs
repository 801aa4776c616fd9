//! What a resubmission changes in the answer to a criterion.

use serde::Serialize;
use workflow::changes::{Change, PieceKind};

/// So many words stand on either side of a change; what lies between is left out.
const CONTEXT_WORDS: usize = 15;

/// What changed since the submission before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChangeView {
    /// Which submission that was, from 1.
    pub since: u32,
    /// Whether the criterion was met then; none where it was not decided.
    pub met: Option<bool>,
    /// Words that are new.
    pub added: u32,
    /// Words that are gone.
    pub removed: u32,
    /// Both texts in one; empty where nothing changed.
    pub pieces: Vec<ChangePiece>,
}

/// A run of text in a comparison.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChangePiece {
    /// `kept`, `added` or `removed`.
    pub kind: &'static str,
    /// Its text.
    pub text: String,
}

impl ChangeView {
    /// A change for people: long stretches that both texts share are cut.
    pub fn new(since: u32, change: &Change) -> Self {
        let last = change.pieces.len().saturating_sub(1);
        Self {
            since,
            met: change.met,
            added: change.added,
            removed: change.removed,
            pieces: change
                .pieces
                .iter()
                .enumerate()
                .map(|(at, piece)| match piece.kind {
                    PieceKind::Added => ChangePiece {
                        kind: "added",
                        text: piece.text.clone(),
                    },
                    PieceKind::Removed => ChangePiece {
                        kind: "removed",
                        text: piece.text.clone(),
                    },
                    PieceKind::Kept => ChangePiece {
                        kind: "kept",
                        text: cut(&piece.text, at > 0, at < last),
                    },
                })
                .collect(),
        }
    }
}

/// The beginning of a stretch where something changed before it, and its end
/// where something changes after it.
fn cut(text: &str, before: bool, after: bool) -> String {
    let starts: Vec<usize> = text
        .split_whitespace()
        .map(|word| word.as_ptr().addr() - text.as_ptr().addr())
        .collect();
    let (head, tail) = (
        if before { CONTEXT_WORDS } else { 0 },
        if after { CONTEXT_WORDS } else { 0 },
    );
    if starts.len() <= head + tail + CONTEXT_WORDS {
        return text.to_owned();
    }
    let (head, tail) = (
        &text[..starts[head]],
        &text[starts
            .get(starts.len() - tail)
            .copied()
            .unwrap_or(text.len())..],
    );
    format!("{head}… {tail}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_stretches_without_a_change_are_cut() {
        let words: Vec<String> = (1..=60).map(|number| number.to_string()).collect();
        let text = words.join(" ");
        assert_eq!(cut("one two", true, true), "one two");
        assert_eq!(cut(&text, false, false), "… ");
        let head = cut(&text, true, false);
        assert!(
            head.starts_with("1 2 ") && head.ends_with(" 15 … "),
            "{head}"
        );
        let tail = cut(&text, false, true);
        assert!(tail.starts_with("… 46 ") && tail.ends_with(" 60"), "{tail}");
        let both = cut(&text, true, true);
        assert!(both.contains(" 15 … 46 "), "{both}");
    }
}
