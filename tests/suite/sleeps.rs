//! Sleeps against a list on paper: who is woken, when, and what is left in the wheel.

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};

use proptest::collection::vec;
use proptest::prelude::*;

use super::{Broken, Outcome, Story, explore};

/// What the suite tests: sleeps on a clock that stands at 0.
pub trait Sleeps {
    type Sleep: Future<Output = ()> + Unpin;
    fn new() -> Self;
    fn sleep(&self, seconds: u64) -> Self::Sleep;
    /// Moves the clock, and wakes whose timers are due.
    fn advance(&self, seconds: u64);
    /// How many timers are set.
    fn timers(&self) -> usize;
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Sleep(u64),
    /// Polls a sleep with the waker of this number.
    Poll(usize, usize),
    Drop(usize),
    Advance(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => (0..4_u64).prop_map(Step::Sleep),
        6 => (0..2_usize, 0..2_usize).prop_map(|(sleep, waker)| Step::Poll(sleep, waker)),
        1 => (0..2_usize).prop_map(Step::Drop),
        3 => (1..4_u64).prop_map(Step::Advance),
    ]
}

type Rung = Arc<Mutex<Vec<usize>>>;

struct Bell(usize, Rung);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.1.lock().expect("nobody panics under it").push(self.0);
    }
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
    let sentence = "a sleep wakes whoever polled it last, and leaves no timer behind";
    explore(sentence, &vec(step(), 0..16), |steps, story| run::<S>(steps, story))
}

fn run<S: Sleeps>(steps: &[Step], story: &mut Story) -> Result<(), Broken> {
    let machine = S::new();
    let rung = Rung::default();
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
                let waker = Waker::from(Arc::new(Bell(who, Arc::clone(&rung))));
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
                let woken = std::mem::take(&mut *rung.lock().expect("no panic"));
                if woken != due {
                    return story.broken(wakers(&due), wakers(&woken));
                }
            }
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
