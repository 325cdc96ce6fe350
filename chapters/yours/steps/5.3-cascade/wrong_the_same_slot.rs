//! Wrong: all timers go to the same slot, one level down.

use std::mem;

use super::wheel::Wheel;

impl<T> Wheel<T> {
    pub fn cascade(&mut self, from: usize) {
        for (number, (deadline, value)) in mem::take(&mut self.slots[from]) {
            let to = from - 10;
            self.slots[to].insert(number, (deadline, value));
        }
    }
}
