//! Coalescing: crowds of timers share a wake-up.
//!
//! To wake up from a sleep costs as much as to fire many timers. Where a sleep ends with a
//! crowd of them, the next deadline is mostly a few microseconds away, and so is the one
//! after it. So after a crowd the loop sleeps a little at the least, and what falls due
//! meanwhile fires together. A deadline that is farther away is kept exactly: a lone
//! sleeper beside a ticking crowd pays nothing.

use std::cell::Cell;
use std::time::Duration;

/// Nanoseconds of sleep for each timer of the crowd before it.
const FOR_EACH: u64 = 4_000;

/// The longest that a timer may be late on account of others, in nanoseconds.
const MOST: u64 = 1_000_000;

#[derive(Default)]
pub(crate) struct Coalescing {
    /// Timers that have fired since the loop last slept.
    fired: Cell<u64>,
}

impl Coalescing {
    /// So many timers have fired.
    pub(crate) fn note(&self, fired: u64) {
        self.fired.update(|before| before + fired);
    }

    /// How long to sleep when the next deadline is `nanos` nanoseconds away.
    pub(crate) fn sleep(&self, nanos: u64) -> Duration {
        let others = self.fired.take().saturating_sub(1);
        let least = (others * FOR_EACH).min(MOST);
        Duration::from_nanos(nanos.max(least))
    }
}
