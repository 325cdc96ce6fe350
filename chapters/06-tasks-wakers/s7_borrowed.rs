//! A task that spawns another when it is dropped, and an executor that is not prepared.

use std::any::Any;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

#[path = "../00-introduction/cli.rs"]
mod cli;

/// A run queue. What is in it can be dropped, and that is all we need of tasks here.
#[derive(Clone, Default)]
struct Executor {
    queue: Rc<RefCell<Vec<Box<dyn Any>>>>,
}

impl Executor {
    fn spawn(&self, task: impl Any) {
        self.queue.borrow_mut().push(Box::new(task));
    }

    /// Drops the tasks where they are.
    fn clear_under_the_borrow(&self) {
        self.queue.borrow_mut().clear();
    }

    /// Takes the tasks out first. They are dropped when the borrow is over.
    fn clear_after_the_borrow(&self) {
        let tasks = self.queue.take();
        drop(tasks);
    }
}

/// Holds a connection, and spawns a task that says goodbye on it.
struct Connection(Executor);

impl Drop for Connection {
    fn drop(&mut self) {
        println!("  a connection is dropped, and spawns its goodbye");
        self.0.spawn("goodbye");
    }
}

fn main() {
    cli::options(&[]);
    for (name, clear) in [
        ("dropped under the borrow", Executor::clear_under_the_borrow as fn(&Executor)),
        ("dropped after the borrow", Executor::clear_after_the_borrow),
    ] {
        println!("{name}:");
        let executor = Executor::default();
        executor.spawn(Connection(executor.clone()));
        match catch_unwind(AssertUnwindSafe(|| clear(&executor))) {
            Ok(()) => println!("  in the queue: {}", executor.queue.borrow().len()),
            Err(_) => println!("  the executor has panicked"),
        }
    }
}
