//! An inbox: letters that other threads leave for a loop, and the bell that wakes it, in every
//! order in which the two can meet at the lock.
//!
//! A race without threads: before the loop takes the lock, another thread may come in between
//! and leave a letter, and before that one takes it, the loop may. So each case is one order,
//! and the same every time.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use proptest::collection::vec;
use proptest::prelude::*;

use super::{Broken, Outcome, Story, explore};

/// What the suite tests.
pub trait Inbox: 'static {
    fn new(ring: impl Fn() + Send + Sync + 'static) -> Self;
    fn push(&self, number: usize);
    fn take(&self) -> Vec<usize>;
    fn park(&self) -> bool;
    /// From now on this is called each time before a lock is taken.
    fn before_each(before: Option<Box<dyn FnMut()>>);
    /// How many locks are held now.
    fn held() -> u32;
}

#[derive(Clone, Copy, Debug)]
enum Step {
    /// Another thread leaves a letter.
    Push,
    /// The loop takes its letters.
    Take,
    /// The loop goes to sleep, if it may; another thread leaves a letter when the lock has been
    /// asked for so many times, if it is.
    Park(u32),
    /// The bell has woken the loop, if it was rung; else it sleeps on.
    Listen,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => Just(Step::Push),
        2 => Just(Step::Take),
        3 => (0..4_u32).prop_map(Step::Park),
        2 => Just(Step::Listen),
    ]
}

/// What one letter has done, no other one has to do.
const AND_RINGS: &str = ", and rings: the loop counts as awake";

struct Case<I> {
    inbox: Rc<I>,
    rings: Arc<AtomicU32>,
    under_lock: Arc<AtomicBool>,
    letters: Vec<usize>,
    written: Rc<Cell<usize>>,
    asleep: bool,
}

impl<I: Inbox> Case<I> {
    fn new() -> Self {
        let (rings, under_lock) =
            (Arc::<AtomicU32>::default(), Arc::<AtomicBool>::default());
        let (count, held) = (Arc::clone(&rings), Arc::clone(&under_lock));
        let inbox = Rc::new(I::new(move || {
            count.fetch_add(1, Ordering::Relaxed);
            held.fetch_or(I::held() > 0, Ordering::Relaxed);
        }));
        let written = Rc::new(Cell::new(0));
        Case { inbox, rings, under_lock, letters: vec![], written, asleep: false }
    }

    fn take(&mut self, step: Step, story: &mut Story) -> Result<(), Broken> {
        match step {
            Step::Push => {
                self.letters.push(self.written.get());
                story
                    .step(format!("another thread leaves letter {}", self.written.get()));
                self.inbox.push(self.written.replace(self.written.get() + 1));
                self.rung(u32::from(self.asleep), story)?;
                if std::mem::take(&mut self.asleep) {
                    story.go_on(AND_RINGS);
                }
            }
            Step::Take if !self.asleep => {
                story.step("the loop takes its letters");
                story.expect(std::mem::take(&mut self.letters), self.inbox.take())?;
            }
            Step::Park(after) if !self.asleep => self.park(after, story)?,
            Step::Listen if self.asleep => {
                story.step("the time is over, and the loop wakes");
                story.expect(vec![], self.inbox.take())?;
                self.asleep = false;
            }
            _ => {}
        }
        if self.under_lock.load(Ordering::Relaxed) {
            return story.broken("a ring when the lock is free", "a ring under the lock");
        }
        Ok(())
    }

    /// The loop parks, and in the middle of it a letter comes.
    fn park(&mut self, after: u32, story: &mut Story) -> Result<(), Broken> {
        story.step("the loop parks");
        let came = Rc::new(RefCell::new(None));
        if after > 0 {
            let (inbox, came) = (Rc::clone(&self.inbox), Rc::clone(&came));
            let (written, mut asked) = (Rc::clone(&self.written), 0);
            I::before_each(Some(Box::new(move || {
                asked += 1;
                if asked == after {
                    came.replace(Some(written.get()));
                    inbox.push(written.replace(written.get() + 1));
                }
            })));
        }
        let sleeps = self.inbox.park();
        I::before_each(None);
        let before = self.letters.len();
        if let Some(number) = came.take() {
            story.go_on(&format!(
                "; before it takes the lock{}, letter {number} comes",
                if after == 1 { "" } else { " once more" }
            ));
            self.letters.push(number);
        }
        let rung = self.rings.swap(0, Ordering::Relaxed);
        let sleeps_well = sleeps && rung == 0;
        if !self.letters.is_empty() && sleeps_well {
            return story
                .broken("it stays awake, or is rung for", "it sleeps, with a letter");
        }
        if self.letters.is_empty() && !sleeps {
            return story.broken("it sleeps, for there is no letter", "it stays awake");
        }
        if before > 0 && rung > 0 {
            return story.broken("no ring, for it was awake", "a ring");
        }
        if rung > 0 {
            story.go_on(AND_RINGS);
        }
        self.asleep = sleeps_well;
        Ok(())
    }

    fn rung(&self, expected: u32, story: &mut Story) -> Result<(), Broken> {
        let rings = |count: u32| match count {
            0 => "no ring".to_owned(),
            1 => "a ring".to_owned(),
            more => format!("{more} rings"),
        };
        let happened = self.rings.swap(0, Ordering::Relaxed);
        if happened == expected {
            return Ok(());
        }
        let why = if self.asleep { ", for the loop sleeps" } else { ", for it is awake" };
        story.broken(rings(expected) + why, rings(happened))
    }
}

/// Every letter is taken once, the loop sleeps when there is none, and is rung for once.
pub fn loses_no_letter<I: Inbox>() -> Outcome {
    let sentence =
        "a loop never sleeps on a letter, and is rung for once, when it sleeps";
    explore(sentence, &vec(step(), 0..8), |steps, story| {
        I::before_each(None);
        let mut case = Case::<I>::new();
        for step in steps {
            case.take(*step, story)?;
        }
        Ok(())
    })
}

/// What the second suite tests: a task's waker, and the inbox that it leaves its letters in.
pub trait Seat: 'static {
    fn new() -> Self;
    fn wake(&self);
    /// It is the task's turn: its seat is free again.
    fn free(&self);
    /// Takes all letters, and says how many there were.
    fn letters(&self) -> usize;
    /// As that of an inbox.
    fn before_each(before: Option<Box<dyn FnMut()>>);
}

/// A wake that comes in the middle of another one is none more: a seat is taken before its
/// letter is on its way.
pub fn has_one_seat<S: Seat>() -> Outcome {
    let sentence = "a task has one seat, also if two threads wake it at the same time";
    let step = prop_oneof![Just(false), Just(true)];
    explore(sentence, &vec(step, 1..4), |steps, story| {
        S::before_each(None);
        let seat = Rc::new(S::new());
        for at_once in steps {
            if *at_once {
                story.step(
                    "a thread wakes the task; before it gets at the inbox, another one does",
                );
                let (other, mut woken) = (Rc::clone(&seat), false);
                S::before_each(Some(Box::new(move || {
                    if !std::mem::replace(&mut woken, true) {
                        other.wake();
                    }
                })));
            } else {
                story.step("a thread wakes the task");
            }
            seat.wake();
            S::before_each(None);
            let seats = |count: usize| {
                format!("{count} seat{}", if count == 1 { "" } else { "s" })
            };
            let happened = seat.letters();
            if happened != 1 {
                return story.broken(seats(1), seats(happened));
            }
            seat.free();
        }
        Ok(())
    })
}
