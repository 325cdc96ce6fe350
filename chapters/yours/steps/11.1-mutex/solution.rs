//! 11.1 The mutex: a lock that is handed over.

use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use super::line::{Line, Seat};

/// A lock, first come, first served.
pub struct Mutex {
    locked: Cell<bool>,
    /// Those who wait, given: `join`, `leave`, `grant_first`.
    line: Line<()>,
}

impl Mutex {
    pub fn new() -> Mutex {
        Mutex { locked: Cell::new(false), line: Line::new() }
    }

    /// Waits until it is one's turn. A wait that is dropped loses nobody's turn.
    pub fn lock(&self) -> Wait<'_> {
        Wait { mutex: self, seat: None }
    }

    /// Called when whoever has the lock is done with it.
    fn unlock(&self) {
        if !self.line.grant_first() {
            self.locked.set(false);
        }
    }
}

/// A wait for the lock.
pub struct Wait<'a> {
    mutex: &'a Mutex,
    /// None before the first poll that finds it locked, and when the wait is over.
    seat: Option<Rc<Seat<()>>>,
}

impl<'a> Future for Wait<'a> {
    type Output = Guard<'a>;

    /// Ready when it is one's turn. Until then whoever polled it last is the one to wake.
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Guard<'a>> {
        let waker = cx.waker().clone(); // first: a stranger's clone may unlock
        let mutex = self.mutex;
        match &self.seat {
            Some(seat) if seat.is_granted() => self.seat = None,
            Some(seat) => {
                seat.wakes(waker);
                return Poll::Pending;
            }
            None if mutex.locked.replace(true) => {
                self.seat = Some(mutex.line.join((), waker));
                return Poll::Pending;
            }
            None => {}
        }
        Poll::Ready(Guard { mutex })
    }
}

impl Drop for Wait<'_> {
    /// A wait that is over, or is given up.
    fn drop(&mut self) {
        match self.seat.take() {
            Some(seat) if seat.is_granted() => self.mutex.unlock(),
            Some(seat) => self.mutex.line.leave(&seat),
            None => {}
        }
    }
}

/// Whoever has it has the lock.
pub struct Guard<'a> {
    mutex: &'a Mutex,
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.mutex.unlock();
    }
}
