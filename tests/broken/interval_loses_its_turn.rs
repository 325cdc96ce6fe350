//! The interval moves on before the wait: a wait that is dropped takes its tick along.

use std::time::Duration;

use mainspring::time::{Instant, MissedTickBehavior, sleep_until};

use crate::suite::interval::ticks;

pub struct Interval {
    due: Instant,
    period: Duration,
    missed: MissedTickBehavior,
}

impl Interval {
    pub fn new(due: Instant, period: Duration, missed: MissedTickBehavior) -> Interval {
        Interval { due, period, missed }
    }

    pub async fn tick(&mut self) -> Instant {
        let due = self.due;
        self.move_on(Instant::now());
        sleep_until(due).await;
        due
    }

    /// Adds a period, in the way that was chosen.
    fn move_on(&mut self, now: Instant) {
        let (due, now) = (self.due, now.max(self.due));
        let late = (now - due).as_nanos() % self.period.as_nanos();
        let last = match self.missed {
            MissedTickBehavior::Burst => due,
            MissedTickBehavior::Delay => now,
            MissedTickBehavior::Skip => {
                now - Duration::from_nanos(late.try_into().unwrap())
            }
        };
        self.due = last + self.period;
    }

    pub fn reset(&mut self) {
        self.due = Instant::now() + self.period;
    }
}

ticks!(Interval);
