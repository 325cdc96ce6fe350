//! Finds a letter after it has left word, and does not take the word back.

use crate::suite::event_loop::{Parking, Shared};

pub struct KeepsItsWord;

impl Parking for KeepsItsWord {
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
        }
    }
}
