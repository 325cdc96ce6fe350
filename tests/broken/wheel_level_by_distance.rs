//! The level is chosen by how far the deadline is away, not by the first digit that
//! differs: a timer that is less than 64 ticks away but past the next multiple of 64
//! stands among the timers of the ticks before it.

use super::wheel_parts::{Parts, slot_of};

pub struct LevelByDistance;

impl Parts for LevelByDistance {
    fn place(deadline: u64, hand: u64) -> usize {
        let level = (deadline.saturating_sub(hand) | 63).ilog2() / 6;
        slot_of(deadline, level)
    }
}
