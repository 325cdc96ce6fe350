//! Nobody looks at the waker that was there before: it is dropped at the end of the statement,
//! before the borrow ends, and comes back.

use std::task::{Poll, Waker};

use super::signal::{Inside, Parts};

pub struct DropsUnderABorrow;

impl Parts for DropsUnderABorrow {
    fn poll(inside: &Inside, number: u64, waker: &Waker) -> Poll<()> {
        let waker = waker.clone();
        if inside.set.get() {
            return Poll::Ready(());
        }
        inside.wakers.borrow_mut().insert(number, waker);
        Poll::Pending
    }
}
