//! An interval against one on paper, on a virtual clock: work of any length between ticks,
//! waits that are given up, resets, and periods that reach to the end of time.

use std::fmt;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use mainspring::runtime::Runtime;
use mainspring::time::{
    Instant, Interval, MissedTickBehavior, interval_at, sleep, timeout,
};
use proptest::collection::vec;
use proptest::prelude::*;

use super::{Broken, Outcome, Story, explore, quietly};

/// What the suite tests: something that ticks.
pub trait Ticks {
    /// Ticks at `start`, and then every `period`, which is not zero.
    fn new(start: Instant, period: Duration, missed: MissedTickBehavior) -> Self;
    /// Waits for the next tick; returns when it was due. Dropped early, it loses nothing.
    fn tick(&mut self) -> impl Future<Output = Instant>;
    /// The next tick is a period from now.
    fn reset(&mut self);
}

impl Ticks for Interval {
    fn new(start: Instant, period: Duration, missed: MissedTickBehavior) -> Self {
        let mut interval = interval_at(start, period);
        interval.set_missed_tick_behavior(missed);
        interval
    }

    fn tick(&mut self) -> impl Future<Output = Instant> {
        Interval::tick(self)
    }

    fn reset(&mut self) {
        Interval::reset(self);
    }
}

/// Has a type of the book or of the reader tick by its methods.
macro_rules! ticks {
    ($type:ty) => {
        impl crate::suite::interval::Ticks for $type {
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
pub fn keeps_time<I: Ticks>() -> Outcome {
    explore(
        "every tick comes at its time, whatever is done between ticks and however often \
         nobody waits for one to the end",
        &(given(), vec(step(), 0..12)),
        |(given, steps), story| virtually(run::<I>(*given, steps, story)),
    )
}

fn virtually<F: Future>(future: F) -> F::Output {
    let runtime = Runtime::builder().virtual_clock().build();
    runtime.expect("two descriptors are left").block_on(future)
}

async fn run<I: Ticks>(
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
    interval: &mut impl Ticks,
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

/// A test of an interval: it runs on a virtual clock, and fails by a panic.
pub type Test = fn() -> Pin<Box<dyn Future<Output = ()>>>;

/// A test that passes this lets the first of these intervals through, which is sound, and
/// finds what is broken in each of the others.
pub fn tells_them_apart(tests: &[(&'static str, Test)]) -> Outcome {
    explore(
        "the test passes on the library's interval, and fails on each that is broken",
        &(0..tests.len()),
        |&which, story| {
            let (name, test) = tests[which];
            story.step(format!("run the test on {name}"));
            match (which, quietly(|| virtually(test()))) {
                (0, Err(panic)) => {
                    story.broken("it passes", format!("it fails: {panic}"))
                }
                (1.., Ok(())) => story.broken("it fails", "it passes"),
                _ => Ok(()),
            }
        },
    )
}

/// A generic test, on the library's interval and on the broken ones.
macro_rules! on_each_interval {
    ($($test:ident)::+) => {{
        use crate::broken::*;
        type Made<P> = interval::Interval<P>;
        let tests: [(&'static str, crate::suite::interval::Test); 5] = [
            ("the library's interval", || {
                Box::pin($($test)::+::<mainspring::time::Interval>())
            }),
            ("tests/broken/interval_loses_its_turn.rs", || {
                Box::pin($($test)::+::<interval_loses_its_turn::Interval>())
            }),
            ("tests/broken/interval_drifts.rs", || {
                Box::pin($($test)::+::<Made<interval_drifts::Drifts>>())
            }),
            ("tests/broken/interval_ticks_twice.rs", || {
                Box::pin($($test)::+::<Made<interval_ticks_twice::TicksTwice>>())
            }),
            ("tests/broken/interval_keeps_the_old.rs", || {
                Box::pin($($test)::+::<Made<interval_keeps_the_old::KeepsTheOld>>())
            }),
        ];
        tests
    }};
}

pub(crate) use {on_each_interval, ticks};
