//! What is given back is free, and the first in line is told: who comes sooner takes it.

use std::rc::Rc;

use super::hand_over::{Parts, Semaphore, line::Seat};

pub struct Announces;

impl Parts for Announces {
    fn release(semaphore: &Semaphore<Self>, count: usize) {
        semaphore.free.set(semaphore.free.get() + count);
        semaphore.line.grant_first();
    }

    fn is_over(
        seat: &Rc<Seat<usize>>,
        semaphore: &Semaphore<Self>,
        count: usize,
    ) -> bool {
        if !seat.is_granted() || count > semaphore.free.get() {
            return false;
        }
        semaphore.free.set(semaphore.free.get() - count);
        true
    }

    fn pass_on(semaphore: &Semaphore<Self>, _: usize) {
        semaphore.line.grant_first();
    }
}
