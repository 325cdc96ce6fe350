//! The checks of chapter 6's pieces.

use std::pin::Pin;
use std::sync::Arc;

use futures_task::ArcWake;

use super::handle::{Handle, with_handle};
use super::inbox::Inbox;
use super::lock;
use super::task_waker::TaskWaker;
use super::tasks::{Tasks, Work};
use crate::suite::handles::{self, Handles, Value};
use crate::suite::task::{self, Executor};
use crate::suite::{Outcome, inbox};

pub fn check(step: &str) -> Option<Outcome> {
    Some(match step {
        "6.1" => task::keeps_its_seats::<Tasks>()
            .and_then(|()| inbox::has_one_seat::<OneTask>()),
        "6.2" => task::keeps_its_seats::<Tasks>(),
        "6.3" => handles::hear_of_the_end::<Yours>(),
        _ => return None,
    })
}

impl Executor for Tasks {
    fn new() -> Self {
        Tasks::new(Arc::new(Inbox::new(|| {})))
    }

    fn spawn(&mut self, work: Work) {
        Tasks::spawn(self, work);
    }

    fn round(&mut self) {
        Tasks::round(self);
    }

    fn is_empty(&self) -> Option<bool> {
        Some(Tasks::is_empty(self))
    }
}

/// The waker of a task that is never polled.
struct OneTask {
    inbox: Arc<Inbox>,
    waker: Arc<TaskWaker>,
}

impl inbox::Seat for OneTask {
    fn new() -> Self {
        let inbox = Arc::new(Inbox::new(|| {}));
        OneTask { waker: TaskWaker::new(0, Arc::clone(&inbox)), inbox }
    }

    fn wake(&self) {
        ArcWake::wake_by_ref(&self.waker);
    }

    fn free(&self) {
        self.waker.unqueue();
    }

    fn letters(&self) -> usize {
        self.inbox.take().len()
    }

    fn before_each(before: Option<Box<dyn FnMut()>>) {
        lock::before_each(before);
    }
}

struct Yours;

impl Handles for Yours {
    type Handle = Handle<Value>;

    fn with_handle(
        future: Pin<Box<dyn Future<Output = Value>>>,
    ) -> (Work, Handle<Value>) {
        with_handle(future)
    }

    fn fetch(handle: &Handle<Value>) -> Option<Value> {
        handle.fetch()
    }
}
