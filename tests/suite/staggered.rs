//! Attempts that begin one after the other, and of which the first to succeed is enough.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fmt;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use mainspring::runtime::Runtime;
use mainspring::time::{Instant, sleep, timeout};
use proptest::collection::vec;
use proptest::prelude::*;

use super::{Broken, Outcome, Story, explore};

/// What the suite tests.
pub trait Staggered {
    /// Begins with the first attempt. When one has failed, or `delay` has passed since the last
    /// began, it begins the next. The first to succeed ends it: the others are
    /// dropped before it returns. If all fail it gives their errors, in the order of time.
    fn staggered(
        delay: Duration,
        attempts: Vec<Attempt>,
    ) -> impl Future<Output = Result<u64, Vec<u64>>>;
}

/// Makes a type [`Staggered`] by a function of the book or of the reader.
macro_rules! staggered {
    ($name:ident, $staggered:path) => {
        impl crate::suite::staggered::Staggered for $name {
            async fn staggered(
                delay: std::time::Duration,
                attempts: Vec<crate::suite::staggered::Attempt>,
            ) -> Result<u64, Vec<u64>> {
                $staggered(delay, attempts).await
            }
        }
    };
}

pub(crate) use staggered;

/// An attempt: it begins with its first poll, and succeeds or fails with its number.
pub type Attempt = std::pin::Pin<Box<dyn Future<Output = Result<u64, u64>>>>;

/// How long an attempt takes, and whether it succeeds.
#[derive(Clone, Copy, Debug)]
struct Plan {
    millis: u64,
    succeeds: bool,
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = if self.succeeds { "succeeds" } else { "fails" };
        write!(f, "{end} after {} ms", self.millis)
    }
}

#[derive(Clone, Debug)]
struct Case {
    delay: u64,
    plans: Vec<Plan>,
    /// When its owner has had enough of it, in thousandths of the time it takes.
    patience: u64,
    /// For how long its owner then does something else.
    away: u64,
}

fn cases() -> impl Strategy<Value = Case> {
    let plan = (1..1_000_u64, any::<bool>())
        .prop_map(|(millis, succeeds)| Plan { millis, succeeds });
    (1..1_000_u64, vec(plan, 0..6), 1..2_000_u64, 1..2_000_u64)
        .prop_map(|(delay, plans, patience, away)| Case { delay, plans, patience, away })
}

/// What should happen: when each attempt begins, the result, and when that is there.
struct Expected {
    begins: Vec<u64>,
    result: Result<u64, Vec<u64>>,
    ends: u64,
}

/// Plays it on paper. None if two things fall on one moment: then either may be first.
fn on_paper(case: &Case) -> Option<Expected> {
    let (mut begins, mut errors) = (Vec::new(), Vec::new());
    let mut events = BTreeMap::new(); // when each attempt that has begun ends
    let (mut now, mut next_begins) = (0, Some(0));
    loop {
        let next_ends = events.first_key_value().map(|(at, _)| *at);
        let is_begin = match (next_begins, next_ends) {
            (Some(begin), Some(end)) if begin == end => return None,
            (Some(begin), end) if begins.len() < case.plans.len() => {
                end.is_none_or(|end| begin < end)
            }
            (_, Some(_)) => false,
            _ => return Some(Expected { begins, result: Err(errors), ends: now }),
        };
        if is_begin {
            now = next_begins?;
            let number = begins.len() as u64;
            let plan = case.plans[begins.len()];
            begins.push(now);
            if events.insert(now + plan.millis, (number, plan.succeeds)).is_some() {
                return None;
            }
            next_begins = Some(now + case.delay);
        } else {
            let (at, (number, succeeds)) = events.pop_first()?;
            now = at;
            if succeeds {
                return Some(Expected { begins, result: Ok(number), ends: now });
            }
            errors.push(number);
            next_begins = Some(now);
        }
    }
}

/// What the attempts note.
#[derive(Default)]
struct Notes {
    begins: RefCell<Vec<u64>>,
    at_work: Cell<usize>,
}

/// Counts an attempt while it is there.
struct AtWork(Rc<Notes>);

impl Drop for AtWork {
    fn drop(&mut self) {
        self.0.at_work.set(self.0.at_work.get() - 1);
    }
}

