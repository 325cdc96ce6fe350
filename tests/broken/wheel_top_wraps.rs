//! There are six levels, and the sixth takes every timer that is too far away for it. Its
//! digits wrap, so such a timer can stand before one that is due earlier. tokio had this
//! bug: with one long sleep pending, its timers hung after twelve days.

use super::wheel_parts::{Parts, slot_of};

pub struct TopWraps;

impl Parts for TopWraps {
    fn place(deadline: u64, hand: u64) -> usize {
        let level = (((deadline ^ hand) | 63).ilog2() / 6).min(5);
        slot_of(deadline, level)
    }
}
