//! The tables of the executor: the slab of tasks and the run queue.
//!
//! `Executor` keeps them in one `RefCell`. *No user code under a borrow*: nothing in this
//! file polls, drops, wakes or clones anything that belongs to a user. What has to be
//! dropped or woken is handed out to the caller, who does it when the borrow is over. So
//! the rule can be checked by reading one file.

use std::collections::VecDeque;
use std::mem;
use std::sync::Arc;

use slab::Slab;

use super::cell::{Callback, ColdFields, TaskCell};
use super::erased::{BoxFuture, TaskResult};
use super::error::{JoinError, Label, Outcome};
use super::key::{Key, TaskId};
use super::note::Note;
use super::remote::RemoteQueue;
use super::spares::SpareWakers;
use super::waiter::Waiter;
use super::waker::TaskWaker;

pub(crate) struct Scheduler {
    remote: Arc<RemoteQueue>,
    tasks: Slab<TaskCell>,
    /// What is to be done, first in, first out.
    ready: VecDeque<Job>,
    spares: SpareWakers,
    last_id: TaskId,
    last_callback: u64,
    /// The first future of `block_on` has had its number.
    had_main: bool,
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

/// A task whose turn it is, taken out of its cell.
pub(crate) struct Turn {
    /// None is the future of `block_on`.
    pub(crate) future: Option<BoxFuture>,
    pub(crate) waker: Arc<TaskWaker>,
    /// It is to be dropped, and not polled.
    pub(crate) aborted: bool,
}

impl Scheduler {
    pub(crate) fn new(remote: Arc<RemoteQueue>) -> Self {
        Self {
            remote,
            tasks: Slab::new(),
            ready: VecDeque::new(),
            spares: SpareWakers::default(),
            last_id: TaskId::FIRST,
            last_callback: 0,
            had_main: false,
        }
    }

    /// The cell of a task that is not gone.
    #[inline]
    pub(crate) fn get(&mut self, key: Key) -> Option<&mut TaskCell> {
        self.tasks.get_mut(key.index()).filter(|task| task.id == key.id)
    }

    /// The number of the next task. The first is kept for the first future of `block_on`.
    pub(crate) fn next_id(&mut self) -> TaskId {
        self.last_id = self.last_id.next();
        self.last_id
    }

    /// The number of a future of `block_on`.
    pub(crate) fn next_main_id(&mut self) -> TaskId {
        if mem::replace(&mut self.had_main, true) {
            self.next_id()
        } else {
            TaskId::FIRST
        }
    }

    /// The number of the next callback.
    pub(crate) fn next_callback(&mut self) -> u64 {
        self.last_callback += 1;
        self.last_callback
    }

    /// Gives a task its cell and its place in the queue. `future` is none for the future
    /// of `block_on`.
    pub(crate) fn admit(
        &mut self,
        label: Label,
        future: Option<BoxFuture>,
        now: u64,
    ) -> Key {
        let slot = u32::try_from(self.tasks.vacant_key());
        let slot = slot.expect("more than four billion tasks at once");
        let key = Key { id: label.id, slot };
        let spare = self.spares.take(key);
        let waker = spare
            .unwrap_or_else(|| Arc::new(TaskWaker::new(Arc::clone(&self.remote), key)));
        let named = |name| ColdFields { name: Some(name), ..ColdFields::default() };
        self.tasks.insert(TaskCell {
            id: label.id,
            future,
            waker: Some(waker),
            polls: 0,
            outcome: None,
            queued: true,
            aborted: false,
            detached: false,
            waits_on: Note::default(),
            spawned: now,
            awaiter: None,
            result: None,
            location: label.location,
            cold: label.name.map(|name| Box::new(named(name))),
        });
        self.ready.push_back(Job::Run(key));
        key
    }

    /// Gives a task that was refused a cell, for its handle to look at. It never runs.
    pub(crate) fn admit_cancelled(&mut self, label: Label, now: u64) -> Key {
        let key = self.admit(label.clone(), None, now);
        self.ready.pop_back();
        if let Some(task) = self.get(key) {
            task.outcome = Some(Outcome::Cancelled);
            task.result = Some(Err(JoinError::cancelled(label)));
        }
        key
    }

