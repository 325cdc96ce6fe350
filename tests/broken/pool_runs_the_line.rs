//! A shutdown lets the jobs in line run.

use super::pool::{Job, Line, Parts};

pub struct RunsTheLine;

impl Parts for RunsTheLine {
    fn close(_: &mut Line) -> Vec<Job> {
        vec![]
    }
}
