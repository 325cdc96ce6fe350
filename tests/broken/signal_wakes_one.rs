//! Only one of those who wait is woken.

use super::signal::{Parts, Wakers};

pub struct WakesOne;

impl Parts for WakesOne {
    fn wake(wakers: &Wakers) {
        if let Some(waker) = wakers.take().into_values().next() {
            waker.wake();
        }
    }
}
