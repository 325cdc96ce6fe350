//! A saving: a waker that nobody holds any more serves another task.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use futures_task::ArcWake;

use super::inbox::Inbox;

/// The line of this thread's loop.
pub struct Home {
    /// By this it is known. Null if there is no loop.
    pub inbox: Cell<*const Inbox>,
    /// Whose turn it is, in order.
    pub ready: RefCell<VecDeque<usize>>,
}

thread_local! {
    pub static HOME: Home = const {
        Home { inbox: Cell::new(ptr::null()), ready: RefCell::new(VecDeque::new()) }
    };
}

/// A number, a flag, and the way to the loop.
pub struct TaskWaker {
    number: AtomicUsize,
    /// The task has a seat: it was woken, and has not been polled since.
    queued: AtomicBool,
    inbox: Arc<Inbox>,
}

impl TaskWaker {
    pub fn new(number: usize, inbox: Arc<Inbox>) -> Arc<Self> {
        let (number, queued) = (AtomicUsize::new(number), AtomicBool::new(false));
        Arc::new(TaskWaker { number, queued, inbox })
    }

    /// From now on it is another task's. Nobody else holds it.
    pub fn serve(&self, number: usize) {
        self.number.store(number, Ordering::Relaxed);
        self.queued.store(false, Ordering::Relaxed);
    }

    /// For the executor, before it polls the task: the seat is free again.
    pub fn unqueue(&self) {
        // A swap, so that the poll sees what was written before each wake that it stands for.
        self.queued.swap(false, Ordering::AcqRel);
    }
}

impl ArcWake for TaskWaker {
    /// Leaves the task's number in the inbox, by `push`. However often it is woken, on
    /// whatever threads, a task has one seat.
    fn wake_by_ref(this: &Arc<Self>) {
        if !this.queued.swap(true, Ordering::AcqRel) && !this.wake_at_home() {
            this.inbox.push(this.number.load(Ordering::Relaxed));
        }
    }
}

impl TaskWaker {
    /// False if this is not the thread of its loop, or the thread is about to end.
    fn wake_at_home(&self) -> bool {
        let wake = |home: &Home| {
            let is_ours = home.inbox.get() == Arc::as_ptr(&self.inbox);
            if is_ours {
                home.ready.borrow_mut().push_back(self.number.load(Ordering::Relaxed));
            }
            is_ours
        };
        HOME.try_with(wake).unwrap_or(false)
    }
}
