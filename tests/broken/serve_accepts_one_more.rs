//! Looks whether it is to stop before it accepts, and not while it waits for a client.

use std::rc::Rc;

use mainspring::sync::OwnedSemaphorePermit;

use super::serve::{Desk, Parts};
use crate::suite::serve::{Client, Door};

pub struct AcceptsOneMore;

impl Parts for AcceptsOneMore {
    async fn next(desk: &Desk, door: &Door) -> Option<(OwnedSemaphorePermit, Client)> {
        if desk.stop.is_cancelled() {
            return None;
        }
        let place = Rc::clone(&desk.room).acquire_owned().await;
        Some((place, door.accept().await.unwrap()))
    }
}
