//! What a task is known by.

use std::fmt;
use std::num::NonZeroU64;

/// The number of a task, counted up in its runtime from 1 and never used twice.
///
/// The first future that `block_on` runs is `Task-1`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskId(NonZeroU64);

impl TaskId {
    /// The id that comes first.
    pub(crate) const FIRST: Self = Self(NonZeroU64::MIN);

    /// The id that comes after this one. A counter of 64 bits outlasts the machine.
    pub(crate) fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The id whose number this is: what [`get`](Self::get) has returned.
    pub(crate) fn from_number(number: u64) -> Self {
        Self(NonZeroU64::new(number).expect("the numbers of tasks begin at one"))
    }

    /// The number itself.
    #[must_use]
    pub fn get(self) -> u64 {
        self.0.get()
    }
}

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Task-{}", self.0)
    }
}

impl fmt::Debug for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Where a task sits, and which one it is.
///
/// Slots are used again by later tasks, ids are not. The id is the *generation* of the
/// key: a waker that outlives its task still holds the slot's number, but finds another
/// id there and leaves the new tenant alone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Key {
    pub(crate) id: TaskId,
    pub(crate) slot: u32,
}

impl Key {
    /// The slot as an index. A slab of four billion tasks does not fit into memory, so
    /// that 32 bits lose nothing.
    pub(crate) fn index(self) -> usize {
        self.slot as usize
    }
}
