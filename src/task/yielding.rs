//! Giving way.

use std::pin::Pin;
use std::task::{Context, Poll};

/// Lets every other task that is ready run once, then goes on.
///
/// # Cancel safety
///
/// Dropping it early loses nothing.
///
/// # Examples
///
/// ```
/// use mainspring::task::yield_now;
///
/// mainspring::block_on(async {
///     let task = mainspring::spawn(async { "done" });
///     assert!(!task.is_finished());
///     yield_now().await;
///     assert!(task.is_finished());
/// });
/// ```
pub fn yield_now() -> YieldNow {
    YieldNow { yielded: false }
}

/// The future of [`yield_now`].
#[derive(Debug)]
#[must_use = "a future does nothing unless it is awaited"]
pub struct YieldNow {
    yielded: bool,
}

impl Future for YieldNow {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.yielded {
            return Poll::Ready(());
        }
        self.yielded = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}
