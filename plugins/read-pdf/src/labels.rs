//! Bullets and numbers at the beginning of list items.

use unit_sdk::reader::{Block, kind};

use crate::content::Run;

/// Bullets; each counts only with white space behind it.
const BULLETS: [char; 17] = [
    '•', '◦', '▪', '▫', '‣', '⁃', '·', '●', '○', '■', '□', '➢', '✓', '*', '-', '–', '\u{f0fc}',
];
/// A bullet's distance from its text, as a part of the font size, where the
/// bullet is a letter (our heuristic).
const LETTER_GAP: f32 = 0.5;

/// Takes a bullet or number from the beginning of a paragraph and makes it a
/// list item. `first` are the stretches of text of its first line.
pub(crate) fn take(block: &mut Block, first: &[Run]) {
    // Word's bullet of the second level is the letter o of a typewriter font.
    let is_letter_bullet = matches!(first, [bullet, text, ..] if bullet.text.trim() == "o"
        && text.left - bullet.right > LETTER_GAP * text.size);
    let Some((label, rest)) = block.text.split_once(char::is_whitespace) else {
        return;
    };
    if is_letter_bullet || is_label(label) {
        block.label = label.to_owned();
        block.text = rest.trim_start().to_owned();
        block.kind = kind::LIST_ITEM;
        block.level = 1;
    }
}

/// Whether a stretch of text is a bullet and nothing else.
pub(crate) fn is_bullet(run: Option<&Run>) -> bool {
    run.is_some_and(|run| is_label(run.text.trim()) || run.text.trim() == "o")
}

/// Whether a paragraph that begins with this word is a list item: a bullet, or
/// a number such as `1.`, `12)`, `(a)`, `b.`, `iv)`. Not `1.1`, for that is what
/// headings of criteria begin with.
pub(crate) fn is_label(word: &str) -> bool {
    let mut letters = word.chars();
    if let (Some(bullet), None) = (letters.next(), letters.next()) {
        return BULLETS.contains(&bullet);
    }
    let Some(inner) = word.strip_suffix(['.', ')']) else {
        return false;
    };
    let (inner, is_enclosed) = match inner.strip_prefix('(') {
        Some(rest) => (rest, true),
        None => (inner, false),
    };
    if is_enclosed && !word.ends_with(')') {
        return false;
    }
    let is_number =
        (1..=2).contains(&inner.len()) && inner.bytes().all(|byte| byte.is_ascii_digit());
    let is_letter = inner.len() == 1 && inner.bytes().all(|byte| byte.is_ascii_lowercase());
    let is_roman =
        (2..=4).contains(&inner.len()) && inner.bytes().all(|byte| b"ivx".contains(&byte));
    is_number || is_letter || is_roman
}

/// Depths of list items by how far they are indented. `lefts` says where each
/// block begins.
pub(crate) fn set_depths(blocks: &mut [Block], lefts: &[f32]) {
    let mut open: Vec<f32> = Vec::new();
    for (block, left) in blocks.iter_mut().zip(lefts) {
        if block.kind != kind::LIST_ITEM {
            open.clear();
            continue;
        }
        open.retain(|outer| *outer < left - 2.0);
        open.push(*left);
        block.level = u8::try_from(open.len()).unwrap_or(u8::MAX);
    }
}
