//! The executor: what runs the tasks, with nothing borrowed.
//!
//! `State` is the tables, and no user code runs in there; this file is everything that
//! runs user code, between two short borrows of those tables. A turn of a task is:
//!
//! ```text
//!            begin               poll
//!   Parked ─────────► Busy ───────────────► Parked     Pending: put_back
//!      ▲     (flag     │
//!      │    cleared)   └──────────────────► Finished   Ready, a panic, or an abort:
//!      └── wake: one seat in the queue                 the future is dropped first
//! ```
//!
//! Who calls it: the loop of the chapter that follows, and the handles.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::mem;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use futures_task::waker_ref;

use super::context;
use super::error::{JoinError, Label, Payload, Place};
use super::info::{TaskInfo, WaitsOn};
use super::join::JoinHandle;
use super::key::{Key, TaskId};
use super::slot::{BoxedWork, Callback, CallbackId, Remains};
use super::state::{Call, Job, State, Step, Unread};
use super::waiter::{Identity, Waiter};
use super::waker::{Shared, TaskWaker};

/// Polls the future of `block_on`, which lies on that function's stack.
pub(crate) type PollMain<'a> = dyn FnMut(&mut Context<'_>) -> Poll<()> + 'a;

/// Is told of a panic that nobody is going to read.
pub(crate) type PanicHook = Box<dyn Fn(&JoinError)>;

/// The tasks of one executor.
pub(crate) struct Tasks {
    shared: Arc<Shared>,
    state: RefCell<State>,
    /// The letters being read; kept for its memory.
    letters: Cell<Vec<Arc<TaskWaker>>>,
    /// The task that runs, and the waker that it is polled with.
    current: Cell<Option<Key>>,
    polled_with: Cell<Identity>,
    /// The time of the loop's last look at the clock, for the ages of tasks.
    now: Cell<u64>,
    unhandled: PanicHook,
}

impl Tasks {
    /// An executor without tasks. `ring` is called, from any thread, when something was
    /// put into the inbox of a parked loop.
    pub(crate) fn new(
        ring: impl Fn() + Send + Sync + 'static,
        unhandled: PanicHook,
    ) -> Rc<Self> {
        let shared = Arc::new(Shared::new(ring));
        Rc::new(Self {
            state: RefCell::new(State::new(Arc::clone(&shared))),
            shared,
            letters: Cell::default(),
            current: Cell::new(None),
            polled_with: Cell::new(Identity::of(Waker::noop())),
            now: Cell::new(0),
            unhandled,
        })
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// Makes a task of a future. While the executor shuts down the future is dropped
    /// instead, and the handle says that it was cancelled.
    pub(crate) fn spawn<F: Future + 'static>(
        self: &Rc<Self>,
        future: F,
        name: Option<Box<str>>,
        location: &'static Location<'static>,
    ) -> JoinHandle<F::Output> {
        let key = self.admit(Box::pin(future), name, location);
        if self.is_closing() {
            self.cancel_now(key);
        }
        JoinHandle::new(Rc::clone(self), key)
    }

    fn admit(
        &self,
        work: BoxedWork,
        name: Option<Box<str>>,
        location: &'static Location<'static>,
    ) -> Key {
        let mut state = self.state.borrow_mut();
        let label = Label { id: state.next_id(), name, location };
        state.admit(label, Some(work), self.now.get())
    }

    /// Gives the future of `block_on` a slot and a seat.
    pub(crate) fn admit_main(&self, location: &'static Location<'static>) -> Key {
        let mut state = self.state.borrow_mut();
        let id = if mem::replace(&mut state.had_main, true) {
            state.next_id()
        } else {
            TaskId::FIRST
        };
        let label = Label { id, name: None, location };
        state.admit(label, None, self.now.get())
    }

    /// Frees the slot of the future of `block_on`.
    pub(crate) fn remove_main(&self, key: Key) {
        self.state.borrow_mut().remove_main(key);
    }

    /// Seats a task. Called on the owning thread only: from elsewhere there is the inbox.
    pub(crate) fn wake(&self, key: Key) {
        self.state.borrow_mut().seat(key);
    }

