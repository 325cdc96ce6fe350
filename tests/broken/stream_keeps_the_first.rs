//! Whoever waits already keeps the waker it came with, though it may have moved to another task.

use std::task::Waker;

use super::stream::{Parts, Waiters};

pub struct KeepsTheFirst;

impl Parts for KeepsTheFirst {
    fn wait(waiters: &Waiters, number: u64, waker: &Waker) {
        let waits = waiters.borrow().iter().any(|(other, _)| *other == number);
        if !waits {
            let waiter = (number, waker.clone());
            waiters.borrow_mut().push(waiter);
        }
    }
}
