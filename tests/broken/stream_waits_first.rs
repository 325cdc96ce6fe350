//! Waits for an event before it tries: what came before anybody waited has had its event.

use super::stream::{Parts, Side};

pub struct WaitsFirst;

impl Parts for WaitsFirst {
    fn may_try(side: &Side, number: u64) -> bool {
        let seen = side.seen.replace(number + 1);
        number < seen && !side.drained.get()
    }
}
