//! Drains without a bound: one client who never ends keeps the server for ever.

use super::serve::{Desk, Parts};

pub struct WaitsForEver;

impl Parts for WaitsForEver {
    async fn drain(desk: &Desk) -> usize {
        drop(desk.room.acquire_many(desk.places).await);
        0
    }
}
