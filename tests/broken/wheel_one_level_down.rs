//! The decimal hierarchy of exercise 2, which takes a cascade for a fall of one level. A timer
//! whose next digits are those of the slot's beginning falls further, and the search for
//! the first slot begins above it.

#![allow(clippy::cast_possible_truncation, reason = "a level is less than 20")]

use std::collections::BTreeMap;

const DIGITS: usize = 20;

/// A deadline, and how many timers were inserted before.
type Key = (u64, u64);

pub struct Hierarchy {
    /// Ten slots for each digit, the ones first. A slot keeps its timers by number.
    slots: Vec<BTreeMap<u64, (u64, usize)>>,
    /// No timer stands at a place before this one, so the search for the first begins here.
    lowest: usize,
    hand: u64,
    now: u64,
    inserted: u64,
    pending: usize,
}

/// The place of a timer: the first digit in which its deadline differs from the hand, and
/// that digit's value. Ten places belong to each digit.
fn place(deadline: u64, hand: u64) -> usize {
    let (mut digit, mut deadline, mut hand) = (0, deadline, hand);
    while deadline / 10 != hand / 10 {
        (digit, deadline, hand) = (digit + 1, deadline / 10, hand / 10);
    }
    digit * 10 + (deadline % 10) as usize
}

/// The first tick that a place stands for: the digits before its own are those of the hand,
/// and zeros come behind it.
fn first_tick(place: usize, hand: u64) -> u64 {
    let (level, slot) = (place / 10, (place % 10) as u64);
    let unit = 10_u64.pow(level as u32);
    let digits = hand / unit;
    (digits - digits % 10 + slot) * unit
}

impl Hierarchy {
    pub fn new(now: u64) -> Hierarchy {
        let slots = (0..DIGITS * 10).map(|_| BTreeMap::new()).collect();
        Hierarchy { slots, lowest: 0, hand: now, now, inserted: 0, pending: 0 }
    }

    pub fn insert(&mut self, deadline: u64, id: usize) -> Key {
        let key = (deadline.max(self.now), self.inserted);
        let to = place(key.0, self.hand);
        self.slots[to].insert(key.1, (key.0, id));
        self.lowest = self.lowest.min(to);
        self.inserted += 1;
        self.pending += 1;
        key
    }

    pub fn cancel(&mut self, (deadline, number): Key) -> Option<usize> {
        // The key of a timer that has fired may lie behind the hand.
        let place = place(deadline.max(self.hand), self.hand);
        let (_, id) = self.slots[place].remove(&number)?;
        self.pending -= 1;
        Some(id)
    }

    pub fn next_deadline(&self) -> Option<u64> {
        let slot = &self.slots[self.first()?];
        slot.values().map(|(deadline, _)| *deadline).min()
    }

    pub fn expire(&mut self, now: u64) -> Option<(u64, usize)> {
        self.now = self.now.max(now);
        loop {
            self.lowest = self.first()?;
            let tick = first_tick(self.lowest, self.hand);
            if tick > self.now {
                return None;
            }
            self.hand = tick;
            if self.lowest < 10 {
                self.pending -= 1;
                return self.slots[self.lowest].pop_first().map(|(_, due)| due);
            }
            self.cascade();
        }
    }

    /// The first place that holds a timer.
    fn first(&self) -> Option<usize> {
        (self.lowest..self.slots.len()).find(|place| !self.slots[*place].is_empty())
    }

    /// The hand has entered the lowest slot: its timers agree with the hand in that digit
    /// now.
    fn cascade(&mut self) {
        for (number, (deadline, id)) in std::mem::take(&mut self.slots[self.lowest]) {
            self.slots[place(deadline, self.hand)].insert(number, (deadline, id));
        }
        self.lowest = (self.lowest / 10 - 1) * 10;
    }

    pub fn len(&self) -> usize {
        self.pending
    }
}
