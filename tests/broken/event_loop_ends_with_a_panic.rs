//! Contains no panics: the first task that panics in its drop ends the shutdown.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use crate::suite::event_loop::{Shutdown, Task};

#[derive(Default)]
pub struct EndsWithAPanic {
    tasks: RefCell<VecDeque<Task>>,
    closed: Cell<bool>,
}

impl Shutdown for EndsWithAPanic {
    fn new() -> Rc<Self> {
        Rc::default()
    }

    fn spawn(&self, task: Task) {
        if !self.closed.get() {
            self.tasks.borrow_mut().push_back(task);
        }
    }

    fn close(&self) {
        self.closed.set(true);
        loop {
            let task = self.tasks.borrow_mut().pop_front();
            if task.is_none() {
                break;
            }
        }
    }
}
