//! Looks into the inbox, and says that it sleeps a moment later: the first stage's bug.

use std::mem;

use crate::suite::event_loop::{Parking, Shared};

pub struct LooksThenParks;

impl Parking for LooksThenParks {
    async fn deliver(shared: &Shared) {
        let mut inbox = shared.lock().await;
        inbox.letters += 1;
        let parked = mem::take(&mut inbox.parked);
        drop(inbox);
        if parked {
            shared.ring().await;
        }
    }

    async fn park(shared: &Shared) {
        let idle = shared.lock().await.letters == 0;
        if idle {
            shared.lock().await.parked = true;
            shared.listen().await;
        }
    }
}
