//! Only one of those who wait is woken.

use std::cell::RefCell;

use super::signal::{Parts, Wakers};

pub struct WakesOne;

impl Parts for WakesOne {
    fn wake(wakers: &RefCell<Wakers>) {
        if let Some(waker) = wakers.take().into_iter().flatten().next() {
            waker.wake();
        }
    }
}
