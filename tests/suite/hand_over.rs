//! Permits that are handed over, against a line on paper: first come, first served, and
//! whoever goes away loses nothing for the others. A lock is one permit.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::fmt;
use std::mem;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, RawWaker, RawWakerVTable, Wake, Waker};

use proptest::collection::vec;
use proptest::prelude::*;

use super::{Broken, Outcome, Story, explore};

/// What the suite tests.
pub trait Permits: 'static {
    fn new(permits: usize) -> Self;
    /// Waits for its turn, and for so many permits. Dropped early, it loses nothing.
    fn acquire(&self, count: usize) -> Wait<'_>;
}

/// What is acquired has to be dropped to be given back.
pub trait Held {}
impl<T> Held for T {}

pub type Wait<'a> = Pin<Box<dyn Future<Output = Box<dyn Held + 'a>> + 'a>>;

/// Makes a lock of the book or of the reader [`Permits`].
#[allow(unused_macros)]
macro_rules! lock {
    ($name:ident, $type:ty) => {
        struct $name($type);

        impl crate::suite::hand_over::Permits for $name {
            fn new(_: usize) -> Self {
                $name(<$type>::new())
            }
            fn acquire(&self, _: usize) -> crate::suite::hand_over::Wait<'_> {
                let wait = self.0.lock();
                Box::pin(async move { Box::new(wait.await) as _ })
            }
        }
    };
}

/// Makes a semaphore of the book or of the reader [`Permits`].
#[allow(unused_macros)]
macro_rules! semaphore {
    ($name:ident, $type:ty) => {
        struct $name($type);

        impl crate::suite::hand_over::Permits for $name {
            fn new(permits: usize) -> Self {
                $name(<$type>::new(permits))
            }
            fn acquire(&self, count: usize) -> crate::suite::hand_over::Wait<'_> {
                let wait = self.0.acquire(count);
                Box::pin(async move { Box::new(wait.await) as _ })
            }
        }
    };
}

#[allow(unused_imports)] // not each test binary has one of them
pub(crate) use {lock, semaphore};

/// A lock is handed over, in order, and no turn gets lost.
pub fn locks<P: Permits>() -> Outcome {
    let cases = vec(step(1), 0..16);
    explore(
        "a lock is handed over in the order of those who wait, and no turn gets lost",
        &cases,
        |steps, story| Machine::<P>::run(&P::new(1), 1, true, steps, story),
    )
}

/// Permits are handed over, in order, and none gets lost.
pub fn permits<P: Permits>() -> Outcome {
    let cases =
        (1..=3_usize).prop_flat_map(|permits| (Just(permits), vec(step(permits), 0..16)));
    explore(
        "permits are handed over in the order of those who wait, and none gets lost",
        &cases,
        |(permits, steps), story| {
            story.given(format!("a semaphore with {permits} permits"));
            Machine::<P>::run(&P::new(*permits), *permits, false, steps, story)
        },
    )
}

/// A lock that passes this is handed over, whatever a stranger's waker does in its code.
pub fn by_strangers<P: Permits>() -> Outcome {
    let whens = vec![Strange::FirstClone, Strange::LaterClone, Strange::Wake];
    explore(
        "a lock is handed over, whatever a stranger's waker does in its code",
        &proptest::sample::select(whens),
        |when, story| match when {
            Strange::Wake => asks_in_a_wake::<P>(story),
            _ => unlocks_in_a_clone::<P>(*when, story),
        },
    )
}

/// When a stranger's waker uses the lock.
#[derive(Clone, Copy, Debug)]
enum Strange {
    FirstClone,
    LaterClone,
    Wake,
}

type Deed = Option<Box<dyn FnOnce()>>;

thread_local! {
    static IN_CLONE: RefCell<Deed> = const { RefCell::new(None) };
    static IN_WAKE: RefCell<Deed> = const { RefCell::new(None) };
    static WOKEN: Cell<bool> = const { Cell::new(false) };
}

static STRANGER: RawWakerVTable = RawWakerVTable::new(
    |_| {
        act(IN_CLONE.take());
        RawWaker::new(std::ptr::null(), &STRANGER)
    },
    |_| wake_stranger(),
    |_| wake_stranger(),
    |_| {},
);

fn wake_stranger() {
    WOKEN.set(true);
    act(IN_WAKE.take());
}

fn act(deed: Deed) {
    if let Some(deed) = deed {
        deed();
    }
}

/// A waker that does once, in its clone or its wake, what it is told to.
fn stranger() -> Waker {
    // What is left of a case that panicked is not to be touched again.
    mem::forget((IN_CLONE.take(), IN_WAKE.take()));
    WOKEN.set(false);
    // SAFETY: the pointer is not used, and what is lies in the thread that uses it.
    unsafe { Waker::from_raw(RawWaker::new(std::ptr::null(), &STRANGER)) }
}

