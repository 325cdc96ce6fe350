//! Wrong: timers are first.

use super::runtime::Runtime;

const POLLS: u32 = 61;

impl Runtime {
    pub fn turn(&self) {
        while let Some(waker) = self.expire() {
            waker.wake();
        }
        for _ in 0..POLLS {
            let Some(number) = self.tasks.next() else { break };
            self.tasks.poll(number);
        }
    }
}
