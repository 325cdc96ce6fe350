//! A runtime to pass around.

use std::panic::Location;
use std::rc::Rc;

use futures_task::{FutureObj, LocalFutureObj, LocalSpawn, Spawn, SpawnError};

use super::core::{self, Core};
use crate::task::JoinHandle;

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
    core: Rc<Core>,
}

impl Handle {
    pub(crate) fn new(core: &Rc<Core>) -> Self {
        Self { core: Rc::clone(core) }
    }

    /// The runtime that runs on this thread.
    ///
    /// # Panics
    ///
    /// Panics outside a runtime.
    #[track_caller]
    #[must_use]
    pub fn current() -> Self {
        Self { core: core::expect("`Handle::current`") }
    }

    /// Makes a task of a future: [`spawn`](crate::task::spawn). If the runtime is gone the
    /// future is dropped and its handle says `Cancelled`.
    #[track_caller]
    pub fn spawn<F: Future + 'static>(&self, future: F) -> JoinHandle<F::Output> {
        self.core.tasks.take_inbox();
        self.core.tasks.spawn(future, None, Location::caller())
    }

    fn is_open(&self) -> Result<(), SpawnError> {
        if self.core.tasks.is_closing() { Err(SpawnError::shutdown()) } else { Ok(()) }
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
        self.is_open()?;
        drop(self.spawn(future));
        Ok(())
    }

    fn status_local(&self) -> Result<(), SpawnError> {
        self.is_open()
    }
}
