//! Wrong: who is woken meanwhile waits for the next turn.

use super::runtime::Runtime;

impl Runtime {
    pub fn turn(&self) {
        self.tasks.round();
        while let Some(waker) = self.expire() {
            waker.wake();
        }
    }
}
