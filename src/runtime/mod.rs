//! The runtime: the loop that runs tasks, and what it waits with.
//!
//! [`block_on`] makes a runtime, runs one future on it, and shuts it down; a [`Runtime`]
//! is for those who want to keep it, choose its clock, or run several futures one after
//! the other. Everything happens on the thread that calls `block_on`; only wakers leave.
//!
//! What the loop guarantees:
//!
//! * **First in, first out.** Tasks run in the order in which they were woken.
//! * **Nothing starves.** If every poll ends, every ready task is polled when those before
//!   it have been. What other threads have woken is taken before each poll. When 61 polls
//!   have gone by, or nothing is ready, the loop fires the timers that are due (none falls
//!   due by a virtual clock while a task is ready), and hears of descriptors.
//! * **No wake is lost**, from any thread, at any moment (*park under the lock*).
//! * **A panic stays in its task**, be it in a poll, a drop or a callback. A panic of the
//!   future that `block_on` runs goes to the caller of `block_on`.
//! * **Nothing outlives the runtime.** Shutdown drops the tasks that are left, in the
//!   runtime's context and before `drop(runtime)` returns, and refuses new ones. It ends,
//!   whatever destructors and callbacks do in it, if each of them does. No handle, sleep or
//!   waker that is still held keeps a descriptor open.
//!
//! A runtime belongs to the process that made it. After a `fork` the child shares its epoll
//! with the parent, so that the two would take each other's events: `block_on` panics there,
//! and what the child inherited is best left alone until it calls `exec` or `_exit`. It may
//! make a runtime of its own.
//!
//! | file | what is in it |
//! |---|---|
//! | `event_loop` | the turn of the loop, sleep, virtual time |
//! | `clock`, `timers` | the time, and what waits for it |
//! | `coalescing` | crowds of timers share a wake-up |
//! | `watcher` | who hears of a descriptor |
//! | `bell` | how other threads end the sleep |
//! | `budget` | how long a task may go on without waiting |
//! | `extensions` | what later modules keep with a runtime |
//! | `builder`, `handle`, `shuffle` | choices |

mod bell;
mod budget;
mod builder;
pub(crate) mod clock;
mod coalescing;
pub(crate) mod event_loop;
pub(crate) mod extensions;
mod handle;
mod shuffle;
mod timers;
pub(crate) mod watcher;

use std::io;
use std::panic::{Location, resume_unwind};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

pub use builder::Builder;
pub use handle::Handle;

use self::event_loop::EventLoop;
pub use crate::task::OutsideWork;
use crate::task::contain::{Payload, contain, quietly};
use crate::task::{Executor, JoinHandle, Key};

/// Runs a future to its end on a runtime of its own, and shuts that down: tasks that are
/// left are dropped before it returns.
///
/// # Panics
///
/// Panics if the future does; if this thread is inside a runtime already; and if the
/// process has no descriptor left ([`Builder::build`] returns that as an error).
///
/// # Examples
///
/// ```
/// let sum = mainspring::block_on(async {
///     let a = mainspring::spawn(async { 40 });
///     a.await.unwrap() + 2
/// });
/// assert_eq!(sum, 42);
/// ```
#[track_caller]
pub fn block_on<F: Future>(future: F) -> F::Output {
    refuse_nesting();
    match Runtime::new() {
        Ok(mut runtime) => runtime.block_on(future),
        Err(error) => panic!("`block_on` cannot make a runtime: {error}"),
    }
}

/// Says that something outside this runtime, such as a thread, is going to wake one of its
/// tasks: see [`OutsideWork`].
///
/// # Panics
///
/// Panics outside a runtime.
///
/// # Examples
///
/// ```
/// use std::future::poll_fn;
/// use std::task::{Context, Poll};
/// use mainspring::runtime::{self, Runtime};
///
/// let mut runtime = Runtime::builder().virtual_clock().build()?;
/// runtime.block_on(async {
///     let mut thread = None;
///     poll_fn(|cx| {
///         if thread.is_some() {
///             return Poll::Ready(());
///         }
///         let (work, waker) = (runtime::outside_work(), cx.waker().clone());
///         thread = Some(std::thread::spawn(move || {
///             waker.wake();
///             drop(work);
///         }));
///         Poll::Pending
///     })
///     .await
/// });
/// # Ok::<(), std::io::Error>(())
/// ```
#[track_caller]
#[must_use = "it is over when this is dropped"]
pub fn outside_work() -> OutsideWork {
    OutsideWork::new(&event_loop::expect("`outside_work`").executor.remote)
}

/// An executor with its clock, timers and descriptors.
///
/// Dropping it shuts it down. See the [module](self) for what it guarantees.
///
/// # Examples
///
/// ```
/// use mainspring::runtime::Runtime;
///
/// let mut runtime = Runtime::new()?;
/// let task = runtime.spawn(async { 20 });
/// assert!(!task.is_finished(), "it runs when `block_on` does");
/// let sum = runtime.block_on(async { task.await.unwrap() + 1 });
/// assert_eq!(runtime.block_on(async { sum * 2 }), 42);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Runtime {
    event_loop: Rc<EventLoop>,
    /// How long its end waits for work that is still done on other threads.
    longest_wait: Duration,
}

impl Runtime {
    /// A runtime with the machine's clock.
    ///
    /// # Errors
    ///
    /// As [`Builder::build`].
    pub fn new() -> io::Result<Self> {
        Self::builder().build()
    }

