//! The timers of a runtime: a wheel of those who wait.
//!
//! *No user code under a borrow*: who waits may be anybody's waker, so it is cloned,
//! dropped and woken while the wheel is not borrowed.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::task::{Poll, Waker};

use crate::task::{Tasks, Waiter};
use crate::wheel::{TimerKey, Wheel};

/// Who waits, in the order of their deadlines.
pub(crate) struct Timers {
    wheel: RefCell<Wheel<Waiter>>,
    /// What was due by then has fired: whoever asks for it need not search the wheel.
    fired: Cell<u64>,
}

impl Timers {
    /// No timers yet; deadlines are nanoseconds of the same clock as `now`.
    pub(crate) fn new(now: u64) -> Self {
        Self { wheel: RefCell::new(Wheel::new(now)), fired: Cell::new(now) }
    }

    /// Has `waiter` notified at `deadline`, once. The deadline is yet to come.
    #[inline]
    pub(crate) fn insert(&self, deadline: u64, waiter: Waiter) -> TimerKey {
        debug_assert!(deadline > self.fired.get());
        self.wheel.borrow_mut().insert(deadline, waiter)
    }

    /// Whether the timer of this deadline has fired. Until it has, `waker` is the one to
    /// be woken.
    pub(crate) fn poll(
        &self,
        deadline: u64,
        key: TimerKey,
        tasks: &Tasks,
        waker: &Waker,
    ) -> Poll<()> {
        if deadline <= self.fired.get() {
            return Poll::Ready(());
        }
        match self.wheel.borrow_mut().get_mut(key) {
            None => return Poll::Ready(()),
            Some(waiting) if tasks.is_for(waiting, waker) => return Poll::Pending,
            Some(_) => {}
        }
        let mut waiter = tasks.waiter(waker);
        if let Some(waiting) = self.wheel.borrow_mut().get_mut(key) {
            std::mem::swap(waiting, &mut waiter);
        }
        Poll::Pending
    }

    /// Takes a timer out. Nothing happens if it has fired.
    pub(crate) fn cancel(&self, key: TimerKey) {
        let waiter = self.wheel.borrow_mut().cancel(key);
        drop(waiter);
    }

    /// Fires the timers that are due, in the order of their deadlines, and counts them.
    pub(crate) fn fire(&self, now: u64, tasks: &Tasks) -> u64 {
        let mut fired = 0;
        while let Some(waiter) = self.expire(now) {
            tasks.notify(waiter);
            fired += 1;
        }
        self.fired.set(now);
        fired
    }

    fn expire(&self, now: u64) -> Option<Waiter> {
        self.wheel.borrow_mut().expire(now).map(|(_, waiter)| waiter)
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
