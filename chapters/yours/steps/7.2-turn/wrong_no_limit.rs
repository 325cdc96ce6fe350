//! Wrong: it polls until nobody is ready.

use super::runtime::Runtime;

impl Runtime {
    pub fn turn(&self) {
        while let Some(number) = self.tasks.next() {
            self.tasks.poll(number);
        }
        while let Some(waker) = self.expire() {
            waker.wake();
        }
    }
}
