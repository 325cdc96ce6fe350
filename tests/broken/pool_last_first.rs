//! The job that came last begins first.

use super::pool::{Job, Line, Parts};

pub struct LastFirst;

impl Parts for LastFirst {
    fn take(line: &mut Line) -> Option<Job> {
        line.jobs.pop_back()
    }
}
