//! Wrong: the seat is free again at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_task::ArcWake;

use super::inbox::Inbox;
use super::lock;

pub struct TaskWaker {
    number: usize,
    queued: AtomicBool,
    inbox: Arc<Inbox>,
}

impl TaskWaker {
    pub fn new(number: usize, inbox: Arc<Inbox>) -> Arc<Self> {
        Arc::new(TaskWaker { number, queued: AtomicBool::new(false), inbox })
    }

    pub fn unqueue(&self) {
        lock::clear(&self.queued);
    }
}

impl ArcWake for TaskWaker {
    fn wake_by_ref(this: &Arc<Self>) {
        if !this.queued.swap(true, Ordering::AcqRel) {
            this.inbox.push(this.number);
            this.queued.store(false, Ordering::Release);
        }
    }
}
