//! A runtime to pass around.

use std::panic::Location;
use std::rc::{Rc, Weak};

use futures_task::{FutureObj, LocalFutureObj, LocalSpawn, Spawn, SpawnError};

use super::event_loop::{self, EventLoop};
use crate::task::{Executor, JoinHandle};

/// Spawns tasks on a runtime, from anywhere on its thread. It may be cloned.
///
/// It is also what code that is generic over executors asks for: a
/// [`Spawn`] and a [`LocalSpawn`] of `futures-task`.
///
/// # Examples
///
/// ```
/// use mainspring::runtime::{Handle, Runtime};
///
/// let mut runtime = Runtime::new()?;
/// let handle: Handle = runtime.handle();
/// let task = handle.spawn(async { 7 });
/// assert_eq!(runtime.block_on(task).unwrap(), 7);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Handle {
    executor: Rc<Executor>,
    /// Not an `Rc`: descriptors are closed with the runtime, not with the last handle.
    event_loop: Weak<EventLoop>,
}

impl Handle {
    pub(crate) fn new(event_loop: &Rc<EventLoop>) -> Self {
        let executor = Rc::clone(&event_loop.executor);
        Self { executor, event_loop: Rc::downgrade(event_loop) }
    }

    /// The runtime that runs on this thread.
    ///
    /// # Panics
    ///
    /// Panics outside a runtime.
    #[track_caller]
    #[must_use]
    pub fn current() -> Self {
        Self::new(&event_loop::expect("`Handle::current`"))
    }

    /// Makes a task of a future: [`spawn`](crate::task::spawn). If the runtime is gone the
    /// future is dropped and its handle says `Cancelled`.
    #[must_use = "dropping the handle detaches the task; say so by `drop(spawn(..))`"]
    #[track_caller]
    pub fn spawn<F: Future + 'static>(&self, future: F) -> JoinHandle<F::Output> {
        self.spawn_at(future, None, Location::caller())
    }

    /// Makes a task of a future and names it, as
    /// [`task::Builder`](crate::task::Builder) does inside a runtime.
    #[must_use = "dropping the handle detaches the task; say so by `drop(spawn(..))`"]
    #[track_caller]
    pub fn spawn_named<F: Future + 'static>(
        &self,
        name: impl Into<String>,
        future: F,
    ) -> JoinHandle<F::Output> {
        let name = name.into().into_boxed_str();
        self.spawn_at(future, Some(name), Location::caller())
    }

    /// Between two calls of `block_on` nobody looks at the clock and at the inbox: tasks
    /// get their age and their places in the queue all the same.
    fn spawn_at<F: Future + 'static>(
        &self,
        future: F,
        name: Option<Box<str>>,
        location: &'static Location<'static>,
    ) -> JoinHandle<F::Output> {
        self.executor.take_remote_wakes();
        if !self.executor.is_running()
            && let Some(event_loop) = self.event_loop()
        {
            event_loop.look_at_clock();
        }
        self.executor.spawn(future, name, location)
    }

    /// Whether the runtime is being dropped, or is gone. In a callback it tells the tasks
    /// that the shutdown cancels from those that were aborted.
    ///
    /// # Examples
    ///
    /// ```
    /// use mainspring::runtime::{Handle, Runtime};
    /// use mainspring::task::Outcome;
    ///
    /// let runtime = Runtime::new()?;
    /// let task = runtime.spawn(std::future::pending::<()>());
    /// task.on_done(|outcome| {
    ///     assert_eq!(*outcome, Outcome::Cancelled);
    ///     assert!(Handle::current().is_shutting_down());
    /// });
    /// drop(runtime);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn is_shutting_down(&self) -> bool {
        self.executor.is_shutting_down()
    }

    /// The loop, if the runtime is not gone.
    pub(crate) fn event_loop(&self) -> Option<Rc<EventLoop>> {
        self.event_loop.upgrade()
    }

    fn is_open(&self) -> Result<(), SpawnError> {
        if self.is_shutting_down() { Err(SpawnError::shutdown()) } else { Ok(()) }
    }
}

impl Spawn for Handle {
    #[track_caller]
    fn spawn_obj(&self, future: FutureObj<'static, ()>) -> Result<(), SpawnError> {
        self.spawn_local_obj(future.into())
    }

    fn status(&self) -> Result<(), SpawnError> {
        self.is_open()
    }
}

impl LocalSpawn for Handle {
    #[track_caller]
    fn spawn_local_obj(
        &self,
        future: LocalFutureObj<'static, ()>,
    ) -> Result<(), SpawnError> {
        drop(self.spawn(future));
        self.is_open()
    }

    fn status_local(&self) -> Result<(), SpawnError> {
        self.is_open()
    }
}
