//! Wrong: a slot keeps its timers by deadline, and so one of each.

use super::place::place;
use super::wheel::{Key, Wheel};

impl<T> Wheel<T> {
    pub fn insert(&mut self, deadline: u64, value: T) -> Key {
        let key = (deadline.max(self.now), self.inserted);
        let slot = &mut self.slots[place(key.0, self.hand)];
        slot.insert(key.0, (key.0, value));
        self.inserted += 1;
        key
    }
}
