//! A future keeps the waker of its first poll: after it has moved to another task, the
//! wrong one is woken.

use std::task::Waker;

use super::signal::{Parts, Wakers};

pub struct KeepsTheFirst;

impl Parts for KeepsTheFirst {
    fn leave(wakers: &Wakers, number: u64, waker: &Waker) {
        if !wakers.borrow().contains_key(&number) {
            let waker = waker.clone();
            wakers.borrow_mut().insert(number, waker);
        }
    }
}
