//! Spawning: making a task of a future.

use std::panic::Location;

use super::context;
use super::join::JoinHandle;

/// Makes a task of a future. It runs beside its creator, not before the creator waits for
/// something, and to its end whether or not the handle is kept.
///
/// Neither the future nor its output has to be `Send`: no other thread touches them.
/// While the runtime shuts down the future is dropped, and its handle says `Cancelled`.
///
/// # Panics
///
/// Panics outside a runtime; there is
/// [`Runtime::spawn`](crate::runtime::Runtime::spawn) for that.
///
/// # Examples
///
/// ```
/// use std::rc::Rc;
///
/// mainspring::block_on(async {
///     let greeting = Rc::new("hello");
///     let task = mainspring::spawn({
///         let greeting = Rc::clone(&greeting);
///         async move { greeting.len() }
///     });
///     assert_eq!(task.await.unwrap(), 5);
/// });
/// ```
#[must_use = "dropping the handle detaches the task; say so by `drop(spawn(..))`"]
#[track_caller]
pub fn spawn<F: Future + 'static>(future: F) -> JoinHandle<F::Output> {
    context::expect("`spawn`").spawn(future, None, Location::caller())
}

/// Spawns a task with a name. From outside a runtime:
/// [`Handle::spawn_named`](crate::runtime::Handle::spawn_named).
///
/// # Examples
///
/// ```
/// use mainspring::task;
///
/// mainspring::block_on(async {
///     let task = task::Builder::new().name("crawler").spawn(async {});
///     assert_eq!(task.name(), "crawler");
/// });
/// ```
#[derive(Debug, Default)]
#[must_use = "a builder does nothing until `spawn` is called"]
pub struct Builder {
    name: Option<Box<str>>,
}

impl Builder {
    /// A task like any other.
    pub fn new() -> Self {
        Self::default()
    }

    /// Names the task, for errors and for lists of tasks. Names need not differ.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into().into_boxed_str());
        self
    }

    /// Makes a task of the future: [`spawn`].
    ///
    /// # Panics
    ///
    /// Panics outside a runtime.
    #[must_use = "dropping the handle detaches the task; say so by `drop(spawn(..))`"]
    #[track_caller]
    pub fn spawn<F: Future + 'static>(self, future: F) -> JoinHandle<F::Output> {
        let executor = context::expect("`task::Builder::spawn`");
        executor.spawn(future, self.name, Location::caller())
    }
}
