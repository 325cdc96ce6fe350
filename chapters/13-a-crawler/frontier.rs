//! What a crawler knows: which pages it has seen a link to, and which are still to be had.

use std::collections::{HashSet, VecDeque};

pub struct Frontier {
    seen: HashSet<String>,
    to_do: VecDeque<String>,
}

impl Frontier {
    pub fn new(first: &str) -> Self {
        let mut frontier = Self { seen: HashSet::new(), to_do: VecDeque::new() };
        frontier.add(first);
        frontier
    }

    /// Notes a link, if it is new.
    pub fn add(&mut self, link: &str) {
        if self.seen.insert(link.to_owned()) {
            self.to_do.push_back(link.to_owned());
        }
    }

    /// The next page to be had.
    pub fn next(&mut self) -> Option<String> {
        self.to_do.pop_front()
    }

    pub fn seen(&self) -> usize {
        self.seen.len()
    }
}
