//! What leaves the thread: the waker of a task.
//!
//! A waker may be cloned, dropped and used on any thread, at any moment, also long after
//! the executor is gone. So it holds nothing of the task but its key, and beside it one
//! flag and a share of the remote queue: integers, an atomic and a mutex. That is why the
//! compiler proves it `Send + Sync`, and why no `unsafe` is needed here.
//!
//! On the thread where the executor runs, a wake is a flag in the task's cell and a push
//! to the run queue (`Executor::wake`). From anywhere else it is the atomic flag, an entry
//! of the remote queue, and `unpark`, if the loop sleeps.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use futures_task::ArcWake;

use super::context;
use super::key::{Key, TaskId};
use super::remote::RemoteQueue;

/// The waker of one task.
pub(crate) struct TaskWaker {
    pub(crate) remote: Arc<RemoteQueue>,
    id: AtomicU64,
    slot: AtomicU32,
    /// Whether this waker is in the remote queue. *One seat*: it is set by whoever puts it
    /// in, and cleared by the owner, who takes it out.
    queued: AtomicBool,
}

impl TaskWaker {
    pub(crate) fn new(remote: Arc<RemoteQueue>, key: Key) -> Self {
        Self {
            remote,
            id: AtomicU64::new(key.id.get()),
            slot: AtomicU32::new(key.slot),
            queued: AtomicBool::new(false),
        }
    }

    /// Whose waker it is. The parts of the key lie beside the flag, not in a structure
    /// with padding of its own: a waker is 24 bytes, and there is one for each task.
    pub(crate) fn key(&self) -> Key {
        let id = TaskId::from_number(self.id.load(Ordering::Relaxed));
        Key { id, slot: self.slot.load(Ordering::Relaxed) }
    }

    /// Makes it the waker of another task. Nobody else holds it, which
    /// `SpareWakers::give_back` has seen; to have the `Arc` say it once more
    /// (`Arc::get_mut`) takes a locked instruction. Relaxed stores will do: whoever gets a
    /// clone gets it from this thread, later.
    pub(super) fn set_key(&self, key: Key) {
        self.id.store(key.id.get(), Ordering::Relaxed);
        self.slot.store(key.slot, Ordering::Relaxed);
    }

    /// It has left the remote queue: clears the flag and says whose it is. *Clear before
    /// poll*: this happens before the poll that the wake asks for, so a wake during that
    /// poll queues it again. The swap acquires what every earlier wake released, also of
    /// those that found the flag set and went away.
    pub(crate) fn unqueue(&self) -> Key {
        self.queued.swap(false, Ordering::AcqRel);
        self.key()
    }
}

impl ArcWake for TaskWaker {
    fn wake_by_ref(this: &Arc<Self>) {
        if context::wake_here(this) || this.queued.swap(true, Ordering::AcqRel) {
            return;
        }
        this.remote.push(Arc::clone(this));
    }
}
