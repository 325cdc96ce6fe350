//! Chapter 06, yours to write: a run queue, and a signal.

use std::pin::Pin;

use crate::suite::signal::Signal;
use crate::suite::task::Executor;

/// Exercise 1: tasks, a run queue, and wakers that put a task into it.
pub struct RunQueue;

impl Executor for RunQueue {
    fn new() -> Self {
        RunQueue
    }

    fn spawn(&mut self, _future: Pin<Box<dyn Future<Output = ()>>>) {}

    fn turn(&mut self) {}
}

/// Exercise 2: something that happens once, and wakes everyone who waits for it.
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
