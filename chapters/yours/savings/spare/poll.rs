//! A saving: the waker of a task that is over is given back.

use std::task::Context;

use futures_task::waker_ref;

use super::tasks::{Task, Tasks};

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
            let Task { work, waker } = task;
            drop(work);
            self.remove(number);
            self.give_back(waker);
        } else {
            self.put_back(number, task);
        }
    }
}
