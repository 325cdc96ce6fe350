//! The runtime: the loop that runs tasks, and what it waits with.
//!
//! [`block_on`] makes a runtime, runs one future on it, and shuts it down; a [`Runtime`]
//! is for those who want to keep it, choose its clock, or run several futures one after
//! the other. Everything happens on the thread that calls `block_on`; only wakers leave.
//!
//! What the loop guarantees:
//!
//! * **First in, first out.** Tasks run in the order in which they were woken.
//! * **Nothing starves.** A turn runs what was ready when it began. If every poll ends,
//!   every ready task is polled in the turn that follows; every turn, after its polls, fires
//!   the timers that are due (none falls due by a virtual clock while a task is ready); and
//!   descriptors are asked at the end of a turn if 61 polls have gone by since the last time.
//! * **No wake is lost**, from any thread, at any moment (*park under the lock*).
//! * **A panic stays in its task**, be it in a poll, a drop or a callback. A panic of the
//!   future that `block_on` runs goes to the caller of `block_on`.
//! * **Nothing outlives the runtime.** Shutdown drops the tasks that are left, in the
//!   runtime's context and before `drop(runtime)` returns, and refuses new ones.
//!
//! | file | what is in it |
//! |---|---|
//! | `core` | the turn of the loop, sleep, virtual time |
//! | `clock`, `timers` | the time, and what waits for it |
//! | `bell` | how other threads end the sleep |
//! | `builder`, `handle`, `shuffle` | choices |

mod bell;
mod builder;
pub(crate) mod clock;
pub(crate) mod core;
mod handle;
mod shuffle;
mod timers;

use std::io;
use std::panic::{AssertUnwindSafe, Location, catch_unwind, resume_unwind};
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;

pub use builder::Builder;
pub use handle::Handle;

use self::core::Core;
pub use crate::task::OutsideWork;
use crate::task::{JoinHandle, Key, Tasks};

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
/// use std::task::Poll;
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
    OutsideWork::new(core::expect("`outside_work`").tasks.shared().clone())
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
    core: Rc<Core>,
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
    #[track_caller]
    pub fn spawn<F: Future + 'static>(&self, future: F) -> JoinHandle<F::Output> {
        self.handle().spawn(future)
    }

    /// What spawns tasks on this runtime.
    #[must_use]
    pub fn handle(&self) -> Handle {
        Handle::new(&self.core)
    }

    /// Runs the loop until `future` is done. Tasks that are left make no progress until
    /// the next call, and are dropped with the runtime.
    ///
    /// The future is a task like others, the last in the queue when it begins, but it
    /// may borrow from the caller, and the loop ends with it at once.
    ///
    /// # Panics
    ///
    /// Panics if the future does; if this thread is inside a runtime already; and, under
    /// a virtual clock, if all tasks wait and nothing can wake them.
    #[track_caller]
    pub fn block_on<F: Future>(&mut self, future: F) -> F::Output {
        refuse_nesting();
        let _context = core::enter(&self.core);
        let _main = Main::admit(&self.core.tasks, Location::caller());
        let mut future = pin!(future);
        let mut output = None;
        loop {
            let done = self.core.turn(&mut |cx| {
                match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
                    Ok(Poll::Pending) => return Poll::Pending,
                    Ok(Poll::Ready(value)) => output = Some(Ok(value)),
                    Err(payload) => output = Some(Err(payload)),
                }
                Poll::Ready(())
            });
            match output {
                Some(Ok(value)) => return value,
                Some(Err(payload)) => resume_unwind(payload),
                None => debug_assert!(done.is_pending()),
            }
        }
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        let _context = core::enter(&self.core);
        self.core.tasks.close();
    }
}

/// The slot of the future that `block_on` runs.
struct Main<'a> {
    tasks: &'a Tasks,
    key: Key,
}

impl<'a> Main<'a> {
    /// What was woken before `block_on` goes before it in the queue.
    fn admit(tasks: &'a Tasks, location: &'static Location<'static>) -> Self {
        tasks.take_inbox();
        Self { tasks, key: tasks.admit_main(location) }
    }
}

impl Drop for Main<'_> {
    fn drop(&mut self) {
        self.tasks.remove_main(self.key);
    }
}

/// One thread, one loop: the inner one would keep the outer one from ever running.
#[track_caller]
fn refuse_nesting() {
    assert!(
        core::here().is_none(),
        "`block_on` was called inside a runtime, whose other tasks would stand still: \
         `.await` the future, or `spawn` it"
    );
}
