//! The handles of a task: to await it, to look at it, to end it.

use std::any::Any;
use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use super::error::{JoinError, Outcome};
use super::key::{Key, TaskId};
use super::slot::CallbackId;
use super::tasks::Tasks;

/// Owns the right to a task's outcome: await it, or ask for it.
///
/// Dropping the handle *detaches* the task: it runs on, and its output is dropped when it
/// is done. A panic that is dropped unread goes to the runtime's hook for unhandled
/// panics ([`runtime::Builder::unhandled_panic`](crate::runtime::Builder::unhandled_panic)).
///
/// The outcome is taken once. A handle can be awaited by reference (`(&mut handle).await`),
/// for example inside a [`timeout`](crate::time::timeout), and again later.
///
/// # Errors
///
/// What awaiting it gives is a [`JoinError`] if the task panicked or was cancelled.
///
/// # Panics
///
/// Awaiting it panics if the outcome has been taken before.
///
/// # Cancel safety
///
/// Dropping a future that awaits `&mut handle` loses nothing; the task does not notice.
///
/// # Examples
///
/// ```
/// mainspring::block_on(async {
///     let handle = mainspring::spawn(async { 6 * 7 });
///     assert_eq!(handle.await.unwrap(), 42);
/// });
/// ```
#[must_use = "dropping the handle detaches the task; say so by `drop(spawn(..))`"]
pub struct JoinHandle<T> {
    tasks: Rc<Tasks>,
    key: Key,
    output: PhantomData<fn() -> T>,
}

impl<T> JoinHandle<T> {
    pub(crate) fn new(tasks: Rc<Tasks>, key: Key) -> Self {
        Self { tasks, key, output: PhantomData }
    }

    /// Whether the task is done: it returned, panicked, or was aborted and dropped.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.tasks.is_finished(self.key)
    }

    /// Has the task dropped at its next turn, without polling it again. Its destructors
    /// have run before its end can be seen. False if it is done already.
    ///
    /// A task that aborts itself and returns in the same poll keeps its value.
    ///
    /// # Examples
    ///
    /// ```
    /// mainspring::block_on(async {
    ///     let task = mainspring::spawn(std::future::pending::<()>());
    ///     assert!(task.abort());
    ///     assert!(task.await.unwrap_err().is_cancelled());
    /// });
    /// ```
    pub fn abort(&self) -> bool {
        self.tasks.abort(self.key)
    }

    /// A handle that can abort the task, and be cloned.
    #[must_use]
    pub fn abort_handle(&self) -> AbortHandle {
        AbortHandle { tasks: Rc::clone(&self.tasks), key: self.key }
    }

    /// The same handle, but dropping it aborts the task. What a
    /// [`timeout`](crate::time::timeout) over a task needs to end the task too.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use mainspring::time::timeout;
    ///
    /// mainspring::block_on(async {
    ///     let endless = mainspring::spawn(std::future::pending::<()>());
    ///     let abort = endless.abort_handle();
    ///     timeout(Duration::from_millis(1), endless.abort_on_drop()).await.unwrap_err();
    ///     mainspring::task::yield_now().await;
    ///     assert!(abort.is_finished());
    /// });
    /// ```
    pub fn abort_on_drop(self) -> AbortOnDrop<T> {
        AbortOnDrop(self)
    }

    /// The task's id.
    #[must_use]
    pub fn id(&self) -> TaskId {
        self.key.id
    }

    /// The task's name: the one it was given, or `Task-N`.
    #[must_use]
    pub fn name(&self) -> String {
        self.tasks.name(self.key)
    }

    /// Has `callback` called when the task is done, or soon if it is done already; never
    /// from within this call.
    ///
    /// Callbacks wait in the run queue like tasks, in the order in which they were added.
    /// They are queued at the end of the task, before whoever awaits it; who asks by itself
    /// between that and their turn hears of the end before them.
    /// [`current`](super::current) is `None` in them. One that panics goes to the hook for
    /// unhandled panics and stops no other.
    ///
    /// There is nothing that would call one that is added when the runtime is gone: it is
    /// dropped with the handle.
    ///
    /// # Examples
    ///
    /// ```
    /// use mainspring::task::Outcome;
    ///
    /// mainspring::block_on(async {
    ///     let task = mainspring::spawn(async {});
    ///     task.on_done(|outcome| assert_eq!(*outcome, Outcome::Returned));
    ///     task.await.unwrap();
    /// });
    /// ```
    pub fn on_done(&self, callback: impl FnOnce(&Outcome) + 'static) -> CallbackId {
        self.tasks.add_callback(self.key, Box::new(callback))
    }

    /// Takes a callback back. False if it has been called, or is about to be.
    pub fn remove_on_done(&self, id: CallbackId) -> bool {
        self.tasks.remove_callback(self.key, id)
    }
}

impl<T: 'static> JoinHandle<T> {
    /// The outcome, if the task is done and the outcome was not taken before.
    ///
    /// # Examples
    ///
    /// ```
    /// mainspring::block_on(async {
    ///     let mut task = mainspring::spawn(async { 3 });
    ///     assert!(task.try_result().is_none(), "it has not run yet");
    ///     mainspring::task::yield_now().await;
    ///     assert_eq!(task.try_result().unwrap().unwrap(), 3);
    /// });
    /// ```
    pub fn try_result(&mut self) -> Option<Result<T, JoinError>> {
        Some(self.tasks.fetch(self.key)?.map(downcast))
    }
}

/// Gives an output its type back. It was spawned with this type, so it has it.
fn downcast<T: 'static>(output: Box<dyn Any>) -> T {
    *output.downcast().expect("a task's output has the type of its handle")
}

impl<T: 'static> Future for JoinHandle<T> {
    type Output = Result<T, JoinError>;

    /// # Panics
    ///
    /// Panics if the outcome has been taken before.
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.tasks.poll_fetch(self.key, cx).map(|remains| remains.map(downcast))
    }
}

impl<T> Drop for JoinHandle<T> {
    fn drop(&mut self) {
        self.tasks.detach(self.key);
    }
}

impl<T> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("JoinHandle").field(&self.key.id).finish()
    }
}

/// Aborts a task; see [`JoinHandle::abort_handle`]. It has no right to the outcome, and
/// does not keep the task's output alive.
#[derive(Clone)]
pub struct AbortHandle {
    tasks: Rc<Tasks>,
    key: Key,
}

impl AbortHandle {
    /// Has the task dropped at its next turn; false if it is done: [`JoinHandle::abort`].
    pub fn abort(&self) -> bool {
        self.tasks.abort(self.key)
    }

    /// Whether the task is done.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.tasks.is_finished(self.key)
    }

    /// The task's id.
    #[must_use]
    pub fn id(&self) -> TaskId {
        self.key.id
    }
}

impl fmt::Debug for AbortHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AbortHandle").field(&self.key.id).finish()
    }
}

/// A [`JoinHandle`] that aborts its task when it is dropped; see
/// [`JoinHandle::abort_on_drop`]. It can be awaited by reference, too.
///
/// # Errors
///
/// What awaiting it gives is a [`JoinError`] if the task panicked or was cancelled.
///
/// # Panics
///
/// Awaiting it panics if the outcome has been taken before.
///
/// # Cancel safety
///
/// Dropping a future that owns it aborts the task; dropping one that awaits it by
/// reference does not.
#[derive(Debug)]
#[must_use = "dropping it aborts the task"]
pub struct AbortOnDrop<T>(JoinHandle<T>);

impl<T: 'static> Future for AbortOnDrop<T> {
    type Output = Result<T, JoinError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx)
    }
}

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
