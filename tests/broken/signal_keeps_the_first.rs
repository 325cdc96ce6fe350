//! A future keeps the waker of its first poll: after it has moved to another task, the
//! wrong one is woken.

use std::task::{Poll, Waker};

use super::signal::{Inside, Parts};

pub struct KeepsTheFirst;

impl Parts for KeepsTheFirst {
    fn poll(inside: &Inside, number: u64, waker: &Waker) -> Poll<()> {
        let waker = waker.clone();
        if inside.set.get() {
            return Poll::Ready(());
        }
        if !inside.wakers.borrow().contains_key(&number) {
            inside.wakers.borrow_mut().insert(number, waker);
        }
        Poll::Pending
    }
}
