//! Somebody who waited goes away, and nobody looks at those who stood behind.

use super::hand_over::{Parts, Semaphore};

pub struct HoldsBack;

impl Parts for HoldsBack {
    fn after_leaving(_: &Semaphore<Self>) {}
}
