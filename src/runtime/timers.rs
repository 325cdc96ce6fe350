//! The timers of a runtime: a wheel of those who wait.
//!
//! *No user code under a borrow*: who waits may be anybody's waker, so it is cloned,
//! dropped and woken while the wheel is not borrowed.

use std::cell::{Cell, RefCell};
use std::mem;
use std::rc::Rc;
use std::task::{Poll, Waker};

use crate::task::{Executor, Waiter};
use crate::wheel::{TimerKey, Wheel};

/// The deadline that is never reached. A timer of it keeps its waiter, who may be given
/// another deadline.
const END_OF_TIME: u64 = u64::MAX;

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

    /// Whether every timer of this deadline has fired.
    #[inline]
    pub(crate) fn has_fired(&self, deadline: u64) -> bool {
        deadline <= self.fired.get()
    }

    /// Has `waiter` notified at `deadline`, once. The deadline is yet to come.
    #[inline]
    pub(crate) fn insert(&self, deadline: u64, waiter: Waiter) -> TimerKey {
        debug_assert!(!self.has_fired(deadline));
        self.wheel.borrow_mut().insert(deadline, waiter)
    }

    /// Whether a timer has fired. Until it has, `waker` is the one to be woken.
    pub(crate) fn poll(
        &self,
        key: TimerKey,
        executor: &Rc<Executor>,
        waker: &Waker,
    ) -> Poll<()> {
        match self.wheel.borrow_mut().get_mut(key) {
            None => return Poll::Ready(()),
            Some(waiting) if executor.is_for(waiting, waker) => return Poll::Pending,
            Some(_) => {}
        }
        // To clone a waker is user code: the timer may have fired in it.
        let mut waiter = executor.waiter(waker);
        match self.wheel.borrow_mut().get_mut(key) {
            None => return Poll::Ready(()),
            Some(waiting) => mem::swap(waiting, &mut waiter),
        }
        Poll::Pending
    }

    /// Takes a timer out, and whoever waits for it; none if it has fired.
    pub(crate) fn cancel(&self, key: TimerKey) -> Option<Waiter> {
        self.wheel.borrow_mut().cancel(key)
    }

    /// Takes all timers out.
    pub(crate) fn clear(&self) {
        let count = self.wheel.borrow().len();
        for _ in 0..count {
            drop(self.expire(END_OF_TIME));
        }
    }

    /// Fires the timers that are due, in the order of their deadlines, and counts them.
    pub(crate) fn fire(&self, now: u64, executor: &Executor) -> u64 {
        let mut fired = 0;
        while let Some(waiter) = self.expire(now) {
            executor.notify(waiter);
            fired += 1;
        }
        self.fired.set(now);
        fired
    }

    fn expire(&self, now: u64) -> Option<Waiter> {
        self.wheel.borrow_mut().expire(now).map(|(_, waiter)| waiter)
    }

    /// When the next timer is due, if one ever is.
    pub(crate) fn next_deadline(&self) -> Option<u64> {
        self.wheel.borrow().next_deadline().filter(|deadline| *deadline != END_OF_TIME)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.wheel.borrow().is_empty()
    }
}
