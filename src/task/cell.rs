//! Where a task lives: its future, then its result, and what is known of it.

use std::panic::Location;
use std::sync::Arc;

use super::erased::{BoxFuture, TaskResult};
use super::error::{Label, Outcome};
use super::key::TaskId;
use super::note::Note;
use super::waiter::Waiter;
use super::waker::TaskWaker;

/// A function to be called when a task is done.
pub(crate) type Callback = Box<dyn FnOnce(&Outcome)>;

/// Names a callback that [`JoinHandle::on_done`](super::JoinHandle::on_done) has added.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct CallbackId(pub(crate) u64);

/// What few tasks have, in a box of its own.
#[derive(Default)]
pub(crate) struct ColdFields {
    pub(crate) name: Option<Box<str>>,
    pub(crate) callbacks: Vec<(CallbackId, Callback)>,
    /// Whether the task may be aborted, asked when it is to be. It runs no user code.
    pub(crate) may_abort: Option<Box<dyn Fn() -> bool>>,
}

/// One task.
///
/// Between two polls its future and its waker are here. In the middle of a poll or a drop
/// they are not, since the executor has taken them out: no user code runs under a borrow.
/// After that there is the result.
///
/// What every turn of the task touches comes first, and lies in one line of the cache.
#[repr(C, align(64))]
pub(crate) struct TaskCell {
    pub(crate) id: TaskId,
    /// The future. That of `block_on` is not here, but on the stack of `block_on`.
    pub(crate) future: Option<BoxFuture>,
    /// What the future is polled with. None while the task runs, and after its end.
    pub(crate) waker: Option<Arc<TaskWaker>>,
    /// How often it was polled, up to the greatest number that there is room for.
    pub(crate) polls: u32,
    /// How it ended, once it has.
    pub(crate) outcome: Option<Outcome>,
    /// *One seat*: the task is in the run queue.
    pub(crate) queued: bool,
    /// To be dropped at its next turn.
    pub(crate) aborted: bool,
    /// Nobody holds the handle any more.
    pub(crate) detached: bool,
    pub(crate) waits_on: Note,
    /// When it was spawned, in nanoseconds of its runtime's clock.
    pub(crate) spawned: u64,
    /// Whoever awaits the handle.
    pub(crate) awaiter: Option<Waiter>,
    /// What the task left, until the handle fetches it.
    pub(crate) result: Option<TaskResult>,
    pub(crate) location: &'static Location<'static>,
    pub(crate) cold: Option<Box<ColdFields>>,
}

impl TaskCell {
    pub(crate) fn is_finished(&self) -> bool {
        self.outcome.is_some()
    }

    /// Whether an abort is to end it: not if it is done, nor if what it waits for is at work
    /// and cannot be stopped.
    pub(crate) fn may_abort(&self) -> bool {
        let asked = self.cold.as_ref().and_then(|cold| cold.may_abort.as_ref());
        !self.is_finished() && asked.is_none_or(|may_abort| may_abort())
    }

    /// What errors and lists say of it.
    pub(crate) fn label(&self) -> Label {
        let name = self.cold.as_ref().and_then(|cold| cold.name.clone());
        Label { id: self.id, name, location: self.location }
    }
}
