//! Chapter 11, yours to repair: a semaphore that is handed over.

#[path = "line.rs"]
mod line;
#[path = "wait.rs"]
mod wait;

use std::cell::Cell;

use line::Line;
use wait::wait;

/// So many permits. Who waits asks for so many of them.
pub struct Semaphore {
    free: Cell<usize>,
    line: Line<usize>,
}

impl Semaphore {
    pub fn new(permits: usize) -> Semaphore {
        Semaphore { free: Cell::new(permits), line: Line::new() }
    }

    /// Waits until it is one's turn, and there are so many permits.
    pub async fn acquire(&self, count: usize) -> Permits<'_> {
        if self.line.first().is_none() && count <= self.free.get() {
            self.free.set(self.free.get() - count);
        } else {
            let gone = |granted| {
                if granted {
                    self.release(count);
                }
            };
            wait(&self.line, count, gone).await;
        }
        Permits { semaphore: self, count }
    }

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

/// Whoever has it has so many permits.
pub struct Permits<'a> {
    semaphore: &'a Semaphore,
    count: usize,
}

impl Drop for Permits<'_> {
    fn drop(&mut self) {
        self.semaphore.release(self.count);
    }
}
