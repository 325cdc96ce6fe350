//! Where a task lives: its future, then its outcome, and what is known of it.

use std::any::Any;
use std::mem;
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use super::error::{JoinError, Label, Outcome};
use super::info::WaitsOn;
use super::key::TaskId;
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

/// How far a task has come. What one stage needs, another does not: they share memory.
pub(crate) enum Stage {
    /// Between two polls: the future, and what it is polled with. The future of `block_on`
    /// is not here, but on the stack of `block_on`.
    Parked(Option<BoxedWork>, Arc<TaskWaker>),
    /// In the middle of a poll or a drop: the executor has taken both out, as no user
    /// code runs under a borrow.
    Busy,
    /// After the end, until the handle fetches what is left.
    Finished(Remains),
    /// After that, until the handle is gone.
    Fetched(Outcome),
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
pub(crate) struct Slot {
    pub(crate) id: TaskId,
    pub(crate) stage: Stage,
    /// *One seat*: the task is in the run queue.
    pub(crate) queued: bool,
    /// To be dropped at its next turn.
    pub(crate) aborted: bool,
    /// Nobody holds the handle any more.
    pub(crate) detached: bool,
    /// Whoever awaits the handle.
    pub(crate) awaiter: Option<Waker>,
    pub(crate) waits_on: WaitsOn,
    pub(crate) polls: u64,
    /// When it was spawned, in nanoseconds of its runtime's clock.
    pub(crate) spawned: u64,
    pub(crate) location: &'static Location<'static>,
    pub(crate) extras: Option<Box<Extras>>,
}

impl Slot {
    /// Takes the future and the waker out for a turn, unless the task has ended.
    pub(crate) fn take_out(&mut self) -> Option<(Option<BoxedWork>, Arc<TaskWaker>)> {
        if !matches!(self.stage, Stage::Parked(..)) {
            return None;
        }
        match mem::replace(&mut self.stage, Stage::Busy) {
            Stage::Parked(work, waker) => Some((work, waker)),
            _ => None,
        }
    }

    /// Takes out what a finished task left, once.
    pub(crate) fn fetch(&mut self) -> Option<Remains> {
        let outcome = self.outcome()?;
        match mem::replace(&mut self.stage, Stage::Fetched(outcome)) {
            Stage::Finished(remains) => Some(remains),
            _ => None,
        }
    }

    /// How the task ended, if it has.
    pub(crate) fn outcome(&self) -> Option<Outcome> {
        match &self.stage {
            Stage::Parked(..) | Stage::Busy => None,
            Stage::Finished(remains) => Some(outcome_of(remains)),
            Stage::Fetched(outcome) => Some(*outcome),
        }
    }

    pub(crate) fn is_finished(&self) -> bool {
        matches!(self.stage, Stage::Finished(_) | Stage::Fetched(_))
    }

    pub(crate) fn label(&self) -> Label {
        let name = self.extras.as_ref().and_then(|extras| extras.name.clone());
        Label { id: self.id, name, location: self.location }
    }

    pub(crate) fn into_label(self) -> Label {
        let name = self.extras.and_then(|extras| extras.name);
        Label { id: self.id, name, location: self.location }
    }
}
