//! Three waits with a fault each.

use std::time::Duration;

use mainspring::join::{ReturnWhen, wait, wait_try};
use mainspring::task::JoinHandle;

use crate::suite::join::{Task, Waits};

/// It takes a task that was aborted for one that has failed.
pub struct FailsWithTheAborted;

impl Waits for FailsWithTheAborted {
    async fn wait(
        tasks: Vec<Task>,
        when: ReturnWhen,
        limit: Duration,
    ) -> (Vec<Task>, Vec<Task>) {
        let aborted = |task: &Task| task.is_finished();
        let when = match when {
            ReturnWhen::FirstException if tasks.iter().any(aborted) => {
                ReturnWhen::FirstCompleted
            }
            when => when,
        };
        wait_try(tasks, when).timeout(limit).await
    }
}

/// It looks for panics and takes an error for a value.
pub struct LooksForPanics;

impl Waits for LooksForPanics {
    async fn wait(
        tasks: Vec<Task>,
        when: ReturnWhen,
        limit: Duration,
    ) -> (Vec<Task>, Vec<Task>) {
        wait(tasks, when).timeout(limit).await
    }
}

/// It gives those that are done as they came, the one that it waited for first.
pub struct AsTheyCame;

impl Waits for AsTheyCame {
    async fn wait(
        tasks: Vec<Task>,
        when: ReturnWhen,
        limit: Duration,
    ) -> (Vec<Task>, Vec<Task>) {
        let (mut done, pending) = wait_try(tasks, when).timeout(limit).await;
        done.sort_by_key(JoinHandle::id);
        done.reverse();
        (done, pending)
    }
}
