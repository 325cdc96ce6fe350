//! Shuts down what was there when the shutdown began; what a destructor spawns stays.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use crate::suite::event_loop::{Shutdown, Task};

#[derive(Default)]
pub struct ForgetsNewcomers {
    tasks: RefCell<Vec<Task>>,
    closed: Cell<bool>,
}

impl Shutdown for ForgetsNewcomers {
    fn new() -> Rc<Self> {
        Rc::default()
    }

    fn spawn(&self, task: Task) {
        if !self.closed.get() {
            self.tasks.borrow_mut().push(task);
        }
    }

    fn close(&self) {
        for task in self.tasks.take() {
            let _ = catch_unwind(AssertUnwindSafe(|| drop(task)));
        }
        self.closed.set(true);
    }
}
