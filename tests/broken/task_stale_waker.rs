//! Keys are slots without a generation: the waker of a task that has ended polls the task
//! that sits in its slot now.

use super::task::{Key, Parts, Task};

pub struct StaleWaker;

impl Parts for StaleWaker {
    fn is_for(_key: Key, _task: &Task) -> bool {
        true
    }
}
