//! Wrong: it announces that it is free, and anybody may be faster.

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
        self.locked.set(false);
        self.line.grant_first();
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
            Some(seat) if !seat.is_granted() => seat.wakes(waker),
            _ if mutex.locked.replace(true) => {
                self.seat = Some(mutex.line.join((), waker));
            }
            _ => {
                self.seat = None;
                return Poll::Ready(Guard { mutex });
            }
        }
        Poll::Pending
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
