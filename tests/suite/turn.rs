//! A turn of a loop against a line on paper: who is polled, in which order, how many at most,
//! and whose timers fire.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

use proptest::collection::vec;
use proptest::prelude::*;

use super::{Broken, Outcome, Story, explore};

pub type Work = Pin<Box<dyn Future<Output = ()>>>;

/// What the suite tests: a loop whose clock stands at 0.
pub trait Loop {
    fn new() -> Self;
    fn spawn(&self, work: Work);
    /// Sets a timer.
    fn set(&self, deadline: u64, waker: Waker);
    /// Moves the clock.
    fn advance(&self, ticks: u64);
    fn turn(&self);
}

#[derive(Clone, Copy, Debug)]
enum Step {
    /// A task that wakes itself so often before it ends.
    Spawn(u32),
    Timer(u64),
    Advance(u64),
    Turn,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..4_u32).prop_map(Step::Spawn),
        1 => (58..140_u32).prop_map(Step::Spawn),
        2 => (0..4_u64).prop_map(Step::Timer),
        2 => (0..4_u64).prop_map(Step::Advance),
        4 => Just(Step::Turn),
    ]
}

/// How many polls a turn has.
const POLLS: usize = 61;

type Log = Rc<RefCell<Vec<String>>>;

struct Yielder {
    name: usize,
    left: u32,
    log: Log,
}

impl Future for Yielder {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let name = name(self.name);
        self.log.borrow_mut().push(format!("{name} is polled"));
        assert!(self.log.borrow().len() < 1_000, "a thousand polls in one turn");
        if self.left == 0 {
            return Poll::Ready(());
        }
        self.left -= 1;
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

struct Ringer(usize, Arc<Mutex<Vec<usize>>>);

impl Wake for Ringer {
    fn wake(self: Arc<Self>) {
        self.1.lock().expect("nobody panics under it").push(self.0);
    }
}

fn name(number: usize) -> char {
    char::from(b'A' + u8::try_from(number).expect("few tasks"))
}

/// Each turn polls whose turn it is, 61 at most, and then fires what is due.
pub fn takes_turns<L: Loop>() -> Outcome {
    let sentence =
        "a turn polls who is ready, in order and 61 at most, then fires timers";
    explore(sentence, &vec(step(), 0..9), |steps, story| run::<L>(steps, story))
}

fn run<L: Loop>(steps: &[Step], story: &mut Story) -> Result<(), Broken> {
    let machine = L::new();
    let log = Log::default();
    let fired = Arc::<Mutex<Vec<usize>>>::default();
    let mut line = std::collections::VecDeque::new();
    let (mut tasks, mut now, mut told) = (0, 0_u64, 0);
    let mut timers: Vec<(u64, usize)> = Vec::new();
    let mut set = 0;
    for step in steps {
        match *step {
            Step::Spawn(left) => {
                let times = if left == 1 { "once" } else { &format!("{left} times") };
                let how =
                    if left == 0 { "ends".into() } else { format!("yields {times}") };
                story.step(format!("spawn {}, which {how}", name(tasks)));
                let yielder = Yielder { name: tasks, left, log: Rc::clone(&log) };
                machine.spawn(Box::pin(yielder));
                line.push_back((tasks, left));
                tasks += 1;
            }
            Step::Timer(deadline) => {
                story.step(format!("set timer {set} for {deadline}"));
                machine.set(
                    deadline,
                    Waker::from(Arc::new(Ringer(set, Arc::clone(&fired)))),
                );
                // What has passed already counts as the time of the last turn.
                timers.push((deadline.max(told), set));
                set += 1;
            }
            Step::Advance(ticks) => {
                now += ticks;
                story.step(format!("it is {now}"));
                machine.advance(ticks);
            }
            Step::Turn => {
                story.step("a turn");
                told = now;
                machine.turn();
                let mut expected = Vec::new();
                for _ in 0..POLLS {
                    let Some((task, left)) = line.pop_front() else { break };
                    expected.push(format!("{} is polled", name(task)));
                    if left > 0 {
                        line.push_back((task, left - 1));
                    }
                }
                agree(&expected, &log.take(), story)?;
                timers.sort_unstable();
                let due = timers.partition_point(|(deadline, _)| *deadline <= now);
                let due: Vec<usize> =
                    timers.drain(..due).map(|(_, timer)| timer).collect();
                let happened = std::mem::take(&mut *fired.lock().expect("no panic"));
                if due != happened {
                    return story.broken(fire(&due), fire(&happened));
                }
            }
        }
    }
    Ok(())
}

fn fire(timers: &[usize]) -> String {
    match timers {
        [] => "no timer fires".to_owned(),
        [one] => format!("timer {one} fires"),
        some => format!("timers {some:?} fire"),
    }
}

/// The first place in which they differ.
fn agree(
    expected: &[String],
    happened: &[String],
    story: &mut Story,
) -> Result<(), Broken> {
    let over = "the turn goes on without a poll".to_owned();
    for index in 0..expected.len().max(happened.len()) {
        let (should, did) = (expected.get(index), happened.get(index));
        if should != did {
            let number = format!(" (poll {} of the turn)", index + 1);
            return story.broken(
                should.unwrap_or(&over).clone() + &number,
                did.unwrap_or(&over).clone() + &number,
            );
        }
    }
    Ok(())
}
