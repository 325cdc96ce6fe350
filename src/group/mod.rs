//! Task groups: tasks that do not outlive the scope in which they were spawned.
//!
//! A task runs on when its handle is dropped, and so a function that spawns may leave
//! something at work behind it: a request that nobody needs any more, an error that nobody
//! hears of. A *group* is the rule against it, which is called **structured concurrency**: the
//! tasks of a group have ended when the group has, whichever way that came to pass.
//!
//! The group itself is no task. It is a future in the task that awaits it, and polls the
//! *body*, the closure that spawns; its *children* are tasks of the executor like any other.
//! What the group and its children know of each other stands in a `Scope`, which all of them
//! share: which children there are, what errors there have been, and who is to be woken.
//!
//! | file | what is in it |
//! |---|---|
//! | `scope` | what a group and its children share |
//! | `child` | the future of a child, which tells the scope how it ended |
//! | `room` | who waits until there are fewer children |
//! | `error` | all that went wrong |

mod child;
mod error;
mod room;
mod scope;

use std::fmt;
use std::future::poll_fn;
use std::panic::Location;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;

use child::Child;
use scope::Scope;

pub use error::GroupError;

use crate::join::TaskError;
use crate::task::{JoinHandle, yield_now};

/// Runs `body`, and the tasks that it spawns in the group that it is given; is done when all
/// of them are. Gives what the body returned, if nothing has failed.
///
/// The first that fails ends the group: a child that returns an error or panics, or the body
/// that returns one. Then, when the group has its turn in the run queue, the body is dropped
/// (after one more poll, since it may have been woken before) and the children that are left
/// are aborted. The group waits until their destructors have run. A child that is aborted by
/// its handle has not failed.
///
/// # Errors
///
/// [`GroupError`]: all that failed, in the order of time, the body last.
///
/// # Panics
///
/// Panics outside a runtime. A panic of the body goes to whoever awaits this, when all
/// children are dropped; a panic of a child is an error of the group.
///
/// # Cancel safety
///
/// Dropping it early drops the body, and then every child, oldest first, before the drop
/// returns: no child outlives its group. If the drop happens in the poll of a child, that one
/// is dropped after the poll.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use mainspring::task_group;
/// use mainspring::time::sleep;
///
/// mainspring::block_on(async {
///     let sum = task_group(async |group| {
///         let one = group.spawn(async { "1".parse::<u8>() });
///         let two = group.spawn(async { "2".parse::<u8>() });
///         Ok(one.await.unwrap() + two.await.unwrap())
///     });
///     assert_eq!(sum.await.unwrap(), 3);
///
///     let failed = task_group(async |group| {
///         drop(group.spawn(async { "x".parse::<u8>() }));
///         sleep(Duration::MAX).await; // dropped when the child has failed
///         Ok(())
///     });
///     assert_eq!(failed.await.unwrap_err().errors.len(), 1);
/// });
/// ```
pub async fn task_group<R, E: 'static>(
    body: impl AsyncFnOnce(TaskGroup<E>) -> Result<R, E>,
) -> Result<R, GroupError<E>> {
    let scope = Open(Rc::new(Scope::new()));
    let output = scope.run(body(TaskGroup(Rc::clone(&scope.0)))).await;
    if !matches!(output, Some(Ok(_))) {
        scope.0.fail();
    }
    poll_fn(|cx| scope.0.poll_end(cx)).await;
    let of_body = match output {
        Some(Ok(output)) if scope.0.is_open() => return Ok(output),
        Some(Err(error)) => Some(TaskError::Failed(error)),
        output => {
            drop(output); // user code: should it panic, the errors are still there to be told
            None
        }
    };
    let mut errors = scope.0.take_errors();
    errors.extend(of_body);
    Err(GroupError { errors })
}

/// A scope whose group is alive. Its drop ends every child that is left.
struct Open<E: 'static>(Rc<Scope<E>>);

impl<E> Open<E> {
    /// What the body gives; none if a child has failed first. It is dropped then.
    async fn run<R>(&self, body: impl Future<Output = R>) -> Option<R> {
        let mut body = pin!(body);
        poll_fn(|cx| match body.as_mut().poll(cx) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending => self.0.poll_failure(cx).map(|()| None),
        })
        .await
    }
}

