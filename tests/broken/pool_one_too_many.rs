//! One thread more than allowed: the bound is looked at too late.

use super::pool::{Line, Parts};

pub struct OneTooMany;

impl Parts for OneTooMany {
    fn needs_thread(line: &Line, bound: usize) -> bool {
        line.jobs.len() > line.idle && line.threads <= bound
    }
}
