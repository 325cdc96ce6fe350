//! Chapter 11: what the exercise and the machine to repair can become.

#[path = "line.rs"]
mod line;
#[path = "wait.rs"]
mod wait;

use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use line::{Line, Seat};
use wait::wait;

/// Exercise 1: a lock that is handed over.
pub struct Lock {
    locked: Cell<bool>,
    line: Line<()>,
}

impl Lock {
    pub fn new() -> Lock {
        Lock { locked: Cell::new(false), line: Line::new() }
    }

    pub fn lock(&self) -> Wait<'_> {
        Wait { lock: self, seat: None }
    }

    fn unlock(&self) {
        if !self.line.grant_first() {
            self.locked.set(false);
        }
    }
}

pub struct Wait<'a> {
    lock: &'a Lock,
    seat: Option<Rc<Seat<()>>>,
}

impl<'a> Future for Wait<'a> {
    type Output = Guard<'a>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Guard<'a>> {
        let lock = self.lock;
        match &self.seat {
            Some(seat) if seat.is_granted() => self.seat = None,
            Some(seat) => {
                seat.wakes(cx.waker());
                return Poll::Pending;
            }
            None if lock.locked.replace(true) => {
                self.seat = Some(lock.line.join((), cx.waker()));
                return Poll::Pending;
            }
            None => {}
        }
        Poll::Ready(Guard { lock })
    }
}

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        match self.seat.take() {
            Some(seat) if seat.is_granted() => self.lock.unlock(),
            Some(seat) => self.lock.line.leave(&seat),
            None => {}
        }
    }
}

pub struct Guard<'a> {
    lock: &'a Lock,
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.lock.unlock();
    }
}

/// Exercise 2: a semaphore that is handed over.
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
