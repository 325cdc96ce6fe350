//! What leaves the thread: the waker of a task, and the inbox it delivers to.
//!
//! A waker may be cloned, dropped and used on any thread, at any moment, also long after
//! the executor is gone. So it holds nothing of the task but its key, and beside it one
//! flag and a share of the inbox: integers, an atomic and a mutex. That is why the
//! compiler proves it `Send + Sync`, and why no `unsafe` is needed here.
//!
//! On the thread where the executor runs, a wake is a flag in the task's slot and a push
//! to the run queue (`Tasks::wake`). From anywhere else it is what this file shows: the
//! atomic flag, a letter in the inbox, and the bell, if the loop sleeps.

use std::fmt;
use std::mem;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_task::ArcWake;

use super::context;
use super::key::{Key, TaskId};

/// The waker of one task.
pub(crate) struct TaskWaker {
    pub(crate) shared: Arc<Shared>,
    id: AtomicU64,
    slot: AtomicU32,
    /// Whether a letter of this waker lies in the inbox. *One seat*: it is set by whoever
    /// puts the letter in, and cleared by the owner, who takes it out.
    in_inbox: AtomicBool,
}

impl TaskWaker {
    pub(crate) fn new(shared: Arc<Shared>, key: Key) -> Self {
        Self {
            shared,
            id: AtomicU64::new(key.id.get()),
            slot: AtomicU32::new(key.slot),
            in_inbox: AtomicBool::new(false),
        }
    }

    /// Whose waker it is. The parts of the key lie beside the flag, not in a structure
    /// with padding of its own: a waker is 24 bytes, and there is one for each task.
    pub(crate) fn key(&self) -> Key {
        let id = TaskId::from_number(self.id.load(Ordering::Relaxed));
        Key { id, slot: self.slot.load(Ordering::Relaxed) }
    }

    /// Makes it the waker of another task. Nobody else holds it, which `State::recycle` has
    /// seen; to have the `Arc` say it once more (`Arc::get_mut`) takes a locked instruction.
    /// Relaxed stores will do: whoever gets a clone gets it from this thread, later.
    pub(crate) fn set_key(&self, key: Key) {
        self.id.store(key.id.get(), Ordering::Relaxed);
        self.slot.store(key.slot, Ordering::Relaxed);
    }

    /// Clears the flag and says whose letter it was. *Clear before poll*: this happens
    /// when the letter is taken, before the poll that it asks for, so a wake during that
    /// poll puts a new letter in. The swap acquires what every earlier wake released,
    /// also of those that found the flag set and went away.
    pub(crate) fn open(&self) -> Key {
        self.in_inbox.swap(false, Ordering::AcqRel);
        self.key()
    }
}

impl ArcWake for TaskWaker {
    fn wake_by_ref(this: &Arc<Self>) {
        if context::wake_here(this) || this.in_inbox.swap(true, Ordering::AcqRel) {
            return;
        }
        this.shared.deliver(Arc::clone(this));
    }
}

/// What an executor shares with its wakers.
pub(crate) struct Shared {
    /// A hint that there are letters, to be read without the lock.
    mail: AtomicBool,
    inbox: Mutex<Inbox>,
    /// Wakes the thread of the loop from its sleep.
    ring: Box<dyn Fn() + Send + Sync>,
}

/// Wakes from other threads, and what the loop does meanwhile.
#[derive(Default)]
struct Inbox {
    letters: Vec<Arc<TaskWaker>>,
    /// The loop sleeps, or is about to: the next letter has to ring.
    parked: bool,
    /// The executor is gone: letters are thrown away.
    closed: bool,
    /// How many [`OutsideWork`] are alive.
    outside: usize,
}

impl Shared {
    pub(crate) fn new(ring: impl Fn() + Send + Sync + 'static) -> Self {
        Self {
            mail: AtomicBool::new(false),
            inbox: Mutex::default(),
            ring: Box::new(ring),
        }
    }

    /// Nothing that can panic runs under this lock, so it cannot be poisoned.
    fn lock(&self) -> MutexGuard<'_, Inbox> {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a letter into the inbox. *Park under the lock*: whoever sees the loop parked
    /// rings, outside the lock and once.
    fn deliver(&self, letter: Arc<TaskWaker>) {
        let mut inbox = self.lock();
        if inbox.closed {
            return;
        }
        inbox.letters.push(letter);
        self.mail.store(true, Ordering::Release);
        let parked = mem::take(&mut inbox.parked);
        drop(inbox);
        if parked {
            (self.ring)();
        }
    }

    /// Whether there may be letters: a glance, for a loop that is busy. The look that
    /// counts is the one under the lock, before the loop parks.
    pub(crate) fn has_mail(&self) -> bool {
        self.mail.load(Ordering::Acquire)
    }

    /// The loop is awake. Takes the letters out, in the order in which they came, and
    /// leaves `buffer`, which is empty, in their place.
    pub(crate) fn collect(&self, buffer: &mut Vec<Arc<TaskWaker>>) {
        let mut inbox = self.lock();
        inbox.parked = false;
        mem::swap(&mut inbox.letters, buffer);
        self.mail.store(false, Ordering::Release);
    }

    /// *Park under the lock*: the loop is parked from here on, and a waker that comes
    /// later rings; or there is mail, and it is not parked. With `needs_outside` it parks
    /// only while something outside is at work.
    pub(crate) fn park(&self, needs_outside: bool) -> bool {
        let mut inbox = self.lock();
        let idle = inbox.letters.is_empty() && !(needs_outside && inbox.outside == 0);
        inbox.parked = idle;
        idle
    }

    /// The executor is gone. The letters are dropped when the lock is free again.
    pub(crate) fn close(&self) {
        let letters = {
            let mut inbox = self.lock();
            inbox.closed = true;
            mem::take(&mut inbox.letters)
        };
        drop(letters);
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

/// Something outside the runtime, a thread or a process, that is going to wake a task.
///
/// A runtime with a virtual clock moves its time on when nothing can run, and reports a
/// deadlock when there is no time to move on to. It cannot know of a thread that was
/// started by `std::thread::spawn` and holds a waker. While an `OutsideWork` is alive the
/// clock stands still and the loop waits. With a real clock it has no effect.
///
/// Made by [`runtime::outside_work`](crate::runtime::outside_work); may be sent to, and
/// dropped on, any thread.
#[derive(Debug)]
pub struct OutsideWork(Arc<Shared>);

impl OutsideWork {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        shared.lock().outside += 1;
        Self(shared)
    }
}

impl Drop for OutsideWork {
    /// The loop may be waiting for this work alone: it has to look again.
    fn drop(&mut self) {
        let mut inbox = self.0.lock();
        inbox.outside -= 1;
        let parked = mem::take(&mut inbox.parked);
        drop(inbox);
        if parked {
            (self.0.ring)();
        }
    }
}
