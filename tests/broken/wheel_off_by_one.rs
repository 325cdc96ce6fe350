//! A timer that is exactly a whole turn of a level away is put into that level, where its
//! slot is the one that the hand stands in.

use super::wheel_parts::{Parts, slot_of};

pub struct OffByOne;

impl Parts for OffByOne {
    fn place(deadline: u64, hand: u64) -> usize {
        let difference = (deadline ^ hand).saturating_sub(1);
        let level = (difference | 63).ilog2() / 6;
        slot_of(deadline, level)
    }
}
