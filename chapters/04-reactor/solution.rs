//! What `exercise.rs` and `repair.rs` can become.

/// Exercise 2: the table by hand. Each slot keeps its own generation.
pub mod exercise {
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
        slots: Vec<Slot<S>>,
        /// The slots without a source.
        free: Vec<u32>,
    }

    /// A place for a source. The generation stays when the source goes.
    struct Slot<S> {
        generation: u32,
        source: Option<S>,
    }

    impl<S> Table<S> {
        fn new() -> Self {
            Self { slots: Vec::new(), free: Vec::new() }
        }

        /// The token that the next source will get.
        fn next_token(&self) -> Token {
            match self.free.last() {
                Some(&slot) => {
                    Token { slot, generation: self.slots[slot as usize].generation }
                }
                None => {
                    let slot = u32::try_from(self.slots.len()).expect("few sources");
                    Token { slot, generation: 0 }
                }
            }
        }

        /// Puts a source under the next token.
        fn insert(&mut self, source: S) {
            match self.free.pop() {
                Some(slot) => self.slots[slot as usize].source = Some(source),
                None => self.slots.push(Slot { generation: 0, source: Some(source) }),
            }
        }

        /// The source of a token; `None` if it is stale.
        fn get(&self, token: Token) -> Option<&S> {
            let slot = self.slots.get(token.slot as usize)?;
            slot.source.as_ref().filter(|_| slot.generation == token.generation)
        }

        /// Takes out the source of a token; `None`, and nothing happens, if it is stale.
        fn remove(&mut self, token: Token) -> Option<S> {
            self.get(token)?;
            let slot = &mut self.slots[token.slot as usize];
            slot.generation = slot.generation.wrapping_add(1);
            self.free.push(token.slot);
            slot.source.take()
        }

        /// How many sources there are.
        fn len(&self) -> usize {
            self.slots.len() - self.free.len()
        }
    }

    /// Waits for many descriptors at once.
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
}

/// Exercise 1: a token is looked at before anything is done in its name, and the kernel is
/// told after that.
pub mod repair {
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
        /// The generation of the next source. A slab keeps nothing of an entry that is gone,
        /// so this has to stand beside it.
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
            self.get(token)?;
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
}
