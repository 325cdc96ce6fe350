//! Wrong: who is over is put back too.

use std::task::Context;

use futures_task::waker_ref;

use super::tasks::Tasks;

impl Tasks {
    pub fn poll(&self, number: usize) {
        let Some(mut task) = self.take(number) else { return };
        task.waker.unqueue();
        {
            let waker = waker_ref(&task.waker);
            let _ = task.work.as_mut().poll(&mut Context::from_waker(&waker));
        }
        self.put_back(number, task);
    }
}
