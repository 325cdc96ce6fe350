//! An edge that nobody waits for is nobody's business, it says: the next one who comes still finds
//! the direction shut.

use super::stream::{Parts, Side};

pub struct ForgetsEdges;

impl Parts for ForgetsEdges {
    fn note(side: &Side) {
        if !side.waiters.borrow().is_empty() {
            side.drained.set(false);
            Self::wake(&side.waiters);
        }
    }
}
