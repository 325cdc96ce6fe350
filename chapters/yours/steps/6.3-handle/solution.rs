//! 6.3 The handle: a task's output, and whoever waits for it.

use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use super::tasks::Work;

/// What the task and its handle share.
struct Shared<T> {
    /// The task's output, from its end until it is fetched.
    output: Cell<Option<T>>,
    /// Who waits for it.
    waiter: RefCell<Option<Waker>>,
}

/// A future of a task's output. Dropped, it lets the task run on.
pub struct Handle<T>(Rc<Shared<T>>);

/// Makes of a future the work of a task, and a handle that waits for it.
///
/// The work keeps the future's output for the handle, and then wakes whoever waits.
pub fn with_handle<T: 'static>(
    future: impl Future<Output = T> + 'static,
) -> (Work, Handle<T>) {
    let shared = Rc::new(Shared { output: Cell::new(None), waiter: RefCell::new(None) });
    let handle = Handle(Rc::clone(&shared));
    let work = async move {
        let output = future.await;
        shared.output.set(Some(output));
        let waiter = shared.waiter.take();
        if let Some(waiter) = waiter {
            waiter.wake();
        }
    };
    (Box::pin(work), handle)
}

impl<T> Handle<T> {
    /// The output, if the task has ended and nobody has fetched it.
    pub fn fetch(&self) -> Option<T> {
        self.0.output.take()
    }
}

impl<T> Future for Handle<T> {
    type Output = T;

    /// Whoever polled last is woken: a future may be polled with another waker each time.
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let waker = cx.waker().clone(); // first: it may be what lets the task end
        if let Some(output) = self.fetch() {
            return Poll::Ready(output);
        }
        let before = self.0.waiter.replace(Some(waker));
        drop(before);
        Poll::Pending
    }
}
