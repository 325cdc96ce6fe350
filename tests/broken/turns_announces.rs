//! A turn is announced and not handed over: whoever comes by in between takes it.

use std::task::Waker;

use super::turns::{Parts, State};

pub struct Announces;

impl Parts for Announces {
    fn may_take(state: &State, count: usize) -> bool {
        state.permits >= count
    }

    fn has_turn(state: &mut State, number: u64) -> bool {
        let is_first = state.line.front() == Some(&number);
        let has_turn = is_first && state.suffices(0);
        if has_turn {
            drop(state.grant(0));
        }
        has_turn
    }

    fn serve(state: &mut State) -> Vec<Waker> {
        let first = state.line.front().filter(|_| state.suffices(0));
        first.map(|number| state.seats[number].waker.clone()).into_iter().collect()
    }
}