impl<E> Drop for Open<E> {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// The group, as its body sees it: [`task_group`]. A clone of it is the same group, so that
/// children can spawn, too.
pub struct TaskGroup<E: 'static>(Rc<Scope<E>>);

impl<E> TaskGroup<E> {
    /// Makes a task of a future, as a child of this group. If it returns an error or panics,
    /// that is the group's error, and the child's handle says `Cancelled`.
    ///
    /// A group that has ended, or in which something has failed, refuses: the future is
    /// dropped, and its handle says `Cancelled`. A panic of its destructor goes to the hook for
    /// unhandled panics.
    ///
    /// # Examples
    ///
    /// A child that spawns another one:
    ///
    /// ```
    /// use mainspring::task_group;
    ///
    /// mainspring::block_on(async {
    ///     let group = task_group(async |group| {
    ///         let inner = group.clone();
    ///         let child = group.spawn(async move { Ok(inner.spawn(async { Ok(7) })) });
    ///         Ok::<_, ()>(child.await.unwrap().await.unwrap())
    ///     });
    ///     assert_eq!(group.await.unwrap(), 7);
    /// });
    /// ```
    #[track_caller]
    pub fn spawn<T: 'static>(
        &self,
        future: impl Future<Output = Result<T, E>> + 'static,
    ) -> JoinHandle<T> {
        Child::spawn(&self.0, future, Location::caller())
    }

    /// Waits until fewer than `width` children are left, and spawns then. Ten thousand jobs,
    /// fifty at a time, are a loop around this. Of those who wait with one width the first
    /// has the first place, and nobody who comes later passes it by. Who is content with less
    /// room, asking for a greater width, is served before them; so a width of 5 behind a loop
    /// around 50 waits until that loop is over. Who is to be refused gives way once, so that a
    /// body that loops around this ends when a child fails.
    ///
    /// # Panics
    ///
    /// Panics if `width` is 0: there would never be a place.
    ///
    /// # Cancel safety
    ///
    /// Dropping it early drops the future, which was not spawned.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::cell::RefCell;
    /// use std::rc::Rc;
    /// use std::time::Duration;
    /// use mainspring::task_group;
    /// use mainspring::time::sleep;
    ///
    /// mainspring::block_on(async {
    ///     let results = Rc::new(RefCell::new(Vec::new()));
    ///     let group = task_group(async |group| {
    ///         for job in 0..20 {
    ///             let results = Rc::clone(&results);
    ///             let work = async move {
    ///                 sleep(Duration::from_micros(10)).await;
    ///                 results.borrow_mut().push(job); // as it comes
    ///                 Ok::<(), ()>(())
    ///             };
    ///             drop(group.spawn_within(5, work).await);
    ///             assert!(group.len() <= 5);
    ///         }
    ///         Ok(())
    ///     });
    ///     group.await.unwrap();
    ///     assert_eq!(results.borrow().len(), 20);
    /// });
    /// ```
    #[allow(clippy::async_yields_async)] // the handle is what one waits for here
    #[track_caller]
    pub fn spawn_within<T: 'static>(
        &self,
        width: usize,
        future: impl Future<Output = Result<T, E>> + 'static,
    ) -> impl Future<Output = JoinHandle<T>> {
        assert!(
            width > 0,
            "a group of width 0 has no place for a child: ask for 1 at least"
        );
        let location = Location::caller();
        async move {
            let _place = self.0.room.within(width).await; // until the child has its own
            if self.0.refuses() {
                yield_now().await; // a body that tries again and again is dropped here
            }
            Child::spawn(&self.0, future, location)
        }
    }

    /// Aborts every child that is there; each is dropped at its next turn. The body goes on,
    /// and may spawn more. That is no failure.
    pub fn abort_all(&self) {
        self.0.abort_all();
    }

    /// How many children there are that have not ended.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<E> Clone for TaskGroup<E> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<E> fmt::Debug for TaskGroup<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskGroup").field("len", &self.len()).finish_non_exhaustive()
    }
}
