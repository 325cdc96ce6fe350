//! A future keeps the waker of its first poll: after it has moved to another task, the
//! wrong one is woken.

use std::task::Waker;

use super::signal::Parts;

pub struct KeepsTheFirst;

impl Parts for KeepsTheFirst {
    fn leave(place: &mut Option<Waker>, waker: Waker) {
        place.get_or_insert(waker);
    }
}