/// Asks for the lock, and says what comes of it.
fn ask<'a>(wait: &mut Wait<'a>, waker: &Waker) -> Poll<Box<dyn Held + 'a>> {
    wait.as_mut().poll(&mut Context::from_waker(waker))
}

fn unlocks_in_a_clone<P: Permits>(
    when: Strange,
    story: &mut Story,
) -> Result<(), Broken> {
    let waker = stranger();
    let machine: &P = Box::leak(Box::new(P::new(1))); // a deed may outlive the case
    story.step("Anna asks for the lock");
    let Poll::Ready(held) = ask(&mut machine.acquire(1), Waker::noop()) else {
        return story.broken("it goes on", "it waits");
    };
    let mut bob = machine.acquire(1);
    story.step("Bob asks for the lock");
    if let Strange::LaterClone = when {
        if ask(&mut bob, Waker::noop()).is_ready() {
            return story.broken("it waits", "it goes on");
        }
        story.step("Bob is polled again, with another waker");
    }
    story.go_on("; in the clone of his waker Anna gives it back");
    IN_CLONE.set(Some(Box::new(move || drop(held))));
    let mut polled = ask(&mut bob, &waker);
    act(IN_CLONE.take()); // if it was not cloned
    if polled.is_pending() && WOKEN.get() {
        story.step("Bob, who was woken, is polled again");
        polled = ask(&mut bob, &waker);
    }
    if polled.is_pending() {
        return story.broken("it is Bob's turn", "he waits, and nobody wakes him");
    }
    Ok(())
}

fn asks_in_a_wake<P: Permits>(story: &mut Story) -> Result<(), Broken> {
    let waker = stranger();
    let machine: &P = Box::leak(Box::new(P::new(1)));
    story.step("Anna asks for the lock");
    let Poll::Ready(held) = ask(&mut machine.acquire(1), Waker::noop()) else {
        return story.broken("it goes on", "it waits");
    };
    story.step("Bob asks for the lock");
    let mut bob = machine.acquire(1);
    if ask(&mut bob, &waker).is_ready() {
        return story.broken("it waits", "it goes on");
    }
    let carol = Rc::new(Cell::new(None));
    let asked = Rc::clone(&carol);
    IN_WAKE.set(Some(Box::new(move || {
        let polled = ask(&mut machine.acquire(1), Waker::noop());
        asked.set(Some(polled.is_ready()));
    })));
    story.step("Anna gives it back; in the wake of Bob's waker Carol asks for it");
    drop(held);
    match carol.take() {
        None => return story.broken("Bob is woken", "nobody wakes him"),
        Some(true) => return story.broken("she waits: it is Bob's", "she goes on"),
        Some(false) => story.step("Carol goes away; Bob is polled again"),
    }
    let is_ready = ask(&mut bob, &waker).is_ready();
    if is_ready { Ok(()) } else { story.broken("he goes on", "he waits") }
}

#[derive(Clone, Copy, Debug)]
enum Step {
    /// Polls the wait of this one, which is made if there is none. If there is one, it may
    /// be by another waker than the time before.
    Poll { who: usize, count: usize, another: bool },
    /// This one goes away: it drops its wait, or gives back what it has.
    Leave(usize),
}

const NAMES: [&str; 4] = ["Anna", "Bob", "Carol", "Dave"];
const NOBODY: [&str; 4] =
    ["nobody wakes her", "nobody wakes him", "nobody wakes her", "nobody wakes him"];

fn step(permits: usize) -> impl Strategy<Value = Step> + Clone {
    prop_oneof![
        2 => (0..NAMES.len(), 1..=permits, any::<bool>())
            .prop_map(|(who, count, another)| Step::Poll { who, count, another }),
        1 => (0..NAMES.len()).prop_map(Step::Leave),
    ]
}

/// Remembers that it was woken.
#[derive(Default)]
struct Bell(AtomicBool);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Where somebody is.
enum Place<'a> {
    Away,
    Waits {
        count: usize,
        granted: bool,
        wait: Wait<'a>,
        /// One for each of its wakers, the latest last.
        bells: Vec<Arc<Bell>>,
    },
    Has {
        count: usize,
        _held: Box<dyn Held + 'a>,
    },
}

struct Machine<'a, P> {
    machine: &'a P,
    is_lock: bool,
    places: [Place<'a>; NAMES.len()],
    /// Who waits, in order, and how many permits nobody has: on paper.
    line: VecDeque<usize>,
    free: usize,
}

