//! Larger blocks, and the memory of an instance itself.
//!
//! A call runs in a fresh instance. If its first bytes made the memory grow, each
//! call would ask the system for pages and give them back, which takes longer than
//! an empty check and holds up calls on other cores. So the first heap is part of
//! the memory that an instance begins with, and only what needs more makes it grow.

use core::alloc::Layout;
use core::arch::wasm32::memory_grow;

use talc::base::Talc;
use talc::base::binning::Binning;
use talc::cell::TalcSyncCell;
use talc::source::Source;
use talc::wasm::WasmBinning;

/// The check of a long assignment with its diary fits into this, in bytes. It takes
/// no room in the component, and pages that nobody writes to cost nothing.
const FIRST: usize = 1 << 20;
/// A page of WebAssembly's memory, in bytes.
const PAGE: usize = 64 << 10;
/// What a heap needs for itself, generously, in bytes.
const OVERHEAD: usize = 1 << 10;

/// Hands out blocks from heaps.
pub(super) type Heaps = TalcSyncCell<System, WasmBinning>;

pub(super) const fn new() -> Heaps {
    TalcSyncCell::new_wasm(System { has_first: false })
}

/// Where heaps come from.
#[derive(Debug)]
pub(super) struct System {
    has_first: bool,
}

// SAFETY: it asks no allocator for anything.
unsafe impl Source for System {
    fn acquire<B: Binning>(talc: &mut Talc<Self, B>, layout: Layout) -> Result<(), ()> {
        static mut FIRST_HEAP: [u8; FIRST] = [0; FIRST];
        let heap = if core::mem::replace(&mut talc.source.has_first, true) {
            let wanted = layout.size().saturating_add(layout.align() + OVERHEAD);
            // As much again as the first, so that many small wants grow it seldom.
            let pages = wanted.max(FIRST).div_ceil(PAGE);
            let before = memory_grow::<0>(pages);
            if before == usize::MAX {
                return Err(());
            }
            // SAFETY: these pages are new, so they are nobody's yet.
            unsafe { talc.claim((before * PAGE) as *mut u8, pages * PAGE) }
        } else {
            // SAFETY: nobody else can name this memory, and it is claimed once.
            unsafe { talc.claim((&raw mut FIRST_HEAP).cast(), FIRST) }
        };
        heap.map(|_| ()).ok_or(())
    }
}