fn millis_since(start: Instant) -> u64 {
    u64::try_from(start.elapsed().as_millis()).expect("it ends")
}

fn attempts(case: &Case, start: Instant, notes: &Rc<Notes>) -> Vec<Attempt> {
    let plans = case.plans.iter().copied().zip(0..);
    let attempt = |(plan, number): (Plan, u64)| {
        let notes = Rc::clone(notes);
        Box::pin(async move {
            notes.begins.borrow_mut().push(millis_since(start));
            notes.at_work.set(notes.at_work.get() + 1);
            let _at_work = AtWork(notes);
            sleep(Duration::from_millis(plan.millis)).await;
            if plan.succeeds { Ok(number) } else { Err(number) }
        }) as Attempt
    };
    plans.map(attempt).collect()
}

/// Any race that passes this asks the next in time, and leaves nobody at work.
pub fn first_success_wins<S: Staggered>() -> Outcome {
    explore(
        "attempts begin in time, the first to succeed wins, and no other is left at work",
        &cases(),
        |case, story| {
            let Some(expected) = on_paper(case) else { return Ok(()) };
            let mut runtime = Runtime::builder().virtual_clock().build().unwrap();
            runtime.block_on(run::<S>(case, expected, story))
        },
    )
}

async fn run<S: Staggered>(
    case: &Case,
    expected: Expected,
    story: &mut Story,
) -> Result<(), Broken> {
    let delay = Duration::from_millis(case.delay);
    story.given(format!("the delay is {} ms", case.delay));
    for (number, plan) in case.plans.iter().enumerate() {
        story.given(format!("attempt {number} {plan}"));
    }
    let (notes, start) = (Rc::<Notes>::default(), Instant::now());
    story.step("the race is awaited");
    let result = S::staggered(delay, attempts(case, start, &notes)).await;
    let ends = millis_since(start);
    story.go_on(&format!(", and gives {result:?} after {ends} ms"));
    let (begins, moments) = (notes.begins.take(), expected.begins);
    if begins != moments {
        story.broken(
            format!("attempts begin at {moments:?} ms"),
            format!("they begin at {begins:?} ms"),
        )?;
    }
    story.expect((expected.result, expected.ends), (result, ends))?;
    nobody_is_left(&notes, story)?;

    let limit = expected.ends * case.patience / 1_000;
    story.step(format!("a race like it is awaited for {limit} ms, and dropped"));
    let race = S::staggered(delay, attempts(case, Instant::now(), &notes));
    let _ = timeout(Duration::from_millis(limit), race).await;
    nobody_is_left(&notes, story)?;
    lent::<S>(case, limit, &notes, story).await
}

/// A race that nobody polls for a while still has its result, and leaves nobody.
async fn lent<S: Staggered>(
    case: &Case,
    limit: u64,
    notes: &Rc<Notes>,
    story: &mut Story,
) -> Result<(), Broken> {
    let away = case.away;
    story
        .step(format!("a third is awaited for {limit} ms, by a timeout that borrows it"));
    let delay = Duration::from_millis(case.delay);
    let mut race = pin!(S::staggered(delay, attempts(case, Instant::now(), notes)));
    let result = match timeout(Duration::from_millis(limit), &mut race).await {
        Ok(result) => result,
        Err(_) => {
            story.step(format!("it is not polled for {away} ms, and then awaited"));
            sleep(Duration::from_millis(away)).await;
            race.await
        }
    };
    let who = |succeeds| {
        let plans = (0..).zip(&case.plans);
        plans.filter(move |(_, plan)| plan.succeeds == succeeds).map(|(number, _)| number)
    };
    let winners: Vec<u64> = who(true).collect();
    let expected = match &result {
        Ok(number) if winners.contains(number) => result.clone(),
        _ => {
            winners.first().map_or_else(|| Err(who(false).collect()), |first| Ok(*first))
        }
    };
    let in_order = result.map_err(|mut errors| {
        errors.sort_unstable(); // two that come while nobody polls are heard at one moment
        errors
    });
    story.expect(expected, in_order)?;
    nobody_is_left(notes, story)
}

fn nobody_is_left(notes: &Notes, story: &mut Story) -> Result<(), Broken> {
    match notes.at_work.get() {
        0 => Ok(()),
        count => story.broken("no attempt is left at work", format!("{count} are left")),
    }
}
