//! The checks of chapter 12's piece.

use crate::suite::Outcome;
use crate::suite::pool::{chapter_pool, does_its_jobs};

mod piece {
    pub use super::super::pool;
    pub use super::super::rules::Yours;
}

chapter_pool!(Pool, piece, Yours);

pub fn check(step: &str) -> Option<Outcome> {
    (step == "12.1").then(does_its_jobs::<Pool>)
}
