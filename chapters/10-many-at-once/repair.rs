//! Chapter 10, yours to repair: a join of which so many at most are at work.
//!
//! The tests have a copy of it: your repair does not change the story they tell.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::vec;

/// Joins futures of which so many at most are at work.
struct Within<F: Future> {
    waiting: vec::IntoIter<F>,
    width: usize,
    /// Those that have begun, each with its number.
    running: Vec<(usize, Pin<Box<F>>)>,
    outputs: Vec<Option<F::Output>>,
}

impl<F: Future> Within<F> {
    /// Begins as many as there is room for.
    fn begin(&mut self) {
        let room = self.width - self.running.len();
        for future in self.waiting.by_ref().take(room) {
            self.running.push((self.outputs.len(), Box::pin(future)));
            self.outputs.push(None);
        }
    }

    /// Polls all that are at work, and drops those that are done.
    fn poll_running(&mut self, cx: &mut Context<'_>) {
        let outputs = &mut self.outputs;
        self.running.retain_mut(|(number, future)| match future.as_mut().poll(cx) {
            Poll::Pending => true,
            Poll::Ready(output) => {
                outputs[*number] = Some(output);
                false
            }
        });
    }

    fn poll_all(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.poll_running(cx);
        self.begin(); // in the places that have become free
        if self.running.is_empty() { Poll::Ready(()) } else { Poll::Pending }
    }
}

pub async fn join_within<F: Future>(width: usize, futures: Vec<F>) -> Vec<F::Output> {
    let waiting = futures.into_iter();
    let mut within = Within { waiting, width, running: vec![], outputs: vec![] };
    within.begin();
    poll_fn(|cx| within.poll_all(cx)).await;
    within.outputs.into_iter().flatten().collect()
}
