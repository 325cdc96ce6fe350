//! Drops tasks while it has its list borrowed: a destructor that spawns finds it so.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use crate::suite::event_loop::{Shutdown, Task};

#[derive(Default)]
pub struct DropsUnderABorrow {
    tasks: RefCell<Vec<Task>>,
    closed: Cell<bool>,
}

impl Shutdown for DropsUnderABorrow {
    fn new() -> Rc<Self> {
        Rc::default()
    }

    fn spawn(&self, task: Task) {
        let mut tasks = self.tasks.borrow_mut();
        if !self.closed.get() {
            tasks.push(task);
        }
    }

    fn close(&self) {
        self.closed.set(true);
        for task in self.tasks.borrow_mut().drain(..) {
            let _ = catch_unwind(AssertUnwindSafe(|| drop(task)));
        }
    }
}
