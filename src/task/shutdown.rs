//! The end of an executor.
//!
//! Every task that is left is dropped, and a drop is user code: it may spawn, wake, add
//! callbacks, and so may what is dropped in its turn. That a shutdown ends all the same is
//! due to three rules. A task that is spawned in it never runs: its future is dropped. A
//! callback that is added in it to a task that is done is dropped uncalled. And a chain of
//! futures, each of which spawns the next one when it is dropped, is cut after a million:
//! what comes after that is leaked, and the hook for unhandled panics is told.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::mem;
use std::panic::Location;
use std::task::Poll;

use super::erased::BoxFuture;
use super::error::{JoinError, Label, Place};
use super::executor::Executor;
use super::key::Key;

/// How many refused futures are dropped one because of the other.
const LONGEST_CHAIN: usize = 1_000_000;

/// Futures that were spawned when it was too late.
#[derive(Default)]
pub(super) struct Refusals {
    shutting_down: Cell<bool>,
    /// Those that wait to be dropped. What is refused in the drop of another waits until
    /// that is over, so that no chain, however long, needs more of the stack than one.
    futures: RefCell<VecDeque<(Label, BoxFuture)>>,
    is_dropping: Cell<bool>,
}

impl Executor {
    /// Whether the runtime shuts down, or is gone.
    #[inline]
    pub(crate) fn is_shutting_down(&self) -> bool {
        self.refusals.shutting_down.get()
    }

    /// Drops every task that is left, in the order of their ids, refuses new ones, and
    /// calls the callbacks. *Owner drops*: wakers that are still out there hold nothing of
    /// the tasks, and from here on do nothing.
    pub(crate) fn shut_down(&self) {
        self.refusals.shutting_down.set(true);
        let leftovers = self.scheduler.borrow().unfinished();
        for key in leftovers {
            self.doom(key);
            let _ = self.run(key, &mut |_| Poll::Pending);
        }
        while self.run_next(&mut |_| Poll::Pending).is_some() {}
        self.remote.close();
    }

    /// Drops a future that is spawned too late, and gives its handle a cell that says so.
    #[cold]
    pub(super) fn refuse(
        &self,
        future: BoxFuture,
        name: Option<Box<str>>,
        location: &'static Location<'static>,
    ) -> Key {
        let label = Label { id: self.scheduler.borrow_mut().next_id(), name, location };
        let mut scheduler = self.scheduler.borrow_mut();
        let key = scheduler.admit_cancelled(label.clone(), self.now.get());
        drop(scheduler);
        self.refusals.futures.borrow_mut().push_back((label, future));
        if !self.refusals.is_dropping.replace(true) {
            self.drop_refused();
            self.refusals.is_dropping.set(false);
        }
        key
    }

    fn drop_refused(&self) {
        let next = || self.refusals.futures.borrow_mut().pop_front();
        for _ in 0..LONGEST_CHAIN {
            let Some((label, future)) = next() else { return };
            self.contained(label, Place::Drop, || drop(future));
        }
        let Some((label, future)) = next() else { return };
        let text = "a million futures have spawned one another when they were dropped: \
                    this one and what it would spawn are leaked";
        self.tell(JoinError::panic(label, Place::Drop, Box::new(text)));
        mem::forget((future, self.refusals.futures.take()));
    }
}
