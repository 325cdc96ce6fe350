//! Chapter 06, yours to write: a run queue, and a signal.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::Context;

use futures_task::{ArcWake, waker_ref};

use crate::suite::signal::Signal;
use crate::suite::task::Executor;

type Work = Pin<Box<dyn Future<Output = ()>>>;

/// Exercise 1: the executor of s3 without its flag. A task is in the queue as often as it
/// is woken, and a round goes on until nobody is.
pub struct RunQueue {
    tasks: Vec<Option<Task>>,
    queue: Arc<Mutex<VecDeque<usize>>>,
}

struct Task {
    work: Work,
    waker: Arc<TaskWaker>,
}

struct TaskWaker {
    number: usize,
    queue: Arc<Mutex<VecDeque<usize>>>,
}

impl ArcWake for TaskWaker {
    fn wake_by_ref(this: &Arc<Self>) {
        this.queue.lock().unwrap().push_back(this.number);
    }
}

impl RunQueue {
    fn run(&mut self, number: usize) {
        let Some(task) = &mut self.tasks[number] else { return };
        let polled = {
            let waker = waker_ref(&task.waker);
            task.work.as_mut().poll(&mut Context::from_waker(&waker))
        };
        if polled.is_ready() {
            self.tasks[number] = None;
        }
    }
}

impl Executor for RunQueue {
    fn new() -> Self {
        RunQueue { tasks: vec![], queue: Arc::default() }
    }

    fn spawn(&mut self, work: Work) {
        let number = self.tasks.len();
        let waker = Arc::new(TaskWaker { number, queue: Arc::clone(&self.queue) });
        ArcWake::wake_by_ref(&waker);
        self.tasks.push(Some(Task { work, waker }));
    }

    fn round(&mut self) {
        loop {
            let next = self.queue.lock().unwrap().pop_front();
            let Some(number) = next else { return };
            self.run(number);
        }
    }
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
