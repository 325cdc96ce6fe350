//! Rings before the letter is in: the loop gets up, finds nothing, and lies down again.

use std::mem;

use crate::suite::event_loop::{Parking, Shared};

pub struct RingsFirst;

impl Parking for RingsFirst {
    async fn deliver(shared: &Shared) {
        let parked = mem::take(&mut shared.lock().await.parked);
        if parked {
            shared.ring().await;
        }
        shared.lock().await.letters += 1;
    }

    async fn park(shared: &Shared) {
        let mut inbox = shared.lock().await;
        let idle = inbox.letters == 0;
        inbox.parked = idle;
        drop(inbox);
        if idle {
            shared.listen().await;
        }
    }
}
