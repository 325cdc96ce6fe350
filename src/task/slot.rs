//! Where a task lives: its future, then its outcome, and what is known of it.

use std::any::Any;
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::error::{JoinError, Label, Outcome};
use super::info::WaitsOn;
use super::key::TaskId;
use super::waiter::Waiter;
use super::waker::TaskWaker;

/// A future whose output has forgotten its type.
///
/// Tasks of every type lie in one slab, so what is stored has to be one type. Every future
/// is `Work`: its output moves into a box of `dyn Any` when there is one, and the
/// `JoinHandle`, which knows the type, gets it back by a downcast. A task that waits
/// pays nothing for an output that it does not have yet.
pub(crate) trait Work {
    fn advance(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Box<dyn Any>>;
}

impl<F: Future<Output: 'static>> Work for F {
    fn advance(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Box<dyn Any>> {
        self.poll(cx).map(|output| Box::new(output) as Box<dyn Any>)
    }
}

pub(crate) type BoxedWork = Pin<Box<dyn Work>>;

/// What a finished task leaves behind for its `JoinHandle`.
pub(crate) type Remains = Result<Box<dyn Any>, JoinError>;

/// How [`Remains`] look from outside.
pub(crate) fn outcome_of(remains: &Remains) -> Outcome {
    remains.as_ref().map_or_else(JoinError::outcome, |_| Outcome::Returned)
}

/// A function to be called when a task is done.
pub(crate) type Callback = Box<dyn FnOnce(&Outcome)>;

/// Names a callback that [`JoinHandle::on_done`](super::JoinHandle::on_done) has added.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct CallbackId(pub(crate) u64);

/// What few tasks have.
#[derive(Default)]
pub(crate) struct Extras {
    pub(crate) name: Option<Box<str>>,
    pub(crate) callbacks: Vec<(CallbackId, Callback)>,
}

/// One task.
///
/// Between two polls its future and its waker are here. In the middle of a poll or a drop
/// they are not, since the executor has taken them out: no user code runs under a borrow.
/// After that there is the end.
///
/// What every turn of the task touches comes first, and lies in one line of the cache.
#[repr(C, align(64))]
pub(crate) struct Slot {
    pub(crate) id: TaskId,
    /// The future. That of `block_on` is not here, but on the stack of `block_on`.
    pub(crate) work: Option<BoxedWork>,
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
    pub(crate) waits_on: WaitsOn,
    /// When it was spawned, in nanoseconds of its runtime's clock.
    pub(crate) spawned: u64,
    /// Whoever awaits the handle.
    pub(crate) awaiter: Option<Waiter>,
    /// What the task left, until the handle fetches it.
    pub(crate) remains: Option<Remains>,
    pub(crate) location: &'static Location<'static>,
    pub(crate) extras: Option<Box<Extras>>,
}

impl Slot {
    pub(crate) fn is_finished(&self) -> bool {
        self.outcome.is_some()
    }

    pub(crate) fn label(&self) -> Label {
        let name = self.extras.as_ref().and_then(|extras| extras.name.clone());
        Label { id: self.id, name, location: self.location }
    }
}
