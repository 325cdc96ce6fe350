//! Wrong: it looks in one lock, and parks in another.

use std::mem;

use super::lock::Lock;

pub struct Inbox {
    inside: Lock<Inside>,
    ring: Box<dyn Fn() + Send + Sync>,
}

#[derive(Default)]
struct Inside {
    letters: Vec<usize>,
    parked: bool,
}

impl Inbox {
    pub fn new(ring: impl Fn() + Send + Sync + 'static) -> Self {
        Inbox { inside: Lock::default(), ring: Box::new(ring) }
    }

    pub fn push(&self, number: usize) {
        let mut inside = self.inside.lock();
        inside.letters.push(number);
        let parked = mem::take(&mut inside.parked);
        drop(inside);
        if parked {
            (self.ring)();
        }
    }

    pub fn take(&self) -> Vec<usize> {
        let mut inside = self.inside.lock();
        inside.parked = false;
        mem::take(&mut inside.letters)
    }

    pub fn park(&self) -> bool {
        let is_empty = self.inside.lock().letters.is_empty();
        self.inside.lock().parked = is_empty;
        is_empty
    }
}
