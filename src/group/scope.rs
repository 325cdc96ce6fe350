//! What a group and its children share.
//!
//! A scope is *open* until something fails or the group ends; then it refuses children. Its
//! list has a child from its spawn to its drop. When something fails it wakes the group, and
//! does no more: the group acts when its own turn comes, after every task that was in the
//! queue before it, so that their errors are told as well.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::{Context, Poll};

use slab::Slab;

use super::room::Room;
use crate::join::TaskError;
use crate::task::{Executor, Key, Place, Sleeper, WaitsOn, context};

pub(super) struct Scope<E> {
    pub(super) executor: Rc<Executor>,
    state: Cell<State>,
    /// The children that have not been dropped.
    children: RefCell<Slab<Key>>,
    /// What has failed, in the order of time.
    errors: RefCell<Vec<TaskError<E>>>,
    /// Whoever awaits the group, and waits.
    group: Cell<Option<Sleeper>>,
    pub(super) room: Room,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    /// Something has failed, and the group has not acted yet.
    Failed,
    /// The children are aborted.
    Aborting,
    /// The group is gone, or has all it needs.
    Closed,
}

impl<E> Scope<E> {
    pub(super) fn new() -> Self {
        Self {
            executor: context::expect("`task_group`"),
            state: Cell::new(State::Open),
            children: RefCell::default(),
            errors: RefCell::default(),
            group: Cell::default(),
            room: Room::default(),
        }
    }

    /// Whether nothing has failed, and the group has not ended.
    pub(super) fn is_open(&self) -> bool {
        self.state.get() == State::Open
    }

    /// Whether a child would be dropped instead of spawned.
    pub(super) fn refuses(&self) -> bool {
        !self.is_open() || self.executor.is_shutting_down()
    }

    pub(super) fn len(&self) -> usize {
        self.children.borrow().len()
    }

    /// The slot in the list of the child that enters next.
    pub(super) fn next_slot(&self) -> usize {
        self.children.borrow().vacant_key()
    }

    pub(super) fn enter(&self, child: Key) {
        self.children.borrow_mut().insert(child);
        self.room.take();
    }

    /// A child has been dropped.
    pub(super) fn leave(&self, slot: usize) {
        self.children.borrow_mut().remove(slot);
        if self.len() == 0 {
            self.wake_group();
        }
        self.room.give_back();
    }

    /// Has a child dropped at its next turn.
    pub(super) fn abort(&self, slot: usize) {
        let child = self.children.borrow()[slot];
        self.executor.abort(child);
    }

    pub(super) fn abort_all(&self) {
        for child in self.oldest_first() {
            self.executor.abort(child);
        }
    }

    fn oldest_first(&self) -> Vec<Key> {
        let mut keys: Vec<Key> =
            self.children.borrow().iter().map(|(_, key)| *key).collect();
        keys.sort_by_key(|key| key.id);
        keys
    }

    /// A child has failed. If there is nobody left to be told, a panic goes to the hook.
    pub(super) fn record(&self, error: TaskError<E>) {
        if self.state.get() == State::Closed {
            return self.discard(error);
        }
        self.errors.borrow_mut().push(error);
        self.fail();
        self.wake_group();
    }

    /// Drops an error that nobody is going to read.
    fn discard(&self, error: TaskError<E>) {
        match error {
            TaskError::Join(error) => self.executor.tell(error),
            TaskError::Failed(error) => {
                let label = self.executor.current_label();
                self.executor.contained(label, Place::Drop, || drop(error));
            }
        }
    }

    /// Something has failed.
    pub(super) fn fail(&self) {
        if self.is_open() {
            self.state.set(State::Failed);
            self.room.end();
        }
    }

    pub(super) fn take_errors(&self) -> Vec<TaskError<E>> {
        self.errors.take()
    }

    fn wake_group(&self) {
        if let Some(group) = self.group.take() {
            group.wake();
        }
    }

    /// Ready when something has failed.
    pub(super) fn poll_failure(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.wait(cx);
        if self.is_open() { Poll::Pending } else { Poll::Ready(()) }
    }

    /// Ready when no child is left. Whoever is left after a failure is aborted.
    pub(super) fn poll_end(&self, cx: &mut Context<'_>) -> Poll<()> {
        if self.state.get() == State::Failed {
            self.state.set(State::Aborting);
            self.abort_all();
        }
        self.wait(cx);
        self.executor.waits_on(WaitsOn::Other("the children of its group"));
        if self.len() == 0 { Poll::Ready(()) } else { Poll::Pending }
    }

    /// Has the group woken by the next failure, and by the end of the last child.
    fn wait(&self, cx: &mut Context<'_>) {
        let sleeper = Sleeper::of(cx.waker()); // user code, maybe; and so is this drop:
        drop(self.group.replace(Some(sleeper)));
    }

    /// The group is gone: every child is dropped within this call, but for one that runs at
    /// this moment, which is dropped when it gives way. What has not been read is discarded.
    pub(super) fn close(&self) {
        self.state.set(State::Closed);
        drop(self.group.take());
        for child in self.oldest_first() {
            self.executor.cancel_now(child);
        }
        for error in self.take_errors() {
            self.discard(error);
        }
        self.room.end();
    }
}
