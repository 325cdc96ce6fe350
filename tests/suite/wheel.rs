//! Timers against a sorted set: any interleaving of inserting, cancelling and letting time
//! pass has to give what a `BTreeSet` of deadlines and numbers of insertion gives.
//!
//! A wheel goes wrong at boundaries, so that is where deadlines and jumps are drawn: at
//! the multiples of every power of the slot count, a tick before and after them, at
//! deadlines that are taken already, in the past, and at the end of time.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use proptest::collection::vec;
use proptest::prelude::*;

use super::{Broken, Outcome, Story, explore};

/// What the suite tests. Ids are the suite's own; a machine only hands them back.
pub trait Timers {
    type Key: Clone;

    /// An empty set of timers, at the time `now`.
    fn new(now: u64) -> Self;
    /// Adds a timer; a deadline that has passed counts as the latest time it was told.
    fn insert(&mut self, deadline: u64, id: usize) -> Self::Key;
    /// Takes a timer back; `None` if it is gone already.
    fn cancel(&mut self, key: Self::Key) -> Option<usize>;
    /// When to look again: never later than the earliest deadline.
    fn next_deadline(&mut self) -> Option<u64>;
    /// The first timer that is due, with its deadline.
    fn expire(&mut self, now: u64) -> Option<(u64, usize)>;
    /// How many timers are pending.
    fn len(&mut self) -> usize;
}

/// Makes a type of the book or of the reader [`Timers`] by its methods.
macro_rules! timers {
    ($type:ty, $key:ty $(, $part:ident: $decisions:path)?) => {
        impl$(<$part: $decisions>)? crate::suite::wheel::Timers for $type {
            type Key = $key;

            fn new(now: u64) -> Self {
                <$type>::new(now)
            }
            fn insert(&mut self, deadline: u64, id: usize) -> Self::Key {
                <$type>::insert(self, deadline, id)
            }
            fn cancel(&mut self, key: Self::Key) -> Option<usize> {
                <$type>::cancel(self, key)
            }
            fn next_deadline(&mut self) -> Option<u64> {
                <$type>::next_deadline(self)
            }
            fn expire(&mut self, now: u64) -> Option<(u64, usize)> {
                <$type>::expire(self, now)
            }
            fn len(&mut self) -> usize {
                <$type>::len(self)
            }
        }
    };
}

pub(crate) use timers;

/// A name for a timer. Naming timers, and not counting them, lets a case lose a step while
/// it shrinks without the others changing their meaning. A name that is given again
/// means the later timer.
type Name = u8;

const NAMES: std::ops::Range<Name> = 0..8;

/// A step of a case. Times are kept as a distance, because what they are worth depends on
/// the steps before.
#[derive(Clone, Debug)]
enum Step {
    /// What a step shrinks to if the case fails without it.
    Nothing,
    Insert(Name, Time),
    /// Cancels the timer of that name, pending or not.
    Cancel(Name),
    /// Lets time pass and takes out so many due timers at most.
    Take(Time, usize),
    /// Lets time pass and takes out all that is due.
    Expire(Time),
}

/// A time, from where the case has come to.
#[derive(Clone, Debug)]
enum Time {
    After(u64),
    Before(u64),
    /// The `steps`th multiple of 64 to the power `level` that lies ahead, and `off` ticks
    /// more or less.
    Boundary {
        level: u32,
        steps: u64,
        off: i64,
    },
    /// The deadline of the timer of that name, and `off` ticks more or less.
    Again(Name, i64),
    Absolute(u64),
}

fn times() -> impl Strategy<Value = Time> {
    prop_oneof![
        4 => (0..70_u64).prop_map(Time::After),
        3 => (0..11_u32, 1..66_u64, -1..=1_i64)
            .prop_map(|(level, steps, off)| Time::Boundary { level, steps, off }),
        3 => (NAMES, -1..=1_i64).prop_map(|(name, off)| Time::Again(name, off)),
        1 => (0..64_u32).prop_flat_map(|bits| 0..=(u64::MAX >> bits)).prop_map(Time::After),
        1 => (0..5000_u64).prop_map(Time::Before),
        1 => prop_oneof![Just(0), Just(u64::MAX), Just(u64::MAX - 1), any::<u64>()]
            .prop_map(Time::Absolute),
    ]
}

