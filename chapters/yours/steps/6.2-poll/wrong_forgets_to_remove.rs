//! Wrong: who is over keeps its place in the table.

use std::task::Context;

use futures_task::waker_ref;

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
        } else {
            self.put_back(number, task);
        }
    }
}
