//! An item that comes back goes to the front, before those that came back before it.

use super::turns_queue::{Hand, Parts, State};

pub struct PutsBackFirst;

impl Parts for PutsBackFirst {
    fn put_back(state: &mut State, item: (u64, u32)) {
        match state.getters.pop_front() {
            Some(getter) => drop(state.give(getter, Hand::Given(Some(item)))),
            None => state.items.push_front(item),
        }
    }
}
