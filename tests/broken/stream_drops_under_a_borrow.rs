//! `retain` drops what it takes out, in the middle of its borrow: the waker comes back.

use super::stream::{Parts, Waiters};

pub struct DropsUnderABorrow;

impl Parts for DropsUnderABorrow {
    fn leave(waiters: &Waiters, number: u64) {
        waiters.borrow_mut().retain(|(other, _)| *other != number);
    }
}
