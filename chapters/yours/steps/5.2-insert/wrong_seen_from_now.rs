//! Wrong: the place is seen from `now`, and not from the hand.

use super::place::place;
use super::wheel::{Key, Wheel};

impl<T> Wheel<T> {
    pub fn insert(&mut self, deadline: u64, value: T) -> Key {
        let key = (deadline.max(self.now), self.inserted);
        let slot = &mut self.slots[place(key.0, self.now)];
        slot.insert(key.1, (key.0, value));
        self.inserted += 1;
        key
    }
}
