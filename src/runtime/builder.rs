//! What can be chosen about a runtime.

use std::cell::Cell;
use std::fmt;
use std::io;
use std::time::Duration;

use super::Runtime;
use super::clock::Clock;
use super::event_loop::EventLoop;
use super::shuffle::Shuffle;
use crate::task::{JoinError, PanicHook};

/// As many as tokio has. Threads that wait for a disk or a name cost little but their
/// stacks, of which the kernel gives them what they touch.
const MAX_BLOCKING_THREADS: usize = 512;

/// Chooses how a [`Runtime`] behaves.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use mainspring::runtime::Runtime;
/// use mainspring::time::{Instant, sleep};
///
/// let mut runtime = Runtime::builder().virtual_clock().build()?;
/// let hours = runtime.block_on(async {
///     let start = Instant::now();
///     sleep(Duration::from_secs(12 * 3600)).await;
///     start.elapsed().as_secs() / 3600
/// });
/// assert_eq!(hours, 12); // and not one of them has passed here
/// # Ok::<(), std::io::Error>(())
/// ```
#[must_use = "a builder does nothing until `build` is called"]
pub struct Builder {
    virtual_clock: bool,
    seed: Option<u64>,
    unhandled: PanicHook,
    max_blocking_threads: usize,
}

impl Builder {
    pub(crate) fn new() -> Self {
        Self {
            virtual_clock: false,
            seed: None,
            unhandled: Box::new(print_unhandled),
            max_blocking_threads: MAX_BLOCKING_THREADS,
        }
    }

    /// Gives the runtime a clock of its own, which starts at zero, stands still while
    /// anything can run, and jumps to the next deadline when nothing can.
    ///
    /// An event that the kernel knows of, data that has arrived on a socket for example, goes
    /// before the next deadline. What is still on its way from another thread or process does
    /// not: the clock does not know of it, unless an [`OutsideWork`](super::OutsideWork) is
    /// alive, which stops it. If there is no deadline, and a task waits for a descriptor, the
    /// loop waits with it, in the time of the world.
    ///
    /// If no timer is set, no task waits for a descriptor, and no `OutsideWork` is alive,
    /// `block_on` panics and lists the tasks that wait, instead of waiting with them.
    pub fn virtual_clock(mut self) -> Self {
        self.virtual_clock = true;
        self
    }

    /// Draws the next task among the first 61 that are ready, by a generator with this
    /// seed: the same seed, the same order. For tests that look for bugs in the order of
    /// things; without it the order is first in, first out. No task is drawn before a
    /// callback that was queued earlier.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Has `hook` called with each panic of a task that nobody can read any more, since
    /// the task's handle is gone; with each panic of a callback; with each panic in the
    /// drop of an output or of a task that the shutdown drops; and with each panic of a
    /// waker that is not of this runtime, when a task's end or a timer wakes or drops it.
    /// Without a hook they are printed to stderr.
    ///
    /// A panic of the hook goes no further.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::cell::Cell;
    /// use std::rc::Rc;
    /// use mainspring::runtime::Runtime;
    ///
    /// let panics = Rc::new(Cell::new(0));
    /// let count = Rc::clone(&panics);
    /// let hook = move |_: &_| count.set(count.get() + 1);
    /// let mut runtime = Runtime::builder().unhandled_panic(hook).build()?;
    /// runtime.block_on(async {
    ///     drop(mainspring::spawn(async { panic!("nobody awaits this") }));
    ///     mainspring::task::yield_now().await;
    /// });
    /// assert_eq!(panics.get(), 1);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn unhandled_panic(mut self, hook: impl Fn(&JoinError) + 'static) -> Self {
        self.unhandled = Box::new(hook);
        self
    }

    /// How many threads `spawn_blocking` may have at once; 512 if nothing is said. A job
    /// for which there is none waits in line.
    ///
    /// # Panics
    ///
    /// Panics if it is zero.
    ///
    /// # Examples
    ///
    /// ```
    /// use mainspring::runtime::Runtime;
    /// use mainspring::spawn_blocking;
    ///
    /// let mut runtime = Runtime::builder().max_blocking_threads(1).build()?;
    /// runtime.block_on(async {
    ///     let first = spawn_blocking(|| std::thread::current().id());
    ///     let second = spawn_blocking(|| std::thread::current().id());
    ///     assert_eq!(first.await.unwrap(), second.await.unwrap());
    /// });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn max_blocking_threads(mut self, threads: usize) -> Self {
        assert!(
            threads > 0,
            "`max_blocking_threads(0)` leaves no thread for `spawn_blocking`, whose jobs \
             would wait forever: ask for one at least"
        );
        self.max_blocking_threads = threads;
        self
    }

    /// Makes the runtime.
    ///
    /// # Errors
    ///
    /// The process or the machine has no descriptor left; a runtime needs two.
    pub fn build(self) -> io::Result<Runtime> {
        let clock = match self.virtual_clock {
            true => Clock::Virtual(Cell::new(0)),
            false => Clock::Real,
        };
        let shuffle = self.seed.map(Shuffle::new);
        let threads = self.max_blocking_threads;
        let event_loop = EventLoop::new(clock, shuffle, self.unhandled, threads)?;
        Ok(Runtime { event_loop, longest_wait: Duration::MAX })
    }
}

/// The hook of a runtime that was given none.
fn print_unhandled(error: &JoinError) {
    eprintln!(
        "mainspring: {error} (spawned at {}, and nobody awaits it)",
        error.location()
    );
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("virtual_clock", &self.virtual_clock)
            .field("seed", &self.seed)
            .field("max_blocking_threads", &self.max_blocking_threads)
            .finish_non_exhaustive()
    }
}
