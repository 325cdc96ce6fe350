//! Told to end now, it stops, and lets those at work go on as long as patience lasts.

use mainspring::time::timeout;

use super::serve::{Desk, Parts};

pub struct NowHasPatience;

impl Parts for NowHasPatience {
    async fn drain(desk: &Desk) -> usize {
        let drained = timeout(desk.patience, desk.room.acquire_many(desk.places)).await;
        if drained.is_ok() { 0 } else { desk.group.len() }
    }
}
