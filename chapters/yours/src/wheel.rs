//! A timer wheel, with a ring of ten slots for each decimal digit. It is given, but for three
//! pieces: [`place`](super::place), [`insert`](super::insert), [`cascade`](super::cascade).

#![allow(clippy::cast_possible_truncation, reason = "a level is less than 20")]

use std::collections::BTreeMap;

use super::place::place;

/// A u64 has twenty digits.
const DIGITS: usize = 20;

/// What a timer is known by: its deadline, and how many were inserted before it.
pub type Key = (u64, u64);

/// A slot keeps its timers by number, so that those of one tick fire in the order in which
/// they were inserted: each with its deadline and its value.
pub type Slot<T> = BTreeMap<u64, (u64, T)>;

/// Timers by their deadlines, in ticks.
pub struct Wheel<T> {
    /// Ten slots for each digit, the ones first.
    pub slots: Vec<Slot<T>>,
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
        let slots = (0..DIGITS * 10).map(|_| Slot::new()).collect();
        Wheel { slots, hand: now, now, inserted: 0 }
    }

    /// Takes a timer back. None if it is gone already.
    pub fn cancel(&mut self, (deadline, number): Key) -> Option<T> {
        // The key of a timer that has fired may lie behind the hand.
        let place = place(deadline.max(self.hand), self.hand);
        self.slots[place].remove(&number).map(|(_, value)| value)
    }

    /// The earliest deadline.
    pub fn next_deadline(&self) -> Option<u64> {
        let slot = self.slots.iter().find(|slot| !slot.is_empty())?;
        slot.values().map(|(deadline, _)| *deadline).min()
    }

    /// The first timer that is due at the tick `now`, with its deadline.
    pub fn expire(&mut self, now: u64) -> Option<(u64, T)> {
        self.now = self.now.max(now);
        loop {
            let first = self.slots.iter().position(|slot| !slot.is_empty())?;
            let tick = first_tick(first, self.hand);
            if tick > self.now {
                return None;
            }
            self.hand = tick;
            if first < 10 {
                return self.slots[first].pop_first().map(|(_, due)| due);
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
    let (level, slot) = (place / 10, (place % 10) as u64);
    let unit = 10_u64.pow(level as u32);
    let digits = hand / unit;
    (digits - digits % 10 + slot) * unit
}
