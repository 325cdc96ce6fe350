//! A saving: a sleep does not ask the clock whether it is over.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use super::clock::nanoseconds;
use super::runtime::current;
use super::wheel::Key;

/// Waits for a time.
pub fn sleep(time: Duration) -> Sleep {
    let deadline = current().clock.now().saturating_add(nanoseconds(time));
    Sleep { deadline, key: None }
}

pub struct Sleep {
    deadline: u64,
    /// The timer that is set.
    key: Option<Key>,
}

impl Future for Sleep {
    type Output = ();

    /// Done when the clock (`current().clock.now()`) has reached the deadline. Until then there
    /// is one timer in the wheel (`current().timers`), and it wakes whoever polled last.
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.take_back();
        let runtime = current();
        // What was due by the time that the wheel was told last has fired.
        if runtime.timers.borrow().now >= self.deadline {
            return Poll::Ready(());
        }
        let waker = cx.waker().clone();
        let key = runtime.timers.borrow_mut().insert(self.deadline, waker);
        self.key = Some(key);
        Poll::Pending
    }
}

impl Sleep {
    /// Takes the timer out of the wheel, if one is set and has not fired.
    fn take_back(&mut self) {
        if let Some(key) = self.key.take() {
            let waker = current().timers.borrow_mut().cancel(key);
            drop(waker); // with nothing borrowed
        }
    }
}

/// Whoever gives up a sleep leaves no timer behind.
impl Drop for Sleep {
    fn drop(&mut self) {
        self.take_back();
    }
}
