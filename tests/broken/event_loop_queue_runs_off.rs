//! Takes its word back too late, and goes off while a ring is on its way.

use crate::suite::event_loop::{Parking, Shared};

pub struct RunsOff;

impl Parking for RunsOff {
    async fn deliver(shared: &Shared) {
        shared.send().await;
        if shared.swap_parked(false).await {
            shared.ring().await;
        }
    }

    async fn take(shared: &Shared) -> u32 {
        shared.receive_all().await
    }

    async fn park(shared: &Shared) {
        shared.swap_parked(true).await;
        if shared.is_empty().await {
            shared.listen().await;
        } else {
            shared.swap_parked(false).await;
        }
    }
}
