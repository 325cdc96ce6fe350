//! The loop: one turn after the other, and sleep when there is nothing to do.
//!
//! A turn polls tasks from the front of the queue, and looks into the inbox before each;
//! then it looks at the clock and the outside world: when nothing is ready any more, and
//! after 61 polls at the latest. However many tasks are ready, and however often they wake
//! each other, timers, descriptors and other threads get their say.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::io;
use std::os::fd::AsFd;
use std::process;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use super::bell;
use super::budget::Budget;
use super::clock::{Clock, nanos};
use super::coalescing::Coalescing;
use super::extensions::Extensions;
use super::shuffle::Shuffle;
use super::timers::Timers;
use super::watcher::Watcher;
use crate::reactor::{Reactor, Token};
use crate::sys;
use crate::task::context::{self, Entered, Here};
use crate::task::{Executor, PanicHook, PollMain};

/// The loop looks around after so many polls. A look costs as much as tens of polls: the
/// more of them, the less it costs each; the fewer, the sooner timers, descriptors and
/// other threads are heard.
const POLLS_PER_LOOK: usize = 61;

/// Everything that one runtime owns.
pub(crate) struct EventLoop {
    pub(crate) executor: Rc<Executor>,
    pub(crate) timers: Timers,
    pub(crate) clock: Clock,
    pub(crate) budget: Budget,
    pub(crate) extensions: Extensions,
    pub(crate) max_blocking_threads: usize,
    reactor: RefCell<Reactor<Rc<dyn Watcher>>>,
    shuffle: Option<Shuffle>,
    coalescing: Coalescing,
    /// Polls since the last look around.
    polls: Cell<usize>,
    /// Whether other threads have woken tasks since the descriptors were asked.
    heard: Cell<bool>,
    /// The process that it was made in.
    process: u32,
}

impl EventLoop {
    pub(crate) fn new(
        clock: Clock,
        shuffle: Option<Shuffle>,
        unhandled: PanicHook,
        max_blocking_threads: usize,
    ) -> io::Result<Rc<Self>> {
        let mut reactor = Reactor::new()?;
        let unpark = bell::hang(&mut reactor)?;
        let now = clock.now();
        let executor = Executor::new(unpark, unhandled);
        executor.now.set(now);
        Ok(Rc::new(Self {
            executor,
            timers: Timers::new(now),
            clock,
            budget: Budget::default(),
            extensions: Extensions::default(),
            max_blocking_threads,
            reactor: RefCell::new(reactor),
            shuffle,
            coalescing: Coalescing::default(),
            polls: Cell::new(0),
            heard: Cell::new(false),
            process: process::id(),
        }))
    }

    /// One turn. Ready when the main future is done, at once.
    pub(crate) fn turn(&self, main: &mut PollMain<'_>) -> Poll<()> {
        for polls in self.polls.get()..POLLS_PER_LOOK {
            // A poll, or the look at a queue that is empty: no turn is without a step.
            self.polls.set(polls + 1);
            if self.executor.take_remote_wakes() {
                self.heard.set(true);
            }
            if let Some(shuffle) = &self.shuffle {
                self.executor.draw(POLLS_PER_LOOK, |end| shuffle.below(end));
            }
            self.budget.renew();
            match self.executor.run_next(main) {
                Some(Poll::Pending) => {}
                Some(Poll::Ready(())) => return Poll::Ready(()),
                None => break,
            }
        }
        self.fire_due();
        if self.executor.ready() == 0 {
            self.idle();
        }
        if self.polls.get() >= POLLS_PER_LOOK {
            self.glance();
        }
        Poll::Pending
    }

    /// Fires the timers that are due. Without timers nobody needs to know the time.
    fn fire_due(&self) {
        if !self.timers.is_empty() {
            let now = self.look_at_clock();
            self.coalescing.note(self.timers.fire(now, &self.executor));
        }
    }

    /// The time, which from here on counts as that of the last look.
    pub(crate) fn look_at_clock(&self) -> u64 {
        let now = self.clock.now();
        self.executor.now.set(now);
        now
    }

    /// The moment after `duration`, in nanoseconds. No time at all is over already: that
    /// is the moment of the last look at the clock.
    pub(crate) fn deadline(&self, duration: Duration) -> u64 {
        if duration.is_zero() {
            return self.executor.now.get();
        }
        self.clock.now().saturating_add(nanos(duration))
    }

    /// Nothing is ready: sleeps, or moves a virtual clock on.
    fn idle(&self) {
        match &self.clock {
            Clock::Real => self.sleep(),
            Clock::Virtual(now) => self.advance(now),
        }
    }

    /// Sleeps until the next deadline, an event, or the bell. *Park under the lock*: from
    /// `park` to `read_letters`, whoever wakes a task from elsewhere rings.
    fn sleep(&self) {
        if self.executor.remote.park(false) {
            self.look(self.longest_sleep());
            self.executor.read_letters();
        }
    }

    /// The time to the next deadline; none if there is none.
    fn longest_sleep(&self) -> Option<Duration> {
        let deadline = self.timers.next_deadline()?;
        Some(self.coalescing.sleep(deadline.saturating_sub(self.clock.now())))
    }

