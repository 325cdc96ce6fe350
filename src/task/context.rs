//! Which executor runs on this thread.
//!
//! One thread-local says it. A spawn, a wake and `current()` cost one look at it. It is
//! compared with a waker's executor by the address of what both share: a waker keeps that
//! memory alive, so that no later executor can have the same address.

use std::cell::RefCell;
use std::mem::ManuallyDrop;
use std::rc::Rc;
use std::sync::Arc;
use std::thread::LocalKey;

use super::executor::Executor;
use super::waker::TaskWaker;

/// What runs on this thread, for as long as someone has entered it.
///
/// It has no destructor, so that it is there to the thread's very end: a user's
/// thread-local may run or drop a runtime in its destructor. Nothing is leaked, since
/// [`Entered`] takes out what it has put in.
pub(crate) struct Here<T>(ManuallyDrop<RefCell<Option<Rc<T>>>>);

impl<T> Here<T> {
    pub(crate) const fn nothing() -> Self {
        Self(ManuallyDrop::new(RefCell::new(None)))
    }

    pub(crate) fn get(&self) -> Option<Rc<T>> {
        self.0.borrow().clone()
    }

    /// Asks what runs here, if anything does. The question runs no user code (*no user
    /// code under a borrow*).
    #[inline]
    pub(crate) fn ask<R>(&self, question: impl FnOnce(&Rc<T>) -> R) -> Option<R> {
        self.0.borrow().as_ref().map(question)
    }
}

/// Puts back what was there before.
pub(crate) struct Entered<T: 'static> {
    here: &'static LocalKey<Here<T>>,
    outer: Option<Rc<T>>,
}

impl<T> Entered<T> {
    /// Makes `inner` what runs on this thread, for as long as the guard lives.
    pub(crate) fn new(here: &'static LocalKey<Here<T>>, inner: Rc<T>) -> Self {
        Self { here, outer: here.with(|here| here.0.replace(Some(inner))) }
    }
}

impl<T> Drop for Entered<T> {
    fn drop(&mut self) {
        let inner = self.here.with(|here| here.0.replace(self.outer.take()));
        drop(inner);
    }
}

thread_local! {
    static HERE: Here<Executor> = const { Here::nothing() };
}

/// Makes `executor` the one of this thread for as long as the guard lives.
pub(crate) fn enter(executor: &Rc<Executor>) -> Entered<Executor> {
    Entered::new(&HERE, Rc::clone(executor))
}

/// The executor of this thread; none outside a runtime.
pub(crate) fn here() -> Option<Rc<Executor>> {
    HERE.with(Here::get)
}

/// Asks the executor of this thread, if there is one. The question runs no user code.
pub(crate) fn ask<R>(question: impl FnOnce(&Rc<Executor>) -> R) -> Option<R> {
    HERE.with(|here| here.ask(question))
}

/// The executor of this thread, for an operation that needs one.
#[track_caller]
pub(crate) fn expect(operation: &str) -> Rc<Executor> {
    here().unwrap_or_else(|| outside(operation))
}

#[cold]
#[track_caller]
pub(crate) fn outside(operation: &str) -> ! {
    panic!(
        "{operation} was called outside a runtime: call it from a future that \
         `block_on` runs, or from a task"
    )
}

/// Wakes the task at once if its executor runs on this thread.
#[inline]
pub(crate) fn wake_here(waker: &TaskWaker) -> bool {
    let wake = |executor: &Rc<Executor>| {
        let is_ours = Arc::ptr_eq(&executor.remote, &waker.remote);
        if is_ours {
            executor.wake(waker.key());
        }
        is_ours
    };
    ask(wake).unwrap_or(false)
}
