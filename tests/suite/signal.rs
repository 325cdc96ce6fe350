//! A leaf future against a list on paper: whoever waits, with whatever waker and however
//! often, is woken by the setting of the signal, and by the last waker it was polled with.
//!
//! Wakers here are strangers: some of them poll a future of the same signal when they are
//! woken. So the machine must not hold a borrow while it wakes.

use std::cell::RefCell;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use proptest::collection::vec;
use proptest::prelude::*;

use super::{Broken, Outcome, Story, explore};

/// What the suite tests: something that happens once, and that many can wait for. It
/// stays on one thread.
pub trait Signal: Clone + 'static {
    /// A signal that is not set.
    fn new() -> Self;
    /// A future that is ready when the signal is set. Until then it has the waker of its
    /// last poll woken by `set`.
    fn wait(&self) -> Pin<Box<dyn Future<Output = ()>>>;
    /// Sets the signal.
    fn set(&self);
}

/// A future that waits. A name is used again once its future is dropped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Name(u8);

const NAMES: u8 = 3;

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", char::from(b'A' + self.0))
    }
}

#[derive(Clone, Debug)]
enum Step {
    /// Makes the future if there is none, and polls it with a new waker. A curious waker
    /// waits for the signal itself, when it is woken.
    Poll {
        name: Name,
        curious: bool,
    },
    Drop(Name),
    Set,
}

fn step() -> impl Strategy<Value = Step> {
    let name = || (0..NAMES).prop_map(Name);
    prop_oneof![
        5 => (name(), prop::bool::weighted(0.2))
            .prop_map(|(name, curious)| Step::Poll { name, curious }),
        1 => name().prop_map(Step::Drop),
        1 => Just(Step::Set),
    ]
}

thread_local! {
    /// What a curious waker does. Wakers can be sent, signals cannot, so it is here.
    static CURIOUS: RefCell<Option<Box<dyn Fn()>>> = const { RefCell::new(None) };
}

/// Remembers that it was woken.
struct Bell {
    number: usize,
    curious: bool,
    rung: AtomicBool,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.rung.store(true, Ordering::Relaxed);
        if self.curious {
            CURIOUS.with_borrow(|act| act.as_ref().expect("a case runs")());
        }
    }
}

/// A future, and the waker of its last poll if that was pending.
struct Waiter {
    future: Pin<Box<dyn Future<Output = ()>>>,
    last: Option<Arc<Bell>>,
}

fn run<S: Signal>(steps: &[Step], story: &mut Story) -> Result<(), Broken> {
    let signal = S::new();
    let stranger = signal.clone();
    CURIOUS.set(Some(Box::new(move || {
        let _ = stranger.wait().as_mut().poll(&mut Context::from_waker(Waker::noop()));
    })));
    let mut waiters: [Option<Waiter>; NAMES as usize] = Default::default();
    let (mut set, mut polls) = (false, 0);
    for step in steps {
        match *step {
            Step::Poll { name, curious } => {
                polls += 1;
                let waiter = waiters[usize::from(name.0)]
                    .get_or_insert_with(|| Waiter { future: signal.wait(), last: None });
                poll(name, waiter, polls, curious, set, story)?;
                if set {
                    waiters[usize::from(name.0)] = None;
                }
            }
            Step::Drop(name) => {
                if let Some(waiter) = waiters[usize::from(name.0)].take() {
                    story.step(format!("drop {name}"));
                    drop(waiter);
                }
            }
            Step::Set if set => {}
            Step::Set => {
                story.step("set the signal");
                set = true;
                signal.set();
                woken(&waiters, story)?;
            }
        }
    }
    Ok(())
}

fn poll(
    name: Name,
    waiter: &mut Waiter,
    number: usize,
    curious: bool,
    set: bool,
    story: &mut Story,
) -> Result<(), Broken> {
    let kind = if curious { ", which polls when it is woken" } else { "" };
    story.step(format!("poll {name} with waker {number}{kind}"));
    let bell = Arc::new(Bell { number, curious, rung: AtomicBool::new(false) });
    let waker = Waker::from(Arc::clone(&bell));
    let polled = waiter.future.as_mut().poll(&mut Context::from_waker(&waker));
    waiter.last = Some(bell);
    story.expect(if set { Poll::Ready(()) } else { Poll::Pending }, polled)
}

/// After the signal was set: the last waker of everyone who waits has been woken.
fn woken(waiters: &[Option<Waiter>], story: &mut Story) -> Result<(), Broken> {
    for (name, waiter) in (0..NAMES).map(Name).zip(waiters) {
        let Some(bell) = waiter.as_ref().and_then(|waiter| waiter.last.as_ref()) else {
            continue;
        };
        if !bell.rung.load(Ordering::Relaxed) {
            let number = bell.number;
            return story.broken(
                format!("waker {number}, the last of {name}, is woken"),
                "it is not: whoever waits there waits forever",
            );
        }
    }
    Ok(())
}

/// Any signal that passes this loses no wake.
pub fn wakes_everyone<S: Signal>() -> Outcome {
    let outcome = explore(
        "setting the signal wakes everyone who waits, by the last waker of each",
        &vec(step(), 0..10),
        |steps, story| run::<S>(steps, story),
    );
    CURIOUS.set(None);
    outcome
}
