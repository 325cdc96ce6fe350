//! Tasks: futures that the executor owns, and the wakers that bring them back.
//!
//! A future does nothing until it is polled, and says by a [`Waker`](std::task::Waker)
//! when it is worth polling again. A *task* is a future with a place of its own: an id, a
//! slot in a slab, a seat in the run queue when it is ready, and a handle to whoever
//! spawned it. This module has everything about tasks but the loop that runs them, which
//! is [`runtime`](crate::runtime).
//!
//! Who owns what: the executor, on its thread, owns every future and every output. A
//! waker owns nothing of a task; it knows the task's key and the way to the inbox. A
//! handle knows the key too, and has the right to fetch the output.
//!
//! Five invariants hold all of it together. Comments name them where they are relied on.
//!
//! 1. **One seat.** A task is in each queue at most once, however often it is woken.
//! 2. **Clear before poll.** The flag that says "in the queue" is cleared before the poll,
//!    so that a wake during the poll counts.
//! 3. **Owner drops.** A future and its output are dropped on the thread that owns them
//!    only, whoever drops the last waker.
//! 4. **No user code under a borrow.** Polls, drops, wakes, clones and callbacks run while
//!    nothing is borrowed or locked: all of them may come back in here.
//! 5. **Park under the lock.** The loop sleeps only after it has seen, under the inbox's
//!    lock, that the inbox is empty; a waker rings if it sees, under that lock, that
//!    the loop sleeps. One of the two always sees the other.
//!
//! | file | what is in it | relied on |
//! |---|---|---|
//! | `key` | ids, and keys with generations | |
//! | `waker` | what leaves the thread: the waker of a task | 1, 2, 3 |
//! | `remote` | the inbox: wakes from other threads | 1, 5 |
//! | `erased`, `cell` | one task | |
//! | `scheduler`, `spares` | the slab and the run queue; nothing of the user's runs in there | 1, 2 |
//! | `executor`, `contain` | what runs user code, with nothing borrowed | 3, 4 |
//! | `requests` | what handles and waiting futures ask | 4 |
//! | `shutdown` | the end of all tasks | 3, 4 |
//! | `waiter` | whom to wake: a task by its key, or a waker | 4 |
//! | `sleeper` | the same for what belongs to no runtime | 4 |
//! | `context` | which executor runs on this thread | |
//! | `join`, `error` | handles, and how a task ended | |
//! | `builder`, `yielding`, `info`, `note` | spawning, giving way, asking | |

mod builder;
mod cell;
pub(crate) mod contain;
pub(crate) mod context;
mod erased;
mod error;
mod executor;
mod info;
mod join;
mod key;
mod note;
mod remote;
mod requests;
mod scheduler;
mod shutdown;
mod sleeper;
mod spares;
mod waiter;
mod waker;
mod yielding;

pub use builder::{Builder, spawn};
pub use cell::CallbackId;
pub use error::{JoinError, Outcome};
pub use info::{Holder, TaskInfo, TaskState, WaitsOn, all, current};
pub use join::{AbortHandle, AbortOnDrop, JoinHandle};
pub use key::TaskId;
pub use remote::OutsideWork;
pub use yielding::{YieldNow, yield_now};

pub(crate) use error::{Label, Place};
pub(crate) use executor::{Executor, PanicHook, PollMain};
pub(crate) use key::Key;
pub(crate) use note::Note;
pub(crate) use remote::Unpark;
pub(crate) use sleeper::Sleeper;
pub(crate) use waiter::{Waiter, drop_waker};
