//! Who waits for something.
//!
//! A future that has to wait leaves word of whom to wake. In general that is a waker, and
//! a waker may go to any thread: to clone one and to drop it are two atomic operations,
//! which cost more than half a turn of a task. Mostly, though, a task of this executor
//! waits for something of this executor, the end of a task or a timer, and all of that
//! stays on this thread. Then the task's key says who waits, and costs nothing.

use std::task::{RawWakerVTable, Waker};

use super::key::Key;

/// Who is to be woken.
pub(crate) enum Waiter {
    /// A task of the same executor. If it is gone by then, nobody is woken.
    Task(Key),
    /// Anybody: another executor, or a future that has wakers of its own.
    Waker(Waker),
}

/// What a waker consists of, to compare it with others while it is alive.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Identity {
    data: *const (),
    vtable: *const RawWakerVTable,
}

impl Identity {
    pub(crate) fn of(waker: &Waker) -> Self {
        Self { data: waker.data(), vtable: waker.vtable() }
    }
}
