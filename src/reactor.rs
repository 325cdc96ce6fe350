//! The reactor: waits for many descriptors at once and says which are ready.
//!
//! A source (a socket, a pipe, a timer of the kernel's) is registered once. From then on
//! [`Reactor::wait`] sleeps until something can be read or written somewhere, and
//! [`Reactor::next_event`] hands out what has happened, one event at a time. Between two of
//! them nothing is borrowed, so the owner may register, deregister, and drop sources in
//! the middle of the list. (While it uses what [`Reactor::get_mut`] has lent, it may not;
//! the compiler sees to that.)
//!
//! Three rules make that safe:
//!
//! 1. **An edge is told once.** An event says that something has changed. Whoever hears it
//!    goes on until the kernel says [`WouldBlock`](std::io::ErrorKind::WouldBlock); only
//!    then will there be another event.
//! 2. **A token is for one registration.** It carries a generation, so that the event of
//!    a source that is gone does not reach the next one in its slot, nor the next
//!    descriptor with its number.
//! 3. **No event is lost and none is late.** What one wait has brought is handed out
//!    before the next wait; after a source is deregistered, no event of it is handed out.
//!
//! The kernel watches what is behind a descriptor, under that descriptor's number, and
//! forgets it when the last duplicate is closed. So a descriptor had better be
//! deregistered *before* it is closed: if a duplicate is open (`try_clone`, a child process)
//! the kernel goes on telling of it, and there is no number left by which to stop that. The
//! reactor notices such an event and begins anew, with an epoll that knows what is left.
//!
//! An event may still be spurious: it says "try", never "it will work".
//!
//! The reactor knows nothing of tasks. What it keeps with each source is the owner's: a
//! callback, a connection, a place where tasks wait.

use std::fmt;
use std::io::{self, ErrorKind};
use std::os::fd::{AsFd, AsRawFd, OwnedFd, RawFd};
use std::time::Duration;

use slab::Slab;

use crate::sys;

/// Waits for many descriptors at once. `S` is what the owner keeps with each.
///
/// ```
/// use std::io::{ErrorKind, Read, Write};
/// use std::os::unix::net::UnixStream;
///
/// use mainspring::reactor::Reactor;
///
/// let (mut near, mut far) = UnixStream::pair()?;
/// near.set_nonblocking(true)?;
/// let mut reactor = Reactor::new()?;
/// let token = reactor.register(&near, "near")?;
/// far.write_all(b"hello")?;
///
/// reactor.wait(None)?;
/// while let Some((token, ready)) = reactor.next_event() {
///     assert_eq!(reactor.get(token), Some(&"near"));
///     if ready.readable {
///         let mut bytes = Vec::new();
///         let end = near.read_to_end(&mut bytes).unwrap_err();
///         assert_eq!((&bytes[..], end.kind()), (&b"hello"[..], ErrorKind::WouldBlock));
///     }
/// }
/// assert_eq!(reactor.deregister(token, &near), Some("near"));
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Reactor<S> {
    epoll: OwnedFd,
    sources: Slab<Entry<S>>,
    /// The latest source of each number that a descriptor can have.
    by_number: Vec<Option<Token>>,
    /// The generation of the next source.
    generation: u32,
    /// Whether a source has gone since the last wait, so that an event of it may be queued.
    removed: bool,
    /// What the last wait has brought and nobody has taken yet.
    events: sys::Events,
}

/// A source, the generation that its token has to have, and its descriptor's number.
struct Entry<S> {
    generation: u32,
    number: RawFd,
    source: S,
}

/// Names one registration of a source. Once deregistered, it names nothing any more.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Token {
    slot: u32,
    generation: u32,
}

/// What is worth trying on a source. An error, or the other end's hanging up, counts as
/// both: the attempt is how one gets to know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Readiness {
    /// A read should not block.
    pub readable: bool,
    /// A write should not block.
    pub writable: bool,
}

impl<S> Reactor<S> {
    /// A reactor that watches nothing yet.
    ///
    /// # Errors
    ///
    /// The process, or the machine, has no descriptor left.
    pub fn new() -> io::Result<Self> {
        Ok(Self {
            epoll: sys::epoll_create()?,
            sources: Slab::new(),
            by_number: Vec::new(),
            generation: 0,
            removed: false,
            events: sys::Events::new(),
        })
    }

