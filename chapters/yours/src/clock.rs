//! The clock of the loop: the machine's, or one that the loop itself sets. It is given.

use std::cell::Cell;
use std::time::{Duration, Instant};

/// Tells the time in nanoseconds since the loop was made, which are the wheel's ticks.
pub enum Clock {
    Real(Instant),
    /// Where a loop would sleep, it sets this clock instead. So an hour takes no time, and
    /// every run is the same.
    Virtual(Cell<u64>),
}

impl Clock {
    pub fn now(&self) -> u64 {
        match self {
            Clock::Real(start) => nanoseconds(start.elapsed()),
            Clock::Virtual(now) => now.get(),
        }
    }
}

/// A time in ticks. More than 584 years are so many.
pub fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
