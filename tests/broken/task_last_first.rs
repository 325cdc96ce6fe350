//! The queue is a stack: who came last is polled first.

use std::collections::VecDeque;

use super::task::{Key, Parts};

pub struct LastFirst;

impl Parts for LastFirst {
    fn next(queue: &mut VecDeque<Key>) -> Option<Key> {
        queue.pop_back()
    }
}
