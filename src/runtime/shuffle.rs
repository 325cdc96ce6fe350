//! Chance that can be repeated.

use std::cell::Cell;

/// A generator of numbers that look random: the same ones for the same seed. It is
/// SplitMix64 (Steele, Lea and Flood, 2014), which is short and good enough to explore
/// schedules, and for nothing that has to be secret.
#[derive(Debug)]
pub(crate) struct Shuffle {
    state: Cell<u64>,
}

impl Shuffle {
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: Cell::new(seed) }
    }

    /// A number below `end`.
    pub(crate) fn below(&self, end: usize) -> usize {
        let end = end.max(1) as u64;
        // Less than `end`, which was a `usize`.
        usize::try_from(self.next() % end).unwrap_or(0)
    }

    fn next(&self) -> u64 {
        let state = self.state.get().wrapping_add(0x9E37_79B9_7F4A_7C15);
        self.state.set(state);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}
