//! The panic of one client's task is that of the group, and ends all.

use mainspring::sync::OwnedSemaphorePermit;

use super::serve::{Desk, Parts};
use crate::suite::serve::{Client, work};

pub struct PanicsWithOne;

impl Parts for PanicsWithOne {
    fn begin(desk: &Desk, place: OwnedSemaphorePermit, client: Client) {
        drop(desk.group.spawn(async {
            work(client).await;
            drop(place);
            Ok(())
        }));
    }
}
