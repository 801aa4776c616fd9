//! The allocator of plugins.
//!
//! A check makes many small texts and soon drops them, so small blocks are kept in
//! lists, one for each size, and taken from there again. That is all: a block never
//! changes its size and is never joined with another. Larger ones are for a
//! library. The figures are our own measurements (`cargo xtask bench languages`).

#![expect(
    unsafe_code,
    reason = "an allocator hands out memory; each place says why it may"
)]
#![expect(
    clippy::cast_ptr_alignment,
    reason = "small blocks are aligned for a pointer"
)]

use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::ptr;

#[cfg(target_arch = "wasm32")]
mod heaps;

/// Sizes of small blocks differ by so many bytes, and so they are aligned.
const STEP: usize = 8;
/// The largest small block, in bytes.
const LARGEST: usize = 512;
/// What is asked for at once, to be cut into small blocks, in bytes.
const CHUNK: usize = 16 << 10;

#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: SmallBlocks<heaps::Heaps> = SmallBlocks::new(heaps::new());

/// Hands out small blocks, and leaves the others to `large`.
struct SmallBlocks<A> {
    large: A,
    lists: UnsafeCell<Lists>,
}

struct Lists {
    /// The first free block of each size. In a free block stands where the next is.
    free: [*mut u8; LARGEST / STEP],
    /// What is left of the latest chunk, and its size in bytes.
    fresh: *mut u8,
    left: usize,
}

// SAFETY: a plugin has one thread. The library beneath refuses to be compiled
// where there can be more.
#[cfg(target_arch = "wasm32")]
unsafe impl<A> Sync for SmallBlocks<A> {}

impl<A: GlobalAlloc> SmallBlocks<A> {
    const fn new(large: A) -> Self {
        let lists = Lists {
            free: [ptr::null_mut(); LARGEST / STEP],
            fresh: ptr::null_mut(),
            left: 0,
        };
        Self {
            large,
            lists: UnsafeCell::new(lists),
        }
    }

    /// A block for this list that was never used; null where memory is at its end.
    #[cold]
    fn cut(&self, list: usize) -> *mut u8 {
        // SAFETY: one thread, and nothing below comes back here: `large` asks
        // nobody for memory but the system.
        let lists = unsafe { &mut *self.lists.get() };
        let size = (list + 1) * STEP;
        if lists.left < size {
            let Ok(chunk) = Layout::from_size_align(CHUNK, STEP) else {
                return ptr::null_mut();
            };
            // SAFETY: the size is not zero.
            let chunk = unsafe { self.large.alloc(chunk) };
            if chunk.is_null() {
                return chunk;
            }
            (lists.fresh, lists.left) = (chunk, CHUNK);
        }
        let block = lists.fresh;
        // SAFETY: so much is left of the chunk.
        lists.fresh = unsafe { block.add(size) };
        lists.left -= size;
        block
    }
}

/// The list of small blocks that this fits into.
#[inline]
fn list_of(layout: Layout) -> Option<usize> {
    let is_small = layout.size() <= LARGEST && layout.align() <= STEP;
    is_small.then(|| layout.size().saturating_sub(1) / STEP)
}

// SAFETY: a small block is cut from a chunk once, at a multiple of `STEP`, with
// all bytes of its list's size; it is either in its list or handed out. The list
// follows from the layout, which is the same when a block comes back.
unsafe impl<A: GlobalAlloc> GlobalAlloc for SmallBlocks<A> {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let Some(list) = list_of(layout) else {
            // SAFETY: as the caller promises.
            return unsafe { self.large.alloc(layout) };
        };
        // SAFETY: one thread, and the borrow ends before anything else is called.
        let free = unsafe { &mut (*self.lists.get()).free[list] };
        let block = *free;
        if block.is_null() {
            return self.cut(list);
        }
        // SAFETY: in a free block stands where the next is; it is aligned for that.
        *free = unsafe { block.cast::<*mut u8>().read() };
        block
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let Some(list) = list_of(layout) else {
            // SAFETY: as the caller promises.
            return unsafe { self.large.dealloc(block, layout) };
        };
        // SAFETY: as in `alloc`.
        let free = unsafe { &mut (*self.lists.get()).free[list] };
        // SAFETY: nobody uses the block any more, and the smallest has room for it.
        unsafe { block.cast::<*mut u8>().write(*free) };
        *free = block;
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller promises that the size fits the alignment.
        let wanted = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
        match (list_of(layout), list_of(wanted)) {
            // SAFETY: as the caller promises.
            (None, None) => return unsafe { self.large.realloc(block, layout, size) },
            (before, after) if before == after => return block,
            _ => {}
        }
        // SAFETY: as the caller promises; the two blocks are not the same.
        unsafe {
            let moved = self.alloc(wanted);
            if !moved.is_null() {
                ptr::copy_nonoverlapping(block, moved, layout.size().min(size));
                self.dealloc(block, layout);
            }
            moved
        }
    }
}

