//! A timer wheel: any number of deadlines, each of which can be taken back, in a number
//! of steps that does not depend on how many there are.
//!
//! Inserting and cancelling a timer takes a few steps each; so does asking for the next
//! deadline. A timer that fires is moved at most ten times on its way, whatever else is in
//! the wheel. Once the wheel has held as many timers as it ever will, it allocates nothing.
//!
//! A tick is whatever the caller takes it for; the runtime counts nanoseconds. The wheel
//! has no clock of its own and never runs the caller's code: [`Wheel::expire`] is told the
//! time and hands out one due timer at a time.
//!
//! ```
//! use mainspring::wheel::Wheel;
//!
//! let mut wheel = Wheel::new(0);
//! let tea = wheel.insert(240, "tea is ready");
//! wheel.insert(420, "eggs are hard");
//! assert_eq!(wheel.next_deadline(), Some(240));
//!
//! assert_eq!(wheel.cancel(tea), Some("tea is ready"));
//! assert_eq!(wheel.expire(419), None);
//! assert_eq!(wheel.expire(421), Some((420, "eggs are hard")));
//! ```
//!
//! # How it works
//!
//! The wheel has a **hand**, a time that no pending timer lies before. A timer stands
//! where its deadline first differs from the hand (the arithmetic is in `place.rs`): among the seconds
//! if only the seconds differ, among the hours if it is hours away. To fire the first
//! timer, the hand moves to its deadline. If that timer stood at a higher level, its
//! slot's timers now agree with the hand in that digit too, and move to lower levels: they
//! **cascade**. Four invariants hold between any two calls:
//!
//! 1. **Never past.** The hand is not past the deadline of any pending timer, nor past the
//!    latest time that `expire` was told.
//! 2. **In place.** Each timer stands at `place(deadline, hand)`, the hand being where it
//!    is now. So `cancel` finds a timer's slot by computing it, and timers of one
//!    deadline always stand in one slot.
//! 3. **In line.** In a slot, timers of equal deadlines stand in the order of their
//!    insertion. New ones go to the end, and a cascade moves a slot from its front
//!    into slots that are empty, the levels below it having run out first.
//! 4. **Marked.** A place is in the set of occupied places if its slot holds a timer, and
//!    not otherwise; and no deadline in a slot is earlier than the slot's `earliest`.
//!
//! # Sources
//!
//! The hierarchy is scheme 7 of G. Varghese and T. Lauck, *Hashed and Hierarchical Timing
//! Wheels* (SOSP 1987). A bitmap a level is in William Ahern's `timeout.c`, which chooses
//! the level by distance; tokio chooses it by the first digit that differs, as we do.
//! Moving the hand straight to the earliest deadline of a slot, past all levels between,
//! is what makes the wheel a radix heap: R. Ahuja, K. Mehlhorn, J. Orlin and R. Tarjan,
//! *Faster Algorithms for the Shortest Path Problem* (Journal of the ACM 37, 1990).

mod list;
mod place;

use std::fmt;
use std::mem;

use slab::Slab;

use list::{Slot, Timer};
use place::{PLACES, Places, SLOTS, place};

/// Pending timers, each with a deadline in ticks and a value.
///
/// The [module](self) says how it works and what holds inside it.
pub struct Wheel<T> {
    timers: Slab<Timer<T>>,
    slots: Box<[Slot]>,
    occupied: Places,
    /// Where the wheel's slots are counted from.
    hand: u64,
    /// The latest time that the wheel was told.
    now: u64,
    /// How many timers were ever inserted.
    inserted: u64,
}

/// Names a timer, for as long as it is pending and not longer: the key of a timer that
/// has fired or was cancelled finds nothing, whoever stands in its memory now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TimerKey {
    index: usize,
    serial: u64,
}

impl<T> Wheel<T> {
    /// Makes an empty wheel whose time is `now`, in ticks.
    pub fn new(now: u64) -> Wheel<T> {
        Wheel {
            timers: Slab::new(),
            slots: vec![Slot::EMPTY; PLACES].into_boxed_slice(),
            occupied: Places::default(),
            hand: now,
            now,
            inserted: 0,
        }
    }

