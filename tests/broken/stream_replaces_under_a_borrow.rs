//! The new waker is cloned before, but the one that it replaces is dropped in the middle of the
//! borrow.

use std::task::Waker;

use super::stream::{Parts, Waiters};

pub struct ReplacesUnderABorrow;

impl Parts for ReplacesUnderABorrow {
    fn wait(waiters: &Waiters, number: u64, waker: &Waker) {
        let waker = waker.clone();
        let mut all = waiters.borrow_mut();
        match all.iter_mut().find(|(other, _)| *other == number) {
            Some((_, latest)) => *latest = waker,
            None => all.push((number, waker)),
        }
    }
}
