//! Wrong: the seat is free again after the poll.

use std::task::Context;

use futures_task::waker_ref;

use super::tasks::Tasks;

impl Tasks {
    pub fn poll(&self, number: usize) {
        let Some(mut task) = self.take(number) else { return };
        let polled = {
            let waker = waker_ref(&task.waker);
            task.work.as_mut().poll(&mut Context::from_waker(&waker))
        };
        task.waker.unqueue();
        if polled.is_ready() {
            drop(task);
            self.remove(number);
        } else {
            self.put_back(number, task);
        }
    }
}
