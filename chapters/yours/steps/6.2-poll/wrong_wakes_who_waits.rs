//! Wrong: who waits gets a seat again at once.

use std::task::Context;

use futures_task::{ArcWake, waker_ref};

use super::tasks::Tasks;

impl Tasks {
    pub fn poll(&self, number: usize) {
        let Some(mut task) = self.take(number) else { return };
        task.waker.unqueue();
        let polled = {
            let waker = waker_ref(&task.waker);
            task.work.as_mut().poll(&mut Context::from_waker(&waker))
        };
        if polled.is_ready() {
            drop(task);
            self.remove(number);
        } else {
            ArcWake::wake_by_ref(&task.waker);
            self.put_back(number, task);
        }
    }
}
