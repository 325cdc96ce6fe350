//! The waker owns the task, as in many first executors: a task that waits lives as long
//! as someone holds its waker, also when the executor is gone, and is dropped wherever the
//! last waker is.

use std::pin::Pin;
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Poll, Wake, Waker};

type Work = Pin<Box<dyn Future<Output = ()>>>;

struct Task {
    work: Mutex<Option<Work>>,
    queue: mpsc::Sender<Arc<Task>>,
    queued: Mutex<bool>,
}

// SAFETY: wrong, and that is the point. The future is not `Send`; whoever drops the last
// waker drops it. The library needs no such promise.
unsafe impl Send for Task {}
// SAFETY: the mutex guards the future while it is polled; its drop is what it cannot guard.
unsafe impl Sync for Task {}

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        if !std::mem::replace(&mut *self.queued.lock().unwrap(), true) {
            let _ = self.queue.clone().send(self);
        }
    }
}

pub struct Executor {
    queue: mpsc::Receiver<Arc<Task>>,
    sender: mpsc::Sender<Arc<Task>>,
}

impl crate::suite::task::Executor for Executor {
    fn new() -> Self {
        let (sender, queue) = mpsc::channel();
        Self { queue, sender }
    }

    fn spawn(&mut self, work: Work) {
        let task = Task {
            work: Mutex::new(Some(work)),
            queue: self.sender.clone(),
            queued: Mutex::new(true),
        };
        self.sender.send(Arc::new(task)).unwrap();
    }

    fn round(&mut self) {
        let round: Vec<_> = self.queue.try_iter().collect();
        for task in round {
            *task.queued.lock().unwrap() = false;
            let Some(mut work) = task.work.lock().unwrap().take() else { continue };
            let waker = Waker::from(Arc::clone(&task));
            if work.as_mut().poll(&mut Context::from_waker(&waker)) == Poll::Pending {
                *task.work.lock().unwrap() = Some(work);
            }
        }
    }
}
