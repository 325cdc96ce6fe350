//! A saving: the slot has its bit no longer, and those below have theirs.

use std::mem;

use super::place::place;
use super::wheel::Wheel;

impl<T> Wheel<T> {
    /// The hand has entered the slot at place `from`: its timers agree with the hand in that
    /// digit now, and each differs first in a lower one, or in none.
    pub fn cascade(&mut self, from: usize) {
        self.bits.remove(from);
        for (number, (deadline, value)) in mem::take(&mut self.slots[from]) {
            let to = place(deadline, self.hand);
            self.slots[to].insert(number, (deadline, value));
            self.bits.add(to);
        }
    }
}
