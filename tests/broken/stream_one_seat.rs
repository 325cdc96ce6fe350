//! There is one seat for each direction: whoever waits last throws the others out.

use std::task::Waker;

use super::stream::{Parts, Waiters};

pub struct OneSeat;

impl Parts for OneSeat {
    fn wait(waiters: &Waiters, number: u64, waker: &Waker) {
        let waiter = (number, waker.clone());
        let before = waiters.replace(vec![waiter]);
        drop(before);
    }
}
