//! A runtime: tasks, timers, a reactor and a clock, on one thread. It is given, but for its
//! [`turn`](super::turn), [`block_on`](super::block_on) and [`sleep`](super::sleep).

use std::cell::{Cell, RefCell};
use std::io::{self, Write};
use std::os::unix::net::UnixStream;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Waker;
use std::time::{Duration, Instant};

use mainspring::reactor::{Reactor, Readiness};

use super::clock::Clock;
use super::drain::drain;
use super::handle::{Handle, with_handle};
use super::inbox::Inbox;
use super::look::look;
use super::tasks::Tasks;
use super::wheel::Wheel;

thread_local! {
    static CURRENT: RefCell<Option<Rc<Runtime>>> = const { RefCell::new(None) };
}

/// What is kept with a source: it is told each event.
pub trait Watcher {
    fn notice(&self, readiness: Readiness);
}

/// Everything that the tasks of a thread stand on.
pub struct Runtime {
    pub tasks: Tasks,
    pub timers: RefCell<Wheel<Waker>>,
    pub reactor: RefCell<Reactor<Rc<dyn Watcher>>>,
    pub clock: Clock,
}

/// The runtime of this thread.
///
/// # Panics
///
/// Outside of `block_on`.
pub fn current() -> Rc<Runtime> {
    CURRENT.with_borrow(Clone::clone).expect("only a task in `block_on` can do this")
}

/// Makes a task of a future.
pub fn spawn<T: 'static>(future: impl Future<Output = T> + 'static) -> Handle<T> {
    current().spawn(future)
}

impl Runtime {
    /// A runtime on the machine's clock.
    ///
    /// # Errors
    ///
    /// There is no descriptor left for its epoll or its bell.
    pub fn new() -> io::Result<Rc<Self>> {
        Self::with_clock(Clock::Real(Instant::now()))
    }

    /// A runtime whose clock stands at 0, and moves when nobody is ready.
    ///
    /// # Errors
    ///
    /// As `new`.
    pub fn with_virtual_clock() -> io::Result<Rc<Self>> {
        Self::with_clock(Clock::Virtual(Cell::new(0)))
    }

    fn with_clock(clock: Clock) -> io::Result<Rc<Self>> {
        let (bell, rope) = UnixStream::pair()?;
        bell.set_nonblocking(true)?;
        rope.set_nonblocking(true)?;
        let mut reactor: Reactor<Rc<dyn Watcher>> = Reactor::new()?;
        let bell = Rc::new(Bell(bell));
        reactor.register(&bell.0, Rc::clone(&bell) as Rc<dyn Watcher>)?;
        // A bell that is full has been rung.
        let inbox = Inbox::new(move || drop((&rope).write(&[1])));
        Ok(Rc::new(Runtime {
            tasks: Tasks::new(Arc::new(inbox)),
            timers: RefCell::new(Wheel::new(clock.now())),
            reactor: RefCell::new(reactor),
            clock,
        }))
    }

    pub fn spawn<T: 'static>(
        &self,
        future: impl Future<Output = T> + 'static,
    ) -> Handle<T> {
        let (work, handle) = with_handle(future);
        self.tasks.spawn(work);
        handle
    }

    /// One timer that is due: its waker. The wheel is free again when that is called.
    pub fn expire(&self) -> Option<Waker> {
        let due = self.timers.borrow_mut().expire(self.clock.now());
        due.map(|(_, waker)| waker)
    }

    /// How long it is to the next deadline. None is for ever.
    pub fn until_next(&self) -> Option<Duration> {
        let deadline = self.timers.borrow().next_deadline()?;
        Some(Duration::from_nanos(deadline.saturating_sub(self.clock.now())))
    }

    /// Sleeps for so long at most, until something happens, and tells whom it concerns.
    ///
    /// # Panics
    ///
    /// On a virtual clock, if it would sleep for ever.
    pub fn wait(&self, timeout: Option<Duration>) {
        if let Clock::Virtual(now) = &self.clock {
            let timeout = timeout.expect("a deadlock: everybody waits for somebody else");
            now.set(now.get().saturating_add(super::clock::nanoseconds(timeout)));
            return;
        }
        let events =
            look(&mut self.reactor.borrow_mut(), timeout).expect("epoll can wait");
        for (watcher, readiness) in events {
            watcher.notice(readiness);
        }
    }

    /// Makes it the thread's, until what is returned is dropped; then what is left is dropped.
    pub fn enter(self: &Rc<Self>) -> Entered {
        let before = CURRENT.replace(Some(Rc::clone(self)));
        assert!(before.is_none(), "there is a loop on this thread already");
        Entered(Rc::clone(self))
    }
}

/// A thread that is inside a runtime.
pub struct Entered(Rc<Runtime>);

impl Drop for Entered {
    fn drop(&mut self) {
        self.0.tasks.shut_down();
        CURRENT.set(None);
    }
}

/// The end of the bell that the loop has.
struct Bell(UnixStream);

impl Watcher for Bell {
    /// What it says is in the inbox; here it only falls silent.
    fn notice(&self, _: Readiness) {
        let _ = drain(&mut &self.0, &mut Vec::new());
    }
}
