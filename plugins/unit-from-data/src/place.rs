//! Where the unit's data lies. The builder finds the place in the module's
//! memory by its mark and writes length and data behind it, so that reading
//! needs no address from outside and no `unsafe`.

use std::hint::black_box;

/// Most bytes that a unit's data may have; a complete ILM unit has about 100 KiB.
pub const MOST_BYTES: usize = 1024 * 1024;

/// What the place begins with, once in a module.
pub const MARK: [u8; 32] = *b"markbridge:unit-from-data place\0";

/// Bytes of the whole place: the mark, the length as four bytes with the least
/// first, and room for the data.
pub const SIZE: usize = MARK.len() + 4 + MOST_BYTES;

static PLACE: [u8; SIZE] = empty();

#[expect(
    clippy::large_stack_arrays,
    reason = "it is made by the compiler and lies in the module's memory"
)]
const fn empty() -> [u8; SIZE] {
    let mut place = [0; SIZE];
    let mut at = 0;
    while at < MARK.len() {
        place[at] = MARK[at];
        at += 1;
    }
    place
}

/// The data that the builder wrote; empty where it wrote none.
pub(crate) fn data() -> &'static [u8] {
    // The compiler must not take the place for what it is before the builder came.
    let place: &'static [u8; SIZE] = black_box(&PLACE);
    let (head, data) = place.split_at(MARK.len() + 4);
    let length = head[MARK.len()..]
        .iter()
        .rev()
        .fold(0, |length, byte| length << 8 | usize::from(*byte));
    data.get(..length).unwrap_or_default()
}
