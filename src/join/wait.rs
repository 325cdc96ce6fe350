//! Waiting for tasks, and keeping their handles.

use std::collections::BTreeMap;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use super::children::Children;
use crate::task::{JoinHandle, Outcome};
use crate::time::{Sleep, sleep};

/// When [`wait`] has waited enough.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ReturnWhen {
    /// All of the tasks are done.
    AllCompleted,
    /// One of them is done, however it ended.
    FirstCompleted,
    /// One of them has failed, or all are done. One that was aborted has not failed.
    FirstException,
}

/// Waits for tasks, and gives all of the handles back: those of the tasks that are done, and
/// those that are pending, each in the order of the arguments. What the tasks returned is
/// still to be fetched, and nothing is aborted.
///
/// A task that failed or was aborted is done, like one that returned. For `FirstException` it
/// has failed if it panicked; [`wait_try`] looks for errors, too. Several tasks may be done
/// when it returns. Without tasks it returns at once.
///
/// # Cancel safety
///
/// Dropping it detaches the tasks: they run on.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use mainspring::join::{ReturnWhen, wait};
/// use mainspring::time::sleep;
///
/// mainspring::block_on(async {
///     let tasks = [60_000, 1].map(|millis| mainspring::spawn(sleep(Duration::from_millis(millis))));
///     let (done, pending) = wait(tasks, ReturnWhen::FirstCompleted).await;
///     assert_eq!((done.len(), pending.len()), (1, 1));
///     pending[0].abort();
/// });
/// ```
pub fn wait<T: 'static>(
    tasks: impl IntoIterator<Item = JoinHandle<T>>,
    when: ReturnWhen,
) -> Wait<T> {
    Wait::new(tasks, when, |task| task.outcome() == Some(Outcome::Panicked))
}

/// Waits for tasks that return a `Result`: [`wait`], but for `FirstException` an error is a
/// failure as well.
///
/// # Cancel safety
///
/// Dropping it detaches the tasks: they run on.
///
/// # Examples
///
/// ```
/// use mainspring::join::{ReturnWhen, wait_try};
///
/// mainspring::block_on(async {
///     let parse = |text: &'static str| mainspring::spawn(async { text.parse::<u8>() });
///     let endless = mainspring::spawn(std::future::pending());
///     let tasks = [parse("1"), endless, parse("x")];
///     let (done, pending) = wait_try(tasks, ReturnWhen::FirstException).await;
///     assert_eq!((done.len(), pending.len()), (2, 1));
/// });
/// ```
pub fn wait_try<T: 'static, E: 'static>(
    tasks: impl IntoIterator<Item = JoinHandle<Result<T, E>>>,
    when: ReturnWhen,
) -> Wait<Result<T, E>> {
    Wait::new(tasks, when, |task| {
        task.outcome() == Some(Outcome::Panicked) || task.peek(Result::is_err)
    })
}

/// The future of [`wait`] and [`wait_try`].
#[derive(Debug)]
#[must_use = "a future does nothing unless it is awaited"]
pub struct Wait<T> {
    tasks: Children<JoinHandle<T>>,
    /// By their indices.
    done: BTreeMap<usize, JoinHandle<T>>,
    /// Whether the end of this task ends the wait.
    is_enough: fn(&JoinHandle<T>) -> bool,
    has_enough: bool,
    limit: Option<Sleep>,
}

impl<T: 'static> Wait<T> {
    fn new(
        tasks: impl IntoIterator<Item = JoinHandle<T>>,
        when: ReturnWhen,
        has_failed: fn(&JoinHandle<T>) -> bool,
    ) -> Self {
        let is_enough = match when {
            ReturnWhen::AllCompleted => |_: &_| false,
            ReturnWhen::FirstCompleted => |_: &_| true,
            ReturnWhen::FirstException => has_failed,
        };
        let tasks = Children::watching(tasks);
        Self { tasks, done: BTreeMap::new(), is_enough, has_enough: false, limit: None }
    }

    /// Sets a limit, counted from this call. When it is over the wait returns what is done
    /// by then.
    pub fn timeout(mut self, duration: Duration) -> Self {
        self.limit = Some(sleep(duration));
        self
    }

    /// Takes in every task that has ended by now.
    fn collect(&mut self, cx: &mut Context<'_>) {
        let is_done = |task: &mut JoinHandle<T>, cx: &mut Context<'_>| task.poll_end(cx);
        while let Poll::Ready(Some((index, task, ()))) = self.tasks.poll_by(cx, is_done) {
            self.has_enough |= (self.is_enough)(&task);
            self.done.insert(index, task);
        }
    }

    fn is_too_late(&mut self, cx: &mut Context<'_>) -> bool {
        self.limit.as_mut().is_some_and(|limit| limit.poll_passed(cx).is_ready())
    }
}

impl<T: 'static> Future for Wait<T> {
    type Output = (Vec<JoinHandle<T>>, Vec<JoinHandle<T>>);

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.collect(cx);
        if !self.has_enough && self.tasks.len() > 0 && !self.is_too_late(cx) {
            return Poll::Pending;
        }
        let done = mem::take(&mut self.done).into_values().collect();
        let pending = self.tasks.take_rest().into_values().collect();
        Poll::Ready((done, pending))
    }
}
