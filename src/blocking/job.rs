//! One job: what lies between the thread that does it and the task that waits for it.
//!
//! ```text
//!   loop's thread                      slot                       pool's thread
//!   spawn_blocking ── closure ──►  [ closure ]
//!   abort: revoked?                [ closure ] ── run: takes it ──►  calls it
//!   Wait::poll ── waker ──────►    [ waker   ]
//!   Wait::poll ◄── result ──────   [ result  ] ◄── the end ────────  wakes the waker
//! ```
//!
//! Whether an abort or a thread comes first is decided by the lock: the closure is taken
//! once, or revoked and never taken.

use std::panic::resume_unwind;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use super::pool::Pool;
use crate::runtime::OutsideWork;
use crate::task::contain::{Payload, contain};
use crate::task::{JoinError, Place, WaitsOn, context};

pub(super) struct Slot<T>(Mutex<Stage<T>>);

type Closure<T> = Box<dyn FnOnce() -> T + Send>;

/// How far a job is. It waits as long as there is a closure, and runs between that and the
/// result.
struct Stage<T> {
    /// A virtual clock stands still until the thread has brought the result.
    closure: Option<(Closure<T>, OutsideWork)>,
    /// Nobody may take the closure any more.
    revoked: bool,
    result: Option<Result<T, Payload>>,
    /// The task that waits.
    waker: Option<Waker>,
}

impl<T> Slot<T> {
    pub(super) fn new(f: Closure<T>, work: OutsideWork) -> Self {
        let closure = Some((f, work));
        Self(Mutex::new(Stage { closure, revoked: false, result: None, waker: None }))
    }

    /// Calls the closure, unless it was taken back.
    pub(super) fn run(&self) {
        let mut stage = self.lock();
        let revoked = stage.revoked;
        let taken = stage.closure.take_if(|_| !revoked);
        drop(stage);
        if let Some((f, work)) = taken {
            self.finish(contain(f));
            drop(work);
        }
    }

    /// Takes the job back. False if it has begun, or is done.
    pub(super) fn revoke(&self) -> bool {
        let mut stage = self.lock();
        stage.revoked = stage.closure.is_some();
        stage.revoked
    }

    /// Puts the result in, and wakes whoever waits for it.
    pub(super) fn finish(&self, result: Result<T, Payload>) {
        let mut stage = self.lock();
        stage.result = Some(result);
        let waker = stage.waker.take();
        drop(stage);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Under this lock things are moved, and nothing that is a user's is called or dropped.
    fn lock(&self) -> MutexGuard<'_, Stage<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The future of a job's task: waits for the thread. A panic goes on in here, and so ends
/// the task as a panic of its own would.
pub(super) struct Wait<T: Send + 'static> {
    /// None when the result was fetched.
    slot: Option<Arc<Slot<T>>>,
    pool: Rc<Pool>,
}

impl<T: Send + 'static> Wait<T> {
    pub(super) fn new(slot: Arc<Slot<T>>, pool: Rc<Pool>) -> Self {
        Self { slot: Some(slot), pool }
    }
}

impl<T: Send + 'static> Future for Wait<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let Some(slot) = &self.slot else { return Poll::Pending };
        let mut stage = slot.lock();
        let Some(result) = stage.result.take() else {
            // A task's own waker, which is no user's.
            stage.waker = Some(cx.waker().clone());
            drop(stage);
            context::expect("a job's task").waits_on(WaitsOn::Job);
            return Poll::Pending;
        };
        let refused = stage.closure.take(); // there was no thread for it
        drop(stage);
        drop(refused);
        self.slot = None;
        Poll::Ready(result.unwrap_or_else(|payload| resume_unwind(payload)))
    }
}

impl<T: Send + 'static> Drop for Wait<T> {
    /// *Owner drops*: a job that waits is dropped here; what one that runs is going to leave,
    /// which happens in a shutdown alone, when the pool has waited for it.
    fn drop(&mut self) {
        let Some(slot) = self.slot.take() else { return };
        let closure = slot.lock().closure.take();
        if closure.is_some() {
            return;
        }
        let executor = context::expect("the shutdown");
        let label = executor.current_label();
        self.pool.at_end(move || {
            // What is a user's is dropped with no lock held.
            let left = slot.lock().result.take();
            if let Some(result) = left {
                let in_panic =
                    |panic| JoinError::panic(label.clone(), Place::Poll, panic);
                let result = result.map(|output| Box::new(output) as _);
                executor.discard(label.clone(), result.map_err(in_panic));
            }
        });
    }
}
