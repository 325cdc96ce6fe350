//! Waiting for a moment.

use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll};
use std::time::Duration;

use super::Instant;
use crate::runtime::event_loop::{self, EventLoop};
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
    let deadline = event_loop::ask(|here| here.deadline(duration));
    let until = match deadline {
        Some(nanos) => Until::At(Instant::from_nanos(nanos)),
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
/// Its timer belongs to the runtime that polls it first; it should stay there. If that
/// runtime is gone the timer can never fire, so the next poll panics and says so.
#[derive(Debug)]
#[must_use = "a future does nothing unless it is awaited"]
pub struct Sleep {
    until: Until,
    state: State,
}

#[derive(Clone, Copy, Debug)]
enum Until {
    At(Instant),
    /// From the first poll on.
    After(Duration),
}

#[derive(Debug)]
enum State {
    /// Not polled yet.
    New,
    /// In a runtime's wheel, or fired since the last poll. Not an `Rc`: a sleep does not
    /// keep the descriptors of a runtime open.
    Armed(Weak<EventLoop>, TimerKey),
    /// Over; a timer that it had has fired.
    Passed,
}

impl Sleep {
    /// When it ends; none if its time has not begun to count. That of a zero duration is
    /// the time at which the runtime last looked at its clock.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        match self.until {
            Until::At(deadline) => Some(deadline),
            Until::After(_) => None,
        }
    }

    /// Moves the end to another moment, earlier or later, also if it has been reached: then
    /// it can be awaited again, by reference. Whoever waits for it goes along, and is woken
    /// at the new moment; at once if that has passed.
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
        self.until = Until::At(deadline);
        let State::Armed(home, key) = &mut self.state else {
            self.state = State::New;
            return;
        };
        let Some(event_loop) = home.upgrade() else { return };
        let EventLoop { timers, executor, .. } = &*event_loop;
        match timers.cancel(*key) {
            // Whoever waits is woken, now or before, and finds that it is over.
            waiter if timers.has_fired(deadline.as_nanos()) => {
                waiter.into_iter().for_each(|waiter| executor.notify(waiter));
            }
            Some(waiter) => *key = timers.insert(deadline.as_nanos(), waiter),
            // It has fired and was not polled since. The next poll sets the timer anew.
            None => self.state = State::New,
        }
    }

    /// Whether the end has come, without giving way first.
    pub(crate) fn poll_passed(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        match &self.state {
            State::New => self.state = self.start(cx),
            State::Armed(home, key) => {
                let home = home.upgrade().unwrap_or_else(|| runtime_is_gone());
                if self.has_fired(&home, *key, cx) {
                    self.state = State::Passed;
                } else {
                    home.executor.waits_on(WaitsOn::Timer);
                }
            }
            State::Passed => {}
        }
        match self.state {
            State::Passed => Poll::Ready(()),
            _ => Poll::Pending,
        }
    }

    fn has_fired(&self, home: &EventLoop, key: TimerKey, cx: &Context<'_>) -> bool {
        self.deadline().is_some_and(|deadline| home.timers.has_fired(deadline.as_nanos()))
            || home.timers.poll(key, &home.executor, cx.waker()).is_ready()
    }

    /// The first poll: sets the timer. What has passed is told by the time of the loop's
    /// last look at the clock; what has passed since then fires at its next.
    fn start(&mut self, cx: &mut Context<'_>) -> State {
        let here = event_loop::expect("`sleep`");
        let deadline = match self.until {
            Until::At(deadline) => deadline.as_nanos(),
            Until::After(duration) => here.deadline(duration),
        };
        self.until = Until::At(Instant::from_nanos(deadline));
        if deadline <= here.executor.now.get() {
            return State::Passed;
        }
        here.executor.waits_on(WaitsOn::Timer);
        let waiter = here.executor.waiter(cx.waker());
        State::Armed(Rc::downgrade(&here), here.timers.insert(deadline, waiter))
    }
}

#[cold]
fn runtime_is_gone() -> ! {
    panic!(
        "a sleep or a timeout was awaited that can never end: its runtime is gone, and its \
         timer with it"
    )
}

impl Future for Sleep {
    type Output = ();

    /// # Panics
    ///
    /// The first poll panics outside a runtime; a later one, if its runtime is gone.
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
        if let State::Armed(home, key) = &self.state
            && let Some(event_loop) = home.upgrade()
        {
            drop(event_loop.timers.cancel(*key));
        }
    }
}