    /// Chooses the clock, the order of tasks, and who hears of panics.
    pub fn builder() -> Builder {
        Builder::new()
    }

    /// Spawns a task. It runs when `block_on` does.
    #[must_use = "dropping the handle detaches the task; say so by `drop(spawn(..))`"]
    #[track_caller]
    pub fn spawn<F: Future + 'static>(&self, future: F) -> JoinHandle<F::Output> {
        self.handle().spawn(future)
    }

    /// Spawns a task with a name: [`Handle::spawn_named`].
    #[must_use = "dropping the handle detaches the task; say so by `drop(spawn(..))`"]
    #[track_caller]
    pub fn spawn_named<F: Future + 'static>(
        &self,
        name: impl Into<String>,
        future: F,
    ) -> JoinHandle<F::Output> {
        self.handle().spawn_named(name, future)
    }

    /// What spawns tasks on this runtime.
    #[must_use]
    pub fn handle(&self) -> Handle {
        Handle::new(&self.event_loop)
    }

    /// Runs the loop until `future` is done. Tasks that are left make no progress until
    /// the next call, and are dropped with the runtime.
    ///
    /// The future is a task like others, the last in the queue when it begins, but it
    /// may borrow from the caller, and the loop ends with it at once.
    ///
    /// # Panics
    ///
    /// Panics if the future does, in a poll or in its drop (of two panics the first goes
    /// to the caller); if this thread is inside a runtime already; if the process was
    /// forked since the runtime was made; and, under a virtual clock, if all tasks wait and
    /// nothing can wake them.
    #[track_caller]
    pub fn block_on<F: Future>(&mut self, future: F) -> F::Output {
        refuse_nesting();
        self.event_loop.refuse_forked();
        let _context = event_loop::enter(&self.event_loop);
        let mut future = pin!(Some(future));
        let location = Location::caller();
        let output = contain(|| self.run(future.as_mut(), location));
        let dropped = contain(|| future.set(None));
        first_panic(output, dropped)
    }

    /// Drops the runtime, but waits no longer than `longest` for jobs of `spawn_blocking` that
    /// run: dropping it by other means waits until they have ended. Tasks and jobs that have
    /// not begun are dropped in either case.
    ///
    /// A job that takes longer is let go: its thread ends when it does, or with the
    /// process, and what it returns is dropped there, not by the thread of the runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::thread;
    /// use std::time::{Duration, Instant};
    /// use mainspring::runtime::Runtime;
    /// use mainspring::spawn_blocking;
    ///
    /// let mut runtime = Runtime::new()?;
    /// let hour = Duration::from_secs(3600);
    /// runtime.block_on(async move { drop(spawn_blocking(move || thread::sleep(hour))) });
    /// let start = Instant::now();
    /// runtime.shutdown_timeout(Duration::from_millis(10));
    /// assert!(start.elapsed() < hour);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn shutdown_timeout(mut self, longest: Duration) {
        self.longest_wait = longest;
    }

    fn run<F: Future>(
        &self,
        mut future: Pin<&mut Option<F>>,
        location: &'static Location<'static>,
    ) -> F::Output {
        self.event_loop.look_at_clock();
        let _main = Main::admit(&self.event_loop.executor, location);
        let mut output = None;
        let mut poll = |cx: &mut Context<'_>| {
            let future = future.as_mut().as_pin_mut().expect("dropped when this is over");
            output = match contain(|| future.poll(cx)) {
                Ok(Poll::Pending) => return Poll::Pending,
                Ok(Poll::Ready(value)) => Some(Ok(value)),
                Err(payload) => Some(Err(payload)),
            };
            Poll::Ready(())
        };
        while self.event_loop.turn(&mut poll).is_pending() {}
        let output = output.expect("the loop ends when there is an output");
        output.unwrap_or_else(|payload| resume_unwind(payload))
    }
}

/// The outcome of a call and of the drop after it: the first panic goes on, a second one is
/// nobody's.
fn first_panic<T>(output: Result<T, Payload>, dropped: Result<(), Payload>) -> T {
    match (output, dropped) {
        (Ok(output), Ok(())) => output,
        (Ok(output), Err(payload)) => {
            quietly(|| drop(output));
            resume_unwind(payload)
        }
        (Err(payload), dropped) => {
            quietly(|| drop(dropped));
            resume_unwind(payload)
        }
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        let _context = event_loop::enter(&self.event_loop);
        self.event_loop.extensions.all().iter().for_each(|extension| extension.close());
        self.event_loop.executor.shut_down();
        if !self.event_loop.is_inherited() {
            let extensions = self.event_loop.extensions.all();
            extensions.iter().for_each(|extension| extension.wait(self.longest_wait));
        }
        self.event_loop.timers.clear();
    }
}

/// The cell of the future that `block_on` runs.
struct Main<'a> {
    executor: &'a Executor,
    key: Key,
}

impl<'a> Main<'a> {
    /// What was woken before `block_on` goes before it in the queue.
    fn admit(executor: &'a Executor, location: &'static Location<'static>) -> Self {
        executor.take_remote_wakes();
        Self { executor, key: executor.admit(None, None, location) }
    }
}

impl Drop for Main<'_> {
    fn drop(&mut self) {
        self.executor.remove(self.key);
    }
}

/// One thread, one loop: the inner one would keep the outer one from ever running.
#[track_caller]
fn refuse_nesting() {
    assert!(
        event_loop::here().is_none(),
        "`block_on` was called inside a runtime, whose other tasks would stand still: \
         `.await` the future, or `spawn` it"
    );
}
