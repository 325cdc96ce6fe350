//! Sleeps against a list on paper: who is woken, when, and what is left in the wheel. The wakers
//! are a stranger's: whoever clones one or drops it runs code that may need the wheel.

use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::task::Context;

use proptest::collection::vec;
use proptest::prelude::*;

use super::stranger::{Event, Stranger};
use super::{Broken, Outcome, Story, explore};

/// What the suite tests: sleeps on a clock that stands at 0.
pub trait Sleeps: 'static {
    type Sleep: Future<Output = ()> + Unpin;
    fn new() -> Self;
    fn sleep(&self, seconds: u64) -> Self::Sleep;
    /// Moves the clock.
    fn advance(&self, seconds: u64);
    /// Wakes whose timers are due.
    fn fire(&self);
    /// How many timers are set.
    fn timers(&self) -> usize;
    /// Whether nobody has borrowed the wheel.
    fn is_free(&self) -> bool;
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Sleep(u64),
    /// Polls a sleep with the waker of this number.
    Poll(usize, usize),
    Drop(usize),
    Advance(u64),
    /// Time passes in a poll, say, so that no timer fires before the next poll.
    Compute(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => (0..4_u64).prop_map(Step::Sleep),
        6 => (0..2_usize, 0..2_usize).prop_map(|(sleep, waker)| Step::Poll(sleep, waker)),
        1 => (0..2_usize).prop_map(Step::Drop),
        3 => (1..4_u64).prop_map(Step::Advance),
        1 => (1..4_u64).prop_map(Step::Compute),
    ]
}

/// What the wakers have seen.
#[derive(Default)]
struct Seen {
    woken: RefCell<Vec<usize>>,
    /// What was done to one while the wheel was borrowed.
    under_a_borrow: Cell<Option<Event>>,
}

fn waker<S: Sleeps>(who: usize, machine: Weak<S>, seen: Rc<Seen>) -> Stranger {
    Stranger::new(move |event| {
        if event == Event::Wake {
            seen.woken.borrow_mut().push(who);
        }
        // No panic, which a drop had better not have: it is told after the step.
        if machine.upgrade().is_some_and(|machine| !machine.is_free()) {
            seen.under_a_borrow.set(Some(event));
        }
    })
}

/// A sleep on paper.
struct Paper {
    deadline: u64,
    /// Whom its timer wakes; the second says when it was set.
    set: Option<(usize, usize)>,
    done: bool,
}

fn name(number: usize) -> char {
    char::from(b'A' + u8::try_from(number).expect("few sleeps"))
}

/// Each sleep ends at its time, wakes whoever polled last, and leaves nothing behind.
pub fn end_in_time<S: Sleeps>() -> Outcome {
    let sentence = "a sleep wakes whoever polled last, leaves no timer, and runs no \
                    waker's code under a borrow";
    explore(sentence, &vec(step(), 0..16), |steps, story| run::<S>(steps, story))
}

fn run<S: Sleeps>(steps: &[Step], story: &mut Story) -> Result<(), Broken> {
    let machine = Rc::new(S::new());
    let seen = Rc::<Seen>::default();
    let mut sleeps: Vec<(Option<S::Sleep>, Paper)> = Vec::new();
    let (mut now, mut settings) = (0, 0);
    for step in steps {
        match *step {
            Step::Sleep(seconds) => {
                story.step(format!("{} sleeps {seconds} s", name(sleeps.len())));
                let paper = Paper { deadline: now + seconds, set: None, done: false };
                sleeps.push((Some(machine.sleep(seconds)), paper));
            }
            Step::Poll(which, who) => {
                let Some((Some(sleep), paper)) = sleeps.get_mut(which) else { continue };
                if paper.done {
                    continue;
                }
                story.step(format!("{} is polled, with waker {}", name(which), who + 1));
                let waker = waker(who, Rc::downgrade(&machine), Rc::clone(&seen));
                let polled = Pin::new(sleep).poll(&mut Context::from_waker(&waker));
                paper.done = now >= paper.deadline;
                if polled.is_ready() != paper.done {
                    return story.broken(said(paper.done), said(polled.is_ready()));
                }
                settings += 1;
                paper.set = (!paper.done).then_some((who, settings));
            }
            Step::Drop(which) => {
                let Some((sleep, paper)) = sleeps.get_mut(which) else { continue };
                if sleep.is_some() {
                    story.step(format!("{} is dropped", name(which)));
                    *sleep = None;
                    paper.set = None;
                }
            }
            Step::Advance(seconds) => {
                now += seconds;
                story.step(format!("it is {now} s"));
                machine.advance(seconds);
                machine.fire();
                let mut due: Vec<(u64, usize, usize)> = Vec::new();
                for (_, paper) in &mut sleeps {
                    if let Some((who, setting)) = paper.set
                        && paper.deadline <= now
                    {
                        due.push((paper.deadline, setting, who));
                        paper.set = None;
                    }
                }
                due.sort_unstable();
                let due: Vec<usize> = due.iter().map(|(_, _, who)| *who).collect();
                let woken = seen.woken.take();
                if woken != due {
                    return story.broken(wakers(&due), wakers(&woken));
                }
            }
            Step::Compute(seconds) => {
                now += seconds;
                story.step(format!("it is {now} s, and no timer has fired yet"));
                machine.advance(seconds);
            }
        }
        if let Some(event) = seen.under_a_borrow.take() {
            let what = match event {
                Event::Clone => "cloned",
                Event::Wake => "called",
                Event::Drop => "dropped",
            };
            let free = format!("the wheel is free when a waker is {what}");
            return story.broken(free, "it is borrowed");
        }
        let set = sleeps.iter().filter(|(_, paper)| paper.set.is_some()).count();
        if set != machine.timers() {
            let timers = |count: usize| format!("{count} in the wheel");
            return story.broken(timers(set), timers(machine.timers()));
        }
    }
    Ok(())
}

fn said(ready: bool) -> &'static str {
    if ready { "Ready" } else { "Pending" }
}

fn wakers(numbers: &[usize]) -> String {
    let one = |number: &usize| format!("waker {} is called", number + 1);
    let all: Vec<String> = numbers.iter().map(one).collect();
    if all.is_empty() { "nobody is woken".to_owned() } else { all.join(", ") }
}
