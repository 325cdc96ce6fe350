//! The waker is cloned as an argument of `insert`, when the list is borrowed already: whoever
//! is cloned comes back and finds the borrow.

use std::task::{Poll, Waker};

use super::signal::{Inside, Parts};

pub struct ClonesUnderABorrow;

impl Parts for ClonesUnderABorrow {
    fn poll(inside: &Inside, number: u64, waker: &Waker) -> Poll<()> {
        if inside.set.get() {
            return Poll::Ready(());
        }
        let before = inside.wakers.borrow_mut().insert(number, waker.clone());
        drop(before);
        Poll::Pending
    }
}
