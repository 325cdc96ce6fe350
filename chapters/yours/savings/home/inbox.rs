//! A saving: the loop glances at a flag before it takes the lock.

use std::mem;
use std::sync::atomic::{AtomicBool, Ordering};

use super::lock::Lock;

/// The numbers of tasks that were woken, and the bell.
pub struct Inbox {
    inside: Lock<Inside>,
    /// There may be something to take: a letter, or the word that the loop is awake.
    news: AtomicBool,
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
        Inbox {
            inside: Lock::default(),
            news: AtomicBool::new(false),
            ring: Box::new(ring),
        }
    }

    /// For wakers, on any thread: leaves a letter. The first that finds the loop parked
    /// rings, and unparks it: one ring for one sleep.
    ///
    /// It never rings while it holds the lock: whoever wakes up would run into it.
    pub fn push(&self, number: usize) {
        let mut inside = self.inside.lock();
        inside.letters.push(number);
        self.news.store(true, Ordering::Release);
        let parked = mem::take(&mut inside.parked);
        drop(inside);
        if parked {
            (self.ring)();
        }
    }

    /// For the loop: whether it is worth to take the lock. It decides about nothing else.
    pub fn has_news(&self) -> bool {
        self.news.load(Ordering::Acquire)
    }

    /// For the loop: takes all letters, in the order in which they came. It is awake.
    pub fn take(&self) -> Vec<usize> {
        let mut inside = self.inside.lock();
        self.news.store(false, Ordering::Release);
        inside.parked = false;
        mem::take(&mut inside.letters)
    }

    /// For the loop: whether it may sleep now. If so it is parked, until a letter comes.
    ///
    /// It never says so while there is a letter.
    pub fn park(&self) -> bool {
        let mut inside = self.inside.lock();
        inside.parked = inside.letters.is_empty();
        self.news.store(true, Ordering::Release);
        inside.parked
    }
}
