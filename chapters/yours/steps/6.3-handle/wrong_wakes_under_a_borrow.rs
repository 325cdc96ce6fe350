//! Wrong: it wakes while the place of the waker is borrowed.

use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use super::tasks::Work;

struct Shared<T> {
    output: Cell<Option<T>>,
    waiter: RefCell<Option<Waker>>,
}

pub struct Handle<T>(Rc<Shared<T>>);

pub fn with_handle<T: 'static>(
    future: impl Future<Output = T> + 'static,
) -> (Work, Handle<T>) {
    let shared = Rc::new(Shared { output: Cell::new(None), waiter: RefCell::new(None) });
    let handle = Handle(Rc::clone(&shared));
    let work = async move {
        let output = future.await;
        shared.output.set(Some(output));
        if let Some(waiter) = shared.waiter.borrow_mut().take() {
            waiter.wake();
        }
    };
    (Box::pin(work), handle)
}

impl<T> Handle<T> {
    pub fn fetch(&self) -> Option<T> {
        self.0.output.take()
    }
}

impl<T> Future for Handle<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let waker = cx.waker().clone();
        if let Some(output) = self.fetch() {
            return Poll::Ready(output);
        }
        let before = self.0.waiter.replace(Some(waker));
        drop(before);
        Poll::Pending
    }
}
