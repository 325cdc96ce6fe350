//! Wrong: the first waker stays.

use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use super::line::{Line, Seat};

pub struct Mutex {
    locked: Cell<bool>,
    line: Line<()>,
}

impl Mutex {
    pub fn new() -> Mutex {
        Mutex { locked: Cell::new(false), line: Line::new() }
    }

    pub fn lock(&self) -> Wait<'_> {
        Wait { mutex: self, seat: None }
    }

    fn unlock(&self) {
        if !self.line.grant_first() {
            self.locked.set(false);
        }
    }
}

pub struct Wait<'a> {
    mutex: &'a Mutex,
    seat: Option<Rc<Seat<()>>>,
}

impl<'a> Future for Wait<'a> {
    type Output = Guard<'a>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Guard<'a>> {
        let waker = cx.waker().clone(); // first: a stranger's clone may unlock
        let mutex = self.mutex;
        match &self.seat {
            Some(seat) if seat.is_granted() => self.seat = None,
            Some(_) => return Poll::Pending,
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
    fn drop(&mut self) {
        match self.seat.take() {
            Some(seat) if seat.is_granted() => self.mutex.unlock(),
            Some(seat) => self.mutex.line.leave(&seat),
            None => {}
        }
    }
}

pub struct Guard<'a> {
    mutex: &'a Mutex,
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.mutex.unlock();
    }
}
