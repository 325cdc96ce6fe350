//! Finds the source of an event by the number of the descriptor: the next owner of the
//! number gets the event of the last.

use std::collections::HashMap;
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd, RawFd};
use std::time::Duration;

use mainspring::reactor::Readiness;
use slab::Slab;

use crate::sys;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    slot: u32,
    generation: u32,
}

struct Entry<S> {
    generation: u32,
    number: RawFd,
    source: S,
}

pub struct Reactor<S> {
    epoll: OwnedFd,
    sources: Slab<Entry<S>>,
    /// Whose a number is.
    by_number: HashMap<RawFd, Token>,
    generation: u32,
    events: sys::Events,
}

impl<S> Reactor<S> {
    pub fn new() -> io::Result<Self> {
        Ok(Self {
            epoll: sys::epoll_create()?,
            sources: Slab::new(),
            by_number: HashMap::new(),
            generation: 0,
            events: sys::Events::new(),
        })
    }

    pub fn register(&mut self, fd: impl AsFd, source: S) -> io::Result<Token> {
        let slot = u32::try_from(self.sources.vacant_key()).expect("few sources");
        let token = Token { slot, generation: self.generation };
        let number = fd.as_fd().as_raw_fd();
        let data = u64::try_from(number).expect("a descriptor is not negative");
        sys::epoll_add(self.epoll.as_fd(), fd.as_fd(), data)?;
        self.sources.insert(Entry { generation: token.generation, number, source });
        self.by_number.insert(number, token);
        self.generation += 1;
        Ok(token)
    }

    pub fn deregister(&mut self, token: Token, fd: impl AsFd) -> Option<S> {
        self.get(token)?;
        let _ = sys::epoll_delete(self.epoll.as_fd(), fd.as_fd());
        self.remove(token)
    }

    pub fn remove(&mut self, token: Token) -> Option<S> {
        self.get(token)?;
        let Entry { number, source, .. } = self.sources.remove(token.slot as usize);
        if self.by_number.get(&number) == Some(&token) {
            self.by_number.remove(&number);
        }
        Some(source)
    }

    pub fn get(&self, token: Token) -> Option<&S> {
        let entry = self.sources.get(token.slot as usize)?;
        (entry.generation == token.generation).then_some(&entry.source)
    }

    pub fn wait(&mut self, timeout: Option<Duration>) -> io::Result<usize> {
        if self.events.len() == 0 {
            sys::epoll_wait(self.epoll.as_fd(), &mut self.events, timeout)?;
        }
        Ok(self.events.len())
    }

    pub fn next_event(&mut self) -> Option<(Token, Readiness)> {
        loop {
            let sys::Event { data, readable, writable, .. } = self.events.pop()?;
            let owner =
                RawFd::try_from(data).ok().and_then(|number| self.by_number.get(&number));
            if let Some(&token) = owner {
                return Some((token, Readiness { readable, writable }));
            }
        }
    }

    pub fn len(&self) -> usize {
        self.sources.len()
    }
}
