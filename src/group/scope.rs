//! What a group and its children share.
//!
//! A scope is *open* until something fails or the group ends; then it refuses children. Its
//! list has a child from its spawn to its drop. When something fails it wakes the group, and
//! does no more: the group acts when its own turn comes, after every task that was in the
//! queue before it, so that their errors are told as well.

use std::cell::{Cell, RefCell};
use std::mem;
use std::rc::Rc;
use std::task::{Context, Poll};

use slab::Slab;

use crate::join::TaskError;
use crate::task::{Executor, Key, Label, Sleeper, WaitsOn, context};

pub(super) struct Scope<E> {
    pub(super) executor: Rc<Executor>,
    state: Cell<State>,
    /// The children that have not been dropped. One whose spawn is not over has no key yet.
    children: RefCell<Slab<Option<Key>>>,
    /// What has failed, in the order of time.
    errors: RefCell<Vec<TaskError<E>>>,
    /// Whoever awaits the group, and waits.
    group: Cell<Option<Sleeper>>,
    /// Who waits for a child to leave.
    waiting: RefCell<Vec<Sleeper>>,
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
            waiting: RefCell::default(),
        }
    }

    pub(super) fn is_open(&self) -> bool {
        self.state.get() == State::Open
    }

    pub(super) fn len(&self) -> usize {
        self.children.borrow().len()
    }

    /// Gives a child its place in the list.
    pub(super) fn enter(&self) -> usize {
        self.children.borrow_mut().insert(None)
    }

    /// Notes which task a child is, unless it was refused and is gone.
    pub(super) fn name(&self, place: usize, key: Key) {
        if let Some(child) = self.children.borrow_mut().get_mut(place) {
            *child = Some(key);
        }
    }

    /// A child has been dropped.
    pub(super) fn leave(&self, place: usize) {
        self.children.borrow_mut().remove(place);
        if self.len() == 0 {
            self.wake_group();
        }
        self.wake_waiting();
    }

    fn key(&self, place: usize) -> Option<Key> {
        *self.children.borrow().get(place)?
    }

    /// What errors say of a child.
    pub(super) fn label(&self, place: usize) -> Label {
        let label = self.key(place).and_then(|key| self.executor.label_of(key));
        label.unwrap_or_else(|| self.executor.current_label())
    }

    /// Has a child dropped at its next turn.
    pub(super) fn abort(&self, place: usize) {
        if let Some(key) = self.key(place) {
            self.executor.abort(key);
        }
    }

    pub(super) fn abort_all(&self) {
        for key in self.keys() {
            self.executor.abort(key);
        }
    }

    /// The children, oldest first.
    fn keys(&self) -> Vec<Key> {
        let children = self.children.borrow();
        let mut keys: Vec<Key> = children.iter().filter_map(|(_, key)| *key).collect();
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
        self.wake_waiting();
    }

    fn discard(&self, error: TaskError<E>) {
        if let TaskError::Join(error) = error {
            self.executor.tell(error);
        }
    }

    /// Something has failed.
    pub(super) fn fail(&self) {
        if self.is_open() {
            self.state.set(State::Failed);
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

    fn wake_waiting(&self) {
        for sleeper in self.waiting.take() {
            sleeper.wake();
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

    /// Ready when there are fewer children than `width`, or a child would be refused.
    pub(super) fn poll_place(&self, width: usize, cx: &mut Context<'_>) -> Poll<()> {
        if self.len() < width || !self.is_open() {
            return Poll::Ready(());
        }
        let is_there = self.waiting.borrow().iter().any(|other| other.is_for(cx.waker()));
        if !is_there {
            let sleeper = Sleeper::of(cx.waker());
            self.waiting.borrow_mut().push(sleeper);
        }
        Poll::Pending
    }

    /// The group is gone: every child is dropped within this call, but for one that runs at
    /// this moment, which is dropped when it gives way. What has not been read is discarded.
    pub(super) fn close(&self) {
        self.state.set(State::Closed);
        for key in self.keys() {
            self.executor.cancel_now(key);
        }
        for error in mem::take(&mut *self.errors.borrow_mut()) {
            self.discard(error);
        }
    }
}
