//! Wrong: a slot keeps the last timer that it gets.

use std::mem;

use super::place::place;
use super::wheel::{Slot, Wheel};

impl<T> Wheel<T> {
    pub fn cascade(&mut self, from: usize) {
        for (number, (deadline, value)) in mem::take(&mut self.slots[from]) {
            let to = place(deadline, self.hand);
            self.slots[to] = Slot::from([(number, (deadline, value))]);
        }
    }
}
