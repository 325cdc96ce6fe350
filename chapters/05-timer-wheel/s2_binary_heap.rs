//! Timers in a heap, as in asyncio, but without its tidying up: the cancelled pile up.

#![allow(dead_code, reason = "what is not used here, the tests and `main.rs` use")]

use std::cell::Cell;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::rc::Rc;

#[path = "../00-introduction/cli.rs"]
mod cli;

/// What the heap and the owner of a timer share: empty once it was cancelled.
pub(crate) type Handle = Rc<Cell<Option<usize>>>;

#[derive(Default)]
pub(crate) struct Heap {
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

    /// Nobody knows where in the heap the timer is. It stays, and only loses its value.
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

    /// How many there are with those that were cancelled.
    pub fn kept(&self) -> usize {
        self.timers.len()
    }
}

/// A server that answers each of its requests within a millisecond, and gives each a
/// timeout of 30 seconds. A timer of its own fires every second.
fn serve_for_a_second(timers: &mut Heap, second: u64) {
    const REQUESTS_A_MILLISECOND: usize = 10;
    for now in second * 1_000..(second + 1) * 1_000 {
        if timers.expire(now).is_some() {
            timers.insert(now + 1_000, 0);
        }
        let requests: Vec<Handle> = (0..REQUESTS_A_MILLISECOND)
            .map(|id| timers.insert(now + 30_000, id))
            .collect();
        for answered in requests {
            timers.cancel(answered);
        }
        timers.next_deadline();
    }
}

fn main() {
    cli::options(&[]);
    let mut timers = Heap::new(0);
    timers.insert(0, 0);
    println!("seconds   requests   pending   in the heap");
    for second in 0..60 {
        serve_for_a_second(&mut timers, second);
        if [1, 10, 20, 30, 40, 60].contains(&(second + 1)) {
            let (pending, kept) = (timers.len(), timers.kept());
            println!(
                "{:>7}{:>11}{pending:>10}{kept:>14}",
                second + 1,
                (second + 1) * 10_000
            );
        }
    }
}
