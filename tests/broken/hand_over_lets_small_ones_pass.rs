//! Whoever asks for few goes past those who ask for many.

use super::hand_over::{Parts, Semaphore};

pub struct LetsSmallOnesPass;

impl Parts for LetsSmallOnesPass {
    fn may_pass(semaphore: &Semaphore<Self>, count: usize) -> bool {
        count <= semaphore.free.get()
    }
}
