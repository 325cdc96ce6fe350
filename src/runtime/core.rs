//! The loop: one turn after the other, and sleep when there is nothing to do.
//!
//! A turn takes the inbox, runs what was ready when the turn began, fires the timers that
//! are due, and looks at the outside world. What becomes ready meanwhile waits for the
//! next turn: however often tasks wake each other, timers and descriptors get their say.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::io;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use super::bell::{self, Source};
use super::clock::Clock;
use super::shuffle::Shuffle;
use super::timers::Timers;
use crate::reactor::{Reactor, Readiness};
use crate::task::{PanicHook, PollMain, Tasks, context};

/// While there is work, the descriptors are asked when so many polls have gone by since the
/// last look: a system call costs as much as tens of polls. They are counted at the end of
/// a turn, which is never broken off, so a turn of so many tasks or more always asks.
const POLLS_PER_LOOK: usize = 61;

/// Nanoseconds that the loop sleeps longer for each timer of a crowd. Where it was measured,
/// to wake up costs as much as to fire some twenty timers; a crowd had better come in few
/// groups.
const PATIENCE: u64 = 4_000;

/// The most that it sleeps longer, in nanoseconds, however large the crowd is.
const MOST_PATIENCE: u64 = 1_000_000;

/// Everything that one runtime owns.
pub(crate) struct Core {
    pub(crate) tasks: Rc<Tasks>,
    pub(crate) timers: Timers,
    pub(crate) clock: Clock,
    pub(crate) reactor: RefCell<Reactor<Rc<dyn Source>>>,
    shuffle: Option<Shuffle>,
    /// Timers that have fired since the loop last slept.
    crowd: Cell<u64>,
    /// Polls since the last look at the descriptors.
    polls: Cell<usize>,
    /// How many descriptors the runtime watches for itself.
    own_sources: usize,
}

impl Core {
    pub(crate) fn new(
        clock: Clock,
        shuffle: Option<Shuffle>,
        unhandled: PanicHook,
    ) -> io::Result<Rc<Self>> {
        let mut reactor = Reactor::new()?;
        let ring = bell::hang(&mut reactor)?;
        let tasks = Tasks::new(ring, unhandled);
        tasks.set_now(clock.now());
        Ok(Rc::new(Self {
            timers: Timers::new(tasks.now()),
            tasks,
            clock,
            own_sources: reactor.len(),
            reactor: RefCell::new(reactor),
            shuffle,
            crowd: Cell::new(0),
            polls: Cell::new(0),
        }))
    }

    /// One turn. Ready when the main future is done, at once.
    pub(crate) fn turn(&self, main: &mut PollMain<'_>) -> Poll<()> {
        self.tasks.take_inbox();
        if let Some(shuffle) = &self.shuffle {
            self.tasks.shuffle(|end| shuffle.below(end));
        }
        let ready = self.tasks.ready();
        for _ in 0..ready {
            if self.tasks.run_next(main).is_ready() {
                return Poll::Ready(());
            }
        }
        self.polls.set(self.polls.get() + ready);
        self.fire_due();
        if self.tasks.ready() == 0 {
            self.idle();
        } else if self.polls.get() >= POLLS_PER_LOOK {
            self.look(Some(Duration::ZERO));
        }
        Poll::Pending
    }

    /// Fires the timers that are due. Without timers nobody needs to know the time.
    fn fire_due(&self) {
        if !self.timers.is_empty() {
            let now = self.clock.now();
            self.tasks.set_now(now);
            let fired = self.timers.fire(now, &self.tasks);
            self.crowd.update(|before| before + fired);
        }
    }

    /// Nothing is ready: sleeps, or moves a virtual clock on.
    fn idle(&self) {
        match &self.clock {
            Clock::Real => self.sleep(),
            Clock::Virtual(now) => self.advance(now),
        }
    }

    /// Sleeps until the next deadline, an event, or the bell. *Park under the lock*: from
    /// `park` to `unpark`, whoever puts something into the inbox rings.
    fn sleep(&self) {
        if self.tasks.shared().park(false) {
            self.look(self.longest_sleep());
            self.tasks.unpark();
        }
    }

