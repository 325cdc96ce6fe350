//! Your table of sources: the reactor without `slab`, slots and generations by hand.
//!
//! `cargo test --test exercises reactor::table -- --ignored` tells you how far you are.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use mainspring::reactor::Readiness;

// The library's own system calls, `src/sys.rs`.
use crate::sys;

/// Names one registration of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    slot: u32,
    generation: u32,
}

/// The sources, each in its slot. A slot that is free is used again.
struct Table<S> {
    // What does a slot hold? How is a free one found without a search?
    sources: Vec<S>,
}

impl<S> Table<S> {
    fn new() -> Self {
        Self { sources: Vec::new() }
    }

    /// The token that the next source will get.
    fn next_token(&self) -> Token {
        unimplemented!("which slot is free, and which generation is its next?")
    }

    /// Puts a source under the next token.
    fn insert(&mut self, source: S) {
        self.sources.push(source);
        unimplemented!("into the slot of the next token")
    }

    /// The source of a token; `None` if it is stale.
    fn get(&self, token: Token) -> Option<&S> {
        let _ = token;
        unimplemented!("only if the generation is the slot's own")
    }

    /// Takes out the source of a token; `None`, and nothing happens, if it is stale.
    fn remove(&mut self, token: Token) -> Option<S> {
        let _ = token;
        unimplemented!("and from now on every token of this generation is stale")
    }

    /// How many sources there are. (This will have to change: a free slot holds none.)
    fn len(&self) -> usize {
        self.sources.len()
    }
}

/// Waits for many descriptors at once. Nothing is left to do from here on.
pub struct Reactor<S> {
    epoll: OwnedFd,
    sources: Table<S>,
    events: sys::Events,
}

impl<S> Reactor<S> {
    /// A reactor that watches nothing yet.
    pub fn new() -> io::Result<Self> {
        Ok(Self {
            epoll: sys::epoll_create()?,
            sources: Table::new(),
            events: sys::Events::new(),
        })
    }

    /// Watches `fd` and keeps `source` with it.
    pub fn register(&mut self, fd: impl AsFd, source: S) -> io::Result<Token> {
        let token = self.sources.next_token();
        sys::epoll_add(self.epoll.as_fd(), fd.as_fd(), token.pack())?;
        self.sources.insert(source);
        Ok(token)
    }

    /// Stops watching.
    pub fn deregister(&mut self, token: Token, fd: impl AsFd) -> Option<S> {
        let source = self.sources.remove(token)?;
        let _ = sys::epoll_delete(self.epoll.as_fd(), fd.as_fd());
        Some(source)
    }

    /// Gives up a source. (Here it only forgets; the library also strikes off the
    /// number.)
    pub fn remove(&mut self, token: Token) -> Option<S> {
        self.sources.remove(token)
    }

    /// What is kept with a source.
    pub fn get(&self, token: Token) -> Option<&S> {
        self.sources.get(token)
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
    /// The slot alone, for the tests.
    pub fn slot(self) -> u32 {
        self.slot
    }

    fn pack(self) -> u64 {
        u64::from(self.generation) << 32 | u64::from(self.slot)
    }

    #[allow(clippy::cast_possible_truncation)] // the two halves
    fn unpack(data: u64) -> Self {
        Self { slot: data as u32, generation: (data >> 32) as u32 }
    }
}
