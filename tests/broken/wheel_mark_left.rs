//! Cancelling the last timer of a slot leaves the slot marked: the wheel looks into an empty
//! slot, and not at the timers behind it.

use super::wheel_parts::{Parts, Timer};

pub struct MarkLeft;

impl Parts for MarkLeft {
    fn unmark(_slot: &[Timer]) -> bool {
        false
    }
}
