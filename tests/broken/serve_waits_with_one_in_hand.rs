//! Accepts a client before there is a place, and lets go of both when it is told to stop.

use std::rc::Rc;

use mainspring::join::{Either, select};
use mainspring::sync::OwnedSemaphorePermit;

use super::serve::{Desk, Parts};
use crate::suite::serve::{Client, Door};

pub struct WaitsWithOneInHand;

impl Parts for WaitsWithOneInHand {
    async fn next(desk: &Desk, door: &Door) -> Option<(OwnedSemaphorePermit, Client)> {
        let next = async {
            let client = door.accept().await.unwrap();
            (Rc::clone(&desk.room).acquire_owned().await, client)
        };
        match select(desk.stop.cancelled(), next).await {
            Either::Left(()) => None,
            Either::Right(next) => Some(next),
        }
    }
}
