//! A leaf future against a list on paper: whoever waits, with whatever waker and however
//! often, is woken by the setting of the signal, and by the last waker it was polled with.
//!
//! Wakers here are strangers: some of them poll a future of the same signal when they are
//! cloned, woken or dropped. So the machine must not hold a borrow while it does that. Others
//! set the signal when they are cloned. So it must not look before it clones.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::mem::ManuallyDrop;
use std::pin::Pin;
use std::rc::Rc;
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
    /// last poll woken by `set`; if it is dropped, it takes that waker along
    /// (a set under way may still wake it).
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
    /// Makes the future if there is none, and polls it with a new waker.
    Poll {
        name: Name,
        kind: Kind,
    },
    Drop(Name),
    Set,
}

/// What a waker does beside ringing its bell.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Quiet,
    /// It polls a future of the signal itself, whatever is done with it.
    Curious,
    /// It sets the signal when it is cloned.
    Hasty,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Quiet => "",
            Kind::Curious => ", which polls when it is cloned, woken or dropped",
            Kind::Hasty => ", which sets the signal when it is cloned",
        })
    }
}

fn step() -> impl Strategy<Value = Step> {
    let name = || (0..NAMES).prop_map(Name);
    let kind = prop_oneof![
        14 => Just(Kind::Quiet),
        4 => Just(Kind::Curious),
        1 => Just(Kind::Hasty),
    ];
    prop_oneof![
        5 => (name(), kind).prop_map(|(name, kind)| Step::Poll { name, kind }),
        1 => name().prop_map(Step::Drop),
        1 => Just(Step::Set),
    ]
}

/// What a waker of a kind does.
type Act = Box<dyn Fn(Kind)>;

thread_local! {
    /// Wakers can be sent, signals cannot, so it is here.
    static ACT: RefCell<Option<Act>> = const { RefCell::new(None) };
}

/// Remembers that it was woken.
struct Bell {
    number: usize,
    kind: Kind,
    rung: AtomicBool,
}

impl Bell {
    /// What a stranger may do in its code, except while a panic is on its way already.
    fn act(&self, kind: Kind) {
        if self.kind == kind && !thread::panicking() {
            ACT.with_borrow(|act| act.as_ref().map_or((), |act| act(kind)));
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
    let bell = unsafe { &*data.cast::<Bell>() };
    bell.act(Kind::Curious);
    bell.act(Kind::Hasty);
    // SAFETY: that share is there still, so the count is at least one.
    unsafe { Arc::increment_strong_count(data.cast::<Bell>()) };
    RawWaker::new(data, &VTABLE)
}

unsafe fn wake(data: *const ()) {
    // SAFETY: the pointer came from `Arc::into_raw`, and the waker that held this share is
    // gone: nobody takes it back again.
    let bell = unsafe { Arc::from_raw(data.cast::<Bell>()) };
    bell.rung.store(true, Ordering::Relaxed);
    bell.act(Kind::Curious);
}

unsafe fn wake_by_ref(data: *const ()) {
    // SAFETY: as in `clone`.
    let bell = unsafe { &*data.cast::<Bell>() };
    bell.rung.store(true, Ordering::Relaxed);
    bell.act(Kind::Curious);
}

unsafe fn drop_share(data: *const ()) {
    // SAFETY: as in `wake`.
    unsafe { Arc::from_raw(data.cast::<Bell>()) }.act(Kind::Curious);
}

/// A future, and the waker of its last poll if that was pending.
struct Waiter {
    future: Pin<Box<dyn Future<Output = ()>>>,
    last: Option<Arc<Bell>>,
}

fn run<S: Signal>(steps: &[Step], story: &mut Story) -> Result<(), Broken> {
    let signal = S::new();
    let set = Rc::new(Cell::new(false));
    let (stranger, stranger_set) = (signal.clone(), Rc::clone(&set));
    let act: Act = Box::new(move |kind| {
        if kind == Kind::Hasty {
            if !stranger_set.replace(true) {
                stranger.set();
            }
            return;
        }
        // If the poll panics, this is not dropped: it would panic again, and abort.
        let mut future = ManuallyDrop::new(stranger.wait());
        let _ = future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        drop(ManuallyDrop::into_inner(future));
    });
    // The one before may drop wakers, and they look here: `set` would drop it under a borrow.
    drop(ACT.replace(Some(act)));
    let mut waiters: [Option<Waiter>; NAMES as usize] = Default::default();
    let mut polls = 0;
    for step in steps {
        match *step {
            Step::Poll { name, kind } => {
                polls += 1;
                let waiter = &mut waiters[usize::from(name.0)];
                let was_set = set.get();
                let polled = poll(name, waiter, &signal, polls, kind, story);
                if was_set || !set.get() {
                    story.expect(
                        if was_set { Poll::Ready(()) } else { Poll::Pending },
                        polled,
                    )?;
                }
                if polled.is_ready() {
                    *waiter = None;
                }
                if !was_set && set.get() {
                    // Its waker has set the signal. To be ready is right, to be woken, too.
                    woken(&waiters, story)?;
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
            Step::Set if set.get() => {}
            Step::Set => {
                story.step("set the signal");
                set.set(true);
                signal.set();
                woken(&waiters, story)?;
            }
        }
    }
    Ok(())
}

/// Polls with a new waker.
fn poll<S: Signal>(
    name: Name,
    waiter: &mut Option<Waiter>,
    signal: &S,
    number: usize,
    kind: Kind,
    story: &mut Story,
) -> Poll<()> {
    let waiter =
        waiter.get_or_insert_with(|| Waiter { future: signal.wait(), last: None });
    story.step(format!("poll {name} with waker {number}{kind}"));
    let bell = Arc::new(Bell { number, kind, rung: AtomicBool::new(false) });
    let waker = waker_of(&bell);
    let polled = waiter.future.as_mut().poll(&mut Context::from_waker(&waker));
    waiter.last = Some(bell);
    polled
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
    drop(ACT.take());
    outcome
}