    /// Adds a timer that is due at tick `deadline`. Any deadline will do; one that has
    /// passed counts as due now, after all timers whose deadlines passed before.
    ///
    /// It costs a few steps, and an allocation only if there were never so many timers.
    #[inline]
    pub fn insert(&mut self, deadline: u64, value: T) -> TimerKey {
        let deadline = deadline.max(self.now);
        let serial = self.inserted;
        self.inserted += 1;
        let index = self.timers.insert(Timer::new(deadline, serial, value));
        self.link(index);
        TimerKey { index, serial }
    }

    /// Takes a timer back. `None` if it has fired or was cancelled already.
    pub fn cancel(&mut self, key: TimerKey) -> Option<T> {
        let deadline = self.get_timer_mut(key)?.deadline;
        Some(self.remove(key.index, place(deadline, self.hand)))
    }

    /// The value of a pending timer. `None` if it has fired or was cancelled.
    pub fn get_mut(&mut self, key: TimerKey) -> Option<&mut T> {
        Some(&mut self.get_timer_mut(key)?.value)
    }

    /// When to call [`expire`](Wheel::expire) next, in ticks; `None` if no timer is
    /// pending.
    ///
    /// It is never later than the earliest deadline, and equal to it unless an earlier
    /// timer that stood in the same slot was cancelled. A caller who comes at that time
    /// and finds nothing due has lost one look and asks again. A cancelled timer costs one
    /// such look at most: the slot's other timers move to lower levels, each at most ten
    /// times in its life, and the slots there are told the deadlines of these alone.
    pub fn next_deadline(&self) -> Option<u64> {
        Some(self.slots[self.occupied.first()?].earliest)
    }

    /// Tells the wheel the time, in ticks, and takes out one due timer with its deadline:
    /// that of the earliest deadline, and of several the one that was inserted first.
    /// `None` if no timer is due; then [`next_deadline`](Wheel::next_deadline) is
    /// later than `now`.
    ///
    /// No timer is handed out before its deadline. One that was inserted with a
    /// deadline in the past comes with the time of its insertion. Time does not go back:
    /// if `now` is earlier than it was in a call before, the later of the two counts.
    pub fn expire(&mut self, now: u64) -> Option<(u64, T)> {
        self.now = self.now.max(now);
        loop {
            let place = self.occupied.first()?;
            let earliest = self.slots[place].earliest;
            if earliest > self.now {
                return None;
            }
            self.hand = earliest;
            if place < SLOTS {
                let first = self.slots[place].first;
                return Some((earliest, self.remove(first, place)));
            }
            self.cascade(place);
        }
    }

    /// How many timers are pending.
    pub fn len(&self) -> usize {
        self.timers.len()
    }

    /// Whether no timer is pending.
    pub fn is_empty(&self) -> bool {
        self.timers.is_empty()
    }

    /// Moves the timers of a slot to lower levels, after the hand has entered the slot.
    fn cascade(&mut self, place: usize) {
        let mut slot = mem::replace(&mut self.slots[place], Slot::EMPTY);
        self.occupied.remove(place);
        while let Some(index) = slot.pop_front(&mut self.timers) {
            self.link(index);
        }
    }

    /// Puts a timer at the end of the slot where it belongs.
    fn link(&mut self, index: usize) {
        let place = place(self.timers[index].deadline, self.hand);
        self.slots[place].push_back(index, &mut self.timers);
        self.occupied.add(place);
    }

    /// Takes a timer out of the slot where it stands.
    fn remove(&mut self, index: usize, place: usize) -> T {
        self.slots[place].unlink(index, &mut self.timers);
        if self.slots[place].is_empty() {
            self.occupied.remove(place);
        }
        self.timers.remove(index).value
    }

    /// The timer that a key names, if it is pending.
    fn get_timer_mut(&mut self, key: TimerKey) -> Option<&mut Timer<T>> {
        self.timers.get_mut(key.index).filter(|timer| timer.serial == key.serial)
    }
}

impl<T> fmt::Debug for Wheel<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wheel")
            .field("now", &self.now)
            .field("len", &self.len())
            .field("next_deadline", &self.next_deadline())
            .finish_non_exhaustive()
    }
}
