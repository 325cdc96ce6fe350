//! What is asked of the executor: by handles, by futures that wait, and by lists of tasks.
//!
//! Each of them is a look into one cell under a short borrow. *No user code under a
//! borrow*: what a look takes out is dropped by its caller.

use std::rc::Rc;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use super::cell::{Callback, CallbackId, TaskCell};
use super::erased::TaskResult;
use super::error::{Label, Outcome};
use super::executor::Executor;
use super::info::{TaskInfo, TaskState, WaitsOn};
use super::key::{Key, TaskId};
use super::note::Note;
use super::waiter::{ForeignWaker, Waiter};

impl Executor {
    /// Looks at a task, if it is not gone.
    #[inline]
    pub(super) fn with<R>(
        &self,
        key: Key,
        look: impl FnOnce(&mut TaskCell) -> R,
    ) -> Option<R> {
        // If there is no task, `look` and what it holds are dropped after the borrow.
        let mut scheduler = self.scheduler.borrow_mut();
        Some(look(scheduler.get(key)?))
    }

    /// What errors say about a task that runs or has its handle, and so its cell.
    pub(super) fn label(&self, key: Key) -> Label {
        self.label_of(key).expect("a task that runs or has a handle has a cell")
    }

    /// What errors say about a task that is not gone.
    pub(crate) fn label_of(&self, key: Key) -> Option<Label> {
        self.with(key, |task| task.label())
    }

    /// Whether the task is done, or gone.
    pub(super) fn is_finished(&self, key: Key) -> bool {
        self.with(key, |task| task.is_finished()).unwrap_or(true)
    }

    /// Has a task dropped at its next turn. False if it is done, or may not be aborted.
    pub(crate) fn abort(&self, key: Key) -> bool {
        let may_abort = self.with(key, |task| task.may_abort()).unwrap_or(false);
        if may_abort {
            self.doom(key);
        }
        may_abort
    }

    /// Has a task that is not done dropped at its next turn, without asking.
    pub(super) fn doom(&self, key: Key) {
        self.with(key, |task| task.aborted = true);
        self.wake(key);
    }

    /// Has `may_abort` asked before the task is aborted; not by the shutdown, which drops
    /// whatever is left.
    pub(super) fn ask_before_abort(&self, key: Key, may_abort: Box<dyn Fn() -> bool>) {
        self.with(key, |task| {
            task.cold.get_or_insert_default().may_abort = Some(may_abort);
        });
    }

    /// What the task left, once.
    #[inline]
    pub(super) fn fetch(&self, key: Key) -> Option<TaskResult> {
        self.with(key, |task| task.result.take())?
    }

    /// What the task left; until it is done the waker of `cx` waits for it.
    #[inline]
    pub(super) fn poll_fetch(
        self: &Rc<Self>,
        key: Key,
        cx: &mut Context<'_>,
    ) -> Poll<TaskResult> {
        if let Some(result) = self.fetch(key) {
            return Poll::Ready(result);
        }
        assert!(!self.is_finished(key), "{} was awaited again after its end", key.id);
        self.waits_on(WaitsOn::Join(key.id));
        ready!(self.poll_end(key, cx));
        let result = self.fetch(key);
        Poll::Ready(result.expect("only the handle, which polls here, fetches it"))
    }

    /// Whether the task is done; if not, the waker of `cx` is going to be woken then.
    #[inline]
    pub(super) fn poll_end(self: &Rc<Self>, key: Key, cx: &mut Context<'_>) -> Poll<()> {
        if !self.is_watched_by(key, cx.waker()) {
            let awaiter = self.waiter(cx.waker());
            let before = self.with(key, |task| task.awaiter.replace(awaiter));
            drop(before);
        }
        // To clone a waker and to drop one is user code: the task may have ended in it.
        if self.is_finished(key) { Poll::Ready(()) } else { Poll::Pending }
    }

