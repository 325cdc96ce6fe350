//! An interval whose every decision can be replaced by a wrong one.

use std::marker::PhantomData;
use std::time::Duration;

use mainspring::time::{Instant, MissedTickBehavior, sleep_until};

/// What an interval knows.
pub struct State {
    /// When the next tick is due.
    pub due: Instant,
    pub period: Duration,
    pub missed: MissedTickBehavior,
}

/// The decisions that an interval takes.
pub trait Parts {
    /// Waits for the tick that is due, and moves on to the next.
    async fn tick(state: &mut State) -> Instant {
        sleep_until(state.due).await;
        let due = state.due;
        state.due = Self::after(state, Instant::now());
        due
    }

    /// When to tick after a tick that was due, and comes now.
    fn after(state: &State, now: Instant) -> Instant {
        match state.missed {
            MissedTickBehavior::Burst => state.due + state.period,
            MissedTickBehavior::Delay => now + state.period,
            MissedTickBehavior::Skip => Self::skip(state, now),
        }
    }

    /// The first moment in step with those before that is yet to come.
    fn skip(state: &State, now: Instant) -> Instant {
        let past = (now - state.due).as_nanos() % state.period.as_nanos();
        now - Duration::from_nanos(past.try_into().unwrap()) + state.period
    }

    /// The next tick after a reset.
    fn reset(state: &State) -> Instant {
        Instant::now() + state.period
    }
}

/// All decisions as they should be.
pub struct Sound;

impl Parts for Sound {}

pub struct Interval<P>(State, PhantomData<P>);

impl<P: Parts> crate::suite::interval::Ticks for Interval<P> {
    fn new(due: Instant, period: Duration, missed: MissedTickBehavior) -> Self {
        Interval(State { due, period, missed }, PhantomData)
    }

    async fn tick(&mut self) -> Instant {
        P::tick(&mut self.0).await
    }

    fn reset(&mut self) {
        self.0.due = P::reset(&self.0);
    }
}
