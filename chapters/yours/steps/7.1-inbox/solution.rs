//! 7.1 The inbox: what wakers leave for the loop, and how the loop goes to sleep.

use std::mem;

use super::lock::Lock;

/// The numbers of tasks that were woken, and the bell.
pub struct Inbox {
    inside: Lock<Inside>,
    /// Wakes the loop. The bell remembers a ring until the loop has slept.
    ring: Box<dyn Fn() + Send + Sync>,
}

#[derive(Default)]
struct Inside {
    letters: Vec<usize>,
    /// The loop sleeps, or is about to.
    parked: bool,
}

impl Inbox {
    pub fn new(ring: impl Fn() + Send + Sync + 'static) -> Self {
        Inbox { inside: Lock::default(), ring: Box::new(ring) }
    }

    /// For wakers, on any thread: leaves a letter. The first that finds the loop parked
    /// rings, and unparks it: one ring for one sleep.
    ///
    /// It never rings while it holds the lock: whoever wakes up would run into it.
    pub fn push(&self, number: usize) {
        let mut inside = self.inside.lock();
        inside.letters.push(number);
        let parked = mem::take(&mut inside.parked);
        drop(inside);
        if parked {
            (self.ring)();
        }
    }

    /// For the loop: takes all letters, in the order in which they came. It is awake.
    pub fn take(&self) -> Vec<usize> {
        let mut inside = self.inside.lock();
        inside.parked = false;
        mem::take(&mut inside.letters)
    }

    /// For the loop: whether it may sleep now. If so it is parked, until a letter comes.
    ///
    /// It never says so while there is a letter.
    pub fn park(&self) -> bool {
        let mut inside = self.inside.lock();
        inside.parked = inside.letters.is_empty();
        inside.parked
    }
}
