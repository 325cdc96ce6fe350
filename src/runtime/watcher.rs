//! Who hears of a descriptor.

use crate::sys;
use crate::task::Executor;

/// What the loop keeps with each descriptor that it watches.
pub(crate) trait Watcher {
    /// Something has happened. It is told with nothing borrowed, so that wakers, which are
    /// user code, may run (*no user code under a borrow*).
    fn notice(&self, event: sys::Event, executor: &Executor);

    /// Whether a task waits for the descriptor.
    fn is_awaited(&self) -> bool;
}
