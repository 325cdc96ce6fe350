//! A small wheel whose every decision can be replaced by a wrong one.
//!
//! The decisions are the methods of [`Parts`]; as they stand there they are right, and the
//! suite finds nothing. Each broken wheel replaces one of them.

use std::collections::BTreeSet;
use std::marker::PhantomData;

use crate::suite::wheel::timers;

const SLOTS: usize = 64;
const LEVELS: usize = 11;

pub struct Timer {
    deadline: u64,
    serial: u64,
    id: usize,
}

/// What a key remembers of its timer.
#[derive(Clone, Copy)]
pub struct Key {
    pub deadline: u64,
    pub serial: u64,
    /// Where the timer stood first.
    pub inserted_at: usize,
}

/// The place of a timer that belongs into a level.
pub fn slot_of(deadline: u64, level: u32) -> usize {
    level as usize * SLOTS + ((deadline >> (6 * level)) % 64) as usize
}

/// The decisions that a wheel takes.
pub trait Parts {
    /// Where a timer stands.
    fn place(deadline: u64, hand: u64) -> usize {
        let level = ((deadline ^ hand) | 63).ilog2() / 6;
        slot_of(deadline, level)
    }

    /// Whether the first slot, whose earliest deadline is given, has its turn.
    fn is_due(earliest: u64, now: u64) -> bool {
        earliest <= now
    }

    /// Where the hand goes when the first slot has its turn.
    fn next_hand(earliest: u64, _now: u64) -> u64 {
        earliest
    }

    /// Puts a timer where its slot's timers are.
    fn join(slot: &mut Vec<Timer>, timer: Timer) {
        slot.push(timer);
    }

    /// Where to look for a timer that is cancelled.
    fn find(key: Key, hand: u64) -> usize {
        Self::place(key.deadline, hand)
    }

    /// Whether a slot loses its mark after one of its timers was cancelled.
    fn unmark(slot: &[Timer]) -> bool {
        slot.is_empty()
    }
}

/// All decisions as they should be.
pub struct Sound;

impl Parts for Sound {}

pub struct Wheel<P> {
    slots: Vec<Vec<Timer>>,
    marked: BTreeSet<usize>,
    hand: u64,
    now: u64,
    inserted: u64,
    parts: PhantomData<P>,
}

timers!(Wheel<P>, Key, P: Parts);

impl<P: Parts> Wheel<P> {
    fn new(now: u64) -> Self {
        Wheel {
            slots: (0..LEVELS * SLOTS).map(|_| Vec::new()).collect(),
            marked: BTreeSet::new(),
            hand: now,
            now,
            inserted: 0,
            parts: PhantomData,
        }
    }

    fn insert(&mut self, deadline: u64, id: usize) -> Key {
        let deadline = deadline.max(self.now);
        let serial = self.inserted;
        self.inserted += 1;
        let inserted_at = self.link(Timer { deadline, serial, id });
        Key { deadline, serial, inserted_at }
    }

    fn cancel(&mut self, key: Key) -> Option<usize> {
        let place = P::find(key, self.hand);
        let slot = &mut self.slots[place];
        let timer =
            slot.remove(slot.iter().position(|timer| timer.serial == key.serial)?);
        if P::unmark(slot) {
            self.marked.remove(&place);
        }
        Some(timer.id)
    }

    fn next_deadline(&self) -> Option<u64> {
        Some(self.earliest(*self.marked.first()?))
    }

    fn expire(&mut self, now: u64) -> Option<(u64, usize)> {
        self.now = self.now.max(now);
        for _ in 0..LEVELS {
            let place = *self.marked.first()?;
            let earliest = self.earliest(place);
            if !P::is_due(earliest, self.now) {
                return None;
            }
            self.hand = P::next_hand(earliest, self.now);
            let mut slot = std::mem::take(&mut self.slots[place]);
            self.marked.remove(&place);
            if place < SLOTS {
                let first = slot.remove(0);
                self.cascade(slot);
                return Some((first.deadline, first.id));
            }
            self.cascade(slot);
        }
        panic!("the wheel turns without end")
    }

    fn len(&self) -> usize {
        self.slots.iter().map(Vec::len).sum()
    }

    fn cascade(&mut self, slot: Vec<Timer>) {
        for timer in slot {
            self.link(timer);
        }
    }

    fn link(&mut self, timer: Timer) -> usize {
        let place = P::place(timer.deadline, self.hand);
        P::join(&mut self.slots[place], timer);
        self.marked.insert(place);
        place
    }

    fn earliest(&self, place: usize) -> u64 {
        self.slots[place].iter().map(|timer| timer.deadline).min().unwrap_or(u64::MAX)
    }
}
