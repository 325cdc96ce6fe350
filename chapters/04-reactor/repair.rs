//! A reactor with a bug: after a while it is deaf to a source that it has. Repair it.
//!
//! `cargo test --test exercises reactor::repaired -- --ignored` says what goes wrong.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use mainspring::reactor::Readiness;
use slab::Slab;

// The library's own system calls, `src/sys.rs`.
use crate::sys;

/// Names one registration of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    slot: u32,
    generation: u32,
}

/// A source, and the generation that its token has to have.
struct Entry<S> {
    generation: u32,
    source: S,
}

/// Waits for many descriptors at once.
pub struct Reactor<S> {
    epoll: OwnedFd,
    sources: Slab<Entry<S>>,
    /// The generation of the next source.
    generation: u32,
    events: sys::Events,
}

impl<S> Reactor<S> {
    /// A reactor that watches nothing yet.
    pub fn new() -> io::Result<Self> {
        Ok(Self {
            epoll: sys::epoll_create()?,
            sources: Slab::new(),
            generation: 0,
            events: sys::Events::new(),
        })
    }

    /// Watches `fd` and keeps `source` with it.
    pub fn register(&mut self, fd: impl AsFd, source: S) -> io::Result<Token> {
        let slot = u32::try_from(self.sources.vacant_key()).expect("few sources");
        let token = Token { slot, generation: self.generation };
        sys::epoll_add(self.epoll.as_fd(), fd.as_fd(), token.pack())?;
        self.sources.insert(Entry { generation: token.generation, source });
        self.generation = self.generation.wrapping_add(1);
        Ok(token)
    }

    /// Stops watching.
    pub fn deregister(&mut self, token: Token, fd: impl AsFd) -> Option<S> {
        let _ = sys::epoll_delete(self.epoll.as_fd(), fd.as_fd());
        self.remove(token)
    }

    /// Gives up a source. (Here it only forgets; the library also strikes off the
    /// number.)
    pub fn remove(&mut self, token: Token) -> Option<S> {
        self.get(token)?;
        Some(self.sources.remove(token.slot as usize).source)
    }

    /// What is kept with a source.
    pub fn get(&self, token: Token) -> Option<&S> {
        let entry = self.sources.get(token.slot as usize)?;
        (entry.generation == token.generation).then_some(&entry.source)
    }

    /// Waits until something is ready.
    pub fn wait(&mut self, timeout: Option<Duration>) -> io::Result<usize> {
        if self.events.len() == 0 {
            sys::epoll_wait(self.epoll.as_fd(), &mut self.events, timeout)?;
        }
        Ok(self.events.len())
    }

    /// Takes the next event.
    pub fn next_event(&mut self) -> Option<(Token, Readiness)> {
        loop {
            let sys::Event { data, readable, writable, .. } = self.events.pop()?;
            let token = Token::unpack(data);
            if self.get(token).is_some() {
                return Some((token, Readiness { readable, writable }));
            }
        }
    }

    /// How many sources are registered.
    pub fn len(&self) -> usize {
        self.sources.len()
    }
}

impl Token {
    fn pack(self) -> u64 {
        u64::from(self.generation) << 32 | u64::from(self.slot)
    }

    #[allow(clippy::cast_possible_truncation)] // the two halves
    fn unpack(data: u64) -> Self {
        Self { slot: data as u32, generation: (data >> 32) as u32 }
    }
}
