//! A saving: a wake on the loop's own thread goes into its line, and needs no letter.

use std::cell::{Cell, RefCell};
use std::mem;
use std::pin::Pin;
use std::ptr;
use std::sync::Arc;

use futures_task::ArcWake;

use super::inbox::Inbox;
use super::task_waker::{HOME, TaskWaker};

/// What a task does, until it is done.
pub type Work = Pin<Box<dyn Future<Output = ()>>>;

/// A future, and what wakes it.
pub struct Task {
    pub work: Work,
    pub waker: Arc<TaskWaker>,
}

/// A place in the array.
#[derive(Default)]
struct Place {
    /// Whose it is: the lower half says where it lies, the upper half how many were spawned
    /// before. So a number is given once, and an old waker wakes nobody else.
    number: usize,
    task: Option<Task>,
}

/// All tasks.
pub struct Tasks {
    pub inbox: Arc<Inbox>,
    places: RefCell<Vec<Place>>,
    free: RefCell<Vec<usize>>,
    spawned: Cell<usize>,
}

impl Tasks {
    pub fn new(inbox: Arc<Inbox>) -> Self {
        let (places, free) = (RefCell::default(), RefCell::default());
        HOME.with(|home| home.inbox.set(Arc::as_ptr(&inbox)));
        Tasks { inbox, places, free, spawned: Cell::new(1) }
    }

    /// Makes a task, and seats it.
    pub fn spawn(&self, work: Work) -> Arc<TaskWaker> {
        let before = self.spawned.replace(self.spawned.get() + 1);
        let at = self.free.borrow_mut().pop().unwrap_or(self.places.borrow().len());
        let number = before << 32 | at;
        let waker = TaskWaker::new(number, Arc::clone(&self.inbox));
        let task = Some(Task { work, waker: Arc::clone(&waker) });
        let mut places = self.places.borrow_mut();
        match places.get_mut(at) {
            Some(place) => *place = Place { number, task },
            None => places.push(Place { number, task }),
        }
        drop(places);
        ArcWake::wake_by_ref(&waker);
        waker
    }

    /// Takes a task out for its poll, so that nothing is borrowed meanwhile. None if it is
    /// over.
    pub fn take(&self, number: usize) -> Option<Task> {
        let mut places = self.places.borrow_mut();
        let place = places.get_mut(number as u32 as usize)?;
        if place.number == number { place.task.take() } else { None }
    }

    /// Puts a task back that has more to do.
    pub fn put_back(&self, number: usize, task: Task) {
        self.places.borrow_mut()[number as u32 as usize].task = Some(task);
    }

    /// Forgets a task that is over.
    pub fn remove(&self, number: usize) {
        let at = number as u32 as usize;
        let place = mem::take(&mut self.places.borrow_mut()[at]);
        self.free.borrow_mut().push(at);
        drop(place); // nothing is borrowed, whatever its drop does
    }

    /// Polls each task that had a seat when the round began, once, in the order of the seats.
    pub fn round(&self) {
        self.read_letters();
        let seats = HOME.with(|home| home.ready.borrow().len());
        for _ in 0..seats {
            let next = HOME.with(|home| home.ready.borrow_mut().pop_front());
            if let Some(number) = next {
                self.poll(number);
            }
        }
    }

    /// Whose turn is next.
    pub fn next(&self) -> Option<usize> {
        self.read_letters();
        HOME.with(|home| home.ready.borrow_mut().pop_front())
    }

    /// Whether somebody is ready.
    pub fn any_ready(&self) -> bool {
        self.read_letters();
        HOME.with(|home| !home.ready.borrow().is_empty())
    }

    /// Whether all tasks are over.
    pub fn is_empty(&self) -> bool {
        self.places.borrow().len() == self.free.borrow().len()
    }

    fn read_letters(&self) {
        if self.inbox.has_news() {
            let letters = self.inbox.take();
            HOME.with(|home| home.ready.borrow_mut().extend(letters));
        }
    }

    /// Drops what is left, the oldest first, and what that spawns.
    pub fn shut_down(&self) {
        loop {
            self.free.borrow_mut().clear();
            let mut left = self.places.take();
            if left.is_empty() {
                return;
            }
            left.sort_by_key(|place| place.number);
            left.into_iter().for_each(drop);
        }
    }
}

impl Drop for Tasks {
    fn drop(&mut self) {
        self.shut_down();
        HOME.with(|home| {
            home.inbox.set(ptr::null());
            home.ready.borrow_mut().clear();
        });
    }
}
