//! A new timer is put at the front of its slot, which costs less in a singly linked list:
//! timers of equal deadlines fire in the wrong order, unless they cascade an odd number
//! of times.

use super::wheel_parts::{Parts, Timer};

pub struct LastFirst;

impl Parts for LastFirst {
    fn join(slot: &mut Vec<Timer>, timer: Timer) {
        slot.insert(0, timer);
    }
}
