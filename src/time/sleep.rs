//! Waiting for a moment.

use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use super::Instant;
use crate::runtime::core::{self, Core};
use crate::task::WaitsOn;
use crate::wheel::TimerKey;

/// Waits for `duration`. A zero one gives way to the other tasks exactly once, like
/// [`yield_now`](crate::task::yield_now); [`Duration::MAX`] never ends.
///
/// The time counts from the call; outside a runtime, which has no clock to ask, it counts
/// from the first poll.
///
/// # Panics
///
/// The first poll panics outside a runtime.
///
/// # Cancel safety
///
/// Dropping it early takes its timer out.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use mainspring::time::{Instant, sleep};
///
/// mainspring::block_on(async {
///     let start = Instant::now();
///     sleep(Duration::from_millis(5)).await;
///     assert!(start.elapsed() >= Duration::from_millis(5));
/// });
/// ```
pub fn sleep(duration: Duration) -> Sleep {
    let until = match core::ask(|core| core.clock.now()) {
        _ if duration.is_zero() => Until::Passed,
        Some(now) => Until::At(Instant::from_nanos(now) + duration),
        None => Until::After(duration),
    };
    Sleep { until, state: State::New }
}

/// Waits until `deadline`, a moment of the runtime's clock. One that has passed gives way
/// exactly once.
///
/// # Panics
///
/// The first poll panics outside a runtime.
///
/// # Cancel safety
///
/// Dropping it early takes its timer out.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use mainspring::time::{Instant, sleep_until};
///
/// mainspring::block_on(async {
///     let start = Instant::now();
///     for tick in 1..=3 {
///         // However long the work between two ticks takes, they stay in step.
///         sleep_until(start + tick * Duration::from_millis(2)).await;
///     }
///     assert!(start.elapsed() >= Duration::from_millis(6));
/// });
/// ```
pub fn sleep_until(deadline: Instant) -> Sleep {
    Sleep { until: Until::At(deadline), state: State::New }
}

/// The future of [`sleep`] and [`sleep_until`].
///
/// Its timer belongs to the runtime that polls it first; it should stay there.
#[derive(Debug)]
#[must_use = "a future does nothing unless it is awaited"]
pub struct Sleep {
    until: Until,
    state: State,
}

#[derive(Clone, Copy, Debug)]
enum Until {
    /// No time at all.
    Passed,
    At(Instant),
    /// From the first poll on.
    After(Duration),
}

#[derive(Debug)]
enum State {
    /// Not polled yet.
    New,
    /// In a runtime's wheel, or fired since the last poll. Without a key its end is that
    /// of time, and it is in no wheel.
    Armed(Rc<Core>, Option<TimerKey>),
    /// Over; a timer that it had has fired.
    Passed,
}

impl Sleep {
    /// When it ends; none if its time has not begun to count, or is zero and has not been
    /// polled.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        match self.until {
            Until::At(deadline) => Some(deadline),
            Until::Passed | Until::After(_) => None,
        }
    }

    /// Moves the end to another moment, also if it has been reached: then it can be awaited
    /// again, by reference.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use mainspring::time::{Instant, sleep};
    ///
    /// mainspring::block_on(async {
    ///     let mut nap = sleep(Duration::from_millis(1));
    ///     (&mut nap).await;
    ///     nap.reset(Instant::now() + Duration::from_millis(1));
    ///     nap.await;
    /// });
    /// ```
    pub fn reset(&mut self, deadline: Instant) {
        self.disarm();
        self.until = Until::At(deadline);
    }

    fn disarm(&mut self) {
        let state = std::mem::replace(&mut self.state, State::New);
        if let State::Armed(core, Some(key)) = state {
            core.timers.cancel(key);
        }
    }

    /// Whether the end has come, without giving way first.
    pub(super) fn poll_passed(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        match (&self.state, self.until) {
            (State::New, _) => self.state = self.start(cx),
            (State::Armed(core, Some(key)), Until::At(deadline))
                if core
                    .timers
                    .poll(deadline.as_nanos(), *key, &core.tasks, cx.waker())
                    .is_ready() =>
            {
                self.state = State::Passed;
            }
            _ => {}
        }
        let State::Armed(core, _) = &self.state else { return Poll::Ready(()) };
        core.tasks.waits_on(WaitsOn::Timer);
        Poll::Pending
    }

    /// The first poll: sets the timer. What has passed is told by the time of the loop's
    /// last look at the clock; what has passed since then fires within the turn.
    fn start(&mut self, cx: &mut Context<'_>) -> State {
        let core = core::expect("`sleep`");
        let now = Instant::from_nanos(core.tasks.now());
        let deadline = match self.until {
            Until::Passed => now,
            Until::At(deadline) => deadline,
            Until::After(duration) => Instant::from_nanos(core.clock.now()) + duration,
        };
        self.until = Until::At(deadline);
        if deadline <= now {
            return State::Passed;
        }
        let key = (deadline != Instant::END_OF_TIME).then(|| {
            let waiter = core.tasks.waiter(cx.waker());
            core.timers.insert(deadline.as_nanos(), waiter)
        });
        State::Armed(core, key)
    }
}

impl Future for Sleep {
    type Output = ();

    /// # Panics
    ///
    /// The first poll panics outside a runtime.
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let is_new = matches!(self.state, State::New);
        let passed = self.poll_passed(cx);
        if is_new && passed.is_ready() {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        passed
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        self.disarm();
    }
}
