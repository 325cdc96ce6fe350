//! A small executor whose every decision can be replaced by a wrong one.
//!
//! The decisions are the methods of [`Parts`]; as they stand there they are right, and the
//! suite finds nothing. Each broken executor replaces one of them.

use std::collections::VecDeque;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

pub type Work = Pin<Box<dyn Future<Output = ()>>>;

/// Where a task sits, and which one it is.
#[derive(Clone, Copy)]
pub struct Key {
    pub slot: usize,
    pub generation: usize,
}

pub struct Task {
    pub generation: usize,
    work: Work,
    waker: Arc<TaskWaker>,
}

pub struct TaskWaker {
    key: Key,
    queued: AtomicBool,
    queue: Arc<Mutex<VecDeque<Key>>>,
    take_seat: fn(&AtomicBool) -> bool,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        if (self.take_seat)(&self.queued) {
            self.queue.lock().unwrap().push_back(self.key);
        }
    }
}

/// The decisions that an executor takes.
pub trait Parts {
    /// Whether a wake takes a seat: only if the task has none.
    fn take_seat(queued: &AtomicBool) -> bool {
        !queued.swap(true, Ordering::AcqRel)
    }

    /// Before the poll.
    fn before_poll(queued: &AtomicBool) {
        queued.store(false, Ordering::Release);
    }

    /// After a poll that is pending.
    fn after_poll(_queued: &AtomicBool) {}

    /// Whether the key means the task that sits in its slot.
    fn is_for(key: Key, task: &Task) -> bool {
        key.generation == task.generation
    }

    /// Who is next.
    fn next(queue: &mut VecDeque<Key>) -> Option<Key> {
        queue.pop_front()
    }

    /// How many polls the round has, if so many are in the queue.
    fn polls(seats: usize) -> usize {
        seats
    }
}

/// All decisions as they should be.
pub struct Sound;

impl Parts for Sound {}

pub struct Executor<P> {
    tasks: Vec<Option<Task>>,
    spawned: usize,
    queue: Arc<Mutex<VecDeque<Key>>>,
    parts: PhantomData<P>,
}

impl<P: Parts> Executor<P> {
    fn run(&mut self, key: Key) {
        let Some(task) =
            self.tasks[key.slot].as_mut().filter(|task| P::is_for(key, task))
        else {
            return;
        };
        P::before_poll(&task.waker.queued);
        let waker = Waker::from(Arc::clone(&task.waker));
        match task.work.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Pending => P::after_poll(&task.waker.queued),
            Poll::Ready(()) => self.tasks[key.slot] = None,
        }
    }
}

impl<P: Parts> crate::suite::task::Executor for Executor<P> {
    fn new() -> Self {
        Self { tasks: vec![], spawned: 0, queue: Arc::default(), parts: PhantomData }
    }

    fn spawn(&mut self, work: Work) {
        let free = self.tasks.iter().position(Option::is_none);
        let slot = free.unwrap_or_else(|| {
            self.tasks.push(None);
            self.tasks.len() - 1
        });
        self.spawned += 1;
        let key = Key { slot, generation: self.spawned };
        let waker = Arc::new(TaskWaker {
            key,
            queued: AtomicBool::new(true),
            queue: Arc::clone(&self.queue),
            take_seat: P::take_seat,
        });
        self.tasks[slot] = Some(Task { generation: self.spawned, work, waker });
        self.queue.lock().unwrap().push_back(key);
    }

    fn round(&mut self) {
        let seats = self.queue.lock().unwrap().len();
        for _ in 0..P::polls(seats) {
            let next = P::next(&mut self.queue.lock().unwrap());
            match next {
                Some(key) => self.run(key),
                None => break,
            }
        }
    }
}
