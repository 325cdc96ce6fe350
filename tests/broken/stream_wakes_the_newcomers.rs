//! Wakes until nobody waits: who was woken, found nothing and waits again is woken again.

use super::stream::{Parts, Waiters};

pub struct WakesTheNewcomers;

impl Parts for WakesTheNewcomers {
    fn wake(waiters: &Waiters) {
        loop {
            let mut all = waiters.borrow_mut();
            let first = (!all.is_empty()).then(|| all.remove(0));
            drop(all);
            let Some((_, waker)) = first else { break };
            waker.wake();
        }
    }
}
