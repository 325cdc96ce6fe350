//! A large request is overtaken by the small ones behind it.

use std::task::Waker;

use super::turns::{Parts, State};

pub struct ServesWhoFits;

impl Parts for ServesWhoFits {
    fn serve(state: &mut State) -> Vec<Waker> {
        let mut woken = Vec::new();
        while let Some(place) = (0..state.line.len()).find(|place| state.suffices(*place))
        {
            woken.push(state.grant(place));
        }
        woken
    }
}
