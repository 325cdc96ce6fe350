//! Several permits come back at once, and one of those who wait is served.

use std::task::Waker;

use super::turns::{Parts, State};

pub struct ServesOne;

impl Parts for ServesOne {
    fn serve(state: &mut State) -> Vec<Waker> {
        state.suffices(0).then(|| state.grant(0)).into_iter().collect()
    }
}
