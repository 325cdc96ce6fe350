//! A saving: all timers lie in one array, and a slot is a list that leads through it.

use super::place::place;

/// A u64 has eleven digits of six bits.
const DIGITS: usize = 11;

/// Which slots hold a timer.
#[derive(Default)]
pub struct Bits {
    /// A bit for each level that has some.
    levels: u64,
    /// A bit for each of its slots.
    slots: [u64; DIGITS],
}

impl Bits {
    pub fn add(&mut self, place: usize) {
        self.levels |= 1 << (place / 64);
        self.slots[place / 64] |= 1 << (place % 64);
    }

    pub fn remove(&mut self, place: usize) {
        self.slots[place / 64] &= !(1 << (place % 64));
        if self.slots[place / 64] == 0 {
            self.levels &= !(1 << (place / 64));
        }
    }

    fn first(&self) -> Option<usize> {
        if self.levels == 0 {
            return None;
        }
        let level = self.levels.trailing_zeros() as usize;
        Some(level * 64 + self.slots[level].trailing_zeros() as usize)
    }
}

/// Nowhere in the array.
const NONE: usize = usize::MAX;

/// What a timer is known by: its deadline, and a number: the lower half says where it lies,
/// the upper half how many were inserted before.
pub type Key = (u64, u64);

/// The two ends of a list.
#[derive(Clone, Copy)]
pub struct Slot {
    first: usize,
    last: usize,
}

const EMPTY: Slot = Slot { first: NONE, last: NONE };

/// A place in the array. Free ones keep no value.
struct Timer<T> {
    key: Key,
    value: Option<T>,
    before: usize,
    after: usize,
}

/// Timers by their deadlines, in ticks.
pub struct Wheel<T> {
    /// 64 slots for each digit, the ones first.
    slots: Vec<Slot>,
    bits: Bits,
    timers: Vec<Timer<T>>,
    free: Vec<usize>,
    /// The tick that everything before has been dealt with.
    pub hand: u64,
    /// The latest time that it was told.
    pub now: u64,
    /// How many timers were inserted, ever.
    pub inserted: u64,
}

impl<T> Wheel<T> {
    /// An empty wheel at the tick `now`.
    pub fn new(now: u64) -> Self {
        let (slots, timers, free) = (vec![EMPTY; DIGITS * 64], Vec::new(), Vec::new());
        let bits = Bits::default();
        Wheel { slots, bits, timers, free, hand: now, now, inserted: 0 }
    }

    /// Puts a timer into the array, in no list yet.
    pub fn keep(&mut self, deadline: u64, value: T) -> Key {
        let at = self.free.pop().unwrap_or(self.timers.len());
        let key = (deadline, self.inserted << 32 | at as u64);
        let timer = Timer { key, value: Some(value), before: NONE, after: NONE };
        match self.timers.get_mut(at) {
            Some(free) => *free = timer,
            None => self.timers.push(timer),
        }
        key
    }

    /// Adds a timer to the end of a list.
    pub fn link(&mut self, at: usize, place: usize) {
        let last = self.slots[place].last;
        self.timers[at].before = last;
        self.timers[at].after = NONE;
        match self.timers.get_mut(last) {
            Some(last) => last.after = at,
            None => self.slots[place].first = at,
        }
        self.slots[place].last = at;
        self.bits.add(place);
    }

    /// Takes a timer out of its list.
    fn unlink(&mut self, at: usize, place: usize) {
        let Timer { before, after, .. } = self.timers[at];
        match self.timers.get_mut(before) {
            Some(before) => before.after = after,
            None => self.slots[place].first = after,
        }
        match self.timers.get_mut(after) {
            Some(after) => after.before = before,
            None => self.slots[place].last = before,
        }
        if self.slots[place].first == NONE {
            self.bits.remove(place);
        }
    }

    /// Takes a timer out of its list, and out of the array.
    fn remove(&mut self, at: usize, place: usize) -> Option<(u64, T)> {
        self.unlink(at, place);
        self.free.push(at);
        let value = self.timers[at].value.take()?;
        Some((self.timers[at].key.0, value))
    }

    /// Empties a slot: its first timer, from which the others are reached by `next`.
    pub fn take_list(&mut self, place: usize) -> Option<usize> {
        self.bits.remove(place);
        let first = std::mem::replace(&mut self.slots[place], EMPTY).first;
        (first != NONE).then_some(first)
    }

    /// The deadline of a timer, and who comes after it in its list.
    pub fn next(&self, at: usize) -> (u64, Option<usize>) {
        let timer = &self.timers[at];
        (timer.key.0, (timer.after != NONE).then_some(timer.after))
    }

    /// Takes a timer back. None if it is gone already.
    pub fn cancel(&mut self, key: Key) -> Option<T> {
        let at = key.1 as u32 as usize;
        let timer = self.timers.get(at)?;
        if timer.key != key || timer.value.is_none() {
            return None;
        }
        let place = place(key.0, self.hand);
        self.remove(at, place).map(|(_, value)| value)
    }

    /// The earliest deadline.
    pub fn next_deadline(&self) -> Option<u64> {
        let slot = self.slots[self.bits.first()?];
        let mut earliest = u64::MAX;
        let mut next = Some(slot.first);
        while let Some(at) = next {
            let (deadline, after) = self.next(at);
            (earliest, next) = (earliest.min(deadline), after);
        }
        Some(earliest)
    }

    /// The first timer that is due at the tick `now`, with its deadline.
    pub fn expire(&mut self, now: u64) -> Option<(u64, T)> {
        self.now = self.now.max(now);
        loop {
            let first = self.bits.first()?;
            let tick = first_tick(first, self.hand);
            if tick > self.now {
                return None;
            }
            self.hand = tick;
            if first < 64 {
                return self.remove(self.slots[first].first, first);
            }
            self.cascade(first);
        }
    }

    /// How many timers are pending.
    pub fn len(&self) -> usize {
        self.timers.len() - self.free.len()
    }
}

/// The first tick that a place stands for: the digits before its own are those of the hand,
/// and zeros come behind it.
fn first_tick(place: usize, hand: u64) -> u64 {
    let (level, slot) = (place / 64, (place % 64) as u64);
    let digits = hand >> (6 * level);
    (digits - digits % 64 + slot) << (6 * level)
}
