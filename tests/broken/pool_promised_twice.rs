//! One idle thread is promised to every job that comes before it wakes up.

use super::pool::{Line, Parts};

pub struct PromisedTwice;

impl Parts for PromisedTwice {
    fn needs_thread(line: &Line, bound: usize) -> bool {
        line.idle == 0 && line.threads < bound
    }
}
