//! Something to do every so often.

use std::time::Duration;

use super::{Instant, Sleep, sleep, sleep_until};
use crate::runtime::clock::nanos;

/// Ticks at once, and then every `period`.
///
/// Each tick has its moment: the first the call of this function, the next one `period`
/// later, and so on. The work between two ticks does not move them, as it would move a
/// `sleep(period)` in a loop. What becomes of ticks whose moment passes while nobody waits
/// for them is chosen by [`Interval::set_missed_tick_behavior`].
///
/// Outside a runtime, which has no clock to ask, time counts from the first tick.
///
/// # Panics
///
/// If the period is zero. See also [`Interval::tick`].
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use mainspring::time::{Instant, interval};
///
/// mainspring::block_on(async {
///     let mut interval = interval(Duration::from_millis(2));
///     let start = interval.tick().await;
///     for n in 1..=3 {
///         let tick = interval.tick().await;
///         assert_eq!(tick, start + n * Duration::from_millis(2));
///         assert!(Instant::now() >= tick);
///     }
/// });
/// ```
#[track_caller]
pub fn interval(period: Duration) -> Interval {
    let mut first = sleep(Duration::ZERO);
    if first.deadline().is_some() {
        // The loop's last look at its clock may be long ago.
        first.reset(Instant::now());
    }
    Interval::new(first, period)
}

/// Ticks at `start`, and then every `period`. If `start` has passed, its tick is late, and
/// maybe others are: see [`MissedTickBehavior`].
///
/// # Panics
///
/// If the period is zero. See also [`Interval::tick`].
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use mainspring::time::{Instant, interval_at};
///
/// mainspring::block_on(async {
///     let start = Instant::now() + Duration::from_millis(2);
///     let mut interval = interval_at(start, Duration::from_millis(1));
///     assert_eq!(interval.tick().await, start);
/// });
/// ```
#[track_caller]
pub fn interval_at(start: Instant, period: Duration) -> Interval {
    Interval::new(sleep_until(start), period)
}

/// What [`interval`] and [`interval_at`] make. It ticks only while somebody waits for it:
/// no task stands behind it.
#[derive(Debug)]
pub struct Interval {
    /// Until the next tick.
    sleep: Sleep,
    period: Duration,
    missed_tick_behavior: MissedTickBehavior,
}

/// When to tick after a tick that was late, because whoever waits for it was busy.
///
/// With a period of 10 s, a tick that is due at 10 s and awaited only at 35 s:
///
/// | | the ticks after it are due at |
/// |---|---|
/// | `Burst` | 20 s and 30 s, both at once, then 40 s, 50 s |
/// | `Delay` | 45 s, 55 s |
/// | `Skip` | 40 s, 50 s |
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum MissedTickBehavior {
    /// Every tick comes, one right after the other until they are in step again. For work
    /// that has to be done so and so often.
    #[default]
    Burst,
    /// A period from now: two ticks are never closer than that, however much of it the work
    /// takes. For work that may not begin more often.
    Delay,
    /// At the next moment that is a whole number of periods from the start: what was missed
    /// is left out. For work that belongs to a moment.
    Skip,
}

impl Interval {
    #[track_caller]
    fn new(sleep: Sleep, period: Duration) -> Self {
        assert!(
            !period.is_zero(),
            "the period of an interval has to be longer than zero"
        );
        Self { sleep, period, missed_tick_behavior: MissedTickBehavior::default() }
    }

    /// Waits for the next tick, and returns the moment at which it was due: not later than
    /// now. One that is due already gives way to the other tasks once, so that a loop that
    /// is always late holds nobody up.
    ///
    /// # Panics
    ///
    /// As a [`Sleep`]: outside a runtime, and if the one where it waited first is gone.
    ///
    /// # Cancel safety
    ///
    /// Dropping it early loses nothing: the same tick is still to come.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use mainspring::time::{Instant, interval_at, timeout};
    ///
    /// mainspring::block_on(async {
    ///     let start = Instant::now() + Duration::from_millis(5);
    ///     let mut interval = interval_at(start, Duration::from_millis(5));
    ///     while timeout(Duration::from_millis(1), interval.tick()).await.is_err() {}
    ///     assert_eq!(interval.tick().await, start + Duration::from_millis(5));
    /// });
    /// ```
    pub async fn tick(&mut self) -> Instant {
        (&mut self.sleep).await;
        // No `await` from here on: who gets a tick has moved the interval on, and who does
        // not has not.
        let now = Instant::now();
        let due = self.sleep.deadline().unwrap_or(now);
        self.sleep.reset(self.after(due, now));
        due
    }

    /// When to tick after a tick that was due, and comes now.
    fn after(&self, due: Instant, now: Instant) -> Instant {
        let last = match self.missed_tick_behavior {
            MissedTickBehavior::Burst => due,
            MissedTickBehavior::Delay => now,
            MissedTickBehavior::Skip => {
                let past = nanos(now - due) % nanos(self.period);
                now - Duration::from_nanos(past)
            }
        };
        last + self.period
    }

    /// Starts anew: the next tick is a period from now.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use mainspring::time::{Instant, interval};
    ///
    /// mainspring::block_on(async {
    ///     let mut interval = interval(Duration::from_millis(2));
    ///     let now = Instant::now();
    ///     interval.reset();
    ///     assert!(interval.tick().await >= now + Duration::from_millis(2));
    /// });
    /// ```
    pub fn reset(&mut self) {
        self.sleep = sleep(self.period);
    }

    /// The time between two ticks.
    #[must_use]
    pub fn period(&self) -> Duration {
        self.period
    }

    /// What becomes of ticks that are missed.
    #[must_use]
    pub fn missed_tick_behavior(&self) -> MissedTickBehavior {
        self.missed_tick_behavior
    }

    /// Chooses what becomes of ticks that are missed, from the next tick on.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use mainspring::time::{MissedTickBehavior, interval};
    ///
    /// let mut interval = interval(Duration::from_secs(10));
    /// assert_eq!(interval.missed_tick_behavior(), MissedTickBehavior::Burst);
    /// interval.set_missed_tick_behavior(MissedTickBehavior::Skip);
    /// ```
    pub fn set_missed_tick_behavior(&mut self, behavior: MissedTickBehavior) {
        self.missed_tick_behavior = behavior;
    }
}
