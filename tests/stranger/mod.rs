//! A waker of another library, that does what a test wants when it is cloned, woken or dropped.

#![allow(dead_code, unsafe_code)]

use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::rc::Rc;
use std::task::{RawWaker, RawWakerVTable, Waker};

/// What is done to a waker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    Clone,
    Wake,
    Drop,
}

/// A waker that calls a function before it does what it has to. It must not leave its thread.
///
/// What a test does to its own copy, this one, is no event.
pub struct Stranger(ManuallyDrop<Waker>);

type Listener = Box<dyn Fn(Event)>;

impl Stranger {
    pub fn new(listener: impl Fn(Event) + 'static) -> Self {
        let listener: Rc<Listener> = Rc::new(Box::new(listener));
        // SAFETY: the functions of the table want the pointer of such an `Rc`, and this is one.
        let waker = unsafe { Waker::from_raw(raw(Rc::into_raw(listener))) };
        Self(ManuallyDrop::new(waker))
    }
}

impl Deref for Stranger {
    type Target = Waker;

    fn deref(&self) -> &Waker {
        &self.0
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        // SAFETY: the pointer is that of an `Rc` which this waker owns; nobody uses it again.
        drop(unsafe { owned(self.0.data()) });
    }
}

static TABLE: RawWakerVTable = RawWakerVTable::new(
    |data| {
        // SAFETY: the pointer is that of an `Rc` which the waker owns that is cloned.
        let listener = ManuallyDrop::new(unsafe { owned(data) });
        listener(Event::Clone);
        raw(Rc::into_raw(Rc::clone(&listener)))
    },
    |data| {
        // SAFETY: the pointer is that of an `Rc`, and the waker that owns it ends here.
        let listener = unsafe { owned(data) };
        listener(Event::Wake);
    },
    |data| {
        // SAFETY: the pointer is that of an `Rc` which the waker owns, and keeps.
        let listener = ManuallyDrop::new(unsafe { owned(data) });
        listener(Event::Wake);
    },
    |data| {
        // SAFETY: the pointer is that of an `Rc`, and the waker that owns it ends here.
        let listener = unsafe { owned(data) };
        listener(Event::Drop);
    },
);

fn raw(listener: *const Listener) -> RawWaker {
    RawWaker::new(listener.cast(), &TABLE)
}

/// # Safety
///
/// `data` is the pointer of a living `Rc<Listener>`. Dropping what is returned ends that.
unsafe fn owned(data: *const ()) -> Rc<Listener> {
    // SAFETY: that is what this function asks for.
    unsafe { Rc::from_raw(data.cast()) }
}
