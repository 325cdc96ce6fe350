//! Wrong: it looks at the clock first, and leaves a timer that has not fired.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use super::clock::nanoseconds;
use super::runtime::current;
use super::wheel::Key;

pub fn sleep(time: Duration) -> Sleep {
    let deadline = current().clock.now().saturating_add(nanoseconds(time));
    Sleep { deadline, key: None }
}

pub struct Sleep {
    deadline: u64,
    key: Option<Key>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let runtime = current();
        if runtime.clock.now() >= self.deadline {
            return Poll::Ready(());
        }
        self.take_back();
        let waker = cx.waker().clone();
        let key = runtime.timers.borrow_mut().insert(self.deadline, waker);
        self.key = Some(key);
        Poll::Pending
    }
}

impl Sleep {
    fn take_back(&mut self) {
        if let Some(key) = self.key.take() {
            let waker = current().timers.borrow_mut().cancel(key);
            drop(waker);
        }
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        self.take_back();
    }
}
