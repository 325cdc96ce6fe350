//! Exercises 1 to 3 of chapter 5: a heap that tidies up, a wheel for each digit, and a place
//! without a loop.

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

    /// Exercise 1: the timer stays in the heap, and only loses its value. After a timer
    /// was cancelled and `n` are pending, let the heap keep at most `2 * n + 64`.
    pub fn cancel(&mut self, handle: Handle) -> Option<usize> {
        let id = handle.take()?;
        self.pending -= 1;
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

const DIGITS: usize = 20;

/// A deadline, and how many timers were inserted before.
type Key = (u64, u64);

/// A wheel for each decimal digit. What is left to you is `place` and `cascade`.
pub struct Hierarchy {
    /// Ten slots for each digit, the ones first. A slot keeps its timers by number.
    slots: Vec<BTreeMap<u64, (u64, usize)>>,
    hand: u64,
    now: u64,
    inserted: u64,
    pending: usize,
}

/// Exercise 2: the place of a timer, ten times its level and the slot, where the ones are
/// level 0. The first digit, read from the left, in which its deadline differs from the
/// hand names the level; the deadline's value of that digit names the slot. If none
/// differs, it is the slot of the deadline's ones. The hand is not past the deadline.
pub fn place(deadline: u64, hand: u64) -> usize {
    let _ = (deadline, hand);
    0 // Yours.
}

/// The first tick that a place stands for: the digits before its own are those of the hand,
/// and zeros come behind it.
fn first_tick(place: usize, hand: u64) -> u64 {
    let (level, slot) = (place / 10, (place % 10) as u64);
    let unit: u64 = std::iter::repeat_n(10, level).product();
    let digits = hand / unit;
    (digits - digits % 10 + slot) * unit
}

impl Hierarchy {
    pub fn new(now: u64) -> Hierarchy {
        let slots = (0..DIGITS * 10).map(|_| BTreeMap::new()).collect();
        Hierarchy { slots, hand: now, now, inserted: 0, pending: 0 }
    }

    pub fn insert(&mut self, deadline: u64, id: usize) -> Key {
        let key = (deadline.max(self.now), self.inserted);
        self.slots[place(key.0, self.hand)].insert(key.1, (key.0, id));
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
        let slot = self.slots.iter().find(|slot| !slot.is_empty())?;
        slot.values().map(|(deadline, _)| *deadline).min()
    }

    pub fn expire(&mut self, now: u64) -> Option<(u64, usize)> {
        self.now = self.now.max(now);
        loop {
            let first = self.slots.iter().position(|slot| !slot.is_empty())?;
            let tick = first_tick(first, self.hand);
            if tick > self.now {
                return None;
            }
            self.hand = tick;
            if first < 10 {
                self.pending -= 1;
                return self.slots[first].pop_first().map(|(_, due)| due);
            }
            self.cascade(first);
        }
    }

    /// Exercise 2: the hand has entered the slot at place `from`, and its timers agree with
    /// the hand in that digit now. Here they are taken out, by number, and get lost.
    fn cascade(&mut self, from: usize) {
        for (number, (deadline, id)) in std::mem::take(&mut self.slots[from]) {
            let _ = (number, deadline, id); // Yours.
        }
    }

    pub fn len(&self) -> usize {
        self.pending
    }
}

/// Exercise 3: the place of exercise 2 with digits of six bits, so 64 times the level and
/// the slot. Do it without a loop.
pub fn place_in_bits(deadline: u64, hand: u64) -> usize {
    let _ = (deadline, hand);
    0 // Yours.
}
