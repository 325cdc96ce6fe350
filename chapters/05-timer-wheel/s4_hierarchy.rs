//! A wheel for each decimal digit: a timer travels from the thousands down to the ones.

#![allow(clippy::cast_possible_truncation, reason = "a level is less than 20")]
#![allow(dead_code, reason = "what is not used here, the tests and `main.rs` use")]

use std::collections::BTreeMap;

#[path = "../00-introduction/cli.rs"]
mod cli;

const DIGITS: usize = 20;

/// A deadline, and how many timers were inserted before.
type Key = (u64, u64);

pub(crate) struct Hierarchy {
    /// Ten slots for each digit, the ones first. A slot keeps its timers by number.
    slots: Vec<BTreeMap<u64, (u64, usize)>>,
    hand: u64,
    now: u64,
    inserted: u64,
    pending: usize,
}

/// The place of a timer: the first digit in which its deadline differs from the hand, and
/// that digit's value. Ten places belong to each digit.
fn place(deadline: u64, hand: u64) -> usize {
    let (mut digit, mut deadline, mut hand) = (0, deadline, hand);
    while deadline / 10 != hand / 10 {
        (digit, deadline, hand) = (digit + 1, deadline / 10, hand / 10);
    }
    digit * 10 + (deadline % 10) as usize
}

/// The first tick that a place stands for: the digits before its own are those of the hand,
/// and zeros come behind it.
fn first_tick(place: usize, hand: u64) -> u64 {
    let (level, slot) = (place / 10, (place % 10) as u64);
    let unit = 10_u64.pow(level as u32);
    let digits = hand / unit;
    (digits - digits % 10 + slot) * unit
}

impl Hierarchy {
    pub fn new(now: u64) -> Hierarchy {
        let slots = (0..DIGITS * 10).map(|_| BTreeMap::new()).collect();
        Hierarchy { slots, hand: now, now, inserted: 0, pending: 0 }
    }

    pub fn insert(&mut self, deadline: u64, id: usize) -> Key {
        let key = (deadline.max(self.now), self.inserted);
        self.slots[place(key.0, self.hand)].insert(key.1, (key.0, id));
        self.inserted += 1;
        self.pending += 1;
        key
    }

    pub fn cancel(&mut self, (deadline, number): Key) -> Option<usize> {
        // The key of a timer that has fired may lie behind the hand.
        let place = place(deadline.max(self.hand), self.hand);
        let (_, id) = self.slots[place].remove(&number)?;
        self.pending -= 1;
        Some(id)
    }

    pub fn next_deadline(&self) -> Option<u64> {
        let slot = self.slots.iter().find(|slot| !slot.is_empty())?;
        slot.values().map(|(deadline, _)| *deadline).min()
    }

    pub fn expire(&mut self, now: u64) -> Option<(u64, usize)> {
        self.now = self.now.max(now);
        loop {
            let first = self.slots.iter().position(|slot| !slot.is_empty())?;
            let tick = first_tick(first, self.hand);
            if tick > self.now {
                return None;
            }
            self.hand = tick;
            if first < 10 {
                self.pending -= 1;
                return self.slots[first].pop_first().map(|(_, due)| due);
            }
            self.cascade(first);
        }
    }

    /// The hand has entered a slot: its timers agree with the hand in that digit now.
    fn cascade(&mut self, from: usize) {
        for (number, (deadline, id)) in std::mem::take(&mut self.slots[from]) {
            self.slots[place(deadline, self.hand)].insert(number, (deadline, id));
        }
    }

    pub fn len(&self) -> usize {
        self.pending
    }

    /// Where a timer stands, in words.
    fn whereabouts(&self, deadline: u64) -> String {
        let place = place(deadline, self.hand);
        let digit = ["ones", "tens", "hundreds", "thousands"][place / 10];
        format!("{digit} {}", place % 10)
    }
}

fn main() {
    cli::options(&[]);
    let deadlines = [250, 1_230, 1_234];
    let mut wheel = Hierarchy::new(0);
    for (id, deadline) in deadlines.into_iter().enumerate() {
        wheel.insert(deadline, id);
    }
    println!("time hand         250        1230        1234");
    for now in [0, 250, 999, 1_000, 1_200, 1_230, 1_234] {
        while wheel.expire(now).is_some() {}
        let cells = deadlines.map(|deadline| match deadline > now {
            true => wheel.whereabouts(deadline),
            false => "fired".to_owned(),
        });
        println!(
            "{now:>4} {:04}{:>12}{:>12}{:>12}",
            wheel.hand, cells[0], cells[1], cells[2]
        );
    }
}
