//! Chapter 11: what the exercise and the machine to repair can become.

#[path = "line.rs"]
mod line;

use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use line::{Line, Seat};

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

    pub fn acquire(&self, count: usize) -> Acquire<'_> {
        Acquire { semaphore: self, count, seat: None }
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

pub struct Acquire<'a> {
    semaphore: &'a Semaphore,
    count: usize,
    seat: Option<Rc<Seat<usize>>>,
}

impl<'a> Future for Acquire<'a> {
    type Output = Permits<'a>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Permits<'a>> {
        let Acquire { semaphore, count, ref seat } = *self;
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

impl Drop for Acquire<'_> {
    fn drop(&mut self) {
        if let Some(seat) = self.seat.take() {
            if seat.is_granted() {
                self.semaphore.release(self.count);
            } else {
                self.semaphore.line.leave(&seat);
                self.semaphore.release(0); // who stood behind it may ask for less
            }
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