impl<'a, P: Permits> Machine<'a, P> {
    fn run(
        machine: &'a P,
        permits: usize,
        is_lock: bool,
        steps: &[Step],
        story: &mut Story,
    ) -> Result<(), Broken> {
        let places = NAMES.map(|_| Place::Away);
        let line = VecDeque::new();
        let mut it = Machine { machine, is_lock, places, line, free: permits };
        for step in steps {
            match *step {
                Step::Poll { who, count, another } => {
                    it.poll(who, count, another, story)?;
                }
                Step::Leave(who) => it.leave(who, story)?,
            }
        }
        for who in 0..NAMES.len() {
            it.leave(who, story)?;
        }
        it.poll(0, permits, false, story)
    }

    fn poll(
        &mut self,
        who: usize,
        count: usize,
        another: bool,
        story: &mut Story,
    ) -> Result<(), Broken> {
        let place = std::mem::replace(&mut self.places[who], Place::Away);
        let (count, mut wait, may_go_on, bells) = match place {
            Place::Has { .. } => {
                self.places[who] = place;
                return Ok(());
            }
            Place::Waits { count, granted, wait, mut bells } => {
                story.step(format!("{} is polled again", NAMES[who]));
                if another {
                    bells.push(Arc::default());
                    story.go_on(&format!(", with another waker ({})", bells.len()));
                }
                (count, wait, granted, bells)
            }
            Place::Away => {
                story.step(format!("{} asks for {}", NAMES[who], self.what(count)));
                let may_go_on = self.line.is_empty() && count <= self.free;
                if may_go_on {
                    self.free -= count;
                } else {
                    self.line.push_back(who);
                }
                (count, self.machine.acquire(count), may_go_on, vec![Arc::default()])
            }
        };
        for bell in &bells {
            bell.0.store(false, Ordering::Relaxed); // what is past is over
        }
        let waker = Waker::from(Arc::clone(&bells[bells.len() - 1]));
        let polled = wait.as_mut().poll(&mut Context::from_waker(&waker));
        let says = |goes_on| if goes_on { Says::GoesOn } else { Says::Waits };
        story.expect(says(may_go_on), says(polled.is_ready()))?;
        story.go_on(if may_go_on { ", and goes on" } else { ", and waits" });
        self.places[who] = match polled {
            Poll::Ready(held) => Place::Has { count, _held: held },
            Poll::Pending => Place::Waits { count, granted: false, wait, bells },
        };
        Ok(())
    }

    fn leave(&mut self, who: usize, story: &mut Story) -> Result<(), Broken> {
        let place = std::mem::replace(&mut self.places[who], Place::Away);
        let name = NAMES[who];
        match &place {
            Place::Away => return Ok(()),
            Place::Has { count, .. } => {
                story.step(format!("{name} gives {} back", self.what(*count)));
                self.free += count;
            }
            Place::Waits { count, granted: true, .. } => {
                story.step(format!("{name}, whose turn it is, goes away"));
                self.free += count;
            }
            Place::Waits { .. } => {
                story.step(format!("{name}, who waits, goes away"));
                self.line.retain(|other| *other != who);
            }
        }
        drop(place);
        self.serve(story)
    }

    /// On paper, those whose turn it is get it; the machine should have woken them.
    fn serve(&mut self, story: &mut Story) -> Result<(), Broken> {
        while let Some(&first) = self.line.front()
            && let Place::Waits { count, granted, bells, .. } = &mut self.places[first]
            && *count <= self.free
        {
            self.free -= *count;
            *granted = true;
            self.line.pop_front();
            let rung: Vec<bool> =
                bells.iter().map(|bell| bell.0.load(Ordering::Relaxed)).collect();
            if !rung.ends_with(&[true]) {
                let name = NAMES[first];
                let Some(old) = rung.iter().position(|rung| *rung) else {
                    return story.broken(format!("{name} is woken"), NOBODY[first]);
                };
                return story.broken(
                    format!("waker {} is woken, for it is {name}'s turn", rung.len()),
                    format!("waker {} is", old + 1),
                );
            }
            story.go_on(&format!("; it is {}'s turn", NAMES[first]));
        }
        Ok(())
    }

    fn what(&self, count: usize) -> String {
        match (self.is_lock, count) {
            (true, _) => "the lock".to_owned(),
            (false, 1) => "a permit".to_owned(),
            (false, count) => format!("{count} permits"),
        }
    }
}

/// What a poll says.
#[derive(PartialEq, Eq)]
enum Says {
    GoesOn,
    Waits,
}

impl fmt::Debug for Says {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Says::GoesOn => "it goes on",
            Says::Waits => "it waits",
        })
    }
}
