//! A future that is dropped leaves its waker behind, and the list grows for ever.

use super::signal::{Parts, Wakers};

pub struct KeepsTheGone;

impl Parts for KeepsTheGone {
    fn go(_: &Wakers, _: u64) {}
}
