//! Exercises 1 and 2 of chapter 5: a heap that tidies up, and a place without a loop.

use std::cell::Cell;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
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

/// Exercise 2: the place of a timer with digits of six bits, so 64 times the level and the
/// slot. Do it without a loop.
pub fn place_in_bits(deadline: u64, hand: u64) -> usize {
    let _ = (deadline, hand);
    0 // Yours.
}
