//! The tables of the executor: the slab of tasks and the run queue.
//!
//! `Tasks` keeps them in one `RefCell`. *No user code under a borrow*: nothing in this
//! file polls, drops, wakes or clones anything that belongs to a user. What has to be
//! dropped or woken is handed out to the caller, who does it when the borrow is over. So
//! the rule can be checked by reading one file.

use std::collections::VecDeque;
use std::mem;
use std::sync::Arc;
use std::sync::atomic::{Ordering, fence};

use slab::Slab;

use super::error::{Label, Outcome};
use super::info::{TaskInfo, TaskState, WaitsOn};
use super::key::{Key, TaskId};
use super::slot::{BoxedWork, Callback, CallbackId, Extras, Remains, Slot, outcome_of};
use super::waiter::Waiter;
use super::waker::{Shared, TaskWaker};

pub(crate) struct State {
    shared: Arc<Shared>,
    slots: Slab<Slot>,
    /// What is to be done, first in, first out.
    pub(crate) ready: VecDeque<Job>,
    /// Wakers that nobody else holds: a new task takes one of these before it allocates.
    spares: Vec<Arc<TaskWaker>>,
    last_id: Option<TaskId>,
    last_callback: u64,
    /// The first future of `block_on` has had its number.
    pub(crate) had_main: bool,
    /// The runtime shuts down: no new tasks.
    pub(crate) closing: bool,
}

/// An entry of the run queue.
pub(crate) enum Job {
    /// Poll this task, or drop it if it was aborted.
    Run(Key),
    /// Call a function that waited for a task to be done.
    Call(Box<Call>),
}

/// A callback whose task is done.
pub(crate) struct Call {
    pub(crate) label: Label,
    pub(crate) outcome: Outcome,
    pub(crate) callback: Callback,
}

/// What a finished task left, fetched out of its slot, and whose it is.
pub(crate) struct Unread {
    pub(crate) label: Label,
    pub(crate) remains: Remains,
}

/// A task whose turn it is, taken out of its slot.
pub(crate) struct Step {
    /// None is the future of `block_on`.
    pub(crate) work: Option<BoxedWork>,
    pub(crate) waker: Arc<TaskWaker>,
    /// It is to be dropped, and not polled.
    pub(crate) aborted: bool,
}

