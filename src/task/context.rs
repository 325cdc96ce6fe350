//! Which executor runs on this thread.
//!
//! One thread-local says it. A spawn, a wake and `current()` cost one look at it. It is
//! compared with a waker's executor by the address of what both share: a waker keeps that
//! memory alive, so that no later executor can have the same address.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use super::tasks::Tasks;
use super::waker::TaskWaker;

thread_local! {
    static HERE: RefCell<Option<Rc<Tasks>>> = const { RefCell::new(None) };
}

/// Makes `tasks` the executor of this thread for as long as the guard lives.
pub(crate) fn enter(tasks: Rc<Tasks>) -> Entered {
    Entered { outer: replace(Some(tasks)) }
}

/// Puts back the executor that was there before.
pub(crate) struct Entered {
    outer: Option<Rc<Tasks>>,
}

impl Drop for Entered {
    fn drop(&mut self) {
        drop(replace(self.outer.take()));
    }
}

/// A runtime that is itself kept in a thread-local may be dropped when this one is gone
/// already. Then there is no context, and wakes go by the inbox.
fn replace(tasks: Option<Rc<Tasks>>) -> Option<Rc<Tasks>> {
    HERE.try_with(|here| here.replace(tasks)).ok().flatten()
}

impl fmt::Debug for Entered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Entered")
    }
}

/// The executor of this thread; none outside a runtime, and none while the thread is
/// being torn down.
pub(crate) fn here() -> Option<Rc<Tasks>> {
    HERE.try_with(|here| here.borrow().clone()).ok().flatten()
}

/// The executor of this thread, for an operation that needs one.
#[track_caller]
pub(crate) fn expect(operation: &str) -> Rc<Tasks> {
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

/// Wakes the task at once if its executor runs on this thread. No user code runs in
/// there, so the borrow is safe (*no user code under a borrow*).
pub(crate) fn wake_here(waker: &TaskWaker) -> bool {
    let woken = HERE.try_with(|here| match &*here.borrow() {
        Some(tasks) if Arc::ptr_eq(tasks.shared(), &waker.shared) => {
            tasks.wake(waker.key());
            true
        }
        _ => false,
    });
    woken.unwrap_or(false)
}
