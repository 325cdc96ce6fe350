//! Tasks in the order in which they end.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use super::children::Children;
use crate::task::{JoinError, JoinHandle};
use crate::time::{Elapsed, Sleep, sleep};

/// Gives the outcomes of these tasks as they come: in the order in which the tasks end,
/// counted from this call. Those that had ended before come first, by position. An error is
/// an item like any other.
///
/// The tasks run on their own, also while nobody asks for the next.
///
/// # Cancel safety
///
/// Dropping it detaches the tasks that are left: they run on.
/// [`into_pending`](AsCompleted::into_pending) gives them back.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use mainspring::join::as_completed;
/// use mainspring::time::sleep;
///
/// mainspring::block_on(async {
///     let tasks = [30, 1, 20].map(|millis| mainspring::spawn(sleep(Duration::from_millis(millis))));
///     let mut completed = as_completed(tasks);
///     let mut order = Vec::new();
///     while let Some(Ok((index, outcome))) = completed.next().await {
///         outcome.unwrap();
///         order.push(index);
///     }
///     assert_eq!(order, [1, 2, 0]);
/// });
/// ```
pub fn as_completed<T: 'static>(
    tasks: impl IntoIterator<Item = JoinHandle<T>>,
) -> AsCompleted<T> {
    AsCompleted { tasks: Children::watching(tasks), limit: None, is_over: false }
}

/// Tasks in the order in which they end: [`as_completed`].
#[derive(Debug)]
#[must_use = "dropping it detaches the tasks"]
pub struct AsCompleted<T> {
    tasks: Children<JoinHandle<T>>,
    limit: Option<Sleep>,
    /// The limit has been reached, and told.
    is_over: bool,
}

impl<T: 'static> AsCompleted<T> {
    /// Sets a limit for all of them together, counted from this call. When it is over,
    /// [`next`](Self::next) says so once; the tasks run on.
    pub fn timeout(mut self, duration: Duration) -> Self {
        self.limit = Some(sleep(duration));
        self
    }

    /// Adds a task, and gives its index: one more than that of the last.
    pub fn push(&mut self, task: JoinHandle<T>) -> usize {
        self.tasks.watch(task)
    }

    /// How many outcomes are still to come.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tasks.len()
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The next task that ends: its index, and its outcome. None if there is none left, or
    /// if the limit of time has been told.
    ///
    /// # Errors
    ///
    /// [`Elapsed`], once: the limit of time is over. What had ended before comes first.
    ///
    /// # Panics
    ///
    /// Panics if the outcome of the task has been taken before. That one is not waited for
    /// any more, and the others are.
    ///
    /// # Cancel safety
    ///
    /// Dropping it early loses nothing.
    pub async fn next(&mut self) -> Option<Result<Completed<T>, Elapsed>> {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    fn poll_next(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Completed<T>, Elapsed>>> {
        if self.is_over {
            return Poll::Ready(None);
        }
        if let Poll::Ready(ended) = self.tasks.poll_by(cx, |task, cx| task.poll_end(cx)) {
            let Some((index, mut task, ())) = ended else { return Poll::Ready(None) };
            // It is out of the set by now, should this panic. A task that has ended is ready.
            let outcome = ready!(Pin::new(&mut task).poll(cx));
            return Poll::Ready(Some(Ok((index, outcome))));
        }
        let Some(limit) = &mut self.limit else { return Poll::Pending };
        ready!(limit.poll_passed(cx));
        self.is_over = true;
        Poll::Ready(Some(Err(Elapsed::new())))
    }

    /// The tasks whose outcomes have not been given, with their indices. Some may have
    /// ended.
    #[must_use = "dropping the handles detaches the tasks"]
    pub fn into_pending(mut self) -> Vec<(usize, JoinHandle<T>)> {
        self.tasks.take_rest().into_iter().collect()
    }
}

/// An index, and the outcome of the task that was given there.
type Completed<T> = (usize, Result<T, JoinError>);
