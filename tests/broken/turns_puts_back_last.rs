//! An item that comes back goes to the end of the queue.

use super::turns_queue::{Hand, Parts, State};

pub struct PutsBackLast;

impl Parts for PutsBackLast {
    fn put_back(state: &mut State, item: (u64, u32)) {
        match state.getters.pop_front() {
            Some(getter) => drop(state.give(getter, Hand::Given(Some(item)))),
            None => state.items.push_back(item),
        }
    }
}
