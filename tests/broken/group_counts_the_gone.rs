//! Children that have ended still take up room.

use super::group::{Parts, Scope};

pub struct CountsTheGone;

impl Parts for CountsTheGone {
    fn ended(_: &Scope) {}
}
