//! The wakers are taken out before they are called, but the borrow in the head of the `for`
//! lives as long as the loop: one of them comes back and finds it.

use std::mem;

use super::signal::{Parts, Wakers};

pub struct WakesUnderABorrow;

impl Parts for WakesUnderABorrow {
    fn wake(wakers: &Wakers) {
        for waker in mem::take(&mut *wakers.borrow_mut()).into_values() {
            waker.wake();
        }
    }
}