    /// Puts a task into the queue, unless it is there (*one seat*), done, or gone.
    pub(crate) fn enqueue(&mut self, key: Key) {
        if let Some(task) = self.get(key)
            && !task.queued
            && !task.is_finished()
        {
            task.queued = true;
            self.ready.push_back(Job::Run(key));
        }
    }

    /// Queues a callback of a task that is done.
    pub(crate) fn enqueue_call(
        &mut self,
        label: Label,
        outcome: Outcome,
        callback: Callback,
    ) {
        self.ready.push_back(Job::Call(Box::new(Call { label, outcome, callback })));
    }

    /// Takes the first job out of the queue.
    #[inline]
    pub(crate) fn next_job(&mut self) -> Option<Job> {
        self.ready.pop_front()
    }

    /// How many jobs are in the queue.
    #[inline]
    pub(crate) fn ready(&self) -> usize {
        self.ready.len()
    }

    /// Moves one of the first `among` jobs to the front, but none past a callback: `below`
    /// draws which, a number below the one it is given.
    pub(crate) fn draw(&mut self, among: usize, below: impl FnOnce(usize) -> usize) {
        let first = self.ready.iter().take(among);
        let tasks = first.take_while(|job| matches!(job, Job::Run(_))).count();
        if tasks > 1 {
            self.ready.swap(0, below(tasks));
        }
    }

    /// Begins a task's turn: takes its future out. *Clear before poll*: the flag is
    /// cleared here, so that a wake during the poll queues the task again.
    #[inline]
    pub(crate) fn begin(&mut self, key: Key) -> Option<Turn> {
        let task = self.get(key)?;
        task.queued = false;
        let waker = task.waker.take()?;
        task.polls = task.polls.saturating_add(u32::from(!task.aborted));
        task.waits_on = Note::default();
        Some(Turn { future: task.future.take(), waker, aborted: task.aborted })
    }

    /// Ends a turn after which the task goes on.
    #[inline]
    pub(crate) fn put_back(
        &mut self,
        key: Key,
        future: Option<BoxFuture>,
        waker: Arc<TaskWaker>,
    ) {
        if let Some(task) = self.get(key) {
            task.future = future;
            task.waker = Some(waker);
        }
    }

    /// Ends a task, and queues its callbacks. Whoever awaits it is returned, to be woken.
    #[inline]
    pub(crate) fn finish(
        &mut self,
        key: Key,
        result: TaskResult,
        waker: Arc<TaskWaker>,
    ) -> Option<Waiter> {
        self.spares.give_back(waker);
        let returned = |_: &_| Outcome::Returned;
        let outcome = result.as_ref().map_or_else(JoinError::outcome, returned);
        let task = self.get(key)?;
        task.outcome = Some(outcome);
        task.result = Some(result);
        let awaiter = task.awaiter.take();
        if task.cold.is_some() {
            self.enqueue_calls(key, outcome);
        }
        awaiter
    }

    /// Queues the callbacks of a task that is done.
    fn enqueue_calls(&mut self, key: Key, outcome: Outcome) {
        let Some(task) = self.get(key) else { return };
        let label = task.label();
        let callbacks = task.cold.as_mut().map(|cold| mem::take(&mut cold.callbacks));
        for (_, callback) in callbacks.unwrap_or_default() {
            self.enqueue_call(label.clone(), outcome, callback);
        }
    }

    /// Frees the cell of a task. What was not fetched is returned, to be dropped.
    pub(crate) fn remove(&mut self, key: Key) -> Option<(Label, TaskResult)> {
        self.get(key)?;
        let mut task = self.tasks.remove(key.index());
        if let Some(waker) = task.waker.take() {
            self.spares.give_back(waker);
        }
        let result = task.result.take()?;
        Some((task.label(), result))
    }

    /// Every task that is not done, in the order of the ids.
    pub(crate) fn unfinished(&self) -> Vec<Key> {
        let unfinished = self.tasks.iter().filter(|(_, task)| !task.is_finished());
        let mut keys: Vec<Key> = unfinished
            .filter_map(|(index, task)| {
                Some(Key { id: task.id, slot: u32::try_from(index).ok()? })
            })
            .collect();
        keys.sort_by_key(|key| key.id);
        keys
    }
}
