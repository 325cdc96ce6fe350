//! Chapter 11: what the machine to repair can become, a semaphore that is handed over.

#[allow(dead_code)] // it needs not all of it
#[path = "line.rs"]
mod line;
#[path = "wait.rs"]
mod wait;

use std::cell::Cell;

use line::Line;
use wait::wait;

pub struct Semaphore {
    free: Cell<usize>,
    line: Line<usize>,
}

impl Semaphore {
    pub fn new(permits: usize) -> Semaphore {
        Semaphore { free: Cell::new(permits), line: Line::new() }
    }

    pub async fn acquire(&self, count: usize) -> Permits<'_> {
        if self.line.first().is_none() && count <= self.free.get() {
            self.free.set(self.free.get() - count);
        } else {
            // Who stood behind one that goes away may ask for less.
            let gone = |granted| self.release(if granted { count } else { 0 });
            wait(&self.line, count, gone).await;
        }
        Permits { semaphore: self, count }
    }

    /// Gives permits back, none or more, and sees to whoever can go on.
    fn release(&self, count: usize) {
        self.free.set(self.free.get() + count);
        while let Some(count) = self.line.first()
            && count <= self.free.get()
        {
            self.free.set(self.free.get() - count);
            self.line.grant_first();
        }
    }
}

pub struct Permits<'a> {
    semaphore: &'a Semaphore,
    count: usize,
}

impl Drop for Permits<'_> {
    fn drop(&mut self) {
        self.semaphore.release(self.count);
    }
}