    /// Seats every task that was woken from elsewhere.
    pub(crate) fn take_inbox(&self) {
        if self.shared.has_mail() {
            self.unpark();
        }
    }

    /// The loop is awake: it takes the inbox, and nobody need ring any more.
    pub(crate) fn unpark(&self) {
        let mut letters = self.letters.take();
        self.shared.collect(&mut letters);
        for letter in letters.drain(..) {
            self.wake(letter.open());
        }
        self.letters.set(letters);
    }

    /// How many jobs are in the run queue.
    pub(crate) fn ready(&self) -> usize {
        self.state.borrow().ready.len()
    }

    /// Puts the run queue into another order: callbacks first, as they came, then the
    /// tasks, shuffled. `below` draws a number below the one it is given.
    pub(crate) fn shuffle(&self, mut below: impl FnMut(usize) -> usize) {
        let mut state = self.state.borrow_mut();
        let jobs = state.ready.make_contiguous();
        jobs.sort_by_key(|job| matches!(job, Job::Run(_)));
        let first = jobs.partition_point(|job| matches!(job, Job::Call(_)));
        let tasks = &mut jobs[first..];
        for last in (1..tasks.len()).rev() {
            tasks.swap(last, below(last + 1));
        }
    }

    /// Does the first job of the run queue. Ready if that was to poll the future of
    /// `block_on`, and it is done.
    pub(crate) fn run_next(&self, main: &mut PollMain<'_>) -> Poll<()> {
        let job = self.state.borrow_mut().ready.pop_front();
        match job {
            Some(Job::Run(key)) => return self.run(key, main),
            Some(Job::Call(call)) => self.call(*call),
            None => {}
        }
        Poll::Pending
    }

    /// One turn of one task.
    fn run(&self, key: Key, main: &mut PollMain<'_>) -> Poll<()> {
        let step = self.state.borrow_mut().begin(key);
        let Some(Step { work, waker, aborted }) = step else { return Poll::Pending };
        let mut main_is_done = Poll::Pending;
        self.current.set(Some(key));
        self.polled_with.set(Identity::of(&waker_ref(&waker)));
        match work {
            Some(work) if aborted => self.cancel(key, work, waker),
            Some(work) => self.poll(key, work, waker),
            None => {
                main_is_done = main(&mut Context::from_waker(&waker_ref(&waker)));
                self.put_back(key, None, waker);
            }
        }
        self.current.set(None);
        main_is_done
    }

    /// Polls a task. A panic ends the task and nothing else.
    #[inline]
    fn poll(&self, key: Key, mut work: BoxedWork, waker: Arc<TaskWaker>) {
        let polled = {
            let waker = waker_ref(&waker);
            let mut cx = Context::from_waker(&waker);
            contain(|| work.as_mut().advance(&mut cx))
        };
        let remains = match polled {
            Ok(Poll::Pending) => return self.put_back(key, Some(work), waker),
            Ok(Poll::Ready(output)) => Ok(output),
            Err(payload) => Err(self.panicked(key, Place::Poll, payload)),
        };
        self.end(key, work, remains, waker);
    }

    fn put_back(&self, key: Key, work: Option<BoxedWork>, waker: Arc<TaskWaker>) {
        self.state.borrow_mut().put_back(key, work, waker);
    }

    /// Drops an aborted task.
    fn cancel(&self, key: Key, work: BoxedWork, waker: Arc<TaskWaker>) {
        let remains = Err(JoinError::cancelled(self.label(key)));
        self.end(key, work, remains, waker);
    }

    /// Drops a future, before its end can be seen by anyone.
    fn end(&self, key: Key, work: BoxedWork, remains: Remains, waker: Arc<TaskWaker>) {
        match contain(|| drop(work)) {
            Ok(()) => self.finish(key, remains, waker),
            Err(payload) => {
                let remains = self.panicked_in_drop(key, remains, payload);
                self.finish(key, remains, waker);
            }
        }
    }

    /// A panic in a destructor takes the place of what the task left; a panic of the poll
    /// itself stays.
    #[cold]
    fn panicked_in_drop(&self, key: Key, remains: Remains, payload: Payload) -> Remains {
        if remains.as_ref().is_err_and(JoinError::is_panic) {
            quietly(|| drop(payload));
            return remains;
        }
        self.discard(Unread { label: self.label(key), remains });
        Err(self.panicked(key, Place::Drop, payload))
    }

