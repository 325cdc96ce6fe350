//! Time: instants, sleeps, timeouts, intervals.
//!
//! All of it goes by the clock of the runtime, which is monotonic: it is not what is on
//! the wall, and no change of that moves it. It may be virtual
//! ([`Builder::virtual_clock`](crate::runtime::Builder::virtual_clock)).
//!
//! No deadline is early. A lone one is late by what the machine needs to wake up; after
//! several that fire at once, those of the next millisecond may share a wake-up. A virtual
//! clock is exact. Equal deadlines fire in the order in which they were first polled.

mod instant;
mod interval;
mod sleep;
mod timeout;

pub use instant::Instant;
pub use interval::{Interval, MissedTickBehavior, interval, interval_at};
pub use sleep::{Sleep, sleep, sleep_until};
pub use timeout::{Elapsed, Timeout, timeout, timeout_at};
