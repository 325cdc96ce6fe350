//! Spare wakers: those of ended tasks, for the next ones.
//!
//! A task needs a waker for its first poll, and most tasks end before anybody else holds a
//! clone of it. Such a waker serves again: that saves an allocation for each spawn. All
//! are kept, as the slab keeps the cells of ended tasks.

use std::sync::Arc;
use std::sync::atomic::{Ordering, fence};

use super::key::Key;
use super::waker::TaskWaker;

/// Wakers that nobody else holds.
#[derive(Default)]
pub(super) struct SpareWakers(Vec<Arc<TaskWaker>>);

impl SpareWakers {
    /// A spare waker, from now on that of the task `key`.
    #[inline]
    pub(super) fn take(&mut self, key: Key) -> Option<Arc<TaskWaker>> {
        let spare = self.0.pop()?;
        spare.set_key(key);
        Some(spare)
    }

    /// Takes a waker back if nobody else holds it: from one holder the count cannot rise
    /// again behind our back. The remote queue is a holder too, so the flag of a spare
    /// waker is clear. Otherwise it keeps its key, for as long as anyone holds it.
    #[inline]
    pub(super) fn give_back(&mut self, waker: Arc<TaskWaker>) {
        if Arc::strong_count(&waker) == 1 {
            fence(Ordering::Acquire);
            self.0.push(waker);
        }
    }
}
