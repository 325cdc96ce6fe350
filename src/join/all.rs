//! Waiting for all of them.

use std::convert::Infallible;

use super::children::Children;
use super::error::TaskError;
use crate::task::JoinHandle;

/// Waits for all of these futures, which run beside each other, and gives their outputs in
/// the order of the arguments. Over handles of tasks an output is a `Result`, so that a
/// task that panicked or was aborted is one among them: asyncio's
/// `gather(return_exceptions=True)`.
///
/// A future is polled when it was woken, and not when another was: a thousand of them cost
/// a thousand times what one does.
///
/// # Panics
///
/// A panic of one of them goes to whoever awaits this; the others are dropped.
///
/// # Cancel safety
///
/// Dropping it early drops the futures. Tasks run on: dropping a handle detaches.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use mainspring::join::join_all;
/// use mainspring::time::sleep;
///
/// mainspring::block_on(async {
///     let greetings = ["Anna", "Bob"].map(|name| async move {
///         sleep(Duration::from_millis(1)).await;
///         format!("Hello {name}")
///     });
///     assert_eq!(join_all(greetings).await, ["Hello Anna", "Hello Bob"]);
/// });
/// ```
pub fn join_all<I>(futures: I) -> impl Future<Output = Vec<<I::Item as Future>::Output>>
where
    I: IntoIterator<Item: Future>,
{
    let outputs = try_join_all(futures.into_iter().map(infallible));
    async move {
        let Ok(outputs) = outputs.await;
        outputs
    }
}

/// A future that cannot fail.
pub(super) async fn infallible<F: Future>(future: F) -> Result<F::Output, Infallible> {
    Ok(future.await)
}

/// Waits for all of these futures, up to the first error. The outputs come in the order of
/// the arguments; the error is the first one by time, and of those that are there when this is
/// first polled the first by position.
///
/// What happens to the others then depends on what they are. *Futures* are dropped, at
/// once. *Tasks* run on, because only their handles are dropped: so does asyncio's
/// `gather`. Tasks that are to end belong in a [`task_group`](crate::group::task_group).
///
/// Over handles the error is a [`JoinError`](crate::task::JoinError). Where the tasks
/// themselves return a `Result`, [`try_join_tasks`] looks into it.
///
/// # Errors
///
/// The first error.
///
/// # Panics
///
/// As [`join_all`].
///
/// # Cancel safety
///
/// Dropping it early drops the futures. Tasks run on.
///
/// # Examples
///
/// ```
/// use mainspring::join::try_join_all;
///
/// mainspring::block_on(async {
///     let parse = |text: &'static str| async { text.parse::<u8>() };
///     assert_eq!(try_join_all(["1", "2"].map(parse)).await, Ok(vec![1, 2]));
///     try_join_all(["1", "two", "3"].map(parse)).await.unwrap_err();
/// });
/// ```
pub fn try_join_all<I, T, E>(futures: I) -> impl Future<Output = Result<Vec<T>, E>>
where
    I: IntoIterator<Item: Future<Output = Result<T, E>>>,
{
    let mut children = Children::boxed(futures);
    async move {
        let mut outputs: Vec<_> = (0..children.len()).map(|_| None).collect();
        while let Some((index, output)) = children.next().await {
            outputs[index] = Some(output?);
        }
        Ok(outputs.into_iter().flatten().collect())
    }
}

/// Waits for tasks that return a `Result`, up to the first that returns an error, panics or
/// was aborted. The others run on.
///
/// # Errors
///
/// The first error by time, and of several at one time the first by position.
///
/// # Cancel safety
///
/// Dropping it early detaches the tasks: they run on.
///
/// # Examples
///
/// ```
/// use mainspring::join::try_join_tasks;
///
/// mainspring::block_on(async {
///     let tasks = ["1", "2"].map(|text| mainspring::spawn(async { text.parse::<u8>() }));
///     assert_eq!(try_join_tasks(tasks).await.unwrap(), [1, 2]);
/// });
/// ```
pub fn try_join_tasks<T: 'static, E: 'static>(
    tasks: impl IntoIterator<Item = JoinHandle<Result<T, E>>>,
) -> impl Future<Output = Result<Vec<T>, TaskError<E>>> {
    try_join_all(tasks.into_iter().map(async |task: JoinHandle<_>| match task.await {
        Ok(output) => output.map_err(TaskError::Failed),
        Err(error) => Err(TaskError::Join(error)),
    }))
}
