//! Who waits is woken by the waker of its first poll.

use std::task::Waker;

use super::turns::{Parts, Seat};

pub struct KeepsTheFirst;

impl Parts for KeepsTheFirst {
    fn keep(_: &mut Seat, _: &Waker) {}
}
