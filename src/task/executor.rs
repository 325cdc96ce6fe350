//! The executor: what runs the tasks, with nothing borrowed.
//!
//! `Scheduler` is the tables, and no user code runs in there; this file is what runs user
//! code, between two short borrows of those tables. A turn of a task is:
//!
//! ```text
//!            begin               poll
//!   Parked ─────────► Busy ───────────────► Parked     Pending: put_back
//!      ▲     (flag     │
//!      │    cleared)   └──────────────────► Finished   Ready, a panic, or an abort:
//!      └── wake: one place in the queue                the future is dropped first
//! ```
//!
//! Who calls it: the loop of the chapter that follows, and the handles.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::panic::Location;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_task::waker_ref;

use super::contain::{Payload, contain, quietly};
use super::context;
use super::erased::{BoxFuture, TaskResult};
use super::error::{JoinError, Label, Place};
use super::join::JoinHandle;
use super::key::Key;
use super::remote::{RemoteQueue, Unpark};
use super::scheduler::{Call, Job, Scheduler, Turn};
use super::shutdown::Refusals;
use super::waiter::{Current, Waiter};
use super::waker::TaskWaker;

/// Polls the future of `block_on`, which lies on that function's stack.
pub(crate) type PollMain<'a> = dyn FnMut(&mut Context<'_>) -> Poll<()> + 'a;

/// Is told of a panic that nobody is going to read.
pub(crate) type PanicHook = Box<dyn Fn(&JoinError)>;

/// The tasks of one runtime, and what runs them.
pub(crate) struct Executor {
    pub(crate) remote: Arc<RemoteQueue>,
    pub(super) scheduler: RefCell<Scheduler>,
    /// Wakes that are being taken from the remote queue; kept for its memory.
    received: Cell<Vec<Arc<TaskWaker>>>,
    /// The task that runs.
    pub(super) current: Current,
    pub(super) refusals: Refusals,
    /// The time of the loop's last look at the clock, for the ages of tasks.
    pub(crate) now: Cell<u64>,
    unhandled: PanicHook,
}

impl Executor {
    /// An executor without tasks. `unpark` is called, from any thread, when a task of a
    /// parked loop is woken.
    pub(crate) fn new(unpark: Arc<Unpark>, unhandled: PanicHook) -> Rc<Self> {
        let remote = Arc::new(RemoteQueue::new(unpark));
        Rc::new(Self {
            scheduler: RefCell::new(Scheduler::new(Arc::clone(&remote))),
            remote,
            received: Cell::default(),
            current: Current::nobody(),
            refusals: Refusals::default(),
            now: Cell::new(0),
            unhandled,
        })
    }

