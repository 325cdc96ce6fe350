//! Serves each client in a task of its own, which is no child of the group: the drain knows of
//! it by its place, and the cut does not.

use mainspring::sync::OwnedSemaphorePermit;

use super::serve::{Desk, Parts, contained};
use crate::suite::serve::{Client, work};

pub struct CutsNobody;

impl Parts for CutsNobody {
    fn begin(_: &Desk, place: OwnedSemaphorePermit, client: Client) {
        drop(mainspring::spawn(async {
            contained(work(client)).await;
            drop(place);
        }));
    }
}
