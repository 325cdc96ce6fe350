//! Who came last has the first turn.

use super::turns::{Parts, State};

pub struct LastFirst;

impl Parts for LastFirst {
    fn stand_in_line(state: &mut State, number: u64) {
        state.line.push_front(number);
    }
}
