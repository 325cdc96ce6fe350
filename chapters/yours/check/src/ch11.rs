//! The checks of chapter 11's piece.

use super::mutex::Mutex;
use crate::suite::Outcome;
use crate::suite::hand_over;

hand_over::lock!(Yours, Mutex);

pub fn check(step: &str) -> Option<Outcome> {
    (step == "11.1").then(|| {
        hand_over::locks::<Yours>().and_then(|()| hand_over::by_strangers::<Yours>())
    })
}
