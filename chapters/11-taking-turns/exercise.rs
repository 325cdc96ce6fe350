//! Chapter 11, yours to write: a lock that is handed over.
//!
//! As it stands it is announced: whoever is woken asks again, like everybody else.

#[allow(dead_code)] // a lock needs not all of it
#[path = "line.rs"]
mod line;

use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use line::{Line, Seat};

/// A lock. Who waits for it asks for nothing but a turn.
pub struct Lock {
    locked: Cell<bool>,
    line: Line<()>,
}

impl Lock {
    pub fn new() -> Lock {
        Lock { locked: Cell::new(false), line: Line::new() }
    }

    /// Waits until it is one's turn.
    pub fn lock(&self) -> Wait<'_> {
        Wait { lock: self, seat: None }
    }

    fn unlock(&self) {
        // Yours: it is free only if nobody waits.
        self.locked.set(false);
        self.line.grant_first();
    }
}

/// A wait for the lock.
pub struct Wait<'a> {
    lock: &'a Lock,
    /// None before the first poll that finds it locked, and when the wait is over.
    seat: Option<Rc<Seat<()>>>,
}

impl<'a> Future for Wait<'a> {
    type Output = Guard<'a>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Guard<'a>> {
        let lock = self.lock;
        // Yours: who has a seat waits until that is granted, and for nothing else. And
        // if it is polled again meanwhile?
        if !lock.locked.replace(true) {
            self.seat = None;
            return Poll::Ready(Guard { lock });
        }
        // Who was announced and finds it locked stands in line again.
        if self.seat.as_ref().is_none_or(|seat| seat.is_granted()) {
            self.seat = Some(lock.line.join((), cx.waker()));
        }
        Poll::Pending
    }
}

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        // Yours: a wait that is given up leaves the line. And if it had its turn already?
    }
}

/// Whoever has it has the lock.
pub struct Guard<'a> {
    lock: &'a Lock,
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.lock.unlock();
    }
}
