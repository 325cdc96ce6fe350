//! Chapter 11, yours to repair: a semaphore that is handed over.
//!
//! `tests/broken/hand_over_holds_back.rs` has the same fault: a repair does not change its
//! story.

#[path = "line.rs"]
mod line;

use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use line::{Line, Seat};

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
    pub fn acquire(&self, count: usize) -> Wait<'_> {
        Wait { semaphore: self, count, seat: None }
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

/// A wait for permits.
pub struct Wait<'a> {
    semaphore: &'a Semaphore,
    count: usize,
    seat: Option<Rc<Seat<usize>>>,
}

impl<'a> Future for Wait<'a> {
    type Output = Permits<'a>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Permits<'a>> {
        let Wait { semaphore, count, ref seat } = *self;
        match seat {
            Some(seat) if seat.is_granted() => self.seat = None,
            Some(seat) => {
                seat.wakes(cx.waker());
                return Poll::Pending;
            }
            None if semaphore.line.first().is_none() && count <= semaphore.free.get() => {
                semaphore.free.set(semaphore.free.get() - count);
            }
            None => {
                self.seat = Some(semaphore.line.join(count, cx.waker()));
                return Poll::Pending;
            }
        }
        Poll::Ready(Permits { semaphore, count })
    }
}

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        if let Some(seat) = self.seat.take() {
            if seat.is_granted() {
                self.semaphore.release(self.count);
            } else {
                self.semaphore.line.leave(&seat);
            }
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
