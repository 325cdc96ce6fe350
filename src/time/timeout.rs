//! Waiting for something, but not forever.

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use super::{Instant, Sleep, sleep, sleep_until};

/// Waits for `future`, for `duration` at most; then the future is dropped with the
/// [`Timeout`], at a place where it waits.
///
/// The future is polled first, so that it wins a tie, and it is polled once even if the
/// duration is zero. Over a [`JoinHandle`](crate::task::JoinHandle) a timeout only lets
/// go of the handle: the task runs on, unless the handle is one that
/// [aborts on drop](crate::task::JoinHandle::abort_on_drop).
///
/// # Errors
///
/// The output is [`Elapsed`] if the time was over first.
///
/// # Cancel safety
///
/// Dropping it drops the future.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use mainspring::time::timeout;
///
/// mainspring::block_on(async {
///     let never = std::future::pending::<()>();
///     timeout(Duration::from_millis(1), never).await.unwrap_err();
/// });
/// ```
pub fn timeout<F: Future>(duration: Duration, future: F) -> Timeout<F> {
    Timeout { future: Box::pin(future), sleep: sleep(duration) }
}

/// Waits for `future`, until `deadline` at most: [`timeout`].
///
/// # Errors
///
/// The output is [`Elapsed`] if the deadline came first.
pub fn timeout_at<F: Future>(deadline: Instant, future: F) -> Timeout<F> {
    Timeout { future: Box::pin(future), sleep: sleep_until(deadline) }
}

/// The future of [`timeout`] and [`timeout_at`].
///
/// The inner future is boxed: that is the price of polling it in place without `unsafe`.
#[must_use = "a future does nothing unless it is awaited"]
pub struct Timeout<F> {
    future: Pin<Box<F>>,
    sleep: Sleep,
}

impl<F> Timeout<F> {
    /// When it ends; none if its time has not begun to count.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.sleep.deadline()
    }

    /// Moves the deadline.
    pub fn reset(&mut self, deadline: Instant) {
        self.sleep.reset(deadline);
    }
}

impl<F: Future> Future for Timeout<F> {
    type Output = Result<F::Output, Elapsed>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if let Poll::Ready(output) = self.future.as_mut().poll(cx) {
            return Poll::Ready(Ok(output));
        }
        self.sleep.poll_passed(cx).map(|()| Err(Elapsed(())))
    }
}

impl<F> fmt::Debug for Timeout<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timeout").field("sleep", &self.sleep).finish_non_exhaustive()
    }
}

/// The time was over before the future was done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Elapsed(());

impl fmt::Display for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the time was over before the future was done")
    }
}

impl Error for Elapsed {}
