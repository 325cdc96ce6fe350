//! A saving: a bit for each place says whether its slot is empty, and a digit is six bits.

use std::collections::BTreeMap;

use super::place::place;

/// A u64 has eleven digits of six bits.
const DIGITS: usize = 11;

/// Which slots hold a timer.
#[derive(Default)]
pub struct Bits {
    /// A bit for each level that has some.
    levels: u64,
    /// A bit for each of its slots.
    slots: [u64; DIGITS],
}

impl Bits {
    pub fn add(&mut self, place: usize) {
        self.levels |= 1 << (place / 64);
        self.slots[place / 64] |= 1 << (place % 64);
    }

    pub fn remove(&mut self, place: usize) {
        self.slots[place / 64] &= !(1 << (place % 64));
        if self.slots[place / 64] == 0 {
            self.levels &= !(1 << (place / 64));
        }
    }

    fn first(&self) -> Option<usize> {
        if self.levels == 0 {
            return None;
        }
        let level = self.levels.trailing_zeros() as usize;
        Some(level * 64 + self.slots[level].trailing_zeros() as usize)
    }
}

/// What a timer is known by: its deadline, and how many were inserted before it.
pub type Key = (u64, u64);

/// A slot keeps its timers by number, so that those of one tick fire in the order in which
/// they were inserted: each with its deadline and its value.
pub type Slot<T> = BTreeMap<u64, (u64, T)>;

/// Timers by their deadlines, in ticks.
pub struct Wheel<T> {
    /// 64 slots for each digit, the ones first.
    pub slots: Vec<Slot<T>>,
    pub bits: Bits,
    /// The tick that everything before has been dealt with.
    pub hand: u64,
    /// The latest time that it was told.
    pub now: u64,
    /// How many timers were inserted, ever.
    pub inserted: u64,
}

impl<T> Wheel<T> {
    /// An empty wheel at the tick `now`.
    pub fn new(now: u64) -> Self {
        let slots = (0..DIGITS * 64).map(|_| Slot::new()).collect();
        Wheel { slots, bits: Bits::default(), hand: now, now, inserted: 0 }
    }

    /// Takes a timer back. None if it is gone already.
    pub fn cancel(&mut self, (deadline, number): Key) -> Option<T> {
        // The key of a timer that has fired may lie behind the hand.
        let place = place(deadline.max(self.hand), self.hand);
        let timer = self.slots[place].remove(&number);
        if self.slots[place].is_empty() {
            self.bits.remove(place);
        }
        timer.map(|(_, value)| value)
    }

    /// The earliest deadline.
    pub fn next_deadline(&self) -> Option<u64> {
        let slot = self.bits.first()?;
        self.slots[slot].values().map(|(deadline, _)| *deadline).min()
    }

    /// The first timer that is due at the tick `now`, with its deadline.
    pub fn expire(&mut self, now: u64) -> Option<(u64, T)> {
        self.now = self.now.max(now);
        loop {
            let first = self.bits.first()?;
            let tick = first_tick(first, self.hand);
            if tick > self.now {
                return None;
            }
            self.hand = tick;
            if first < 64 {
                let due = self.slots[first].pop_first();
                if self.slots[first].is_empty() {
                    self.bits.remove(first);
                }
                return due.map(|(_, due)| due);
            }
            self.cascade(first);
        }
    }

    /// How many timers are pending.
    pub fn len(&self) -> usize {
        self.slots.iter().map(Slot::len).sum()
    }
}

/// The first tick that a place stands for: the digits before its own are those of the hand,
/// and zeros come behind it.
fn first_tick(place: usize, hand: u64) -> u64 {
    let (level, slot) = (place / 64, (place % 64) as u64);
    let digits = hand >> (6 * level);
    (digits - digits % 64 + slot) << (6 * level)
}
