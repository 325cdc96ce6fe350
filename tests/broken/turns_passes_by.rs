//! Who finds enough takes it, though others wait for more.

use super::turns::{Parts, State};

pub struct PassesBy;

impl Parts for PassesBy {
    fn may_take(state: &State, count: usize) -> bool {
        state.permits >= count
    }
}
