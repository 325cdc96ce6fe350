//! The time of a runtime: the machine's, or one that the loop moves by itself.

use std::cell::Cell;
use std::time::Duration;

pub(crate) use crate::sys::monotonic;

/// Nanoseconds since some moment before the process began: 584 years of them.
#[derive(Debug)]
pub(crate) enum Clock {
    /// The machine's monotonic clock.
    Real,
    /// A number that stands still until the loop moves it. It starts at zero.
    Virtual(Cell<u64>),
}

impl Clock {
    pub(crate) fn now(&self) -> u64 {
        match self {
            Self::Real => monotonic(),
            Self::Virtual(now) => now.get(),
        }
    }
}

/// A duration in nanoseconds; what does not fit is the end of time.
pub(crate) fn nanos(duration: Duration) -> u64 {
    duration
        .as_secs()
        .checked_mul(1_000_000_000)
        .and_then(|nanos| nanos.checked_add(duration.subsec_nanos().into()))
        .unwrap_or(u64::MAX)
}
