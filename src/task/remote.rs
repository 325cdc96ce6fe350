//! The remote queue: tasks that were woken from elsewhere than the loop's thread.
//!
//! It is the loop's inbox. Other threads put wakers in, as letters; the loop takes all of
//! them out at once. While the loop sleeps, the first letter rings: `unpark` ends the
//! sleep, from any thread.

use std::fmt;
use std::mem;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::waker::TaskWaker;

/// Ends the sleep of the loop, from any thread.
pub(crate) type Unpark = dyn Fn() + Send + Sync;

/// What an executor shares with its wakers.
pub(crate) struct RemoteQueue {
    /// A hint that the queue is not empty, to be read without the lock.
    has_wakes: AtomicBool,
    inbox: Mutex<Inbox>,
}

struct Inbox {
    woken: Vec<Arc<TaskWaker>>,
    /// The loop sleeps, or is about to: the next wake has to end that.
    parked: bool,
    /// How many [`OutsideWork`] are alive.
    outside: usize,
    /// None once the executor is gone: then wakes are thrown away, and nothing that was
    /// open for the sake of waking stays open.
    unpark: Option<Arc<Unpark>>,
}

impl Inbox {
    /// What ends the sleep, if the loop is parked; it is no longer then. To be called when
    /// the lock is free.
    fn unpark(&mut self) -> Option<Arc<Unpark>> {
        if mem::take(&mut self.parked) { self.unpark.clone() } else { None }
    }
}

impl RemoteQueue {
    pub(crate) fn new(unpark: Arc<Unpark>) -> Self {
        let unpark = Some(unpark);
        let inbox = Inbox { woken: Vec::new(), parked: false, outside: 0, unpark };
        Self { has_wakes: AtomicBool::new(false), inbox: Mutex::new(inbox) }
    }

    /// Nothing that can panic runs under this lock, so it cannot be poisoned.
    fn lock(&self) -> MutexGuard<'_, Inbox> {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a waker in. *Park under the lock*: whoever sees the loop parked ends that,
    /// outside the lock and once.
    pub(crate) fn push(&self, waker: Arc<TaskWaker>) {
        let mut inbox = self.lock();
        if inbox.unpark.is_none() {
            return;
        }
        inbox.woken.push(waker);
        self.has_wakes.store(true, Ordering::Release);
        let unpark = inbox.unpark();
        drop(inbox);
        if let Some(unpark) = unpark {
            unpark();
        }
    }

    /// Whether there may be wakes: a glance, for a loop that is busy. The look that counts
    /// is the one under the lock, before the loop parks.
    #[inline]
    pub(crate) fn has_wakes(&self) -> bool {
        self.has_wakes.load(Ordering::Acquire)
    }

    /// The loop is awake. Takes the wakers out, in the order in which they came, and
    /// leaves `buffer`, which is empty, in their place.
    pub(crate) fn take_all(&self, buffer: &mut Vec<Arc<TaskWaker>>) {
        let mut inbox = self.lock();
        inbox.parked = false;
        mem::swap(&mut inbox.woken, buffer);
        self.has_wakes.store(false, Ordering::Release);
    }

    /// *Park under the lock*: the loop is parked from here on, and a wake that comes later
    /// ends that; or there are wakes, and it is not parked. With `needs_outside` it parks
    /// only while something outside is at work.
    pub(crate) fn park(&self, needs_outside: bool) -> bool {
        let mut inbox = self.lock();
        let idle = inbox.woken.is_empty() && !(needs_outside && inbox.outside == 0);
        inbox.parked = idle;
        idle
    }

    /// The executor is gone. What is left in the queue is dropped when the lock is free.
    pub(crate) fn close(&self) {
        let mut inbox = self.lock();
        let left = (mem::take(&mut inbox.woken), inbox.unpark.take());
        drop(inbox);
        drop(left);
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
pub struct OutsideWork(Arc<RemoteQueue>);

impl OutsideWork {
    pub(crate) fn new(remote: &Arc<RemoteQueue>) -> Self {
        remote.lock().outside += 1;
        Self(Arc::clone(remote))
    }
}

impl Drop for OutsideWork {
    /// The loop may be waiting for this work alone: it has to look again.
    fn drop(&mut self) {
        let mut inbox = self.0.lock();
        inbox.outside -= 1;
        let unpark = inbox.unpark();
        drop(inbox);
        if let Some(unpark) = unpark {
            unpark();
        }
    }
}

impl fmt::Debug for OutsideWork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutsideWork").finish_non_exhaustive()
    }
}