/// Time passes by every kind of jump but the wild ones, which would end most cases early.
fn jumps() -> impl Strategy<Value = Time> {
    prop_oneof![
        8 => (0..200_u64).prop_map(Time::After),
        8 => (0..6_u32, 1..66_u64, -1..=1_i64)
            .prop_map(|(level, steps, off)| Time::Boundary { level, steps, off }),
        8 => (NAMES, -1..=1_i64).prop_map(|(name, off)| Time::Again(name, off)),
        1 => (6..11_u32, 1..4_u64, -1..=1_i64)
            .prop_map(|(level, steps, off)| Time::Boundary { level, steps, off }),
        1 => (0..5000_u64).prop_map(Time::Before),
    ]
}

fn steps() -> impl Strategy<Value = Step> {
    steps_at(times(), jumps(), jumps())
}

/// Steps whose times are drawn from `times` for deadlines, from the others for the present.
fn steps_at(
    times: impl Strategy<Value = Time>,
    expire: impl Strategy<Value = Time>,
    take: impl Strategy<Value = Time>,
) -> impl Strategy<Value = Step> {
    prop_oneof![
        1 => Just(Step::Nothing),
        5 => (NAMES, times).prop_map(|(name, time)| Step::Insert(name, time)),
        2 => NAMES.prop_map(Step::Cancel),
        3 => expire.prop_map(Step::Expire),
        1 => (take, 1..4_usize).prop_map(|(time, most)| Step::Take(time, most)),
    ]
}

/// Where a case begins: most at zero, so that stories are short; some near boundaries.
fn starts() -> impl Strategy<Value = u64> {
    prop_oneof![
        3 => Just(0),
        1 => 0..5000_u64,
        1 => (0..11_u32, -1..=1_i64)
            .prop_map(|(level, off)| (1_u64 << (6 * level)).saturating_add_signed(off)),
        1 => any::<u64>(),
    ]
}

/// The suite.
pub fn agrees_with_a_sorted_set<M: Timers>() -> Outcome {
    explore(
        "timers do what a set does that is sorted by deadline, then by insertion",
        &(starts(), vec(steps(), 1..48)),
        |(start, steps), story| {
            let mut pair = Pair::<M>::new(*start, story);
            steps.iter().try_for_each(|step| pair.take(step, story))?;
            pair.expire(u64::MAX, usize::MAX, story)
        },
    )
}

/// The same with times of a few digits, for a wheel whose levels are decimal: the boundaries of
/// the suite are none to it, and its story should have small numbers, of two digits if they do.
pub fn agrees_with_a_sorted_set_in_small_times<M: Timers>() -> Outcome {
    agrees_with_a_sorted_set_until::<M>(30)
        .and_then(|()| agrees_with_a_sorted_set_until::<M>(1_200))
}

/// The same with times before `end` alone; few depend on others, so most shrink by themselves.
pub fn agrees_with_a_sorted_set_until<M: Timers>(end: u64) -> Outcome {
    let early = || (0..end).prop_map(Time::Absolute);
    let deadline =
        prop_oneof![5 => early(), 1 => NAMES.prop_map(|name| Time::Again(name, 0))];
    explore(
        "timers do what a set does that is sorted by deadline, then by insertion",
        &vec(steps_at(deadline, early(), early()), 1..24),
        |steps, story| {
            let mut pair = Pair::<M>::new(0, story);
            steps.iter().try_for_each(|step| pair.take(step, story))?;
            pair.expire(end, usize::MAX, story)
        },
    )
}

/// Sleeps as an executor does, always until `next_deadline`.
pub fn a_cancelled_timer_wakes_for_nothing_once_at_most<M: Timers>() -> Outcome {
    explore(
        "no more wakes find nothing than timers were cancelled",
        &(starts(), vec(steps(), 1..48)),
        |(start, steps), story| {
            let mut pair = Pair::<M>::new(*start, story);
            for step in steps {
                match step {
                    Step::Take(..) | Step::Expire(_) => pair.wake(story)?,
                    _ => pair.take(step, story)?,
                }
            }
            while !pair.model.is_empty() {
                pair.wake(story)?;
            }
            Ok(())
        },
    )
}

/// A timer that a case can speak of.
struct Named<K> {
    key: K,
    id: usize,
    deadline: u64,
}

/// The machine and its model, doing the same.
struct Pair<M: Timers> {
    machine: M,
    model: BTreeSet<(u64, usize)>,
    named: BTreeMap<Name, Named<M::Key>>,
    inserted: usize,
    now: u64,
    /// The deadlines of cancelled timers, which alone may be announced too early.
    cancelled: BTreeSet<u64>,
    /// How often [`Pair::wake`] found nothing.
    for_nothing: usize,
}

impl<M: Timers> Pair<M> {
    fn new(start: u64, story: &mut Story) -> Pair<M> {
        if start != 0 {
            story.step(format!("start at {}", tick(start)));
        }
        Pair {
            machine: M::new(start),
            model: BTreeSet::new(),
            named: BTreeMap::new(),
            inserted: 0,
            now: start,
            cancelled: BTreeSet::new(),
            for_nothing: 0,
        }
    }

