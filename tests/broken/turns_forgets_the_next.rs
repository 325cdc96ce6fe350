//! Whoever leaves the line without a turn is forgotten, and so are those behind it who ask for less.

use std::task::Waker;

use super::turns::{Parts, Seat, State};

pub struct ForgetsTheNext;

impl Parts for ForgetsTheNext {
    fn gone(state: &mut State, seat: &Seat) -> Vec<Waker> {
        if !seat.is_granted {
            return Vec::new();
        }
        state.permits += seat.count;
        Self::serve(state)
    }
}