    /// Makes the end of a task visible: callbacks first, then whoever awaits it.
    fn finish(&self, key: Key, remains: Remains, waker: Arc<TaskWaker>) {
        let awaiter = self.state.borrow_mut().finish(key, remains, waker);
        if let Some(awaiter) = awaiter {
            self.notify(awaiter);
        } else if self.state.borrow_mut().is_orphan(key) {
            self.remove(key);
        }
    }

    /// Drops what nobody is going to fetch. A panic among it is told to the hook.
    fn discard(&self, Unread { label, remains }: Unread) {
        match remains {
            Ok(output) => {
                if let Err(payload) = contain(|| drop(output)) {
                    self.tell(JoinError::panic(label, Place::Drop, payload));
                }
            }
            Err(error) if error.is_panic() => self.tell(error),
            Err(_) => {}
        }
    }

    /// Tells the hook of a panic. The hook's own panics go no further.
    fn tell(&self, error: JoinError) {
        quietly(|| (self.unhandled)(&error));
        quietly(|| drop(error));
    }

    /// Calls a callback. No task runs meanwhile.
    fn call(&self, call: Call) {
        let Call { label, outcome, callback } = call;
        if let Err(payload) = contain(|| callback(&outcome)) {
            self.tell(JoinError::panic(label, Place::Callback, payload));
        }
    }

    fn panicked(&self, key: Key, place: Place, payload: Payload) -> JoinError {
        JoinError::panic(self.label(key), place, payload)
    }

    /// What errors say about a task that runs or has its handle, and so its slot.
    fn label(&self, key: Key) -> Label {
        let mut state = self.state.borrow_mut();
        state.slot(key).expect("a task that runs or has a handle has a slot").label()
    }
}

/// For what tasks wait for.
impl Tasks {
    /// The task that runs, if it is polled with this waker.
    fn task_of(&self, waker: &Waker) -> Option<Key> {
        if self.polled_with.get() != Identity::of(waker) {
            return None;
        }
        self.current.get()
    }

    /// Whoever is woken by this waker. It may be cloned for that, which is user code.
    pub(crate) fn waiter(&self, waker: &Waker) -> Waiter {
        match self.task_of(waker) {
            Some(key) => Waiter::Task(key),
            None => Waiter::Waker(waker.clone()),
        }
    }

    /// Whether it is the same to notify one and to wake the other.
    pub(crate) fn is_for(&self, waiter: &Waiter, waker: &Waker) -> bool {
        match waiter {
            Waiter::Task(key) => self.task_of(waker) == Some(*key),
            Waiter::Waker(other) => other.will_wake(waker),
        }
    }

    /// Wakes whoever waits. A waker of another library may panic; that is nobody's panic
    /// here.
    pub(crate) fn notify(&self, waiter: Waiter) {
        match waiter {
            Waiter::Task(key) => self.wake(key),
            Waiter::Waker(waker) => quietly(|| waker.wake()),
        }
    }
}

/// For the handles of a task.
impl Tasks {
    /// What the task left, once.
    #[inline]
    pub(crate) fn fetch(&self, key: Key) -> Option<Remains> {
        self.state.borrow_mut().fetch(key)
    }

    /// What the task left; until it is done the waker of `cx` waits for it.
    #[inline]
    pub(crate) fn poll_fetch(&self, key: Key, cx: &mut Context<'_>) -> Poll<Remains> {
        if let Some(remains) = self.fetch(key) {
            return Poll::Ready(remains);
        }
        self.watch(key, cx);
        Poll::Pending
    }

    fn watch(&self, key: Key, cx: &mut Context<'_>) {
        assert!(!self.is_finished(key), "{} was awaited again after its end", key.id);
        self.waits_on(WaitsOn::Join(key.id));
        let is_watched = |awaiter: &Waiter| self.is_for(awaiter, cx.waker());
        if !self.state.borrow_mut().awaiter(key).is_some_and(is_watched) {
            let awaiter = self.waiter(cx.waker());
            let before = self.state.borrow_mut().watch(key, awaiter);
            drop(before);
        }
    }

