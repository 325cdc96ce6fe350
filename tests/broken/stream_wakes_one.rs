//! Wakes one at each edge, as one can read at a time: the edge was for all of them.

use super::stream::{Parts, Waiters};

pub struct WakesOne;

impl Parts for WakesOne {
    fn wake(waiters: &Waiters) {
        let mut all = waiters.borrow_mut();
        let first = (!all.is_empty()).then(|| all.remove(0));
        drop(all);
        if let Some((_, waker)) = first {
            waker.wake();
        }
    }
}
