//! What a group and its children share.
//!
//! A scope is *open* until something fails or the group ends; then it refuses children. Its
//! list has a child from its spawn to its drop. When something fails it wakes the group, and
//! does no more: the group acts when its own turn comes, after every task that was in the
//! queue before it, so that their errors are told as well.

use std::cell::{Cell, RefCell};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::mem;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use slab::Slab;

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
    /// Who waits for room: those who are content with less of it first.
    waiting: RefCell<BTreeMap<Wish, Sleeper>>,
    /// How many were woken for a place that they have not taken yet.
    called: Cell<usize>,
    wishes: Cell<u64>,
}

/// The width within which somebody wants to spawn, and its number, in the order of time.
type Wish = (Reverse<usize>, u64);

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
            called: Cell::default(),
            wishes: Cell::default(),
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

    /// The place in the list of the child that enters next.
    pub(super) fn next_place(&self) -> usize {
        self.children.borrow().vacant_key()
    }

    pub(super) fn enter(&self, child: Key) {
        self.children.borrow_mut().insert(child);
    }

    /// A child has been dropped.
    pub(super) fn leave(&self, place: usize) {
        self.children.borrow_mut().remove(place);
        if self.len() == 0 {
            self.wake_group();
        }
        self.wake_waiting();
    }

    /// Has a child dropped at its next turn.
    pub(super) fn abort(&self, place: usize) {
        let child = self.children.borrow()[place];
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
        self.wake_waiting();
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

    /// Wakes those who wait for room, as far as there is any.
    fn wake_waiting(&self) {
        while let Some(sleeper) = self.call_next() {
            sleeper.wake();
        }
    }

    /// Keeps a place for the first who waits, if there is one. Where the first finds no room
    /// nobody does.
    fn call_next(&self) -> Option<Sleeper> {
        let mut waiting = self.waiting.borrow_mut();
        let first = waiting.first_entry()?;
        if !self.has_room(*first.key()) {
            return None;
        }
        self.called.set(self.called.get() + 1);
        Some(first.remove())
    }

    /// Whether there are fewer children, here or about to come, than the width. Who would be
    /// refused need not wait.
    fn has_room(&self, (Reverse(width), _): Wish) -> bool {
        self.len() + self.called.get() < width || self.refuses()
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

    /// Waits until there are fewer children than `width`, or a child would be refused.
    pub(super) fn room(&self, width: usize) -> Room<'_, E> {
        let number = self.wishes.get();
        self.wishes.set(number + 1);
        Room { scope: self, wish: (Reverse(width), number), waits: false }
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
    }
}

/// The future of [`Scope::room`].
pub(super) struct Room<'a, E> {
    scope: &'a Scope<E>,
    wish: Wish,
    /// In line, or called.
    waits: bool,
}

impl<E> Room<'_, E> {
    /// Gives its place in line up, or the room that it was called for: true then.
    fn leave(&mut self) -> bool {
        if !mem::take(&mut self.waits) {
            return false;
        }
        let sleeper = self.scope.waiting.borrow_mut().remove(&self.wish);
        let was_called = sleeper.is_none();
        self.scope.called.set(self.scope.called.get() - usize::from(was_called));
        was_called
    }
}

impl<E> Future for Room<'_, E> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        // To clone a waker and to drop one is user code, and so comes before the look.
        let sleeper = Sleeper::of(cx.waker());
        self.leave();
        if self.scope.has_room(self.wish) {
            return Poll::Ready(());
        }
        self.waits = true;
        self.scope.waiting.borrow_mut().insert(self.wish, sleeper);
        Poll::Pending
    }
}

impl<E> Drop for Room<'_, E> {
    fn drop(&mut self) {
        if self.leave() {
            self.scope.wake_waiting(); // nothing gets lost
        }
    }
}
