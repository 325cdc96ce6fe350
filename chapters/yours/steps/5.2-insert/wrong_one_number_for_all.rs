//! Wrong: all timers have the same number.

use super::place::place;
use super::wheel::{Key, Wheel};

impl<T> Wheel<T> {
    pub fn insert(&mut self, deadline: u64, value: T) -> Key {
        let key = (deadline.max(self.now), self.inserted);
        let slot = &mut self.slots[place(key.0, self.hand)];
        slot.insert(key.1, (key.0, value));
        key
    }
}
