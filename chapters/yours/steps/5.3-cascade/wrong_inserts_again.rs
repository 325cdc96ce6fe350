//! Wrong: the timers are inserted once more, with new numbers.

use std::mem;

use super::wheel::Wheel;

impl<T> Wheel<T> {
    pub fn cascade(&mut self, from: usize) {
        for (_, (deadline, value)) in mem::take(&mut self.slots[from]) {
            self.insert(deadline, value);
        }
    }
}
