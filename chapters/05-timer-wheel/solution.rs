//! What `exercise.rs` and `repair.rs` can become.

#![allow(clippy::cast_possible_truncation, reason = "a level is less than 20")]

use std::cell::Cell;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::rc::Rc;

/// What the heap and the owner of a timer share: empty once it was cancelled.
type Handle = Rc<Cell<Option<usize>>>;

#[derive(Default)]
pub struct Heap {
    timers: BinaryHeap<Reverse<(u64, u64, Handle)>>,
    now: u64,
    inserted: u64,
    pending: usize,
}

impl Heap {
    pub fn new(now: u64) -> Heap {
        Heap { now, ..Heap::default() }
    }

    pub fn insert(&mut self, deadline: u64, id: usize) -> Handle {
        let handle = Rc::new(Cell::new(Some(id)));
        let deadline = deadline.max(self.now);
        self.timers.push(Reverse((deadline, self.inserted, handle.clone())));
        self.inserted += 1;
        self.pending += 1;
        handle
    }

    /// The timer stays in the heap and loses its value, until the heap has too many such.
    ///
    /// On average this is a constant number of steps. To tidy up is to look at all entries
    /// and to order those that are left, a few steps for each entry. More than half of the
    /// entries are dead then, and a dead one is thrown away once: so each `cancel` pays for
    /// its own entry and for less than one that lives. A single `cancel` may take long.
    pub fn cancel(&mut self, handle: Handle) -> Option<usize> {
        let id = handle.take()?;
        self.pending -= 1;
        if self.timers.len() > 2 * self.pending + 64 {
            self.timers.retain(|Reverse((_, _, handle))| handle.get().is_some());
        }
        Some(id)
    }

    pub fn next_deadline(&mut self) -> Option<u64> {
        while let Some(Reverse((deadline, _, handle))) = self.timers.peek() {
            if handle.get().is_some() {
                return Some(*deadline);
            }
            self.timers.pop();
        }
        None
    }

    pub fn expire(&mut self, now: u64) -> Option<(u64, usize)> {
        self.now = self.now.max(now);
        while let Some(Reverse((deadline, ..))) = self.timers.peek()
            && *deadline <= self.now
        {
            let Reverse((deadline, _, handle)) = self.timers.pop()?;
            if let Some(id) = handle.take() {
                self.pending -= 1;
                return Some((deadline, id));
            }
        }
        None
    }

    pub fn len(&self) -> usize {
        self.pending
    }

    /// How many timers the heap keeps, pending or not.
    pub fn kept(&self) -> usize {
        self.timers.len()
    }
}

/// As in the library, `src/wheel/place.rs`.
pub fn place_in_bits(deadline: u64, hand: u64) -> usize {
    let level = ((deadline ^ hand) | 63).ilog2() / 6;
    let slot = (deadline >> (level * 6)) & 63;
    level as usize * 64 + slot as usize
}

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
    /// now. Each goes to the next digit in which it differs.
    fn cascade(&mut self) {
        for (number, (deadline, id)) in std::mem::take(&mut self.slots[self.lowest]) {
            let to = place(deadline, self.hand);
            self.slots[to].insert(number, (deadline, id));
            // Repaired: a timer can fall past several levels at once. With the hand at 100,
            // one for 105 comes from the hundreds and goes to the ones. The search began
            // at the tens, behind its back: `lowest` is a bound for each timer, and every
            // line that moves one has to keep it, as in the fourth invariant.
            self.lowest = self.lowest.min(to);
        }
    }

    pub fn len(&self) -> usize {
        self.pending
    }
}
