//! The tasks and their line. It is given, but for the poll of one task,
//! [`poll`](super::poll).

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::pin::Pin;
use std::sync::Arc;

use futures_task::ArcWake;

use super::inbox::Inbox;
use super::task_waker::TaskWaker;

/// What a task does, until it is done.
pub type Work = Pin<Box<dyn Future<Output = ()>>>;

/// A future, and what wakes it.
pub struct Task {
    pub work: Work,
    pub waker: Arc<TaskWaker>,
}

/// All tasks, by number. A number is given once, so an old waker wakes nobody else.
pub struct Tasks {
    pub inbox: Arc<Inbox>,
    tasks: RefCell<BTreeMap<usize, Option<Task>>>,
    /// Whose turn it is, in order.
    ready: RefCell<VecDeque<usize>>,
    spawned: Cell<usize>,
}

impl Tasks {
    pub fn new(inbox: Arc<Inbox>) -> Self {
        let (tasks, ready) = (RefCell::default(), RefCell::default());
        Tasks { inbox, tasks, ready, spawned: Cell::new(0) }
    }

    /// Makes a task, and seats it.
    pub fn spawn(&self, work: Work) -> Arc<TaskWaker> {
        let number = self.spawned.replace(self.spawned.get() + 1);
        let waker = TaskWaker::new(number, Arc::clone(&self.inbox));
        let task = Task { work, waker: Arc::clone(&waker) };
        self.tasks.borrow_mut().insert(number, Some(task));
        ArcWake::wake_by_ref(&waker);
        waker
    }

    /// Takes a task out for its poll, so that nothing is borrowed meanwhile. None if it is
    /// over.
    pub fn take(&self, number: usize) -> Option<Task> {
        self.tasks.borrow_mut().get_mut(&number)?.take()
    }

    /// Puts a task back that has more to do.
    pub fn put_back(&self, number: usize, task: Task) {
        self.tasks.borrow_mut().insert(number, Some(task));
    }

    /// Forgets a task that is over.
    pub fn remove(&self, number: usize) {
        let place = self.tasks.borrow_mut().remove(&number);
        drop(place); // nothing is borrowed, whatever its drop does
    }

    /// Polls each task that had a seat when the round began, once, in the order of the seats.
    pub fn round(&self) {
        self.read_letters();
        let seats = self.ready.borrow().len();
        for _ in 0..seats {
            let next = self.ready.borrow_mut().pop_front();
            if let Some(number) = next {
                self.poll(number);
            }
        }
    }

    /// Whose turn is next.
    pub fn next(&self) -> Option<usize> {
        self.read_letters();
        self.ready.borrow_mut().pop_front()
    }

    /// Whether somebody is ready.
    pub fn any_ready(&self) -> bool {
        self.read_letters();
        !self.ready.borrow().is_empty()
    }

    /// Whether all tasks are over.
    pub fn is_empty(&self) -> bool {
        self.tasks.borrow().is_empty()
    }

    fn read_letters(&self) {
        let letters = self.inbox.take();
        self.ready.borrow_mut().extend(letters);
    }

    /// Drops what is left, the oldest first, and what that spawns.
    pub fn shut_down(&self) {
        loop {
            let oldest = self.tasks.borrow_mut().pop_first();
            if oldest.is_none() {
                return;
            }
        }
    }
}

impl Drop for Tasks {
    fn drop(&mut self) {
        self.shut_down();
    }
}
