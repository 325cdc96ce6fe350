//! Nobody looks at the waker that was there before: it is dropped at the end of the statement,
//! before the borrow ends, and comes back.

use std::task::Waker;

use super::signal::{Parts, Wakers};

pub struct DropsUnderABorrow;

impl Parts for DropsUnderABorrow {
    fn leave(wakers: &Wakers, number: u64, waker: &Waker) {
        let waker = waker.clone();
        wakers.borrow_mut().insert(number, waker);
    }
}
