//! Tasks for hyper.

/// Spawns what hyper wants to run beside a connection: the streams of HTTP/2, and its client.
/// They are tasks of the runtime that runs on this thread, and need not be `Send`.
///
/// Nobody has their handles. A stream ends with its connection, and all end with the runtime; a
/// panic in one goes to the hook for unhandled panics.
#[derive(Clone, Copy, Debug, Default)]
pub struct Executor;

impl<F: Future<Output: 'static> + 'static> hyper::rt::Executor<F> for Executor {
    /// # Panics
    ///
    /// Panics outside a runtime.
    fn execute(&self, future: F) {
        drop(mainspring::spawn(future));
    }
}
