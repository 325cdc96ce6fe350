//! 6.1 The waker: all that leaves the thread of a task.

use std::sync::Arc;
#[allow(unused_imports, reason = "you will need it")]
use std::sync::atomic::{AtomicBool, Ordering};

use futures_task::ArcWake;

use super::inbox::Inbox;
use super::lock;

/// A number, a flag, and the way to the loop.
pub struct TaskWaker {
    number: usize,
    /// The task has a seat: it was woken, and has not been polled since.
    queued: AtomicBool,
    inbox: Arc<Inbox>,
}

impl TaskWaker {
    pub fn new(number: usize, inbox: Arc<Inbox>) -> Arc<Self> {
        Arc::new(TaskWaker { number, queued: AtomicBool::new(false), inbox })
    }

    /// For the executor, before it polls the task: the seat is free again.
    pub fn unqueue(&self) {
        lock::clear(&self.queued);
    }
}

impl ArcWake for TaskWaker {
    /// Leaves the task's number in the inbox, by `push`. However often it is woken, on
    /// whatever threads, a task has one seat.
    fn wake_by_ref(this: &Arc<Self>) {
        this.inbox.push(this.number); // Yours: it gets a seat for each wake.
    }
}
