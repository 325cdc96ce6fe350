//! Many futures in one task, each with a waker of its own.
//!
//! A task has one waker. If ten thousand futures shared it, a wake would say that *one of
//! them* can go on, and not which: all would have to be polled, at each of ten thousand
//! wakes. So every child gets a waker that leaves the child's key in a line, and wakes the
//! task. The task's next poll takes the line, and polls who stands in it.
//!
//! A child is in the line once, however often it is woken; its flag is cleared before it is
//! polled, so that a wake during the poll counts. These are the executor's own rules, *one
//! seat* and *clear before poll*, a size smaller. A waker may be on any thread, and so the
//! line is behind a lock; the children are not.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::future::poll_fn;
use std::mem;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use futures_task::{ArcWake, waker_ref};
use slab::Slab;

use crate::runtime::event_loop;
use crate::task::{JoinHandle, context, drop_waker};

/// A set of futures that are polled only when they were woken.
pub(super) struct Children<F> {
    children: Slab<Child<F>>,
    /// Who is to be polled, in the order of the wakes.
    ready: VecDeque<ChildKey>,
    line: Arc<Line>,
    /// How many there have been: the index of the next.
    pushed: usize,
}

struct Child<F> {
    future: F,
    waker: Arc<ChildWaker>,
}

/// Where a child sits, and which it is: slots are used again, indices are not.
#[derive(Clone, Copy)]
struct ChildKey {
    slot: usize,
    index: usize,
}

impl<F> Children<F> {
    pub(super) fn new() -> Self {
        Self {
            children: Slab::new(),
            ready: VecDeque::new(),
            line: Arc::default(),
            pushed: 0,
        }
    }

    /// Adds a child. It has been woken, so to speak: its first poll is its turn.
    fn push(&mut self, future: F) {
        ArcWake::wake_by_ref(&self.add(future).waker);
    }

    /// Adds a child that nobody has woken.
    fn add(&mut self, future: F) -> &Child<F> {
        let entry = self.children.vacant_entry();
        let key = ChildKey { slot: entry.key(), index: self.pushed };
        let line = Arc::clone(&self.line);
        let waker = Arc::new(ChildWaker { key, in_line: AtomicBool::new(false), line });
        self.pushed += 1;
        entry.insert(Child { future, waker })
    }

    pub(super) fn len(&self) -> usize {
        self.children.len()
    }

