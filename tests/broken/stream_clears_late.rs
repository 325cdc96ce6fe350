//! Wakes first and opens the direction afterwards: who tries in the very wake finds it shut.

use super::stream::{Parts, Side};

pub struct ClearsLate;

impl Parts for ClearsLate {
    fn note(side: &Side) {
        Self::wake(&side.waiters);
        side.drained.set(false);
    }
}
