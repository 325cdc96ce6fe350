//! A wake always takes a seat: a task that is woken twice is polled twice.

use std::sync::atomic::AtomicBool;

use super::task::Parts;

pub struct TwoSeats;

impl Parts for TwoSeats {
    fn take_seat(_queued: &AtomicBool) -> bool {
        true
    }
}
