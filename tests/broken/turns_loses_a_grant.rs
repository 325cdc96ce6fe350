//! What was granted to somebody who is gone is gone, too.

use std::task::Waker;

use super::turns::{Parts, Seat, State};

pub struct LosesAGrant;

impl Parts for LosesAGrant {
    fn gone(state: &mut State, _: &Seat) -> Vec<Waker> {
        Self::serve(state)
    }
}
