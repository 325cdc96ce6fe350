//! The executor of chapter 6, for the stages: when nobody is ready, it looks around.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::mem;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::task::Context;

use futures_task::{ArcWake, waker_ref};

type Task = Pin<Box<dyn Future<Output = ()>>>;

struct TaskWaker {
    number: usize,
    queue: Arc<Mutex<VecDeque<usize>>>,
}

impl ArcWake for TaskWaker {
    fn wake_by_ref(this: &Arc<Self>) {
        let mut queue = this.queue.lock().unwrap();
        if !queue.contains(&this.number) {
            queue.push_back(this.number);
        }
    }
}

#[derive(Clone, Default)]
pub struct Executor {
    tasks: Rc<RefCell<Vec<Option<Task>>>>,
    queue: Arc<Mutex<VecDeque<usize>>>,
}

impl Executor {
    pub fn spawn(&self, task: impl Future<Output = ()> + 'static) {
        let number = self.tasks.borrow().len();
        self.tasks.borrow_mut().push(Some(Box::pin(task)));
        self.queue.lock().unwrap().push_back(number);
    }

    /// Runs until all tasks are done, or `look` finds that nothing has happened. Returns how
    /// often it polled.
    pub fn run(&self, mut look: impl FnMut() -> bool) -> u64 {
        let mut polls = 0;
        loop {
            polls += self.poll_who_is_ready();
            if self.tasks.borrow().iter().all(Option::is_none) || !look() {
                return polls;
            }
        }
    }

    fn poll_who_is_ready(&self) -> u64 {
        let mut polls = 0;
        while let Some(number) = { self.queue.lock().unwrap().pop_front() } {
            let Some(mut task) = mem::take(&mut self.tasks.borrow_mut()[number]) else {
                continue;
            };
            let waker = Arc::new(TaskWaker { number, queue: Arc::clone(&self.queue) });
            polls += 1;
            if task
                .as_mut()
                .poll(&mut Context::from_waker(&waker_ref(&waker)))
                .is_pending()
            {
                self.tasks.borrow_mut()[number] = Some(task);
            }
        }
        polls
    }
}