    fn take(&mut self, step: &Step, story: &mut Story) -> Result<(), Broken> {
        match step {
            Step::Nothing => Ok(()),
            Step::Insert(name, time) => self.insert(*name, self.resolve(time), story),
            Step::Cancel(name) => self.cancel(*name, story),
            Step::Take(time, most) => self.expire(self.resolve(time), *most, story),
            Step::Expire(time) => self.expire(self.resolve(time), usize::MAX, story),
        }
    }

    fn resolve(&self, time: &Time) -> u64 {
        match time {
            Time::After(ticks) => self.now.saturating_add(*ticks),
            Time::Before(ticks) => self.now.saturating_sub(*ticks),
            Time::Boundary { level, steps, off } => {
                let shift = 6 * level;
                let boundary =
                    (u128::from(self.now >> shift) + u128::from(*steps)) << shift;
                u64::try_from(boundary).unwrap_or(u64::MAX).saturating_add_signed(*off)
            }
            Time::Again(name, off) => match self.named.get(name) {
                Some(timer) => timer.deadline.saturating_add_signed(*off),
                None => self.now,
            },
            Time::Absolute(time) => *time,
        }
    }

    fn insert(
        &mut self,
        name: Name,
        deadline: u64,
        story: &mut Story,
    ) -> Result<(), Broken> {
        let id = self.inserted;
        self.inserted += 1;
        story.step(format!("insert timer {id} for {}", tick(deadline)));
        let key = self.machine.insert(deadline, id);
        self.named.insert(name, Named { key, id, deadline });
        self.model.insert((deadline.max(self.now), id));
        self.check(story)
    }

    fn cancel(&mut self, name: Name, story: &mut Story) -> Result<(), Broken> {
        let Some(Named { key, id, .. }) = self.named.get(&name) else {
            return Ok(());
        };
        story.step(format!("cancel timer {id}"));
        let pending = self.model.iter().find(|(_, pending)| pending == id).copied();
        if let Some(timer) = pending {
            self.model.remove(&timer);
            self.cancelled.insert(timer.0);
        }
        story.expect(pending.map(|(_, id)| id), self.machine.cancel(key.clone()))?;
        self.check(story)
    }

    /// Takes out at most `most` due timers. A time before the present changes nothing.
    fn expire(&mut self, now: u64, most: usize, story: &mut Story) -> Result<(), Broken> {
        story.step(match most {
            usize::MAX => format!("expire all that is due at {}", tick(now)),
            _ => format!("expire {most} at most that are due at {}", tick(now)),
        });
        self.now = self.now.max(now);
        for _ in 0..most {
            let due =
                self.model.first().copied().filter(|(deadline, _)| *deadline <= self.now);
            same(story, name(due), name(self.machine.expire(now)))?;
            match due {
                Some(timer) => self.model.remove(&timer),
                None => return self.check_nothing_due(story),
            };
            self.check(story)?;
        }
        Ok(())
    }

    /// Lets time pass until the next deadline. A wake that finds nothing has to be the
    /// fault of a cancelled timer, another one each time.
    fn wake(&mut self, story: &mut Story) -> Result<(), Broken> {
        let Some(next) = self.machine.next_deadline() else {
            return Ok(());
        };
        let pending = self.model.len();
        self.expire(next, usize::MAX, story)?;
        self.for_nothing += usize::from(self.model.len() == pending);
        let most = self.cancelled.len();
        if self.for_nothing <= most {
            return Ok(());
        }
        story.broken(
            format!("at most {most} wakes that find nothing"),
            format!("{} of them", self.for_nothing),
        )
    }

    /// What holds after every step.
    fn check(&mut self, story: &mut Story) -> Result<(), Broken> {
        self.check_len(story)?;
        let earliest = self.model.first().map(|(deadline, _)| *deadline);
        let announced = self.machine.next_deadline();
        match (earliest, announced) {
            (Some(earliest), Some(early))
                if early < earliest && self.cancelled.contains(&early) =>
            {
                Ok(())
            }
            _ => same(story, next(earliest), next(announced)),
        }
    }

    fn check_len(&mut self, story: &mut Story) -> Result<(), Broken> {
        let (expected, happened) = (self.model.len(), self.machine.len());
        same(story, format!("{expected} pending"), format!("{happened} pending"))
    }

