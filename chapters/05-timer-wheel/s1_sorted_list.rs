//! Timers in a sorted list: the more there are, the more each request has to move.

#![allow(dead_code, reason = "what is not used here, the tests and `main.rs` use")]

use std::collections::VecDeque;

#[path = "../00-introduction/cli.rs"]
mod cli;

/// A deadline, and how many timers were inserted before: no two are the same.
type Key = (u64, u64);

#[derive(Default)]
pub(crate) struct SortedList {
    timers: VecDeque<(Key, usize)>,
    now: u64,
    inserted: u64,
    /// How many timers had to make room or close a gap.
    moved: usize,
}

impl SortedList {
    pub fn new(now: u64) -> SortedList {
        SortedList { now, ..SortedList::default() }
    }

    pub fn insert(&mut self, deadline: u64, id: usize) -> Key {
        let key = (deadline.max(self.now), self.inserted);
        self.inserted += 1;
        let position = self.timers.partition_point(|(other, _)| *other < key);
        self.count_moves(position);
        self.timers.insert(position, (key, id));
        key
    }

    pub fn cancel(&mut self, key: Key) -> Option<usize> {
        let position = self.timers.binary_search_by_key(&key, |(key, _)| *key).ok()?;
        self.count_moves(position);
        self.timers.remove(position).map(|(_, id)| id)
    }

    pub fn next_deadline(&self) -> Option<u64> {
        self.timers.front().map(|((deadline, _), _)| *deadline)
    }

    pub fn expire(&mut self, now: u64) -> Option<(u64, usize)> {
        self.now = self.now.max(now);
        if self.next_deadline()? > self.now {
            return None;
        }
        self.timers.pop_front().map(|((deadline, _), id)| (deadline, id))
    }

    pub fn len(&self) -> usize {
        self.timers.len()
    }

    /// A `VecDeque` moves the shorter of its two sides.
    fn count_moves(&mut self, position: usize) {
        self.moved += position.min(self.timers.len() - position);
    }
}

/// A server: a request puts off the timeout of its connection to 30 seconds from now.
fn timers_moved_a_request(connections: usize) -> usize {
    const REQUESTS: usize = 1_000;
    let mut timers = SortedList::new(0);
    let mut keys: Vec<Key> = (0..connections)
        .map(|id| timers.insert(15_000 + 15_000 * id as u64 / connections as u64, id))
        .collect();
    let mut random = 1_u64;
    for _ in 0..REQUESTS {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let connection = (random >> 33) as usize % connections;
        timers.cancel(keys[connection]);
        keys[connection] = timers.insert(30_000, connection);
    }
    timers.moved / REQUESTS
}

fn main() {
    cli::options(&[]);
    println!("connections   timers moved by a request");
    for connections in [100, 1_000, 10_000, 100_000] {
        println!("{connections:>11}{:>28}", timers_moved_a_request(connections));
    }
}
