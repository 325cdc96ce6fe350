//! A saving: the timers go from list to list, and none is moved.

use super::place::place;
use super::wheel::Wheel;

impl<T> Wheel<T> {
    /// The hand has entered the slot at place `from`: its timers agree with the hand in that
    /// digit now, and each differs first in a lower one, or in none.
    pub fn cascade(&mut self, from: usize) {
        let mut next = self.take_list(from);
        while let Some(at) = next {
            let (deadline, after) = self.next(at);
            let to = place(deadline, self.hand);
            self.link(at, to);
            next = after;
        }
    }
}