    /// What holds when nothing is due: the caller may wait for the next deadline.
    fn check_nothing_due(&mut self, story: &mut Story) -> Result<(), Broken> {
        self.check(story)?;
        match self.machine.next_deadline() {
            Some(next) if next <= self.now => story.broken(
                format!("a next_deadline after {}, since nothing is due", self.now),
                format!("{next}"),
            ),
            _ => Ok(()),
        }
    }
}

/// Timers that may keep some that are no longer pending.
pub trait Kept: Timers {
    /// How many are kept, pending or not.
    fn kept(&self) -> usize;
}

/// The suite of chapter 5's first exercise: what was cancelled does not pile up.
pub fn does_not_pile_up<M: Kept>() -> Outcome {
    explore(
        "after a timer was cancelled and n are pending, at most 2n + 64 are kept",
        &vec((1..200_usize, 1..9_u64, 0..200_usize, 0..9_u64), 1..8),
        |rounds, story| {
            let mut machine = M::new(0);
            let mut keys = Vec::new();
            for (insert, deadline, cancel, now) in rounds {
                story.step(format!("insert {insert} timers for {deadline}"));
                keys.extend((0..*insert).map(|id| machine.insert(*deadline, id)));
                // Nothing is due at 0: a story does without.
                if *now > 0 {
                    story.step(format!("expire all that is due at {now}"));
                    while machine.expire(*now).is_some() {}
                }
                let cancel = *cancel.min(&keys.len());
                story.step(format!("cancel the first {cancel} timers that are left"));
                for key in keys.drain(..cancel) {
                    let cancelled = machine.cancel(key).is_some();
                    let most = 2 * machine.len() + 64;
                    if cancelled && machine.kept() > most {
                        return story.broken(
                            format!("at most {most} kept for {} pending", machine.len()),
                            format!("{} kept", machine.kept()),
                        );
                    }
                }
            }
            Ok(())
        },
    )
}

/// Places in a wheel for each decimal digit.
pub fn stands_at_the_first_digit_that_differs(place: fn(u64, u64) -> usize) -> Outcome {
    let away = prop_oneof![0..10_u64, 0..1_000_u64, 0..=u64::MAX >> 1];
    let claim = "a timer stands at the first digit in which it differs from the hand";
    stands_where_they_differ(claim, 10, (0..1_000, away), place)
}

/// The suite of chapter 5's second exercise: the same for digits of six bits.
pub fn stands_at_the_first_six_bits_that_differ(place: fn(u64, u64) -> usize) -> Outcome {
    let away = prop_oneof![0..64_u64, 0..300_000_u64, 0..=u64::MAX >> 1];
    let claim = "a timer stands at the first digit of six bits in which it differs";
    stands_where_they_differ(claim, 64, (0..1_000_000, away), place)
}

/// Draws a hand, and how far away a timer is from it.
fn stands_where_they_differ(
    claim: &'static str,
    base: usize,
    cases: (Range<u64>, impl Strategy<Value = u64>),
    place: fn(u64, u64) -> usize,
) -> Outcome {
    explore(claim, &cases, |case, story| {
        let (hand, deadline) = (case.0, case.0 + case.1);
        story.step(format!("the hand at {hand:03}, a timer for {deadline:03}"));
        let digits = |mut number: u64| {
            let mut next = || {
                let digit = number % base as u64;
                number /= base as u64;
                usize::try_from(digit).expect("it is below the base")
            };
            (0..20).map(|_| next()).collect::<Vec<_>>() // the ones first
        };
        let (timer, hand_digits) = (digits(deadline), digits(hand));
        let level =
            (0..20).rev().find(|n| timer[*n] != hand_digits[*n]).unwrap_or_default();
        let words =
            |place: usize| format!("level {}, slot {}", place / base, place % base);
        same(story, words(level * base + timer[level]), words(place(deadline, hand)))
    })
}

/// A time, in words if it is the last that there is.
fn tick(time: u64) -> String {
    if time == u64::MAX { "the end of time".to_owned() } else { time.to_string() }
}

/// What a machine announces, in words.
fn next(deadline: Option<u64>) -> String {
    let deadline = deadline.map_or("None".to_owned(), |it| format!("Some({})", tick(it)));
    format!("next_deadline {deadline}")
}

/// What came out of a machine, in words.
fn name(due: Option<(u64, usize)>) -> String {
    match due {
        Some((deadline, id)) => format!("timer {id}, due at {}", tick(deadline)),
        None => "no more timers".to_owned(),
    }
}

/// Like [`Story::expect`], for what has been put into words already.
fn same(story: &mut Story, expected: String, happened: String) -> Result<(), Broken> {
    if expected == happened { Ok(()) } else { story.broken(expected, happened) }
}
