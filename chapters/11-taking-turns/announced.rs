//! A lock whose unlocking is announced to who has waited longest.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::task::{Poll, Waker};

#[derive(Default)]
pub struct Lock {
    locked: Cell<bool>,
    waiting: RefCell<VecDeque<Waker>>,
}

pub struct Guard<'a>(&'a Lock);

impl Lock {
    pub async fn lock(&self) -> Guard<'_> {
        poll_fn(|cx| {
            if self.locked.replace(true) {
                self.waiting.borrow_mut().push_back(cx.waker().clone());
                return Poll::Pending;
            }
            Poll::Ready(Guard(self))
        })
        .await
    }

    pub fn is_locked(&self) -> bool {
        self.locked.get()
    }
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.0.locked.set(false);
        let first = self.0.waiting.borrow_mut().pop_front();
        if let Some(waker) = first {
            waker.wake();
        }
    }
}
