//! The end of a task, without its outcome.

use std::pin::Pin;
use std::task::{Context, Poll};

use crate::task::JoinHandle;

/// Waits for a task to end, and gives its handle back. It is there until then.
pub(super) struct Ended<T>(pub(super) Option<JoinHandle<T>>);

impl<T> Ended<T> {
    /// The handle of a task that has not been given back, with its index.
    pub(super) fn into_task(
        (index, ended): (usize, Self),
    ) -> Option<(usize, JoinHandle<T>)> {
        Some((index, ended.0?))
    }
}

impl<T> Future for Ended<T> {
    type Output = JoinHandle<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<JoinHandle<T>> {
        let task = self.0.take().expect("a future that is done is not polled again");
        if task.poll_end(cx).is_ready() {
            return Poll::Ready(task);
        }
        self.0 = Some(task);
        Poll::Pending
    }
}
