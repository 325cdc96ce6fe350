//! Asks whether the loop is parked before the letter is in the queue.

use crate::suite::event_loop::{Parking, Shared};

pub struct RingsFirst;

impl Parking for RingsFirst {
    async fn deliver(shared: &Shared) {
        if shared.swap_parked(false).await {
            shared.ring().await;
        }
        shared.send().await;
    }

    async fn take(shared: &Shared) -> u32 {
        shared.receive_all().await
    }

    async fn park(shared: &Shared) {
        shared.swap_parked(true).await;
        if shared.is_empty().await || !shared.swap_parked(false).await {
            shared.listen().await;
        }
    }
}
