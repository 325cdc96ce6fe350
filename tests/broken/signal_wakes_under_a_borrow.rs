//! The list is borrowed while the wakers are called: one of them comes back for it.

use std::cell::RefCell;

use super::signal::{Parts, Wakers};

pub struct WakesUnderABorrow;

impl Parts for WakesUnderABorrow {
    fn wake(wakers: &RefCell<Wakers>) {
        for waker in wakers.borrow_mut().drain(..).flatten() {
            waker.wake();
        }
    }
}
