//! The handles of a task: to await it, to look at it, to end it.

use std::any::Any;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use super::cell::CallbackId;
use super::error::{JoinError, Label, Outcome};
use super::executor::Executor;
use super::key::{Key, TaskId};

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
#[derive(Debug)]
pub struct JoinHandle<T> {
    executor: Rc<Executor>,
    key: Key,
    output: PhantomData<fn() -> T>,
}

impl<T> JoinHandle<T> {
    pub(crate) fn new(executor: Rc<Executor>, key: Key) -> Self {
        Self { executor, key, output: PhantomData }
    }

    /// Whether the task is done: it returned, panicked, or was aborted and dropped.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.executor.is_finished(self.key)
    }

    /// Has the task dropped at its next turn, without polling it again. Its destructors
    /// have run before its end can be seen. False if it is done already, or if it is a job of
    /// [`spawn_blocking`](crate::blocking::spawn_blocking) that has begun.
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
        self.executor.abort(self.key)
    }

    pub(crate) fn key(&self) -> Key {
        self.key
    }

    /// How the task ended, if it has.
    pub(crate) fn outcome(&self) -> Option<Outcome> {
        self.executor.outcome(self.key)
    }

    /// Whether the task is done; if not, the waker of `cx` is going to be woken then. The
    /// outcome stays where it is.
    pub(crate) fn poll_end(&self, cx: &mut Context<'_>) -> Poll<()> {
        if self.is_finished() {
            Poll::Ready(())
        } else {
            self.executor.poll_end(self.key, cx)
        }
    }

    /// Has `may_abort` asked before the task is aborted. It runs no user code.
    pub(crate) fn ask_before_abort(&self, may_abort: impl Fn() -> bool + 'static) {
        self.executor.ask_before_abort(self.key, Box::new(may_abort));
    }

    /// A handle that can abort the task, and be cloned.
    #[must_use]
    pub fn abort_handle(&self) -> AbortHandle {
        AbortHandle { executor: Rc::clone(&self.executor), key: self.key }
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
        AbortOnDrop(Some(self))
    }

    /// The task's id.
    #[must_use]
    pub fn id(&self) -> TaskId {
        self.key.id
    }

    /// The task's name: the one it was given, or `Task-N`.
    #[must_use]
    pub fn name(&self) -> String {
        self.executor.label(self.key).name()
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
    /// A task that the shutdown of its runtime drops has its callbacks called as well;
    /// [`Handle::is_shutting_down`](crate::runtime::Handle::is_shutting_down) tells them.
    /// One that is added to a task that is done when the shutdown has begun, or is over, is
    /// dropped uncalled, at once.
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
        self.executor.add_callback(self.key, Box::new(callback))
    }

    /// Takes a callback back. False if it has been called, or is about to be.
    pub fn remove_on_done(&self, id: CallbackId) -> bool {
        self.executor.remove_callback(self.key, id)
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
        Some(self.executor.fetch(self.key)?.map(downcast))
    }
}

impl<T: 'static> JoinHandle<T> {
    /// Looks at what the task returned, if it has and nobody has fetched it. `look` runs no
    /// user code.
    pub(crate) fn peek(&self, look: impl FnOnce(&T) -> bool) -> bool {
        self.executor.peek(self.key, look)
    }

    /// Has `f` called with the outcome, in the shutdown too.
    pub(crate) fn deliver(
        mut self,
        f: impl FnOnce(Label, Result<T, JoinError>) + 'static,
    ) {
        let (executor, key) = (Rc::clone(&self.executor), self.key);
        let label = executor.label(key);
        let give = move |_: &_| {
            if let Some(outcome) = self.try_result() {
                f(label, outcome);
            }
        };
        executor.add_callback(key, Box::new(give));
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
        self.executor.poll_fetch(self.key, cx).map(|result| result.map(downcast))
    }
}

impl<T> Drop for JoinHandle<T> {
    fn drop(&mut self) {
        self.executor.detach(self.key);
    }
}

/// Aborts a task; see [`JoinHandle::abort_handle`]. It has no right to the outcome, and
/// does not keep the task's output alive.
#[derive(Clone, Debug)]
pub struct AbortHandle {
    executor: Rc<Executor>,
    key: Key,
}

impl AbortHandle {
    /// Has the task dropped at its next turn; false if it is done: [`JoinHandle::abort`].
    pub fn abort(&self) -> bool {
        self.executor.abort(self.key)
    }

    /// Whether the task is done.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.executor.is_finished(self.key)
    }

    /// The task's id.
    #[must_use]
    pub fn id(&self) -> TaskId {
        self.key.id
    }
}

/// A [`JoinHandle`] that aborts its task when it is dropped; see
/// [`JoinHandle::abort_on_drop`]. It has that handle's methods, and can be awaited by
/// reference, too.
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
pub struct AbortOnDrop<T>(Option<JoinHandle<T>>);

impl<T> AbortOnDrop<T> {
    /// The handle as it was before: dropping it detaches the task.
    ///
    /// # Examples
    ///
    /// ```
    /// mainspring::block_on(async {
    ///     let task = mainspring::spawn(async { 7 }).abort_on_drop();
    ///     assert!(!task.is_finished(), "the handle's methods are there");
    ///     assert_eq!(task.detach().await.unwrap(), 7);
    /// });
    /// ```
    #[allow(clippy::missing_panics_doc)] // it does not: see `HAS_HANDLE`
    pub fn detach(mut self) -> JoinHandle<T> {
        self.0.take().expect(HAS_HANDLE)
    }
}

const HAS_HANDLE: &str = "the handle is taken out by `detach` alone, which ends this";

impl<T> Deref for AbortOnDrop<T> {
    type Target = JoinHandle<T>;

    fn deref(&self) -> &JoinHandle<T> {
        self.0.as_ref().expect(HAS_HANDLE)
    }
}

impl<T> DerefMut for AbortOnDrop<T> {
    fn deref_mut(&mut self) -> &mut JoinHandle<T> {
        self.0.as_mut().expect(HAS_HANDLE)
    }
}

impl<T: 'static> Future for AbortOnDrop<T> {
    type Output = Result<T, JoinError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut **self).poll(cx)
    }
}

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        if let Some(handle) = &self.0 {
            handle.abort();
        }
    }
}
