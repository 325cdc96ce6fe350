//! 6.2 The poll: what happens when it is a task's turn.

#[allow(unused_imports, reason = "you will need it")]
use std::task::Context;

#[allow(unused_imports, reason = "you will need it")]
use futures_task::waker_ref;

use super::tasks::Tasks;

impl Tasks {
    /// Polls the task of this number once, which frees its seat. One that is over is dropped
    /// and forgotten; one that has more to do is put back.
    ///
    /// No wake gets lost, whenever it comes. While the task is polled it is not in the table;
    /// it may wake, spawn and drop others.
    pub fn poll(&self, number: usize) {
        let Some(task) = self.take(number) else { return };
        self.put_back(number, task); // Yours: and its poll?
    }
}
