//! Chapter 07, yours to write: how a loop goes to sleep, and how it ends.

use std::cell::RefCell;
use std::rc::Rc;

use crate::suite::event_loop::{Parking, Shared, Shutdown, Task};

/// Exercise 1: a loop that sleeps when it has nothing to do, and misses nothing, although
/// its inbox is somebody else's queue, whose lock it cannot have.
///
/// Each of these is one step, and at each `await` the test may let another thread come in
/// between:
///
/// - `shared.send()` puts a letter in; `shared.is_empty()` looks whether there is one.
/// - `shared.swap_parked(new)` sets the flag `parked`, and says what it was before.
/// - `shared.ring()` and `shared.listen()` are the bell's, which remembers one ring until
///   somebody listens.
///
/// Every letter has to be taken, the loop has to sleep while there is none, and nobody may
/// ring for a loop that is not going to listen.
pub struct Sleeper;

impl Parking for Sleeper {
    /// For other threads.
    async fn deliver(shared: &Shared) {
        shared.send().await;
        // Yours: ring, if the loop sleeps or is about to.
    }

    /// For the loop, and complete: what it does before it parks.
    async fn take(shared: &Shared) -> u32 {
        shared.receive_all().await
    }

    /// For the loop.
    async fn park(_shared: &Shared) {
        // Yours: sleep, unless there is a letter.
    }
}

/// Exercise 2: something that keeps tasks and drops them all when it is closed, which is
/// final. It does what a runtime does at its end. The drop of a task is user code: whatever
/// that does, `close` and `spawn` return.
pub struct House {
    tasks: RefCell<Vec<Task>>,
}

impl Shutdown for House {
    fn new() -> Rc<House> {
        Rc::new(House { tasks: RefCell::default() })
    }

    fn spawn(&self, task: Task) {
        self.tasks.borrow_mut().push(task);
    }

    fn close(&self) {
        // Yours.
    }
}
