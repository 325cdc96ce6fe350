//! Spawns tasks that nobody owns, and returns while they are at work.

use mainspring::sync::OwnedSemaphorePermit;

use super::serve::{Desk, Parts, contained};
use crate::suite::serve::{Client, work};

pub struct NeverDrains;

impl Parts for NeverDrains {
    fn begin(_: &Desk, place: OwnedSemaphorePermit, client: Client) {
        drop(mainspring::spawn(async {
            contained(work(client)).await;
            drop(place);
        }));
    }

    async fn drain(_: &Desk) -> usize {
        0
    }
}
