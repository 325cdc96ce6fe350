//! A moment on the clock of the runtime.

use std::fmt;
use std::ops::{Add, AddAssign, Sub, SubAssign};
use std::time::Duration;

use crate::runtime::clock::{monotonic, nanos};
use crate::runtime::event_loop;

/// A moment on the clock of the runtime: what [`std::time::Instant`] is, for a clock that
/// may be virtual.
///
/// Inside a runtime with a virtual clock [`now`](Self::now) is that clock's; anywhere else
/// it is the machine's monotonic clock. Moments of different clocks mean nothing to each
/// other. Arithmetic stops at both ends of time instead of overflowing: what is due at the
/// end of time is never due.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use mainspring::time::Instant;
///
/// let start = Instant::now();
/// let later = start + Duration::from_secs(1);
/// assert_eq!(later - start, Duration::from_secs(1));
/// assert_eq!(start - later, Duration::ZERO);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(u64);

impl Instant {
    /// This moment.
    #[must_use]
    pub fn now() -> Self {
        Self(event_loop::ask(|here| here.clock.now()).unwrap_or_else(monotonic))
    }

    pub(crate) fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    pub(crate) fn as_nanos(self) -> u64 {
        self.0
    }

    /// How long ago this was; zero if it is yet to come.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        Self::now().duration_since(*self)
    }

    /// The time from `earlier` to this moment; zero if `earlier` is the later one.
    #[must_use]
    pub fn duration_since(&self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }

    /// The moment of the runtime's clock that is as far from now as `moment` is: the same
    /// one, to the time between two looks at the clock, unless the runtime's is virtual.
    #[must_use]
    pub fn from_std(moment: std::time::Instant) -> Self {
        let (now, std_now) = (Self::now(), std::time::Instant::now());
        let ahead = moment.saturating_duration_since(std_now);
        now + ahead - std_now.saturating_duration_since(moment)
    }

    /// The moment of the machine's clock that is as far from now as this one is; `None` if
    /// that clock does not reach so far.
    #[must_use]
    pub fn to_std(self) -> Option<std::time::Instant> {
        let (now, std_now) = (Self::now(), std::time::Instant::now());
        std_now.checked_add(self - now)?.checked_sub(now - self)
    }

    /// The time from `earlier` to this moment; none if `earlier` is the later one.
    #[must_use]
    pub fn checked_duration_since(&self, earlier: Self) -> Option<Duration> {
        self.0.checked_sub(earlier.0).map(Duration::from_nanos)
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(nanos(duration)))
    }
}

impl AddAssign<Duration> for Instant {
    fn add_assign(&mut self, duration: Duration) {
        *self = *self + duration;
    }
}

impl Sub<Duration> for Instant {
    type Output = Self;

    fn sub(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(nanos(duration)))
    }
}

impl SubAssign<Duration> for Instant {
    fn sub_assign(&mut self, duration: Duration) {
        *self = *self - duration;
    }
}

impl Sub for Instant {
    type Output = Duration;

    /// [`duration_since`](Self::duration_since).
    fn sub(self, earlier: Self) -> Duration {
        self.duration_since(earlier)
    }
}

impl fmt::Debug for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Instant({:?})", Duration::from_nanos(self.0))
    }
}
