//! A queue that is closed leaves those alone who wait to put something in.

use super::turns_queue::{Hand, Parts, State};

pub struct KeepsThemWaiting;

impl Parts for KeepsThemWaiting {
    fn close(state: &mut State) {
        state.is_closed = true;
        for getter in std::mem::take(&mut state.getters) {
            state.give(getter, Hand::Given(None));
        }
    }
}
