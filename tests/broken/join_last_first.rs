//! Who was woken last is polled first.

use super::join::{Join, Parts};

pub struct LastFirst;

impl Parts for LastFirst {
    fn next(join: &mut Join<Self>) -> Vec<usize> {
        std::mem::take(&mut join.line.lock().unwrap().woken).into_iter().rev().collect()
    }
}
