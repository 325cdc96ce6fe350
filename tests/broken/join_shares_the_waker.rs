//! A wake does not say whose it is: everybody is polled.

use super::join::{Join, Parts};

pub struct SharesTheWaker;

impl Parts for SharesTheWaker {
    fn next(join: &mut Join<Self>) -> Vec<usize> {
        join.line.lock().unwrap().woken.clear();
        (0..join.jobs.len()).collect()
    }
}
