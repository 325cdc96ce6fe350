//! The timers of a runtime: a wheel of wakers.
//!
//! *No user code under a borrow*: a waker may be anybody's, so it is cloned, dropped and
//! woken while the wheel is not borrowed.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::{Poll, Waker};

use crate::wheel::{TimerKey, Wheel};

/// Wakers in the order of their deadlines.
pub(crate) struct Timers {
    wheel: RefCell<Wheel<Waker>>,
    /// What was due by then has fired: whoever asks for it need not search the wheel.
    fired: Cell<u64>,
}

impl Timers {
    /// No timers yet; deadlines are nanoseconds of the same clock as `now`.
    pub(crate) fn new(now: u64) -> Self {
        Self { wheel: RefCell::new(Wheel::new(now)), fired: Cell::new(now) }
    }

    /// Has `waker` woken at `deadline`, once. The deadline is yet to come.
    pub(crate) fn insert(&self, deadline: u64, waker: &Waker) -> TimerKey {
        debug_assert!(deadline > self.fired.get());
        let waker = waker.clone();
        self.wheel.borrow_mut().insert(deadline, waker)
    }

    /// Whether the timer of this deadline has fired. Until it has, `waker` is the one to
    /// be woken.
    pub(crate) fn poll(&self, deadline: u64, key: TimerKey, waker: &Waker) -> Poll<()> {
        if deadline <= self.fired.get() {
            return Poll::Ready(());
        }
        match self.wheel.borrow_mut().get_mut(key) {
            None => return Poll::Ready(()),
            Some(waiting) if waiting.will_wake(waker) => return Poll::Pending,
            Some(_) => {}
        }
        let mut waker = waker.clone();
        if let Some(waiting) = self.wheel.borrow_mut().get_mut(key) {
            std::mem::swap(waiting, &mut waker);
        }
        Poll::Pending
    }

    /// Takes a timer out. Nothing happens if it has fired.
    pub(crate) fn cancel(&self, key: TimerKey) {
        let waker = self.wheel.borrow_mut().cancel(key);
        drop(waker);
    }

    /// Fires the timers that are due, in the order of their deadlines.
    pub(crate) fn fire(&self, now: u64) {
        while let Some(waker) = self.expire(now) {
            // A waker of another library may panic; the other timers fire all the same.
            let _ = catch_unwind(AssertUnwindSafe(|| waker.wake()));
        }
        self.fired.set(now);
    }

    fn expire(&self, now: u64) -> Option<Waker> {
        self.wheel.borrow_mut().expire(now).map(|(_, waker)| waker)
    }

    /// When the next timer is due.
    pub(crate) fn next_deadline(&self) -> Option<u64> {
        self.wheel.borrow().next_deadline()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.wheel.borrow().is_empty()
    }
}

impl fmt::Debug for Timers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timers").field("len", &self.wheel.borrow().len()).finish()
    }
}
