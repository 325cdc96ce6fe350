//! A saving: the timer goes to the end of its slot's list.

use super::place::place;
use super::wheel::{Key, Wheel};

impl<T> Wheel<T> {
    /// Adds a timer that is due at the tick `deadline`, and returns its key.
    ///
    /// A deadline that lies before the latest time that the wheel was told, `now`, counts as
    /// `now`. Timers are numbered in the order in which they come: the first has the number 0.
    pub fn insert(&mut self, deadline: u64, value: T) -> Key {
        let key = self.keep(deadline.max(self.now), value);
        let place = place(key.0, self.hand);
        self.link(key.1 as u32 as usize, place);
        self.inserted += 1;
        key
    }
}
