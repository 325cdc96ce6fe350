//! Where a timer stands: the arithmetic of levels and slots, and a set of places.
//!
//! A time is written in digits of six bits, as 01:02:03 is written in digits of sixty.
//! Each **level** of the wheel stands for one digit and has a slot for each of its
//! values. A timer stands at the level of the first digit, read from the left, in which
//! its deadline differs from the wheel's hand, in the slot of that digit's value.
//!
//! A place is one number, `level * 64 + slot`, and smaller places hold earlier timers. No
//! timer lies behind the hand, so where one first differs from the hand, its digit is the
//! greater. A timer at a higher level is greater in a digit in which one at a lower level
//! still agrees with the hand, so the lower is due first; within a level that digit
//! decides. Finding the first timer is finding the lowest set bit.

/// Bits of a deadline that one level looks at.
const BITS: u32 = 6;

/// Slots of a level: as many as a word has bits, so that one word says which hold timers.
pub(super) const SLOTS: usize = 1 << BITS;

/// Levels that 64 bits need; the last looks at the four bits that are left.
const LEVELS: usize = u64::BITS.div_ceil(BITS) as usize;

/// Places of all levels together.
pub(super) const PLACES: usize = LEVELS * SLOTS;

/// The place of a timer, for a hand that is not past its deadline.
#[inline]
pub(super) fn place(deadline: u64, hand: u64) -> usize {
    const LAST_SLOT: u64 = SLOTS as u64 - 1;
    // The lowest digit counts as different, so that a timer for this very tick has a level.
    let level = ((deadline ^ hand) | LAST_SLOT).ilog2() / BITS;
    let slot = (deadline >> (level * BITS)) & LAST_SLOT;
    level as usize * SLOTS + slot as usize
}

/// A set of places, as a bit each, that knows its smallest member.
#[derive(Default)]
pub(super) struct Places {
    /// Bit `n` is set if `slots[n]` is not zero.
    levels: u64,
    /// Bit `m` of `slots[n]` is set if slot `m` of level `n` is in the set.
    slots: [u64; LEVELS],
}

impl Places {
    pub(super) fn add(&mut self, place: usize) {
        let (level, slot) = (place / SLOTS, place % SLOTS);
        self.slots[level] |= 1 << slot;
        self.levels |= 1 << level;
    }

    pub(super) fn remove(&mut self, place: usize) {
        let (level, slot) = (place / SLOTS, place % SLOTS);
        self.slots[level] &= !(1 << slot);
        if self.slots[level] == 0 {
            self.levels &= !(1 << level);
        }
    }

    pub(super) fn first(&self) -> Option<usize> {
        if self.levels == 0 {
            return None;
        }
        let level = self.levels.trailing_zeros() as usize;
        let slot = self.slots[level].trailing_zeros() as usize;
        Some(level * SLOTS + slot)
    }
}
