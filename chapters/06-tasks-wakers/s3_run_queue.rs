//! An executor in fifty lines: tasks, a run queue, and a waker that is safe code.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::task::Context;
use std::time::Duration;

use futures_task::{ArcWake, waker_ref};

#[path = "../00-introduction/cli.rs"]
mod cli;
mod kettle;

/// What leaves the thread: a number, a flag, and the way to the queue.
struct TaskWaker {
    number: usize,
    queued: AtomicBool,
    queue: Sender<usize>,
}

impl ArcWake for TaskWaker {
    fn wake_by_ref(this: &Arc<Self>) {
        if !this.queued.swap(true, Ordering::AcqRel) {
            // An error means that the executor is gone. Then there is nobody to tell.
            let _ = this.queue.send(this.number);
        }
    }
}

struct Task {
    future: Pin<Box<dyn Future<Output = ()>>>,
    waker: Arc<TaskWaker>,
}

struct Executor {
    tasks: Vec<Option<Task>>,
    sender: Sender<usize>,
    queue: Receiver<usize>,
}

impl Executor {
    fn new() -> Self {
        let (sender, queue) = mpsc::channel();
        Self { tasks: vec![], sender, queue }
    }

    fn spawn(&mut self, future: impl Future<Output = ()> + 'static) {
        let number = self.tasks.len();
        let queue = self.sender.clone();
        let waker = Arc::new(TaskWaker { number, queued: AtomicBool::new(false), queue });
        ArcWake::wake_by_ref(&waker); // a new task is ready for its first poll
        self.tasks.push(Some(Task { future: Box::pin(future), waker }));
    }

    /// Runs until all tasks are done. Returns how often it polled.
    fn run(&mut self) -> u64 {
        let mut polls = 0;
        while self.tasks.iter().any(Option::is_some) {
            let number = self.queue.recv().expect("it never fails");
            let Some(task) = &mut self.tasks[number] else { continue };
            task.waker.queued.swap(false, Ordering::AcqRel);
            let poll = {
                let waker = waker_ref(&task.waker);
                task.future.as_mut().poll(&mut Context::from_waker(&waker))
            };
            polls += 1;
            if poll.is_ready() {
                self.tasks[number] = None;
            }
        }
        polls
    }
}

fn main() {
    cli::options(&[]);
    let mut executor = Executor::new();
    for (name, milliseconds) in [("tea", 500), ("coffee", 250), ("cocoa", 400)] {
        executor.spawn(async move {
            println!("{name}: the kettle is on");
            kettle::put_on(Duration::from_millis(milliseconds)).await;
            println!("{name}: it boils");
        });
    }
    kettle::measure(|| executor.run());
}
