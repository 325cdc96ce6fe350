//! An interval against one on paper, on a virtual clock: work of any length between ticks,
//! waits that are given up, resets, and periods that reach to the end of time.

use std::fmt;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use mainspring::runtime::Runtime;
use mainspring::time::{Instant, MissedTickBehavior, sleep, timeout};
use proptest::collection::vec;
use proptest::prelude::*;

use super::{Broken, Outcome, Story, explore};

/// What the suite tests: something that ticks.
pub trait Interval {
    /// Ticks at `start`, and then every `period`, which is not zero.
    fn new(start: Instant, period: Duration, missed: MissedTickBehavior) -> Self;
    /// Waits for the next tick; returns when it was due. Dropped early, it loses nothing.
    fn tick(&mut self) -> impl Future<Output = Instant>;
    /// The next tick is a period from now.
    fn reset(&mut self);
}

/// Makes a type of the book or of the reader an [`Interval`] by its methods.
macro_rules! interval {
    ($type:ty) => {
        impl crate::suite::interval::Interval for $type {
            fn new(
                start: mainspring::time::Instant,
                period: std::time::Duration,
                missed: mainspring::time::MissedTickBehavior,
            ) -> Self {
                <$type>::new(start, period, missed)
            }
            async fn tick(&mut self) -> mainspring::time::Instant {
                <$type>::tick(self).await
            }
            fn reset(&mut self) {
                <$type>::reset(self);
            }
        }
    };
}

pub(crate) use interval;

#[derive(Clone, Copy, Debug)]
struct Given {
    start: u64,
    period: Duration,
    missed: MissedTickBehavior,
}

#[derive(Clone, Copy, Debug)]
enum Step {
    /// So many seconds without a look at the interval.
    Work(u64),
    Tick,
    /// Waits for a tick for so many seconds, and gives up then.
    Try(u64),
    /// Polls a tick, and drops it.
    Glance,
    Reset,
}

const SECOND: u64 = 1_000_000_000;

fn given() -> impl Strategy<Value = Given> {
    let period = prop_oneof![
        8 => (1..6_u64).prop_map(Duration::from_secs),
        1 => Just(Duration::from_nanos(u64::MAX / 2)),
        1 => Just(Duration::from_nanos(u64::MAX - 1)),
        1 => Just(Duration::MAX),
    ];
    let missed = prop_oneof![
        Just(MissedTickBehavior::Burst),
        Just(MissedTickBehavior::Delay),
        Just(MissedTickBehavior::Skip),
    ];
    (0..4_u64, period, missed).prop_map(|(start, period, missed)| Given {
        start,
        period,
        missed,
    })
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => Just(Step::Tick),
        2 => (1..15_u64).prop_map(Step::Work),
        2 => (1..5_u64).prop_map(Step::Try),
        1 => Just(Step::Glance),
        1 => Just(Step::Reset),
    ]
}

/// The model, in nanoseconds, of which it has more than there are.
struct Paper {
    now: u128,
    due: u128,
    period: u128,
    missed: MissedTickBehavior,
}

/// What is due then never comes.
const END_OF_TIME: u128 = u64::MAX as u128;

impl Paper {
    /// The tick that comes within `limit`, if one does. Time goes on until then.
    fn tick_within(&mut self, limit: u128) -> Option<u128> {
        let end = self.now + limit;
        if self.due > end || self.due >= END_OF_TIME {
            self.now = end;
            return None;
        }
        self.now = self.now.max(self.due);
        Some(self.take())
    }

    /// The tick that is due.
    fn take(&mut self) -> u128 {
        let due = self.due;
        self.due = match self.missed {
            MissedTickBehavior::Burst => due + self.period,
            MissedTickBehavior::Delay => self.now + self.period,
            MissedTickBehavior::Skip => {
                due + self.period * ((self.now - due) / self.period + 1)
            }
        };
        due
    }

