//! Chapter 06, yours to write: a signal.

use std::pin::Pin;

use crate::suite::signal::Signal;

/// Something that happens once, and wakes everyone who waits for it.
///
/// It stays on one thread: an `Rc` and a `RefCell` will do.
#[derive(Clone)]
pub struct Flag;

impl Signal for Flag {
    fn new() -> Self {
        Flag
    }

    fn wait(&self) -> Pin<Box<dyn Future<Output = ()>>> {
        Box::pin(std::future::pending())
    }

    fn set(&self) {}
}
