//! Whom to wake, and in which executor.
//!
//! What waits for a timer or for a task belongs to one runtime, and so does whoever wakes
//! it. A lock or a queue belongs to none: tasks of one runtime may wait for it, another
//! runtime on the same thread may come by later and wake them, and it may be awaited where
//! no runtime is at all. So it keeps the executor beside the key of each task that waits.

use std::rc::Rc;
use std::task::Waker;

use super::context;
use super::executor::Executor;
use super::waiter::{ForeignWaker, Waiter};

/// Whoever waits for something that belongs to no runtime.
pub(crate) struct Sleeper {
    waiter: Waiter,
    /// None outside a runtime.
    executor: Option<Rc<Executor>>,
}

impl Sleeper {
    /// Whoever is woken by this waker. It may be cloned for that, which is user code.
    pub(crate) fn of(waker: &Waker) -> Self {
        let executor = context::here();
        let waiter = match &executor {
            Some(executor) => executor.waiter(waker),
            None => Waiter::Foreign(ForeignWaker::clone_outside(waker)),
        };
        Self { waiter, executor }
    }

    /// Whether it is the same to wake one and the other.
    pub(crate) fn is_for(&self, waker: &Waker) -> bool {
        match (&self.waiter, &self.executor) {
            (Waiter::Foreign(own), _) => own.will_wake(waker),
            (task, Some(executor)) => executor.is_for(task, waker),
            (_, None) => false,
        }
    }

    /// Wakes whoever it is, which may be user code.
    pub(crate) fn wake(self) {
        match (self.waiter, self.executor) {
            (Waiter::Foreign(waker), _) => waker.wake(),
            (task, Some(executor)) => executor.notify(task),
            (_, None) => {}
        }
    }
}
