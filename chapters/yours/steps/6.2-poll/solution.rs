//! 6.2 The poll: what happens when it is a task's turn.

use std::task::Context;

use futures_task::waker_ref;

use super::tasks::Tasks;

impl Tasks {
    /// Polls the task of this number once, which frees its seat. One that is over is dropped
    /// and forgotten; one that has more to do is put back.
    ///
    /// No wake gets lost, whenever it comes. While the task is polled it is not in the table;
    /// it may wake, spawn and drop others.
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
            self.put_back(number, task);
        }
    }
}
