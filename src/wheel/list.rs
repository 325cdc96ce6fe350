//! A slot's timers: a doubly linked list whose links are indices into a slab.
//!
//! The links lie in the timers themselves (the list is **intrusive**), so that a timer
//! can be taken out of the middle in a few steps, and so that linking allocates nothing.
//! Being indices and not pointers, they need no `unsafe`: a wrong link could at
//! worst lead to a wrong timer, never to freed memory.

use slab::Slab;

/// No timer: the link of a list's ends.
const NONE: usize = usize::MAX;

/// A timer and its links to its neighbours in its slot.
pub(super) struct Timer<T> {
    pub(super) deadline: u64,
    pub(super) serial: u64,
    pub(super) value: T,
    previous: usize,
    next: usize,
}

impl<T> Timer<T> {
    #[inline]
    pub(super) fn new(deadline: u64, serial: u64, value: T) -> Timer<T> {
        Timer { deadline, serial, value, previous: NONE, next: NONE }
    }
}

/// The timers of one slot, in the order in which they came.
#[derive(Clone, Copy)]
pub(super) struct Slot {
    pub(super) first: usize,
    last: usize,
    /// The earliest deadline that was put in since the slot was empty. Removing its
    /// timer leaves it as it is: finding the next would mean to look at all of them.
    pub(super) earliest: u64,
}

impl Slot {
    pub(super) const EMPTY: Slot = Slot { first: NONE, last: NONE, earliest: u64::MAX };

    pub(super) fn is_empty(&self) -> bool {
        self.first == NONE
    }

    pub(super) fn push_back<T>(&mut self, index: usize, timers: &mut Slab<Timer<T>>) {
        let timer = &mut timers[index];
        timer.previous = self.last;
        timer.next = NONE;
        self.earliest = self.earliest.min(timer.deadline);
        match self.last {
            NONE => self.first = index,
            last => timers[last].next = index,
        }
        self.last = index;
    }

    pub(super) fn pop_front<T>(&mut self, timers: &mut Slab<Timer<T>>) -> Option<usize> {
        let index = self.first;
        if index == NONE {
            return None;
        }
        self.unlink(index, timers);
        Some(index)
    }

    pub(super) fn unlink<T>(&mut self, index: usize, timers: &mut Slab<Timer<T>>) {
        let Timer { previous, next, .. } = timers[index];
        match previous {
            NONE => self.first = next,
            _ => timers[previous].next = next,
        }
        match next {
            NONE => self.last = previous,
            _ => timers[next].previous = previous,
        }
        if self.is_empty() {
            *self = Slot::EMPTY;
        }
    }
}
