//! Wrong: all timers go down to the ones.

use std::mem;

use super::wheel::Wheel;

impl<T> Wheel<T> {
    pub fn cascade(&mut self, from: usize) {
        for (number, (deadline, value)) in mem::take(&mut self.slots[from]) {
            let to = (deadline % 10) as usize;
            self.slots[to].insert(number, (deadline, value));
        }
    }
}
