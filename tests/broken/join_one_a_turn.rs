//! One child is polled, and the others in the line wait for a wake that has been.

use super::join::{Join, Parts};

pub struct OneATurn;

impl Parts for OneATurn {
    fn next(join: &mut Join<Self>) -> Vec<usize> {
        let woken = std::mem::take(&mut join.line.lock().unwrap().woken);
        woken.into_iter().take(1).collect()
    }
}