    /// Watches `fd` for both directions and keeps `source` with it. The descriptor should
    /// be non-blocking, and stay open until it is deregistered.
    ///
    /// If it is ready already, the next wait says so.
    ///
    /// # Errors
    ///
    /// `AlreadyExists`: this descriptor is registered already. `Unsupported`: it can never
    /// block, like that of a file on a disk. Else the kernel's limits (`fs.epoll`,
    /// memory).
    pub fn register(&mut self, fd: impl AsFd, source: S) -> io::Result<Token> {
        let slot = self.sources.vacant_key();
        let slot = u32::try_from(slot).map_err(|_| ErrorKind::OutOfMemory)?;
        let token = Token { slot, generation: self.generation };
        let number = fd.as_fd().as_raw_fd();
        self.watch(number, token).map_err(explain)?;
        self.sources.insert(Entry { generation: token.generation, number, source });
        self.generation = self.generation.wrapping_add(1);
        let index = usize::try_from(number).unwrap_or(0); // an open one is not negative
        if self.by_number.len() <= index {
            self.by_number.resize(index + 1, None);
        }
        self.by_number[index] = Some(token);
        Ok(token)
    }

    /// Has the kernel watch a descriptor. If it does so already, but for a source that is
    /// gone, that place is taken over.
    fn watch(&self, number: RawFd, token: Token) -> io::Result<()> {
        let epoll = self.epoll.as_fd();
        let watched = sys::epoll_add(epoll, number, token.pack());
        let is_known =
            matches!(&watched, Err(error) if error.kind() == ErrorKind::AlreadyExists);
        if !is_known || self.owner(number).is_some() {
            return watched;
        }
        sys::epoll_delete(epoll, number)?;
        sys::epoll_add(epoll, number, token.pack())
    }

    /// The source that was registered last with a descriptor of this number, if it is there.
    fn owner(&self, number: RawFd) -> Option<Token> {
        let token = *self.by_number.get(usize::try_from(number).ok()?)?;
        token.filter(|token| self.get(*token).is_some())
    }

    /// Stops watching: from now on no event of this source is handed out, not even one
    /// that is queued already.
    ///
    /// `fd` has to be the descriptor it was registered with, still open. With another one,
    /// even one that has got its number since, the kernel would stop watching that other.
    ///
    /// `None`, and nothing happens, if the token is stale.
    pub fn deregister(&mut self, token: Token, fd: impl AsFd) -> Option<S> {
        self.get(token)?;
        // It fails if the kernel does not know the descriptor any more, which is what is
        // wanted.
        let _ = sys::epoll_delete(self.epoll.as_fd(), fd.as_fd().as_raw_fd());
        self.take(token)
    }

    /// Stops watching, as [`deregister`](Self::deregister), without the descriptor: for a
    /// source that owns its descriptor and is dropped now, and for one whose descriptor is
    /// closed already. The kernel is told by the number, unless a later source has it.
    ///
    /// `None`, and nothing happens, if the token is stale.
    pub fn remove(&mut self, token: Token) -> Option<S> {
        self.release(token).map(|(source, _)| source)
    }

    /// The same; and whether the number still stands for the descriptor that was registered.
    pub(crate) fn release(&mut self, token: Token) -> Option<(S, bool)> {
        let number = self.sources.get(token.slot as usize)?.number;
        // To delete it fails if it is closed, and then it is not watched any more.
        let is_open = self.owner(number) == Some(token)
            && sys::epoll_delete(self.epoll.as_fd(), number).is_ok();
        Some((self.take(token)?, is_open))
    }

    /// Forgets a source, and does not tell the kernel.
    pub(crate) fn take(&mut self, token: Token) -> Option<S> {
        self.get(token)?;
        self.removed = true;
        Some(self.sources.remove(token.slot as usize).source)
    }

