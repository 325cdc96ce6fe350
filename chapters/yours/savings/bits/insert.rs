//! A saving: the slot has its bit from now on.

use super::place::place;
use super::wheel::{Key, Wheel};

impl<T> Wheel<T> {
    /// Adds a timer that is due at the tick `deadline`, and returns its key.
    ///
    /// A deadline that lies before the latest time that the wheel was told, `now`, counts as
    /// `now`. Timers are numbered in the order in which they come: the first has the number 0.
    pub fn insert(&mut self, deadline: u64, value: T) -> Key {
        let key = (deadline.max(self.now), self.inserted);
        let place = place(key.0, self.hand);
        self.slots[place].insert(key.1, (key.0, value));
        self.bits.add(place);
        self.inserted += 1;
        key
    }
}
