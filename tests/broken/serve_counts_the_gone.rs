//! A client who has gone still has a place.

use mainspring::sync::OwnedSemaphorePermit;

use super::serve::{Desk, Parts, contained};
use crate::suite::serve::{Client, work};

pub struct CountsTheGone;

impl Parts for CountsTheGone {
    fn begin(desk: &Desk, place: OwnedSemaphorePermit, client: Client) {
        place.forget();
        drop(desk.group.spawn(async {
            contained(work(client)).await;
            Ok(())
        }));
    }
}
