//! Sleeps with the lock in its hand: whoever would wake it cannot get in.

use std::mem;

use crate::suite::event_loop::{Parking, Shared};

pub struct KeepsTheLock;

impl Parking for KeepsTheLock {
    async fn deliver(shared: &Shared) {
        let mut inbox = shared.lock().await;
        inbox.letters += 1;
        if mem::take(&mut inbox.parked) {
            shared.ring().await;
        }
    }

    async fn park(shared: &Shared) {
        let mut inbox = shared.lock().await;
        inbox.parked = inbox.letters == 0;
        if inbox.parked {
            shared.listen().await;
        }
    }
}
