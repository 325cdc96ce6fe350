//! Waiting for something, but not forever.

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use super::{Instant, Sleep, sleep, sleep_until};
use crate::runtime::event_loop;

/// Waits for `future`, for `duration` at most; then the future is dropped with the
/// [`Timeout`], at a place where it waits. A future that works on and does not wait is not
/// interrupted, and if it is done by then it counts as in time.
///
/// The time counts as that of [`sleep`]: from the call. [`Duration::MAX`] is never over.
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
/// # Panics
///
/// Outside a runtime the first poll panics, unless it ends the future.
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
pub fn timeout<F: IntoFuture>(duration: Duration, future: F) -> Timeout<F::IntoFuture> {
    Timeout { future: Box::pin(future.into_future()), sleep: sleep(duration) }
}

/// Waits for `future`, until `deadline` at most. Else as [`timeout`]: the future wins a
/// tie, and is polled once even if the deadline has passed.
///
/// # Errors
///
/// The output is [`Elapsed`] if the deadline came first.
///
/// # Panics
///
/// As [`timeout`].
///
/// # Cancel safety
///
/// Dropping it drops the future.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use mainspring::time::{Instant, timeout_at};
///
/// mainspring::block_on(async {
///     let deadline = Instant::now() + Duration::from_millis(1);
///     let never = std::future::pending::<()>();
///     timeout_at(deadline, never).await.unwrap_err();
/// });
/// ```
///
/// The clock on the wall has no say here, and its moments are of another type:
///
/// ```compile_fail
/// # use std::time::Duration;
/// # use mainspring::time::timeout_at;
/// # mainspring::block_on(async {
/// let deadline = std::time::SystemTime::now() + Duration::from_millis(1);
/// let never = std::future::pending::<()>();
/// timeout_at(deadline, never).await.unwrap_err(); // not an `Instant` of the runtime
/// # });
/// ```
pub fn timeout_at<F: IntoFuture>(deadline: Instant, future: F) -> Timeout<F::IntoFuture> {
    Timeout { future: Box::pin(future.into_future()), sleep: sleep_until(deadline) }
}

/// The future of [`timeout`] and [`timeout_at`].
///
/// The inner future is boxed: that is the price of polling it in place without `unsafe`.
/// Like a [`Sleep`] it belongs to the runtime that polls it first.
///
/// Awaited by reference it keeps its future after an [`Elapsed`]: the future may be given
/// more time by [`reset`](Self::reset), and awaited again.
#[must_use = "a future does nothing unless it is awaited"]
pub struct Timeout<F> {
    future: Pin<Box<F>>,
    sleep: Sleep,
}

impl<F> Timeout<F> {
    /// When its time is over; none if its time has not begun to count.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.sleep.deadline()
    }

    /// Moves the deadline, to an earlier moment or a later one. Whoever waits goes along:
    /// see [`Sleep::reset`]. After an [`Elapsed`] the future, if it is still there, has
    /// until the new deadline.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use mainspring::time::{Instant, sleep, timeout};
    ///
    /// mainspring::block_on(async {
    ///     let mut work = timeout(Duration::ZERO, sleep(Duration::from_millis(2)));
    ///     work.reset(Instant::now() + Duration::from_secs(60));
    ///     assert!(work.await.is_ok());
    /// });
    /// ```
    pub fn reset(&mut self, deadline: Instant) {
        self.sleep.reset(deadline);
    }
}

impl<F: Future> Future for Timeout<F> {
    type Output = Result<F::Output, Elapsed>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let was_spent = event_loop::ask(|here| here.budget.is_spent()) == Some(true);
        if let Poll::Ready(output) = self.future.as_mut().poll(cx) {
            return Poll::Ready(Ok(output));
        }
        if was_spent {
            cx.waker().wake_by_ref(); // it had to give way, and may have its turn first
            return Poll::Pending;
        }
        self.sleep.poll_passed(cx).map(|()| Err(Elapsed::new()))
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

impl Elapsed {
    pub(crate) fn new() -> Self {
        Self(())
    }
}

impl fmt::Display for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the time was over before the future was done")
    }
}

impl Error for Elapsed {}