    /// Polls who was woken by `poll`, until one of them is done: its index, itself, and what
    /// it gave; none if there are no children left.
    pub(super) fn poll_by<T>(
        &mut self,
        cx: &mut Context<'_>,
        mut poll: impl FnMut(&mut F, &mut Context<'_>) -> Poll<T>,
    ) -> Poll<Option<(usize, F, T)>> {
        self.line.take_all(&mut self.ready);
        while let Some(key) = self.ready.pop_front() {
            if let Some((child, output)) = self.poll_child(key, &mut poll) {
                return Poll::Ready(Some((key.index, child, output)));
            }
            if is_spent() {
                break; // after one at least: who is beside this may spend all of each turn
            }
        }
        if self.children.is_empty() {
            return Poll::Ready(None);
        }
        context::ask(|executor| executor.waits_on_any_of(self.len()));
        match self.ready.is_empty() {
            true => self.line.wait(cx.waker()),
            false => cx.waker().wake_by_ref(), // the turn's budget is spent
        }
        Poll::Pending
    }

    /// One poll of one child. It is taken out if it is done.
    fn poll_child<T>(
        &mut self,
        key: ChildKey,
        poll: impl FnOnce(&mut F, &mut Context<'_>) -> Poll<T>,
    ) -> Option<(F, T)> {
        let child = self.children.get_mut(key.slot);
        let child = child.filter(|child| child.waker.key.index == key.index)?;
        child.waker.in_line.swap(false, Ordering::Acquire); // clear before poll
        let waker = waker_ref(&child.waker);
        match poll(&mut child.future, &mut Context::from_waker(&waker)) {
            Poll::Pending => None,
            Poll::Ready(output) => Some((self.children.remove(key.slot).future, output)),
        }
    }

    /// Takes every child that is left, by its index.
    pub(super) fn take_rest(&mut self) -> BTreeMap<usize, F> {
        let children = mem::take(&mut self.children).into_iter();
        children.map(|(_, child)| (child.waker.key.index, child.future)).collect()
    }
}

impl<F: Future + Unpin> Children<F> {
    /// The next child that is done, by its index, and what it gave; none if there are no
    /// children left.
    pub(super) async fn next(&mut self) -> Option<(usize, F::Output)> {
        let next = poll_fn(|cx| self.poll_by(cx, |child, cx| Pin::new(child).poll(cx)));
        next.await.map(|(index, _, output)| (index, output))
    }
}

impl<F: Future> Children<Pin<Box<F>>> {
    /// A set of futures of any kind.
    pub(super) fn boxed(futures: impl IntoIterator<Item = F>) -> Self {
        let mut children = Self::new();
        futures.into_iter().for_each(|future| children.push(Box::pin(future)));
        children
    }
}

impl<T: 'static> Children<JoinHandle<T>> {
    /// A set of tasks, whose ends count from this call.
    pub(super) fn watching(tasks: impl IntoIterator<Item = JoinHandle<T>>) -> Self {
        let mut children = Self::new();
        tasks.into_iter().for_each(|task| _ = children.watch(task));
        children
    }

    /// Adds a task, which is woken by its end: at once if it has ended. Returns its index.
    pub(super) fn watch(&mut self, task: JoinHandle<T>) -> usize {
        let Child { future: task, waker } = self.add(task);
        if task.poll_end(&mut Context::from_waker(&waker_ref(waker))).is_ready() {
            ArcWake::wake_by_ref(waker);
        }
        waker.key.index
    }
}

impl<F> Drop for Children<F> {
    /// Wakers that are still out there wake nobody.
    fn drop(&mut self) {
        let parent = self.line.lock().parent.take();
        parent.into_iter().for_each(drop_waker); // with nothing locked
    }
}

impl<F> fmt::Debug for Children<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} waited for", self.children.len())
    }
}

/// Whether the turn has no operations left: who is polled now would only give way.
pub(super) fn is_spent() -> bool {
    event_loop::ask(|here| here.budget.is_spent()).unwrap_or(false)
}

/// Who was woken, and whom that wakes in turn.
#[derive(Default)]
struct Line(Mutex<LineState>);

#[derive(Default)]
struct LineState {
    woken: VecDeque<ChildKey>,
    /// The task, while it waits.
    parent: Option<Waker>,
}

impl Line {
    fn lock(&self) -> MutexGuard<'_, LineState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take_all(&self, ready: &mut VecDeque<ChildKey>) {
        let woken = &mut self.lock().woken;
        match ready.is_empty() {
            true => mem::swap(ready, woken), // the common case: nothing is moved
            false => ready.append(woken),
        }
    }

    /// Has `parent` woken by the next who stands in line, or at once if someone does.
    fn wait(&self, parent: &Waker) {
        // To clone a waker and to drop one is user code.
        let parent = parent.clone();
        let mut state = self.lock();
        if state.woken.is_empty() {
            let before = state.parent.replace(parent);
            drop(state);
            before.into_iter().for_each(drop_waker);
        } else {
            drop(state);
            parent.wake();
        }
    }
}

/// What wakes one child.
struct ChildWaker {
    key: ChildKey,
    /// *One seat*: the child is in the line, or about to be polled.
    in_line: AtomicBool,
    line: Arc<Line>,
}

impl ArcWake for ChildWaker {
    fn wake_by_ref(this: &Arc<Self>) {
        if this.in_line.swap(true, Ordering::AcqRel) {
            return;
        }
        let mut state = this.line.lock();
        state.woken.push_back(this.key);
        let parent = state.parent.take();
        drop(state); // to wake is user code
        if let Some(parent) = parent {
            parent.wake();
        }
    }
}
