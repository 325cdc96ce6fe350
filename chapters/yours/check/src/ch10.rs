//! The checks of chapter 10's piece.

use super::join::join_all;
use crate::suite::Outcome;
use crate::suite::many::{join, polls_nobody_else, polls_who_was_woken};

join!(Yours, join_all);

pub fn check(step: &str) -> Option<Outcome> {
    (step == "10.1").then(|| {
        polls_who_was_woken::<Yours>().and_then(|()| polls_nobody_else::<Yours>())
    })
}