    /// The time to the next deadline, and a little more if several timers have fired since
    /// the last sleep: where there was a crowd there is more of it. A lone timer is kept
    /// to the nanosecond.
    fn longest_sleep(&self) -> Option<Duration> {
        let crowd = self.crowd.take().saturating_sub(1);
        let patience = (crowd * PATIENCE).min(MOST_PATIENCE);
        let deadline = self.timers.next_deadline()?;
        let early = deadline.saturating_sub(self.clock.now());
        Some(Duration::from_nanos(early.saturating_add(patience)))
    }

    /// Lets virtual time pass, unless something outside has its say first: an event that
    /// has happened, or a thread that is at work.
    fn advance(&self, now: &Cell<u64>) {
        self.look(Some(Duration::ZERO));
        if self.tasks.ready() > 0 {
            // An event has woken a task: the next turn polls it.
        } else if self.tasks.shared().park(true) {
            self.look(None);
            self.tasks.unpark();
        } else if self.tasks.shared().has_mail() {
            // A letter has come: the next turn takes it.
        } else if let Some(deadline) = self.timers.next_deadline() {
            now.set(deadline.max(now.get()));
            self.fire_due();
        } else if self.reactor.borrow().len() > self.own_sources {
            self.sleep();
        } else {
            self.deadlock();
        }
    }

    /// Asks which descriptors are ready, for `timeout` at most, and tells them.
    fn look(&self, timeout: Option<Duration>) {
        self.polls.set(0);
        let waited = self.reactor.borrow_mut().wait(timeout);
        waited.expect("epoll waits on a descriptor that is open");
        self.tasks.set_now(self.clock.now());
        while let Some((source, readiness)) = self.next_event() {
            source.on_event(readiness);
        }
    }

    fn next_event(&self) -> Option<(Rc<dyn Source>, Readiness)> {
        let mut reactor = self.reactor.borrow_mut();
        let (token, readiness) = reactor.next_event()?;
        Some((Rc::clone(reactor.get(token)?), readiness))
    }

    /// Says that nothing can ever happen, and who waits.
    #[cold]
    fn deadlock(&self) -> ! {
        let tasks = self.tasks.infos();
        let lines: String = tasks.iter().map(|task| format!("\n  {task}")).collect();
        panic!(
            "deadlock: nothing is ready, no timer is set, no descriptor is watched and no \
             `OutsideWork` is alive, so these tasks wait forever:{lines}"
        );
    }
}

impl fmt::Debug for Core {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Core")
            .field("timers", &self.timers)
            .field("clock", &self.clock)
            .finish_non_exhaustive()
    }
}

thread_local! {
    static HERE: RefCell<Option<Rc<Core>>> = const { RefCell::new(None) };
}

/// The runtime that runs on this thread. Tasks have a context of their own, which knows
/// the tasks alone; what needs the clock, timers or descriptors asks here.
pub(crate) fn here() -> Option<Rc<Core>> {
    HERE.try_with(|here| here.borrow().clone()).ok().flatten()
}

/// Asks the runtime that runs on this thread, if there is one. The question runs no user
/// code (*no user code under a borrow*).
pub(crate) fn ask<R>(question: impl FnOnce(&Core) -> R) -> Option<R> {
    HERE.try_with(|here| here.borrow().as_deref().map(question)).ok().flatten()
}

/// The runtime that runs on this thread, for an operation that needs one.
#[track_caller]
pub(crate) fn expect(operation: &str) -> Rc<Core> {
    here().unwrap_or_else(|| context::outside(operation))
}

/// Makes `core` the runtime of this thread for as long as the guard lives.
pub(crate) fn enter(core: &Rc<Core>) -> Entered {
    let tasks = context::enter(Rc::clone(&core.tasks));
    Entered { outer: replace(Some(Rc::clone(core))), _tasks: tasks }
}

/// Puts back the runtime that was there before.
#[derive(Debug)]
pub(crate) struct Entered {
    outer: Option<Rc<Core>>,
    _tasks: context::Entered,
}

impl Drop for Entered {
    fn drop(&mut self) {
        drop(replace(self.outer.take()));
    }
}

fn replace(core: Option<Rc<Core>>) -> Option<Rc<Core>> {
    HERE.try_with(|here| here.replace(core)).ok().flatten()
}
