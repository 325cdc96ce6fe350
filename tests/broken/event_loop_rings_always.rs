//! Rings for every letter: nothing is lost, and every wake costs a system call.

use crate::suite::event_loop::{Parking, Shared};

pub struct RingsAlways;

impl Parking for RingsAlways {
    async fn deliver(shared: &Shared) {
        shared.lock().await.letters += 1;
        shared.ring().await;
    }

    async fn park(shared: &Shared) {
        let idle = shared.lock().await.letters == 0;
        if idle {
            shared.listen().await;
        }
    }
}
