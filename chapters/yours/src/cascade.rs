//! 5.3 Cascade: the timers of a slot go down to where they belong now.

use std::mem;

#[allow(unused_imports, reason = "you will need it")]
use super::place::place;
use super::wheel::Wheel;

impl<T> Wheel<T> {
    /// The hand has entered the slot at place `from`: its timers agree with the hand in that
    /// digit now, and each differs first in a lower one, or in none.
    pub fn cascade(&mut self, from: usize) {
        for (number, (deadline, value)) in mem::take(&mut self.slots[from]) {
            let _ = (number, deadline, value); // Yours: they are lost here.
        }
    }
}
