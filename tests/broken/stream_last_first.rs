//! Wakes the newest first: who has waited longest comes last, and may find nothing each time.

use super::stream::{Parts, Waiters};

pub struct LastFirst;

impl Parts for LastFirst {
    fn wake(waiters: &Waiters) {
        let waiters = waiters.take();
        waiters.into_iter().rev().for_each(|(_, waker)| waker.wake());
    }
}
