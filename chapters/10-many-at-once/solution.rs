//! What `exercise.rs` and `repair.rs` can become.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use std::vec;

use mainspring::join::{TaskError, as_completed};
use mainspring::task_group;
use mainspring::time::timeout;

/// Each attempt is a child of a group. For the group to end when one of them succeeds, a
/// success is its error.
pub async fn staggered<T: 'static, E: 'static>(
    delay: Duration,
    attempts: Vec<impl Future<Output = Result<T, E>> + 'static>,
) -> Result<T, Vec<E>> {
    let group = task_group(async |group| {
        let mut running = as_completed([]);
        let mut errors = Vec::new();
        for attempt in attempts {
            running.push(group.spawn(async {
                match attempt.await {
                    Ok(value) => Err(value),
                    Err(error) => Ok(error),
                }
            }));
            if let Ok(Some(Ok((_, Ok(error))))) = timeout(delay, running.next()).await {
                errors.push(error);
            }
        }
        while let Some(Ok((_, Ok(error)))) = running.next().await {
            errors.push(error);
        }
        Ok(errors)
    });
    match group.await {
        Ok(errors) => Err(errors),
        Err(mut won) => match won.errors.swap_remove(0) {
            TaskError::Failed(value) => Ok(value),
            TaskError::Join(panic) => {
                panic!("an attempt ended without a result: {panic}")
            }
        },
    }
}

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

    /// Whoever begins is polled at the next poll of the task: nobody else is going to wake it.
    fn poll_all(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.poll_running(cx);
        let at_work = self.running.len();
        self.begin(); // in the places that have become free
        if self.running.len() > at_work {
            cx.waker().wake_by_ref();
        }
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