    /// What is kept with a source; `None` if the token is stale.
    pub fn get(&self, token: Token) -> Option<&S> {
        let entry = self.sources.get(token.slot as usize)?;
        (entry.generation == token.generation).then_some(&entry.source)
    }

    /// What is kept with a source, to change it; `None` if the token is stale.
    pub fn get_mut(&mut self, token: Token) -> Option<&mut S> {
        let entry = self.sources.get_mut(token.slot as usize)?;
        (entry.generation == token.generation).then_some(&mut entry.source)
    }

    /// Sleeps until something is ready, for `timeout` at most, forever without one.
    /// Returns how many events are queued for [`next_event`](Self::next_event).
    ///
    /// It may return early with nothing, after a signal or because the timeout is longer
    /// than the kernel can count, so look at the clock. If events of the last wait are
    /// still queued it returns at once.
    ///
    /// # Errors
    ///
    /// None that this crate can cause: the kernel's own.
    pub fn wait(&mut self, timeout: Option<Duration>) -> io::Result<usize> {
        if self.events.len() == 0 {
            self.removed = false;
            sys::epoll_wait(self.epoll.as_fd(), &mut self.events, timeout)?;
        }
        Ok(self.events.len())
    }

    /// Takes the next event that is queued. Events of sources that have been deregistered
    /// meanwhile are passed over.
    pub fn next_event(&mut self) -> Option<(Token, Readiness)> {
        let (token, event) = self.next_raw_event()?;
        let sys::Event { readable, writable, .. } = event;
        Some((token, Readiness { readable, writable }))
    }

    /// The same, with all that the kernel says.
    pub(crate) fn next_raw_event(&mut self) -> Option<(Token, sys::Event)> {
        loop {
            let event = self.events.pop()?;
            let token = Token::unpack(event.data);
            if self.get(token).is_some() {
                return Some((token, event));
            }
            if !self.removed {
                self.begin_anew();
            }
        }
    }

    /// The kernel tells of a source that was gone before the last wait: its descriptor was
    /// closed while a duplicate was open. A new epoll knows nothing of it. What is ready is
    /// told once more, which does no harm. If there is no descriptor for a new epoll, the
    /// old one goes on.
    #[cold]
    fn begin_anew(&mut self) {
        let Ok(epoll) = sys::epoll_create() else { return };
        self.epoll = epoll;
        for (slot, entry) in &self.sources {
            let slot = u32::try_from(slot).expect("tokens have 32 bits for it");
            let token = Token { slot, generation: entry.generation };
            // It fails for a descriptor that its owner has closed, which says nothing more.
            let _ = sys::epoll_add(self.epoll.as_fd(), entry.number, token.pack());
        }
        self.removed = true;
    }

    /// What is kept with each source.
    pub(crate) fn sources(&self) -> impl Iterator<Item = &S> {
        self.sources.iter().map(|(_, entry)| &entry.source)
    }

    /// How many sources are registered.
    pub fn len(&self) -> usize {
        self.sources.len()
    }

    /// Whether no source is registered, so that only a timeout can end a wait.
    pub fn is_empty(&self) -> bool {
        self.sources.is_empty()
    }
}

impl Token {
    /// As the kernel keeps it with a descriptor.
    fn pack(self) -> u64 {
        u64::from(self.generation) << 32 | u64::from(self.slot)
    }

    #[allow(clippy::cast_possible_truncation)] // the two halves
    fn unpack(data: u64) -> Self {
        Self { slot: data as u32, generation: (data >> 32) as u32 }
    }
}

/// Says what the kernel's short words mean here.
fn explain(error: io::Error) -> io::Error {
    match error.kind() {
        ErrorKind::AlreadyExists => {
            io::Error::new(error.kind(), "this descriptor is registered already")
        }
        ErrorKind::PermissionDenied => io::Error::new(
            ErrorKind::Unsupported,
            "this descriptor never blocks, so it cannot be waited for \
             (a file on a disk? read it in a thread)",
        ),
        _ => error,
    }
}

impl<S> fmt::Debug for Reactor<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reactor")
            .field("sources", &self.sources.len())
            .field("queued_events", &self.events.len())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({} of generation {})", self.slot, self.generation)
    }
}
