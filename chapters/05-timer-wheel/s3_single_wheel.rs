//! A single wheel of 1,024 slots: cheap, but it has to be turned tick by tick.

#![allow(dead_code, reason = "what is not used here, the tests and `main.rs` use")]

use std::collections::BTreeMap;

#[path = "../00-introduction/cli.rs"]
mod cli;

const SLOTS: u64 = 1_024;

/// A deadline, and how many timers were inserted before.
type Key = (u64, u64);

pub(crate) struct SingleWheel {
    /// A timer that is due at tick `n` is in slot `n % SLOTS`, under its number.
    slots: Vec<BTreeMap<u64, (u64, usize)>>,
    /// The next tick to look at; all before it have been dealt with.
    hand: u64,
    inserted: u64,
    pending: usize,
    /// How many times the wheel was turned by a tick, and looked at a timer.
    turned: u64,
    looks: u64,
}

impl SingleWheel {
    pub fn new(now: u64) -> SingleWheel {
        let slots = (0..SLOTS).map(|_| BTreeMap::new()).collect();
        SingleWheel { slots, hand: now, inserted: 0, pending: 0, turned: 0, looks: 0 }
    }

    fn slot(&mut self, tick: u64) -> &mut BTreeMap<u64, (u64, usize)> {
        &mut self.slots[(tick % SLOTS) as usize]
    }

    pub fn insert(&mut self, deadline: u64, id: usize) -> Key {
        let key = (deadline.max(self.hand), self.inserted);
        self.slot(key.0).insert(key.1, (key.0, id));
        self.inserted += 1;
        self.pending += 1;
        key
    }

    pub fn cancel(&mut self, (deadline, number): Key) -> Option<usize> {
        let (_, id) = self.slot(deadline).remove(&number)?;
        self.pending -= 1;
        Some(id)
    }

    pub fn expire(&mut self, now: u64) -> Option<(u64, usize)> {
        while self.hand <= now {
            if let Some(due) = self.first_due() {
                self.pending -= 1;
                return Some(due);
            }
            self.hand += 1;
            self.turned += 1;
        }
        None
    }

    /// The slot holds this tick's timers, and those of later turns of the wheel.
    fn first_due(&mut self) -> Option<(u64, usize)> {
        let hand = self.hand;
        let mut looks = 0;
        let slot = self.slot(hand);
        let found = slot.iter().find(|(_, (deadline, _))| {
            looks += 1;
            *deadline == hand
        });
        let number = found.map(|(number, _)| *number);
        let due = number.and_then(|number| slot.remove(&number));
        self.looks += looks;
        due
    }

    pub fn len(&self) -> usize {
        self.pending
    }
}

fn main() {
    cli::options(&[]);
    println!("timeout in ticks   turned by   looks at it");
    for deadline in [1_000, 10_000, 100_000, 1_000_000] {
        let mut wheel = SingleWheel::new(0);
        wheel.insert(deadline, 0);
        while wheel.len() > 0 {
            wheel.expire(deadline);
        }
        println!("{deadline:>16}{:>12}{:>13}", wheel.turned, wheel.looks);
    }
}