    /// Looks at what the task left, if that is there and of this type.
    pub(super) fn peek<T: 'static>(
        &self,
        key: Key,
        look: impl FnOnce(&T) -> bool,
    ) -> bool {
        let look = |task: &mut TaskCell| match &task.result {
            Some(Ok(output)) => output.downcast_ref().is_some_and(look),
            _ => false,
        };
        self.with(key, look).unwrap_or(false)
    }

    /// How the task ended, if it has.
    pub(super) fn outcome(&self, key: Key) -> Option<Outcome> {
        self.with(key, |task| task.outcome)?
    }

    /// Whether the end of the task is going to wake this waker.
    fn is_watched_by(&self, key: Key, waker: &Waker) -> bool {
        let is_for = |task: &mut TaskCell| {
            task.awaiter.as_ref().is_some_and(|awaiter| self.is_for(awaiter, waker))
        };
        self.with(key, is_for).unwrap_or(false)
    }

    /// The handle is gone: nobody is going to fetch what the task leaves.
    pub(super) fn detach(&self, key: Key) {
        if self.is_finished(key) {
            return self.remove(key);
        }
        let awaiter = self.with(key, |task| {
            task.detached = true;
            task.awaiter.take()
        });
        drop(awaiter);
    }

    /// Adds a callback, or queues it if the task is done already. If nobody is going to
    /// call it, it is dropped here.
    pub(super) fn add_callback(&self, key: Key, callback: Callback) -> CallbackId {
        let id = CallbackId(self.scheduler.borrow_mut().next_callback());
        let done = self.with(key, |task| Some((task.label(), task.outcome?))).flatten();
        if let Some((label, outcome)) = done {
            if !self.is_shutting_down() {
                self.scheduler.borrow_mut().enqueue_call(label, outcome, callback);
            }
            return id;
        }
        self.with(key, |task| {
            task.cold.get_or_insert_default().callbacks.push((id, callback));
        });
        id
    }

    /// Takes a callback back. False if it is queued, called, or dropped.
    pub(super) fn remove_callback(&self, key: Key, id: CallbackId) -> bool {
        let callback = self.with(key, |task| {
            let callbacks = &mut task.cold.as_mut()?.callbacks;
            let index = callbacks.iter().position(|(other, _)| *other == id)?;
            Some(callbacks.remove(index))
        });
        callback.flatten().is_some()
    }

    /// Whoever is woken by this waker. It may be cloned for that, which is user code.
    #[inline]
    pub(crate) fn waiter(self: &Rc<Self>, waker: &Waker) -> Waiter {
        match self.current.polled_with(waker) {
            Some(key) => Waiter::task(key),
            None => Waiter::Foreign(ForeignWaker::clone_of(waker, self)),
        }
    }

    /// Whether it is the same to notify one and to wake the other.
    #[inline]
    pub(crate) fn is_for(&self, waiter: &Waiter, waker: &Waker) -> bool {
        match waiter {
            Waiter::Task { id, slot } => {
                self.current.polled_with(waker) == Some(Key { id: *id, slot: *slot })
            }
            Waiter::Foreign(other) => other.will_wake(waker),
        }
    }

    /// Notes what the task that runs is about to wait on; what is noted first stays.
    #[inline]
    pub(crate) fn waits_on(&self, what: impl Into<Note>) {
        if let Some(key) = self.current.key() {
            self.with(key, |task| {
                if task.waits_on.is_unknown() {
                    task.waits_on = what.into();
                }
            });
        }
    }

    /// Notes that the task that runs waits for any of so many futures, in the place of what
    /// one of them has noted.
    pub(crate) fn waits_on_any_of(&self, futures: usize) {
        if let Some(key) = self.current.key() {
            self.with(key, |task| task.waits_on = WaitsOn::AnyOf(futures).into());
        }
    }

    /// The number of the task that runs.
    pub(crate) fn running(&self) -> Option<TaskId> {
        self.current.key().map(|key| key.id)
    }

    /// Whether a task runs at this moment.
    pub(crate) fn is_running(&self) -> bool {
        self.current.key().is_some()
    }

    /// Every task that is not done, oldest first.
    pub(crate) fn infos(&self) -> Vec<TaskInfo> {
        let keys = self.scheduler.borrow().unfinished();
        keys.into_iter().filter_map(|key| self.info(key)).collect()
    }

    pub(super) fn current_info(&self) -> Option<TaskInfo> {
        self.info(self.current.key()?)
    }

    /// What can be said about a task.
    fn info(&self, key: Key) -> Option<TaskInfo> {
        let now = self.now.get();
        self.with(key, |task| TaskInfo {
            id: task.id,
            name: task.label().name(),
            state: match task.waker {
                None => TaskState::Running,
                Some(_) if task.queued => TaskState::Ready,
                Some(_) => TaskState::Waiting,
            },
            age: Duration::from_nanos(now.saturating_sub(task.spawned)),
            polls: task.polls.into(),
            location: task.location,
            waits_on: task.waits_on.read(),
        })
    }
}
