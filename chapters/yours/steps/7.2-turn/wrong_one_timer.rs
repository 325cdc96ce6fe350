//! Wrong: one timer fires.

use super::runtime::Runtime;

const POLLS: u32 = 61;

impl Runtime {
    pub fn turn(&self) {
        for _ in 0..POLLS {
            let Some(number) = self.tasks.next() else { break };
            self.tasks.poll(number);
        }
        if let Some(waker) = self.expire() {
            waker.wake();
        }
    }
}
