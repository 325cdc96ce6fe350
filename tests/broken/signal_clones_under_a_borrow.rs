//! The waker is cloned as an argument of `insert`, when the list is borrowed already: whoever
//! is cloned comes back and finds the borrow.

use std::task::Waker;

use super::signal::{Parts, Wakers};

pub struct ClonesUnderABorrow;

impl Parts for ClonesUnderABorrow {
    fn leave(wakers: &Wakers, number: u64, waker: &Waker) {
        let before = wakers.borrow_mut().insert(number, waker.clone());
        drop(before);
    }
}
