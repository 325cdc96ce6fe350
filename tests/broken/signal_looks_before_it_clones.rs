//! It looks, and clones the waker after that: a waker that sets the signal when it is cloned
//! is left where nobody wakes any more.

use std::task::{Poll, Waker};

use super::signal::{Inside, Parts};

pub struct LooksBeforeItClones;

impl Parts for LooksBeforeItClones {
    fn poll(inside: &Inside, number: u64, waker: &Waker) -> Poll<()> {
        if inside.set.get() {
            return Poll::Ready(());
        }
        let waker = waker.clone();
        let before = inside.wakers.borrow_mut().insert(number, waker);
        drop(before);
        Poll::Pending
    }
}
