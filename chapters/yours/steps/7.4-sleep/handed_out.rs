//! 7.4 Sleep: a future that the wheel wakes.

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
        if current().clock.now() >= self.deadline {
            return Poll::Ready(());
        }
        let _ = (cx, &mut self.key); // Yours: who wakes it?
        Poll::Pending
    }
}

impl Sleep {
    /// Takes the timer out of the wheel, if one is set and has not fired.
    fn take_back(&mut self) {
        // Yours: `cancel` says what the timer would have woken.
    }
}

/// Whoever gives up a sleep leaves no timer behind.
impl Drop for Sleep {
    fn drop(&mut self) {
        self.take_back();
    }
}