#[cfg(test)]
mod tests {
    use std::alloc::System;
    use std::cell::Cell;

    use super::*;

    /// The system's memory, and how much of it is out.
    #[derive(Default)]
    struct Counted(Cell<usize>);

    // SAFETY: the system's own allocator does it all.
    unsafe impl GlobalAlloc for Counted {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            self.0.set(self.0.get() + layout.size());
            // SAFETY: as the caller promises.
            unsafe { System.alloc(layout) }
        }

        unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
            self.0.set(self.0.get() - layout.size());
            // SAFETY: as the caller promises.
            unsafe { System.dealloc(block, layout) }
        }
    }

    struct Block {
        at: *mut u8,
        layout: Layout,
        mark: u8,
    }

    impl Block {
        /// Writes the mark all over the block, which must be aligned.
        fn mark(&self) {
            assert!(!self.at.is_null());
            assert_eq!(self.at.align_offset(self.layout.align()), 0);
            // SAFETY: the block is so long, and ours.
            unsafe { self.at.write_bytes(self.mark, self.layout.size()) };
        }

        /// Whether the first bytes still have the mark, so that nobody else wrote
        /// there.
        fn is_whole(&self, bytes: usize) -> bool {
            // SAFETY: the block is at least so long, and was written to.
            let bytes = unsafe { core::slice::from_raw_parts(self.at, bytes) };
            bytes.iter().all(|byte| *byte == self.mark)
        }
    }

    /// Numbers that look like chance and are the same in every run (xorshift).
    fn numbers() -> impl FnMut(usize) -> usize {
        let mut state = 0x9E37_79B9_7F4A_7C15_u64;
        move |below| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            usize::try_from(state >> 33).unwrap_or_default() % below
        }
    }

    #[test]
    fn blocks_are_aligned_and_nobody_elses_until_they_come_back() {
        let memory = SmallBlocks::new(Counted::default());
        let mut number = numbers();
        let mut held: Vec<Block> = Vec::new();
        for step in 0..200_000 {
            let size = 1 + match number(10) {
                0 => number(4 * LARGEST),
                1 => LARGEST - 4 + number(8),
                _ => number(100),
            };
            let mark = u8::try_from(step % 251).expect("less than 251");
            match number(3) {
                0 if !held.is_empty() => {
                    let block = held.swap_remove(number(held.len()));
                    assert!(block.is_whole(block.layout.size()));
                    // SAFETY: it was handed out with this layout.
                    unsafe { memory.dealloc(block.at, block.layout) };
                }
                1 if !held.is_empty() => {
                    let at = number(held.len());
                    let block = &mut held[at];
                    let kept = block.layout.size().min(size);
                    // SAFETY: it was handed out with this layout.
                    block.at = unsafe { memory.realloc(block.at, block.layout, size) };
                    block.layout =
                        Layout::from_size_align(size, block.layout.align()).expect("small");
                    assert!(block.is_whole(kept));
                    block.mark = mark;
                    block.mark();
                }
                _ if held.len() < 500 => {
                    let layout = Layout::from_size_align(size, 1 << number(7)).expect("small");
                    // SAFETY: the size is not zero.
                    let at = unsafe { memory.alloc(layout) };
                    let block = Block { at, layout, mark };
                    block.mark();
                    held.push(block);
                }
                _ => {}
            }
        }
        assert!(held.iter().all(|block| block.is_whole(block.layout.size())));
        for block in held {
            // SAFETY: it was handed out with this layout.
            unsafe { memory.dealloc(block.at, block.layout) };
        }
    }

    #[test]
    fn what_comes_back_is_used_again() {
        let memory = SmallBlocks::new(Counted::default());
        for round in 0..1_000 {
            let layouts = (1..=LARGEST).map(|size| Layout::from_size_align(size, 1));
            let blocks: Vec<_> = layouts
                .map(|layout| {
                    let layout = layout.expect("small");
                    // SAFETY: the size is not zero.
                    (unsafe { memory.alloc(layout) }, layout)
                })
                .collect();
            for (at, layout) in blocks {
                // SAFETY: it was handed out with this layout.
                unsafe { memory.dealloc(at, layout) };
            }
            // Each size from 1 to 512 at once is 130 KiB, and the ends of chunks.
            assert!(memory.large.0.get() <= 10 * CHUNK, "round {round}");
        }
    }
}
