//! A key remembers where its timer stood first. After a cascade the timer is not there any
//! more: it cannot be cancelled, and fires.

use super::wheel_parts::{Key, Parts};

pub struct StalePlace;

impl Parts for StalePlace {
    fn find(key: Key, _hand: u64) -> usize {
        key.inserted_at
    }
}
