//! Who waits for something.
//!
//! A future that has to wait leaves word of whom to wake. In general that is a waker, and
//! a waker may go to any thread: to clone one and to drop it are two atomic operations,
//! which cost more than half a turn of a task. Mostly, though, a task of this executor
//! waits for something of this executor, the end of a task or a timer, and all of that
//! stays on this thread. Then the task's key says who waits, and costs nothing.
//!
//! The waker of somebody else is user code when it is cloned, woken or dropped. A panic in
//! its clone goes to whoever polls with it. Its other panics must not end a task that
//! happens to come by: they are caught here, in one place, and told to the hook for
//! unhandled panics of the runtime that it waits in.

use std::cell::Cell;
use std::rc::{Rc, Weak};
use std::task::{RawWakerVTable, Waker};

use super::contain::{contain, quietly};
use super::context;
use super::executor::Executor;
use super::key::{Key, TaskId};

/// Who is to be woken.
pub(crate) enum Waiter {
    /// A task of the same executor, by the parts of its key. If it is gone by then, nobody
    /// is woken.
    Task { id: TaskId, slot: u32 },
    /// Anybody: another executor, or a future that has wakers of its own. Boxed, because
    /// it is rare and a waiter is part of every task and timer.
    Foreign(ForeignWaker),
}

impl Waiter {
    pub(crate) fn task(key: Key) -> Self {
        Self::Task { id: key.id, slot: key.slot }
    }
}

/// A waker that is not of this executor.
pub(crate) struct ForeignWaker(Option<Box<Foreign>>);

struct Foreign {
    waker: Waker,
    /// Who is told of its panics.
    executor: Weak<Executor>,
}

impl ForeignWaker {
    /// Clones a waker. That is user code, and its panic is the caller's.
    pub(crate) fn clone_of(waker: &Waker, executor: &Rc<Executor>) -> Self {
        let executor = Rc::downgrade(executor);
        Self(Some(Box::new(Foreign { waker: waker.clone(), executor })))
    }

    /// The same for a waker whose panics nobody is told of: it waits outside a runtime.
    pub(crate) fn clone_outside(waker: &Waker) -> Self {
        Self(Some(Box::new(Foreign { waker: waker.clone(), executor: Weak::new() })))
    }

    pub(crate) fn will_wake(&self, waker: &Waker) -> bool {
        self.0.as_ref().is_some_and(|own| own.waker.will_wake(waker))
    }

    pub(crate) fn wake(mut self) {
        self.take_out(Waker::wake);
    }

    /// Ends it in one way or the other, which is user code.
    fn take_out(&mut self, end: impl FnOnce(Waker)) {
        if let Some(foreign) = self.0.take() {
            let Foreign { waker, executor } = *foreign;
            contained(executor.upgrade(), || end(waker));
        }
    }
}

/// Drops a waker of somebody else. A panic is told to the hook of the runtime that runs here.
pub(crate) fn drop_waker(waker: Waker) {
    contained(context::here(), || drop(waker));
}

/// Ends a waker in one way or the other, which is user code.
fn contained(executor: Option<Rc<Executor>>, end: impl FnOnce()) {
    if let Err(payload) = contain(end) {
        match executor {
            Some(executor) => executor.tell_of_waker(payload),
            None => quietly(|| drop(payload)),
        }
    }
}

impl Drop for ForeignWaker {
    fn drop(&mut self) {
        self.take_out(drop);
    }
}

/// The task that runs, and what its waker is known by while it is alive: the two words
/// that it consists of.
pub(crate) struct Current {
    key: Cell<Option<Key>>,
    waker: Cell<(*const (), *const RawWakerVTable)>,
}

fn identity(waker: &Waker) -> (*const (), *const RawWakerVTable) {
    (waker.data(), waker.vtable())
}

impl Current {
    pub(crate) fn nobody() -> Self {
        Self { key: Cell::new(None), waker: Cell::new(identity(Waker::noop())) }
    }

    /// A task's turn begins: it is polled with this waker.
    #[inline]
    pub(crate) fn set(&self, key: Key, waker: &Waker) {
        self.key.set(Some(key));
        self.waker.set(identity(waker));
    }

    /// Its turn is over.
    #[inline]
    pub(crate) fn clear(&self) {
        self.key.set(None);
    }

    /// Has `f` run on its own, as if no task ran: it sets and clears the task that does.
    pub(crate) fn aside(&self, f: impl FnOnce()) {
        let (key, waker) = (self.key.take(), self.waker.get());
        f();
        self.key.set(key);
        self.waker.set(waker);
    }

    #[inline]
    pub(crate) fn key(&self) -> Option<Key> {
        self.key.get()
    }

    /// The task that runs, if it is polled with this waker.
    #[inline]
    pub(crate) fn polled_with(&self, waker: &Waker) -> Option<Key> {
        if self.waker.get() == identity(waker) { self.key.get() } else { None }
    }
}
