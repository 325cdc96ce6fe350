//! What `exercise.rs` and `repair.rs` can become.

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

/// Turns the marks until the hand's is the lowest, and counts the zeros below the first.
pub fn turns_to_next(marks: u64, hand: u32) -> Option<u32> {
    (marks != 0).then(|| marks.rotate_right(hand).trailing_zeros())
}

const DIGITS: usize = 20;

/// A deadline, and how many timers were inserted before.
type Key = (u64, u64);

pub struct Hierarchy {
    /// Ten slots for each digit, the ones first. A slot keeps its timers by number.
    slots: Vec<BTreeMap<u64, (u64, usize)>>,
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

/// The first time that a place stands for: its digit, and zeros behind it.
fn start(place: usize, hand: u64) -> u64 {
    let unit: u64 = std::iter::repeat_n(10, place / 10).product();
    (hand / unit - hand / unit % 10 + (place % 10) as u64) * unit
}

impl Hierarchy {
    pub fn new(now: u64) -> Hierarchy {
        let slots = (0..DIGITS * 10).map(|_| BTreeMap::new()).collect();
        Hierarchy { slots, hand: now, now, inserted: 0, pending: 0 }
    }

    pub fn insert(&mut self, deadline: u64, id: usize) -> Key {
        let key = (deadline.max(self.now), self.inserted);
        // Repaired: from the hand, not from `now`. Else the second invariant is broken,
        // "in place", and `cancel` looks where the timer is not.
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
            let place = self.slots.iter().position(|slot| !slot.is_empty())?;
            let start = start(place, self.hand);
            if start > self.now {
                return None;
            }
            self.hand = start;
            if place < 10 {
                self.pending -= 1;
                return self.slots[place].pop_first().map(|(_, due)| due);
            }
            self.cascade(place);
        }
    }

    /// The hand has entered a slot: its timers agree with the hand in that digit now.
    fn cascade(&mut self, from: usize) {
        for (number, (deadline, id)) in std::mem::take(&mut self.slots[from]) {
            self.slots[place(deadline, self.hand)].insert(number, (deadline, id));
        }
    }

    pub fn len(&self) -> usize {
        self.pending
    }
}
