//! Chapter 07, yours to write: how a loop goes to sleep, and how it ends.

use std::cell::RefCell;
use std::rc::Rc;

use crate::suite::event_loop::{Parking, Shared, Shutdown, Task};

/// Exercise 1: a loop that sleeps when it has nothing to do, and misses nothing.
///
/// Whatever is done to `shared` is awaited, and at each `await` the test may let another
/// thread come in between. `shared.lock().await` locks the inbox until its guard is dropped;
/// behind the lock are `letters`, a number, and `parked`, which says that the loop sleeps or
/// is about to. `shared.ring().await` and `shared.listen().await` are the bell's, which
/// remembers a ring until somebody listens.
pub struct Sleeper;

impl Parking for Sleeper {
    async fn deliver(shared: &Shared) {
        shared.lock().await.letters += 1;
        // Yours: if the loop sleeps, ring for it, once.
    }

    async fn park(_shared: &Shared) {
        // Yours: sleep, unless there is a letter.
    }
}

/// Exercise 2: something that keeps tasks and drops them all when it is closed.
///
/// The drop of a task is user code. It may spawn, and it may panic. `close` drops the oldest
/// first, and is final: a task that is spawned during it or later is dropped at once, in
/// `spawn`. No panic of a task comes out of `close`, nor out of `spawn`.
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