    /// Notes what the task that runs is about to wait on; what is noted first stays.
    pub(crate) fn waits_on(&self, what: WaitsOn) {
        if let Some(key) = self.current.get()
            && let Some(slot) = self.state.borrow_mut().slot(key)
            && slot.waits_on == WaitsOn::Unknown
        {
            slot.waits_on = what;
        }
    }

    /// Whether the task is done, or gone.
    pub(crate) fn is_finished(&self, key: Key) -> bool {
        self.state.borrow_mut().slot(key).is_none_or(|slot| slot.is_finished())
    }

    pub(crate) fn abort(&self, key: Key) -> bool {
        self.state.borrow_mut().abort(key)
    }

    /// The handle is gone: nobody is going to fetch what the task leaves.
    pub(crate) fn detach(&self, key: Key) {
        if self.is_finished(key) {
            self.remove(key);
        } else {
            let awaiter = self.state.borrow_mut().detach(key);
            drop(awaiter);
        }
    }

    fn remove(&self, key: Key) {
        let unread = self.state.borrow_mut().remove(key);
        if let Some(unread) = unread {
            self.discard(unread);
        }
    }

    pub(crate) fn add_callback(&self, key: Key, callback: Callback) -> CallbackId {
        self.state.borrow_mut().add_callback(key, callback)
    }

    pub(crate) fn remove_callback(&self, key: Key, id: CallbackId) -> bool {
        let callback = self.state.borrow_mut().remove_callback(key, id);
        callback.is_some()
    }

    pub(crate) fn name(&self, key: Key) -> String {
        self.label(key).name()
    }

    pub(crate) fn infos(&self) -> Vec<TaskInfo> {
        let mut state = self.state.borrow_mut();
        let keys = state.unfinished();
        keys.into_iter().filter_map(|key| state.info(key, self.now.get())).collect()
    }

    pub(crate) fn current_info(&self) -> Option<TaskInfo> {
        self.state.borrow_mut().info(self.current.get()?, self.now.get())
    }

    /// The time of the loop's last look at the clock.
    pub(crate) fn now(&self) -> u64 {
        self.now.get()
    }

    /// The loop has looked at the clock.
    pub(crate) fn set_now(&self, nanos: u64) {
        self.now.set(nanos);
    }
}

/// The end.
impl Tasks {
    pub(crate) fn is_closing(&self) -> bool {
        self.state.borrow().closing
    }

    /// Shuts down: drops every task that is left, in the order of their ids, refuses new
    /// ones, and calls the callbacks. *Owner drops*: wakers that are still out there hold
    /// nothing of the tasks, and from here on do nothing.
    pub(crate) fn close(self: &Rc<Self>) {
        let _context = context::enter(Rc::clone(self));
        self.state.borrow_mut().closing = true;
        loop {
            let leftovers = self.state.borrow().unfinished();
            if leftovers.is_empty() {
                break;
            }
            leftovers.into_iter().for_each(|key| self.cancel_now(key));
        }
        while self.ready() > 0 {
            let _ = self.run_next(&mut |_| Poll::Pending);
        }
        self.shared.close();
    }

    /// Drops a task without waiting for its turn.
    fn cancel_now(&self, key: Key) {
        self.abort(key);
        let outer = (self.current.get(), self.polled_with.get());
        let _ = self.run(key, &mut |_| Poll::Pending);
        self.current.set(outer.0);
        self.polled_with.set(outer.1);
    }
}

/// Runs user code: a panic comes back as what it carries.
fn contain<R>(f: impl FnOnce() -> R) -> Result<R, Payload> {
    catch_unwind(AssertUnwindSafe(f))
}

/// Runs user code whose panic is nobody's. What the panic carries is user code too when it is
/// dropped, and may panic in its turn.
fn quietly(f: impl FnOnce()) {
    let mut outcome = contain(f);
    while let Err(payload) = outcome {
        outcome = contain(|| drop(payload));
    }
}

impl fmt::Debug for Tasks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tasks").finish_non_exhaustive()
    }
}