    /// Lets virtual time pass, unless something outside has its say first: an event that
    /// has happened, or a thread that is at work. Where no time is left to pass and tasks
    /// wait for descriptors, it waits with them.
    fn advance(&self, now: &Cell<u64>) {
        let deadline = self.timers.next_deadline();
        let only_outside = deadline.is_some() || !self.is_awaited();
        if self.executor.remote.park(only_outside) {
            self.look(None);
            return self.executor.read_letters();
        }
        // No thread is at work any more, so what they have sent is there to be seen.
        if self.has_sources() {
            self.look(Some(Duration::ZERO));
        }
        let is_news = self.executor.ready() > 0
            || self.executor.remote.has_wakes()
            || self.timers.next_deadline() != deadline;
        match deadline {
            _ if is_news => {} // which the next turn goes on with
            Some(deadline) => {
                now.set(deadline.max(now.get()));
                self.fire_due();
            }
            None => self.deadlock(),
        }
    }

    /// Looks around in passing. While the bell is all that is watched, there is nothing to
    /// ask the kernel unless someone may have rung it.
    fn glance(&self) {
        self.polls.set(0);
        if self.heard.take() || self.has_sources() {
            self.look(Some(Duration::ZERO));
        } else {
            self.look_at_clock();
        }
    }

    /// Waits for descriptors, for `timeout` at most, and tells their watchers.
    fn look(&self, timeout: Option<Duration>) {
        self.polls.set(0);
        let waited = self.reactor.borrow_mut().wait(timeout);
        waited.expect("epoll waits on a descriptor that is open");
        while let Some((watcher, event)) = self.next_event() {
            watcher.notice(event, &self.executor);
        }
        self.look_at_clock();
    }

    fn next_event(&self) -> Option<(Rc<dyn Watcher>, sys::Event)> {
        let mut reactor = self.reactor.borrow_mut();
        let (token, event) = reactor.next_raw_event()?;
        Some((Rc::clone(reactor.get(token)?), event))
    }

    /// Has `watcher` told of what happens to a descriptor.
    pub(crate) fn watch(
        &self,
        fd: impl AsFd,
        watcher: Rc<dyn Watcher>,
    ) -> io::Result<Token> {
        self.reactor.borrow_mut().register(fd, watcher)
    }

    /// Tells its watcher nothing any more. It is returned, to be dropped, with whether the
    /// descriptor is still open.
    pub(crate) fn unwatch(&self, token: Token) -> Option<(Rc<dyn Watcher>, bool)> {
        let mut reactor = self.reactor.borrow_mut();
        if self.is_inherited() {
            return reactor.take(token).map(|watcher| (watcher, false));
        }
        reactor.release(token)
    }

    /// Whether more is watched than the bell.
    fn has_sources(&self) -> bool {
        self.reactor.borrow().len() > 1
    }

    /// Whether a task waits for a descriptor.
    fn is_awaited(&self) -> bool {
        self.reactor.borrow().sources().any(|watcher| watcher.is_awaited())
    }

    /// Says that nothing can ever happen, and who waits.
    #[cold]
    fn deadlock(&self) -> ! {
        let tasks = self.executor.infos();
        let lines: String = tasks.iter().map(|task| format!("\n  {task}")).collect();
        panic!(
            "deadlock: nothing is ready, no timer is set, no descriptor is waited for and no \
             `OutsideWork` is alive, so these tasks wait forever:{lines}"
        );
    }

    /// Whether this process was forked since. Then the epoll is its parent's too, and what is
    /// done to it, or to a descriptor's flags, is done to the parent.
    pub(crate) fn is_inherited(&self) -> bool {
        self.process != process::id()
    }

    /// The loop of a process that was forked waits on its parent's epoll and bell: the two
    /// would take each other's events, and wakes would get lost.
    #[track_caller]
    pub(crate) fn refuse_forked(&self) {
        assert!(
            !self.is_inherited(),
            "this runtime was made before a `fork`, in process {}, and belongs to that one: \
             make a new one in this process",
            self.process
        );
    }
}

impl fmt::Debug for EventLoop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventLoop").field("clock", &self.clock).finish_non_exhaustive()
    }
}

thread_local! {
    static HERE: Here<EventLoop> = const { Here::nothing() };
}

/// The runtime that runs on this thread. Tasks have a context of their own, which knows
/// the tasks alone; what needs the clock, timers or descriptors asks here.
pub(crate) fn here() -> Option<Rc<EventLoop>> {
    HERE.with(Here::get)
}

/// Asks the runtime that runs on this thread, if there is one. The question runs no user
/// code (*no user code under a borrow*).
pub(crate) fn ask<R>(question: impl FnOnce(&Rc<EventLoop>) -> R) -> Option<R> {
    HERE.with(|here| here.ask(question))
}

/// The runtime that runs on this thread, for an operation that needs one.
#[track_caller]
pub(crate) fn expect(operation: &str) -> Rc<EventLoop> {
    here().unwrap_or_else(|| context::outside(operation))
}

/// Makes `inner` the runtime of this thread for as long as the guards live.
pub(crate) fn enter(inner: &Rc<EventLoop>) -> (Entered<EventLoop>, Entered<Executor>) {
    (Entered::new(&HERE, Rc::clone(inner)), context::enter(&inner.executor))
}
