//! A tick that is late by whole periods is followed by one that is due now, and missed
//! itself: the end of what is skipped is off by one.

use std::time::Duration;

use mainspring::time::Instant;

use super::interval::{Parts, State};

pub struct TicksTwice;

impl Parts for TicksTwice {
    fn skip(state: &State, now: Instant) -> Instant {
        let late = (now - state.due).as_nanos();
        let periods = late.div_ceil(state.period.as_nanos()).max(1);
        let skipped = state.period.as_nanos().saturating_mul(periods);
        state.due + Duration::from_nanos(skipped.try_into().unwrap_or(u64::MAX))
    }
}
