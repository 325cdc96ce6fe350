//! A leaf future against a list on paper: whoever waits, with whatever waker and however
//! often, is woken by the setting of the signal, and by the last waker it was polled with.
//!
//! Wakers here are strangers: some of them poll a future of the same signal when they are
//! cloned, woken or dropped. So the machine must not hold a borrow while it does that.

use std::cell::RefCell;
use std::fmt;
use std::mem::ManuallyDrop;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, RawWaker, RawWakerVTable, Waker};
use std::thread;

use proptest::collection::vec;
use proptest::prelude::*;

use super::{Broken, Outcome, Story, explore};

/// What the suite tests: something that happens once, and that many can wait for. It
/// stays on one thread.
pub trait Signal: Clone + 'static {
    /// A signal that is not set.
    fn new() -> Self;
    /// A future that is ready when the signal is set. Until then it has the waker of its
    /// last poll woken by `set`; if it is dropped, it takes that waker along.
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
    /// polls a future of the signal itself, whatever is done with it.
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

impl Bell {
    /// What a stranger may do in its code, except while a panic is on its way already.
    fn act(&self) {
        if self.curious && !thread::panicking() {
            CURIOUS.with_borrow(|act| act.as_ref().map_or((), |act| act()));
        }
    }
}

/// A waker that rings the bell. `std::task::Wake` would make it without `unsafe`, but has no
/// say in what happens when a waker is cloned.
fn waker_of(bell: &Arc<Bell>) -> Waker {
    let data = Arc::into_raw(Arc::clone(bell)).cast();
    // SAFETY: `data` and the functions of `VTABLE` keep to the contract of `RawWaker`: each
    // is sound for a pointer that came from `Arc::into_raw`, and a `Bell` is `Send + Sync`.
    unsafe { Waker::from_raw(RawWaker::new(data, &VTABLE)) }
}

static VTABLE: RawWakerVTable = RawWakerVTable::new(clone, wake, wake_by_ref, drop_share);

unsafe fn clone(data: *const ()) -> RawWaker {
    // SAFETY: the waker is borrowed for this call, so its share outlives the reference.
    unsafe { &*data.cast::<Bell>() }.act();
    // SAFETY: that share is there still, so the count is at least one.
    unsafe { Arc::increment_strong_count(data.cast::<Bell>()) };
    RawWaker::new(data, &VTABLE)
}

unsafe fn wake(data: *const ()) {
    // SAFETY: the pointer came from `Arc::into_raw`, and the waker that held this share is
    // gone: nobody takes it back again.
    let bell = unsafe { Arc::from_raw(data.cast::<Bell>()) };
    bell.rung.store(true, Ordering::Relaxed);
    bell.act();
}

unsafe fn wake_by_ref(data: *const ()) {
    // SAFETY: as in `clone`.
    let bell = unsafe { &*data.cast::<Bell>() };
    bell.rung.store(true, Ordering::Relaxed);
    bell.act();
}

unsafe fn drop_share(data: *const ()) {
    // SAFETY: as in `wake`.
    unsafe { Arc::from_raw(data.cast::<Bell>()) }.act();
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
        // If the poll panics, this is not dropped: it would panic again, and abort.
        let mut future = ManuallyDrop::new(stranger.wait());
        let _ = future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        drop(ManuallyDrop::into_inner(future));
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
                    let Waiter { future, last } = waiter;
                    drop(future);
                    taken_along(name, last.as_ref(), story)?;
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
    let kind =
        if curious { ", which polls when it is cloned, woken or dropped" } else { "" };
    story.step(format!("poll {name} with waker {number}{kind}"));
    let bell = Arc::new(Bell { number, curious, rung: AtomicBool::new(false) });
    let waker = waker_of(&bell);
    let polled = waiter.future.as_mut().poll(&mut Context::from_waker(&waker));
    waiter.last = Some(bell);
    story.expect(if set { Poll::Ready(()) } else { Poll::Pending }, polled)
}

/// After a future was dropped: nobody has its waker any more.
fn taken_along(
    name: Name,
    last: Option<&Arc<Bell>>,
    story: &mut Story,
) -> Result<(), Broken> {
    let Some(bell) = last.filter(|bell| Arc::strong_count(bell) > 1) else {
        return Ok(());
    };
    let number = bell.number;
    story.broken(
        format!("waker {number}, the last of {name}, is dropped too"),
        "somebody keeps it: whoever comes and goes leaves a waker for good",
    )
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