impl State {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self {
            shared,
            slots: Slab::new(),
            ready: VecDeque::new(),
            spares: Vec::new(),
            last_id: None,
            last_callback: 0,
            had_main: false,
            closing: false,
        }
    }

    /// The task of this key, unless it is gone and another sits in its slot.
    #[inline]
    pub(crate) fn slot(&mut self, key: Key) -> Option<&mut Slot> {
        self.slots.get_mut(key.index()).filter(|slot| slot.id == key.id)
    }

    /// The number of the next task. `Task-1` is kept for the first future of `block_on`.
    pub(crate) fn next_id(&mut self) -> TaskId {
        let id = self.last_id.unwrap_or(TaskId::FIRST).next();
        self.last_id = Some(id);
        id
    }

    /// Gives a task its slot and its seat in the queue. `work` is none for the future of
    /// `block_on`.
    pub(crate) fn admit(
        &mut self,
        label: Label,
        work: Option<BoxedWork>,
        now: u64,
    ) -> Key {
        let slot = u32::try_from(self.slots.vacant_key());
        let slot = slot.expect("more than four billion tasks at once");
        let key = Key { id: label.id, slot };
        let waker = self.waker_for(key);
        self.slots.insert(Slot {
            id: label.id,
            work,
            waker: Some(waker),
            remains: None,
            outcome: None,
            queued: true,
            aborted: false,
            detached: false,
            awaiter: None,
            waits_on: WaitsOn::default(),
            polls: 0,
            spawned: now,
            location: label.location,
            extras: label
                .name
                .map(|name| Box::new(Extras { name: Some(name), ..Extras::default() })),
        });
        self.ready.push_back(Job::Run(key));
        key
    }

    /// A waker for this key: a spare one, or a new one.
    fn waker_for(&mut self, key: Key) -> Arc<TaskWaker> {
        if let Some(spare) = self.spares.pop() {
            spare.set_key(key);
            return spare;
        }
        Arc::new(TaskWaker::new(Arc::clone(&self.shared), key))
    }

    /// Takes a waker back if nobody else holds it: from one holder the count cannot rise
    /// again behind our back. A letter in the inbox is a holder too, so the flag of a
    /// spare waker is clear. Otherwise it keeps its key, for as long as anyone holds it.
    #[inline]
    fn recycle(&mut self, waker: Arc<TaskWaker>) {
        if Arc::strong_count(&waker) == 1 {
            fence(Ordering::Acquire);
            self.spares.push(waker);
        }
    }

    /// Puts a task into the queue, unless it is there (*one seat*), done, or gone.
    pub(crate) fn seat(&mut self, key: Key) {
        if let Some(slot) = self.slot(key)
            && !slot.queued
            && !slot.is_finished()
        {
            slot.queued = true;
            self.ready.push_back(Job::Run(key));
        }
    }

    /// Begins a task's turn: takes its future out. *Clear before poll*: the flag is
    /// cleared here, so that a wake during the poll seats the task again.
    #[inline]
    pub(crate) fn begin(&mut self, key: Key) -> Option<Step> {
        let slot = self.slot(key)?;
        slot.queued = false;
        let waker = slot.waker.take()?;
        slot.polls = slot.polls.saturating_add(u32::from(!slot.aborted));
        slot.waits_on = WaitsOn::Unknown;
        Some(Step { work: slot.work.take(), waker, aborted: slot.aborted })
    }

    /// Ends a turn after which the task goes on.
    #[inline]
    pub(crate) fn put_back(
        &mut self,
        key: Key,
        work: Option<BoxedWork>,
        waker: Arc<TaskWaker>,
    ) {
        if let Some(slot) = self.slot(key) {
            slot.work = work;
            slot.waker = Some(waker);
        }
    }

    /// Ends a task, and queues its callbacks. Whoever awaits it is returned, to be woken.
    #[inline]
    pub(crate) fn finish(
        &mut self,
        key: Key,
        remains: Remains,
        waker: Arc<TaskWaker>,
    ) -> Option<Waiter> {
        self.recycle(waker);
        let outcome = outcome_of(&remains);
        let slot = self.slot(key)?;
        slot.outcome = Some(outcome);
        slot.remains = Some(remains);
        let awaiter = slot.awaiter.take();
        if slot.extras.is_some() {
            self.queue_callbacks(key, outcome);
        }
        awaiter
    }

    /// Queues the callbacks of a task that is done.
    fn queue_callbacks(&mut self, key: Key, outcome: Outcome) {
        let extras = self.slot(key).and_then(|slot| slot.extras.as_mut());
        let callbacks = extras.map(|extras| mem::take(&mut extras.callbacks));
        for (_, callback) in callbacks.unwrap_or_default() {
            self.queue_call(key, outcome, callback);
        }
    }

    /// Queues a callback of a task that is done.
    fn queue_call(&mut self, key: Key, outcome: Outcome, callback: Callback) {
        if let Some(slot) = self.slot(key) {
            let call = Box::new(Call { label: slot.label(), outcome, callback });
            self.ready.push_back(Job::Call(call));
        }
    }

    /// Adds a callback, or queues it if the task is done already.
    pub(crate) fn add_callback(&mut self, key: Key, callback: Callback) -> CallbackId {
        self.last_callback += 1;
        let id = CallbackId(self.last_callback);
        if let Some(slot) = self.slot(key) {
            match slot.outcome {
                Some(outcome) => self.queue_call(key, outcome, callback),
                None => {
                    let extras = slot.extras.get_or_insert_default();
                    extras.callbacks.push((id, callback));
                }
            }
        }
        id
    }

    /// Takes a callback back, unless it has been queued.
    pub(crate) fn remove_callback(
        &mut self,
        key: Key,
        id: CallbackId,
    ) -> Option<Callback> {
        let callbacks = &mut self.slot(key)?.extras.as_mut()?.callbacks;
        let index = callbacks.iter().position(|(other, _)| *other == id)?;
        Some(callbacks.remove(index).1)
    }

    /// Fetches what a finished task left, once.
    #[inline]
    pub(crate) fn fetch(&mut self, key: Key) -> Option<Remains> {
        self.slot(key)?.remains.take()
    }

    /// The handle is gone. Whoever awaited it is returned, to be dropped.
    pub(crate) fn detach(&mut self, key: Key) -> Option<Waiter> {
        let slot = self.slot(key)?;
        slot.detached = true;
        slot.awaiter.take()
    }

    /// Whether a task has ended and has no handle.
    pub(crate) fn is_orphan(&mut self, key: Key) -> bool {
        self.slot(key).is_some_and(|slot| slot.detached && slot.is_finished())
    }

    /// Frees the slot of a task that has ended. What was not fetched is returned.
    pub(crate) fn remove(&mut self, key: Key) -> Option<Unread> {
        self.slot(key)?;
        let mut slot = self.slots.remove(key.index());
        let remains = slot.remains.take()?;
        Some(Unread { label: slot.label(), remains })
    }

    /// Has a task dropped at its next turn. False if it is done.
    pub(crate) fn abort(&mut self, key: Key) -> bool {
        match self.slot(key) {
            Some(slot) if !slot.is_finished() => slot.aborted = true,
            _ => return false,
        }
        self.seat(key);
        true
    }

    /// Who is to be woken when the task is done.
    pub(crate) fn awaiter(&mut self, key: Key) -> Option<&Waiter> {
        self.slot(key)?.awaiter.as_ref()
    }

    /// Has `awaiter` woken when the task is done. The one before is returned, to be
    /// dropped.
    pub(crate) fn watch(&mut self, key: Key, awaiter: Waiter) -> Option<Waiter> {
        match self.slot(key) {
            Some(slot) => slot.awaiter.replace(awaiter),
            None => Some(awaiter),
        }
    }

    /// Frees the slot of the future of `block_on`.
    pub(crate) fn remove_main(&mut self, key: Key) {
        if self.slot(key).is_some()
            && let Some(waker) = self.slots.remove(key.index()).waker
        {
            self.recycle(waker);
        }
    }

    /// Every task that is not done, in the order of the ids.
    pub(crate) fn unfinished(&self) -> Vec<Key> {
        let mut keys: Vec<Key> = self
            .slots
            .iter()
            .filter(|(_, slot)| !slot.is_finished())
            .filter_map(|(index, slot)| {
                Some(Key { id: slot.id, slot: u32::try_from(index).ok()? })
            })
            .collect();
        keys.sort_by_key(|key| key.id);
        keys
    }

    /// What can be said about a task.
    pub(crate) fn info(&mut self, key: Key, now: u64) -> Option<TaskInfo> {
        let slot = self.slot(key)?;
        Some(TaskInfo {
            id: slot.id,
            name: slot.label().name(),
            state: match slot.waker {
                None => TaskState::Running,
                Some(_) if slot.queued => TaskState::Ready,
                Some(_) => TaskState::Waiting,
            },
            age: std::time::Duration::from_nanos(now.saturating_sub(slot.spawned)),
            polls: slot.polls.into(),
            location: slot.location,
            waits_on: slot.waits_on,
        })
    }
}