    /// Makes a task of a future. While the executor shuts down the future is dropped
    /// instead, and the handle says that it was cancelled.
    pub(crate) fn spawn<F: Future + 'static>(
        self: &Rc<Self>,
        future: F,
        name: Option<Box<str>>,
        location: &'static Location<'static>,
    ) -> JoinHandle<F::Output> {
        if self.is_shutting_down() {
            return self.spawn_refused(future, name, location);
        }
        let key = self.admit(Some(Box::pin(future)), name, location);
        JoinHandle::new(Rc::clone(self), key)
    }

    /// Drops a future instead of making a task of it. Its handle, whatever it would have
    /// given, says that it was cancelled.
    pub(crate) fn spawn_refused<T>(
        self: &Rc<Self>,
        future: impl Future + 'static,
        name: Option<Box<str>>,
        location: &'static Location<'static>,
    ) -> JoinHandle<T> {
        let key = self.refuse(Box::pin(future), name, location);
        JoinHandle::new(Rc::clone(self), key)
    }

    /// Gives a task a cell and a place in the queue. The future of `block_on` is none here.
    pub(crate) fn admit(
        &self,
        future: Option<BoxFuture>,
        name: Option<Box<str>>,
        location: &'static Location<'static>,
    ) -> Key {
        let mut scheduler = self.scheduler.borrow_mut();
        let id = match future {
            Some(_) => scheduler.next_id(),
            None => scheduler.next_main_id(),
        };
        scheduler.admit(Label { id, name, location }, future, self.now.get())
    }

    /// Wakes a task. Called on the owning thread only: from elsewhere there is the remote
    /// queue.
    pub(crate) fn wake(&self, key: Key) {
        self.scheduler.borrow_mut().enqueue(key);
    }

    /// Wakes every task that was woken from elsewhere, if any was.
    #[inline]
    pub(crate) fn take_remote_wakes(&self) -> bool {
        let has_wakes = self.remote.has_wakes();
        if has_wakes {
            self.read_letters();
        }
        has_wakes
    }

    /// The loop is awake: it reads its letters, and nobody need end its sleep any more.
    pub(crate) fn read_letters(&self) {
        let mut received = self.received.take();
        self.remote.take_all(&mut received);
        for waker in received.drain(..) {
            self.wake(waker.unqueue());
        }
        self.received.set(received);
    }

    /// How many jobs are in the run queue.
    #[inline]
    pub(crate) fn ready(&self) -> usize {
        self.scheduler.borrow().ready()
    }

    /// Moves one of the first `among` ready tasks to the front: [`Scheduler::draw`].
    pub(crate) fn draw(&self, among: usize, below: impl FnOnce(usize) -> usize) {
        self.scheduler.borrow_mut().draw(among, below);
    }

    /// Does the first job of the run queue; none if there is none. Ready if that was to
    /// poll the future of `block_on`, and it is done.
    #[inline]
    pub(crate) fn run_next(&self, main: &mut PollMain<'_>) -> Option<Poll<()>> {
        let job = self.scheduler.borrow_mut().next_job();
        match job? {
            Job::Run(key) => Some(self.run(key, main)),
            Job::Call(call) => {
                self.call(*call);
                Some(Poll::Pending)
            }
        }
    }

    /// One turn of one task.
    pub(super) fn run(&self, key: Key, main: &mut PollMain<'_>) -> Poll<()> {
        let turn = self.scheduler.borrow_mut().begin(key);
        let Some(Turn { future, waker, aborted }) = turn else { return Poll::Pending };
        let mut main_is_done = Poll::Pending;
        self.current.set(key, &waker_ref(&waker));
        match future {
            Some(future) if aborted => self.cancel(key, future, waker),
            Some(future) => self.poll(key, future, waker),
            None => {
                main_is_done = main(&mut Context::from_waker(&waker_ref(&waker)));
                self.scheduler.borrow_mut().put_back(key, None, waker);
            }
        }
        self.current.clear();
        main_is_done
    }

    /// Polls a task. A panic ends the task and nothing else.
    #[inline]
    fn poll(&self, key: Key, mut future: BoxFuture, waker: Arc<TaskWaker>) {
        let polled = {
            let waker = waker_ref(&waker);
            let mut cx = Context::from_waker(&waker);
            contain(|| future.as_mut().poll_any(&mut cx))
        };
        let result = match polled {
            Ok(Poll::Pending) => {
                return self.scheduler.borrow_mut().put_back(key, Some(future), waker);
            }
            Ok(Poll::Ready(output)) => Ok(output),
            Err(payload) => Err(JoinError::panic(self.label(key), Place::Poll, payload)),
        };
        self.end(key, future, result, waker);
    }

    /// Drops an aborted task.
    fn cancel(&self, key: Key, future: BoxFuture, waker: Arc<TaskWaker>) {
        let result = Err(JoinError::cancelled(self.label(key)));
        self.end(key, future, result, waker);
    }

    /// Drops a task within this call, if it does not run at this moment; else at its next
    /// turn. It is not polled again.
    pub(crate) fn cancel_now(self: &Rc<Self>, key: Key) {
        if self.is_finished(key) {
            return;
        }
        self.doom(key);
        if self.with(key, |task| task.waker.is_some()) == Some(true) {
            let _inside = context::enter(self);
            self.current.aside(|| {
                let _ = self.run(key, &mut |_| Poll::Pending);
            });
        }
    }

    /// Drops a future, before its end can be seen by anyone.
    fn end(
        &self,
        key: Key,
        future: BoxFuture,
        result: TaskResult,
        waker: Arc<TaskWaker>,
    ) {
        match contain(|| drop(future)) {
            Ok(()) => self.finish(key, result, waker),
            Err(payload) => {
                let result = self.panicked_in_drop(key, result, payload);
                self.finish(key, result, waker);
            }
        }
    }

    /// A panic in a destructor takes the place of what the task left; a panic of the poll
    /// itself stays.
    #[cold]
    fn panicked_in_drop(
        &self,
        key: Key,
        result: TaskResult,
        payload: Payload,
    ) -> TaskResult {
        if result.as_ref().is_err_and(JoinError::is_panic) {
            quietly(|| drop(payload));
            return result;
        }
        self.discard(self.label(key), result);
        Err(JoinError::panic(self.label(key), Place::Drop, payload))
    }

    /// Makes the end of a task visible: callbacks first, then whoever awaits it.
    fn finish(&self, key: Key, result: TaskResult, waker: Arc<TaskWaker>) {
        let awaiter = self.scheduler.borrow_mut().finish(key, result, waker);
        if let Some(awaiter) = awaiter {
            self.notify(awaiter);
        } else if self.with(key, |task| task.detached) == Some(true) {
            self.remove(key);
        }
    }

    /// Frees the cell of a task that has ended and has no handle, or of the future of
    /// `block_on`, also if a panic has ended the loop in the middle.
    pub(crate) fn remove(&self, key: Key) {
        let unread = self.scheduler.borrow_mut().remove(key);
        if let Some((label, result)) = unread {
            self.discard(label, result);
        }
    }

    /// Drops what nobody is going to fetch. A panic among it is told to the hook.
    pub(crate) fn discard(&self, label: Label, result: TaskResult) {
        match result {
            Ok(output) => self.contained(label, Place::Drop, || drop(output)),
            Err(error) if error.is_panic() => self.tell(error),
            Err(_) => {}
        }
    }

    /// Calls a callback. No task runs meanwhile.
    fn call(&self, call: Call) {
        let Call { label, outcome, callback } = call;
        self.contained(label, Place::Callback, || callback(&outcome));
    }

    /// Runs user code whose panic goes to the hook.
    pub(crate) fn contained(&self, label: Label, place: Place, f: impl FnOnce()) {
        if let Err(payload) = contain(f) {
            self.tell(JoinError::panic(label, place, payload));
        }
    }

    /// Tells the hook of a panic. The hook's own panics go no further.
    pub(crate) fn tell(&self, error: JoinError) {
        quietly(|| (self.unhandled)(&error));
        quietly(|| drop(error));
    }

    /// Tells the hook of a panic in somebody else's waker, in the name of the task that
    /// came by, or of the first one.
    #[cold]
    pub(super) fn tell_of_waker(&self, payload: Payload) {
        self.tell(JoinError::panic(self.current_label(), Place::Waker, payload));
    }

    /// What errors say of the task that runs, or of the first one if none does.
    pub(crate) fn current_label(&self) -> Label {
        let key = self.current.key();
        let label = key.and_then(|key| self.with(key, |task| task.label()));
        label.unwrap_or_else(Label::of_nobody)
    }

    /// Wakes whoever waits.
    pub(crate) fn notify(&self, waiter: Waiter) {
        match waiter {
            Waiter::Task { id, slot } => self.wake(Key { id, slot }),
            Waiter::Foreign(waker) => waker.wake(),
        }
    }
}

impl fmt::Debug for Executor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Executor").finish_non_exhaustive()
    }
}
