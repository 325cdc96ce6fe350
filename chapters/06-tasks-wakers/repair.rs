//! Chapter 06, yours to repair: an executor that uses its wakers again.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

type Work = Pin<Box<dyn Future<Output = ()>>>;

/// A waker, which serves one task after the other.
struct TaskWaker {
    slot: AtomicUsize,
    queued: AtomicBool,
    queue: Arc<Mutex<VecDeque<usize>>>,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        if !self.queued.swap(true, Ordering::AcqRel) {
            self.queue.lock().unwrap().push_back(self.slot.load(Ordering::Relaxed));
        }
    }
}

struct Task {
    work: Work,
    waker: Arc<TaskWaker>,
}

/// An executor that allocates a waker only if none is left of an earlier task.
pub struct Repaired {
    tasks: Vec<Option<Task>>,
    queue: Arc<Mutex<VecDeque<usize>>>,
    spares: Vec<Arc<TaskWaker>>,
}

impl Repaired {
    /// A waker for the task in this slot. The task takes its first seat with it.
    fn waker_for(&mut self, slot: usize) -> Arc<TaskWaker> {
        let spare = self.spares.pop().unwrap_or_else(|| {
            let (slot, queued) = (AtomicUsize::new(slot), AtomicBool::new(false));
            Arc::new(TaskWaker { slot, queued, queue: Arc::clone(&self.queue) })
        });
        spare.slot.store(slot, Ordering::Relaxed);
        spare
    }

    /// Keeps the waker of a task that has ended.
    fn recycle(&mut self, waker: Arc<TaskWaker>) {
        self.spares.push(waker);
    }

    fn run(&mut self, slot: usize) {
        let Some(task) = &mut self.tasks[slot] else { return };
        task.waker.queued.swap(false, Ordering::AcqRel);
        let waker = Waker::from(Arc::clone(&task.waker));
        if task.work.as_mut().poll(&mut Context::from_waker(&waker)) == Poll::Pending {
            return;
        }
        drop(waker);
        if let Some(Task { work, waker }) = self.tasks[slot].take() {
            drop(work);
            self.recycle(waker);
        }
    }
}

impl crate::suite::task::Executor for Repaired {
    fn new() -> Self {
        Self { tasks: vec![], queue: Arc::default(), spares: vec![] }
    }

    fn spawn(&mut self, work: Work) {
        // Slots are not used again, so their numbers need no generation.
        let slot = self.tasks.len();
        let waker = self.waker_for(slot);
        self.tasks.push(Some(Task { work, waker: Arc::clone(&waker) }));
        waker.wake();
    }

    fn round(&mut self) {
        let seats = self.queue.lock().unwrap().len();
        for _ in 0..seats {
            let next = self.queue.lock().unwrap().pop_front();
            let Some(slot) = next else { break };
            self.run(slot);
        }
    }
}