    /// Whether nothing can be waited for any more, because time is about to end.
    fn is_at_the_end(&self) -> bool {
        self.now + u128::from(100 * SECOND) >= END_OF_TIME
    }
}

/// What a step comes to.
#[derive(PartialEq)]
struct Seen {
    tick: Option<u128>,
    now: u128,
}

impl fmt::Debug for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let now = Time(self.now);
        match self.tick {
            Some(due) => write!(f, "the tick of {}, at {now}", Time(due)),
            None => write!(f, "no tick, until {now}"),
        }
    }
}

struct Time(u128);

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let second = u128::from(SECOND);
        match self.0 {
            END_OF_TIME.. => write!(f, "the end of time"),
            nanos if nanos % second == 0 => write!(f, "{} s", nanos / second),
            nanos => write!(f, "{nanos} ns"),
        }
    }
}

/// Any interval that passes this keeps its time.
pub fn keeps_time<I: Interval>() -> Outcome {
    explore(
        "every tick comes at its time, whatever is done between ticks and however often \
         nobody waits for one to the end",
        &(given(), vec(step(), 0..12)),
        |(given, steps), story| {
            let mut runtime = Runtime::builder()
                .virtual_clock()
                .build()
                .expect("two descriptors are left");
            runtime.block_on(run::<I>(*given, steps, story))
        },
    )
}

async fn run<I: Interval>(
    given: Given,
    steps: &[Step],
    story: &mut Story,
) -> Result<(), Broken> {
    let Given { start, period, missed } = given;
    let zero = Instant::now();
    story.given(format!(
        "ticks from {start} s on, every {}; missed ones: {missed:?}",
        Time(period.as_nanos())
    ));
    let mut interval = I::new(zero + Duration::from_secs(start), period, missed);
    let mut paper = Paper {
        now: 0,
        due: u128::from(start * SECOND),
        period: period.as_nanos(),
        missed,
    };
    for step in steps {
        if paper.is_at_the_end() {
            break;
        }
        take(*step, &mut interval, &mut paper, zero, story).await?;
    }
    Ok(())
}

async fn take(
    step: Step,
    interval: &mut impl Interval,
    paper: &mut Paper,
    zero: Instant,
    story: &mut Story,
) -> Result<(), Broken> {
    let since = |moment: Instant| (moment - zero).as_nanos();
    let (expected, tick) = match step {
        Step::Work(seconds) => {
            paper.now += u128::from(seconds * SECOND);
            story.step(format!("work for {seconds} s, to {}", Time(paper.now)));
            sleep(Duration::from_secs(seconds)).await;
            (None, None)
        }
        Step::Reset => {
            story.step("reset");
            interval.reset();
            paper.due = paper.now + paper.period;
            return Ok(());
        }
        Step::Glance => {
            story.step("poll a tick once, and drop it");
            let polled = poll_fn(|cx| Poll::Ready(pin!(interval.tick()).poll(cx))).await;
            // One that is due may give way to others, and then it comes later.
            match polled {
                Poll::Ready(due) if paper.due <= paper.now => {
                    (Some(paper.take()), Some(since(due)))
                }
                Poll::Ready(due) => (None, Some(since(due))),
                Poll::Pending => (None, None),
            }
        }
        Step::Tick if paper.due < END_OF_TIME => {
            story.step("wait for a tick");
            let due = since(interval.tick().await);
            (paper.tick_within(END_OF_TIME), Some(due))
        }
        Step::Tick => {
            return Box::pin(take(Step::Try(4), interval, paper, zero, story)).await;
        }
        Step::Try(seconds) => {
            story.step(format!("wait for a tick, {seconds} s at most"));
            let limit = Duration::from_secs(seconds);
            let due = timeout(limit, interval.tick()).await;
            (paper.tick_within(limit.as_nanos()), due.ok().map(since))
        }
    };
    let happened = Seen { tick, now: since(Instant::now()) };
    story.expect(Seen { tick: expected, now: paper.now }, happened)
}
