//! Work that blocks, and threads that have something to say.
//!
//! A task that computes for a second, reads a file from a slow disk or calls a library that
//! waits keeps the loop's only thread, and everything stands still. [`spawn_blocking`] has
//! it done by another thread, and gives back a task like any other: to be awaited, aborted,
//! watched. The other way round, a [`RemoteHandle`] lets any thread start tasks on the loop.
//!
//! Who owns what: the runtime owns its pool of threads; they end when they have been idle
//! for ten seconds, or with the runtime. A job's closure lies in a slot until a thread takes it
//! out, and the line has slots; its result lies in the same slot until its task, on the loop's
//! thread, fetches it. So a result is dropped by the thread of the loop, also when nobody wants
//! it.
//!
//! What the pool guarantees:
//!
//! * **Jobs begin in the order in which they were spawned**, at once if a thread is idle or
//!   the bound ([`Builder::max_blocking_threads`]) allows a new one.
//! * **What has begun comes to its end.** An abort takes back a job that waits in line, and
//!   does nothing to one that runs.
//! * **No result is lost**: to end a job and to wake its task is one step for whoever
//!   looks, under the lock of the slot.
//! * **The clock knows of it.** While a job waits or runs, a virtual clock stands still.
//! * **The end of the runtime** drops the jobs that wait and waits for those that run
//!   ([`Runtime::shutdown_timeout`] bounds that).
//!
//! | file | what is in it |
//! |---|---|
//! | `job` | one job: the slot between a thread and a task |
//! | `pool` | the line of jobs, and the threads |
//! | `remote` | the way in, for other threads |
//!
//! [`Builder::max_blocking_threads`]: crate::runtime::Builder::max_blocking_threads
//! [`Runtime::shutdown_timeout`]: crate::runtime::Runtime::shutdown_timeout

mod job;
mod pool;
mod remote;

use std::io;
use std::panic::Location;
use std::rc::Rc;
use std::sync::Arc;

pub use remote::{RemoteHandle, RemoteJoinHandle};

use self::job::{Slot, Wait};
use self::pool::Pool;
use crate::runtime::{OutsideWork, event_loop};
use crate::task::JoinHandle;

/// Has a function called on another thread, and makes a task that waits for it.
///
/// For what blocks: reading files, long computations, libraries that wait. It begins at
/// once, whether or not the handle is awaited, on a thread of the runtime's pool; if all are
/// busy and there are as many as
/// [`max_blocking_threads`](crate::runtime::Builder::max_blocking_threads), it waits in line.
/// If the system refuses another thread it waits for one that is there; if there is none,
/// the task ends with a [`JoinError`](crate::task::JoinError) that says so.
///
/// [`JoinHandle::abort`] takes a job back that has not begun: the function is dropped
/// uncalled. Of one that runs it is false, and the output comes as if nothing had been
/// said: a thread cannot be stopped from outside. Dropping the handle detaches, as always.
/// What nobody fetches is dropped by the thread of the runtime.
///
/// The function may block, and may run a `block_on` of its own; the runtime of its creator
/// is not on its thread, so it cannot `spawn` there: a [`RemoteHandle`] can.
///
/// When the runtime is dropped, jobs that have not begun are dropped with it, and those that
/// run are waited for. From then on new ones are refused: dropped, and their handles say
/// `Cancelled`.
///
/// # Panics
///
/// Panics outside a runtime.
///
/// # Examples
///
/// ```
/// use std::fs;
///
/// mainspring::block_on(async {
///     let text = mainspring::spawn_blocking(|| fs::read_to_string("Cargo.toml"));
///     assert!(text.await.unwrap().unwrap().contains("mainspring"));
/// });
/// ```
#[must_use = "dropping the handle detaches the task; say so by `drop(spawn(..))`"]
#[track_caller]
pub fn spawn_blocking<F, T>(f: F) -> JoinHandle<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    let event_loop = event_loop::expect("`spawn_blocking`");
    let executor = &event_loop.executor;
    let pool = event_loop.extensions.get(|| Pool::new(event_loop.max_blocking_threads));
    let slot = Arc::new(Slot::new(Box::new(f), OutsideWork::new(&executor.remote)));
    let wait = Wait::new(Arc::clone(&slot), Rc::clone(&pool));
    let task = executor.spawn(wait, None, Location::caller());
    let [to_revoke, to_run] = [(); 2].map(|()| Arc::clone(&slot));
    task.ask_before_abort(move || to_revoke.revoke());
    if !executor.is_shutting_down()
        && let Err(error) = pool.submit(Box::new(move || to_run.run()))
    {
        slot.finish(Err(Box::new(no_thread(&error))));
    }
    task
}

/// What the panic of a job says that nobody is going to do.
fn no_thread(error: &io::Error) -> String {
    format!(
        "no thread for `spawn_blocking`: the system refuses one ({error}), and the runtime \
         has none to wait for"
    )
}
