//! Chapter 07, solved: what `exercise.rs` and `repair.rs` can become.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use crate::suite::event_loop::{Parking, Shared, Shutdown, Task};

/// Exercise 1: it leaves word, then looks. Who finds a letter takes the word back; and if
/// that is gone already, so is the ring on its way, and wants to be heard.
pub struct Sleeper;

impl Parking for Sleeper {
    async fn deliver(shared: &Shared) {
        shared.send().await;
        if shared.swap_parked(false).await {
            shared.ring().await;
        }
    }

    async fn take(shared: &Shared) -> u32 {
        shared.receive_all().await
    }

    async fn park(shared: &Shared) {
        shared.swap_parked(true).await;
        if shared.is_empty().await || !shared.swap_parked(false).await {
            shared.listen().await;
        }
    }
}

/// Exercise 2: one task is taken out at a time, and dropped when nothing is borrowed.
pub struct House {
    tasks: RefCell<VecDeque<Task>>,
    closed: Cell<bool>,
}

impl Shutdown for House {
    fn new() -> Rc<House> {
        Rc::new(House { tasks: RefCell::default(), closed: Cell::new(false) })
    }

    fn spawn(&self, task: Task) {
        if !self.closed.get() {
            self.tasks.borrow_mut().push_back(task);
        } else {
            drop_one(task);
        }
    }

    fn close(&self) {
        self.closed.set(true);
        loop {
            let task = self.tasks.borrow_mut().pop_front();
            match task {
                Some(task) => drop_one(task),
                None => break,
            }
        }
    }
}

/// Drops a task. Its panic goes no further.
fn drop_one(task: Task) {
    let _ = catch_unwind(AssertUnwindSafe(|| drop(task)));
}

/// Exercise 3: the flag is cleared under the lock that the letters are taken under, so that
/// it cannot say "no mail" about a letter that came in between. To clear it before the lock
/// is taken is right too; the price is a look for nothing if a letter comes in between.
pub struct Glance;

impl Parking for Glance {
    async fn deliver(shared: &Shared) {
        let mut inbox = shared.lock().await;
        inbox.letters += 1;
        shared.set_mail(true).await;
        let parked = mem::take(&mut inbox.parked);
        drop(inbox);
        if parked {
            shared.ring().await;
        }
    }

    async fn take(shared: &Shared) -> u32 {
        if !shared.has_mail().await {
            return 0;
        }
        let mut inbox = shared.lock().await;
        shared.set_mail(false).await;
        mem::take(&mut inbox.letters)
    }

    async fn park(shared: &Shared) {
        let mut inbox = shared.lock().await;
        let idle = !shared.has_mail().await;
        inbox.parked = idle;
        drop(inbox);
        if idle {
            shared.listen().await;
        }
    }
}
