//! Who is dropped goes on waiting.

use super::stream::{Parts, Waiters};

pub struct KeepsTheGone;

impl Parts for KeepsTheGone {
    fn leave(_waiters: &Waiters, _number: u64) {}
}
