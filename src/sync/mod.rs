//! Taking turns: what tasks of one thread use to get along with each other.
//!
//! One thread runs them all, and no two of them at the same moment. What is not safe all the
//! same is whatever takes more than one step: between two steps with an `.await` in between,
//! other tasks run. A [`Mutex`] keeps them out for so long; a [`Semaphore`] lets so many in;
//! a [`Queue`] hands things over; an [`Event`], a [`Condition`], a [`Barrier`], a
//! [`oneshot()`] and a [`CancelToken`] tell of something.
//!
//! All of them keep these promises:
//!
//! - **First in, first out.** Who waited first has the first turn. Nobody who comes later
//!   passes by, not even between the moment in which a turn is given away and the moment in
//!   which its task runs: it is handed over, and not left lying.
//! - **Nothing gets lost.** A task that was given its turn and is dropped before it took it
//!   passes it on.
//! - **Releasing is dropping.** A lock or a permit that is given back twice, or forgotten, cannot be
//!   written by mistake.
//! - **No user code under a borrow**, as everywhere here: a waker is woken when all is in order
//!   again.
//!
//! One list of waiters, `Waiters`, serves all of them; each adds what a turn consists of.
//!
//! They stay on their thread: they are neither `Send` nor `Sync`, and share by `&` or
//! [`Rc`](std::rc::Rc). That is what makes them cheap: there is not one atomic operation in
//! here. They belong to no runtime, and may be made outside of any. Across threads there are
//! [`spawn_blocking`](crate::spawn_blocking), whose handle brings a result back,
//! `Handle::remote`, which brings tasks in, and channels made for it, such as those of the
//! crate async-channel.
//!
//! ```compile_fail,E0277
//! use mainspring::sync::Mutex;
//!
//! let mutex = Mutex::new(0);
//! std::thread::scope(|scope| drop(scope.spawn(|| mutex.is_locked()))); // it is not `Sync`
//! ```
//!
//! What need not wait does not give way: a task that takes a lock a million times, with
//! nobody in its way, keeps its turn for so long. Where that matters there is
//! [`yield_now`](crate::task::yield_now).

mod barrier;
mod cancel;
mod condition;
mod event;
mod mutex;
mod oneshot;
mod queue;
mod semaphore;
mod waiters;

pub use barrier::{Barrier, BarrierWaitResult};
pub use cancel::CancelToken;
pub use condition::Condition;
pub use event::Event;
pub use mutex::{Mutex, MutexGuard};
pub use oneshot::{Closed, Receiver, Sender, oneshot};
pub use queue::{PutError, Queue, TryGetError};
pub use semaphore::{OwnedSemaphorePermit, Permit, Semaphore, SemaphorePermit};
