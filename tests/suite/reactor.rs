//! Chapter 4: a reactor, held against a model of what epoll promises.
//!
//! Real sockets are registered, written to, read in part or whole, closed and opened
//! again with the same number. The model says after each step which events have to come
//! and which may.

use std::fmt;
use std::io::{ErrorKind, Read, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::os::unix::net::UnixStream;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::{Just, Strategy, prop_oneof};

use super::{Broken, Outcome, Story, explore};

/// What the suite asks of a reactor. It keeps a number with each source.
pub trait Watch: Sized {
    type Token: Copy + PartialEq + fmt::Debug;

    fn new() -> Self;
    fn register(&mut self, fd: BorrowedFd<'_>, name: u32) -> Result<Self::Token, String>;
    fn deregister(&mut self, token: Self::Token, fd: BorrowedFd<'_>) -> Option<u32>;
    fn remove(&mut self, token: Self::Token) -> Option<u32>;
    fn get(&self, token: Self::Token) -> Option<u32>;
    /// Asks for events without waiting; says how many are queued.
    fn wait(&mut self) -> usize;
    /// The next event: its token, and whether it is readable and writable.
    fn next_event(&mut self) -> Option<(Self::Token, bool, bool)>;
    fn len(&self) -> usize;
    /// The slot of a token, where slots have to be used again: it is lower than the number
    /// of sources that have been there at once.
    fn slot(_token: Self::Token) -> Option<u32> {
        None
    }
}

/// Makes a type with the library's methods a [`Watch`].
macro_rules! watch {
    ($reactor:ty, $token:ty $(, $slot:ident)?) => {
        impl $crate::suite::reactor::Watch for $reactor {
            type Token = $token;

            fn new() -> Self {
                <$reactor>::new().expect("a reactor")
            }

            fn register(
                &mut self,
                fd: std::os::fd::BorrowedFd<'_>,
                name: u32,
            ) -> Result<$token, String> {
                <$reactor>::register(self, fd, name).map_err(|error| error.to_string())
            }

            fn deregister(
                &mut self,
                token: $token,
                fd: std::os::fd::BorrowedFd<'_>,
            ) -> Option<u32> {
                <$reactor>::deregister(self, token, fd)
            }

            fn remove(&mut self, token: $token) -> Option<u32> {
                <$reactor>::remove(self, token)
            }

            fn get(&self, token: $token) -> Option<u32> {
                <$reactor>::get(self, token).copied()
            }

            fn wait(&mut self) -> usize {
                <$reactor>::wait(self, Some(std::time::Duration::ZERO)).expect("a wait")
            }

            fn next_event(&mut self) -> Option<($token, bool, bool)> {
                let (token, ready) = <$reactor>::next_event(self)?;
                Some((token, ready.readable, ready.writable))
            }

            fn len(&self) -> usize {
                <$reactor>::len(self)
            }

            $(fn slot(token: $token) -> Option<u32> {
                Some(token.$slot())
            })?
        }
    };
}
pub(crate) use watch;

/// How many sockets a case plays with.
const SOCKETS: usize = 3;

/// A step of a case. The numbers choose a socket, or one of the stale tokens.
#[derive(Clone, Copy, Debug)]
enum Step {
    Register(usize),
    Deregister(usize),
    DeregisterStale(usize),
    /// The other end writes a byte.
    Write(usize),
    ReadOne(usize),
    /// Reads until it would block.
    Drain(usize),
    /// Writes until it would block.
    Fill(usize),
    /// The other end reads all there is.
    Drink(usize),
    HangUp(usize),
    /// Closes the socket; its number goes to a new one.
    Reopen(usize),
    /// The same for a source whose socket is closed.
    Remove(usize),
    Wait,
    Next,
    TakeAll,
}

/// Any steps in any order. Each may be nothing: so a step that is not needed can be taken
/// out late, when the others have become simple.
fn steps() -> impl Strategy<Value = Vec<Option<Step>>> {
    let socket = || 0..SOCKETS;
    let step = prop_oneof![
        4 => socket().prop_map(Step::Register),
        2 => socket().prop_map(Step::Deregister),
        2 => (0..4_usize).prop_map(Step::DeregisterStale),
        4 => socket().prop_map(Step::Write),
        2 => socket().prop_map(Step::ReadOne),
        2 => socket().prop_map(Step::Drain),
        1 => socket().prop_map(Step::Fill),
        1 => socket().prop_map(Step::Drink),
        1 => socket().prop_map(Step::HangUp),
        2 => socket().prop_map(Step::Reopen),
        1 => socket().prop_map(Step::Remove),
        5 => Just(Step::Wait),
        3 => Just(Step::Next),
        3 => Just(Step::TakeAll),
    ];
    vec(option::weighted(0.95, step), 1..40)
}

/// Every promise of the chapter: each edge is told, once; no event reaches a source that
/// is gone, or one that came after it.
pub fn tells_each_edge_once<W: Watch>() -> Outcome {
    explore(
        "a reactor tells each edge once, to the source it belongs to and no other",
        &steps(),
        |steps, story| {
            let mut play = Play::<W>::new();
            for step in steps.iter().flatten() {
                play.take(*step, story)?;
            }
            if play.left > 0 {
                play.take(Step::TakeAll, story)?;
            }
            play.take(Step::Wait, story)?;
            play.take(Step::TakeAll, story)
        },
    )
}

/// A socket, its other end, and what is on the way between them.
struct Socket {
    name: char,
    near: UnixStream,
    /// `None` after it has hung up.
    far: Option<UnixStream>,
    unread: usize,
    full: bool,
}

/// A live registration, and what the model knows of it.
struct Source<T> {
    name: u32,
    token: T,
    /// `None` after its descriptor was closed under it.
    socket: Option<usize>,
    /// Where it was registered.
    place: usize,
    /// Another readable edge is promised: it is new, or a read would have blocked.
    wants_read: bool,
    wants_write: bool,
    /// The other end has done something since epoll was last asked.
    touched: bool,
    /// The last wait may have queued an event of it,
    queued: bool,
    /// and has to have queued one that says so.
    owes_read: bool,
    owes_write: bool,
}

/// A reactor, sockets, and the model.
struct Play<W: Watch> {
    reactor: W,
    sockets: Vec<Socket>,
    sources: Vec<Source<W::Token>>,
    stale: Vec<(u32, W::Token)>,
    /// How many events are queued.
    left: usize,
    /// A source has left since the last wait, so some of them may be passed over.
    some_left: bool,
    names: u32,
    /// How many sources there have been at once.
    most: usize,
}

impl<W: Watch> Play<W> {
    fn new() -> Self {
        let sockets = ('a'..).take(SOCKETS).map(Socket::new).collect();
        Self {
            reactor: W::new(),
            sockets,
            sources: Vec::new(),
            stale: Vec::new(),
            left: 0,
            some_left: false,
            names: 0,
            most: 0,
        }
    }

    /// Takes a step, unless it makes no sense now.
    fn take(&mut self, step: Step, story: &mut Story) -> Result<(), Broken> {
        match step {
            Step::Register(at) => self.register(at, story),
            Step::Deregister(at) => self.gone(at, false, story),
            Step::DeregisterStale(at) => self.deregister_stale(at, story),
            Step::Remove(at) => self.gone(at, true, story),
            Step::Wait => self.wait(story),
            Step::Next => self.next(story).map(|_| ()),
            Step::TakeAll => self.take_all(story),
            Step::Reopen(at) => {
                self.reopen(at, story);
                Ok(())
            }
            _ => {
                self.use_socket(step, story);
                Ok(())
            }
        }?;
        same(story, "len", self.sources.len(), self.reactor.len())
    }

    fn register(&mut self, at: usize, story: &mut Story) -> Result<(), Broken> {
        let socket = &self.sockets[at];
        let name = self.names + 1;
        if self.sources.iter().any(|source| source.socket == Some(at)) {
            story.step(format!("register socket {} again", socket.name));
            return match self.reactor.register(socket.near.as_fd(), name) {
                Ok(_) => story.broken("an error", "a token"),
                Err(_) => Ok(()),
            };
        }
        story.step(format!("register socket {} as source {name}", socket.name));
        self.names = name;
        match self.reactor.register(socket.near.as_fd(), name) {
            Ok(token) => {
                self.sources.push(Source::new(name, token, at));
                self.most = self.most.max(self.sources.len());
                match W::slot(token) {
                    Some(slot) if slot as usize >= self.most => story.broken(
                        format!("a slot below {}: one is free", self.most),
                        format!("slot {slot}"),
                    ),
                    _ => Ok(()),
                }
            }
            Err(error) => story.broken("a token", error),
        }
    }

    /// A source leaves that was registered with this socket: by its descriptor, or by its
    /// token alone if that is closed. If there is no such source, one of the other kind: so
    /// a story in which it does not matter how it leaves can do without the closing.
    fn gone(
        &mut self,
        at: usize,
        is_closed: bool,
        story: &mut Story,
    ) -> Result<(), Broken> {
        let of_kind = |is_closed| {
            move |source: &Source<W::Token>| {
                source.place == at && source.socket.is_none() == is_closed
            }
        };
        let sources = &mut self.sources;
        let index = sources
            .iter()
            .position(of_kind(is_closed))
            .or_else(|| sources.iter().position(of_kind(!is_closed)));
        let Some(index) = index else { return Ok(()) };
        let source = sources.remove(index);
        let returned = if source.socket.is_none() {
            story.step(format!("remove source {}, whose socket is closed", source.name));
            self.reactor.remove(source.token)
        } else {
            story.step(format!("deregister source {}", source.name));
            self.reactor.deregister(source.token, self.sockets[at].near.as_fd())
        };
        self.leave(source, returned, story)
    }

    fn leave(
        &mut self,
        source: Source<W::Token>,
        returned: Option<u32>,
        story: &mut Story,
    ) -> Result<(), Broken> {
        self.stale.push((source.name, source.token));
        self.some_left = true;
        same(story, "the source that is returned", Some(source.name), returned)?;
        same(story, "get of its token", None, self.reactor.get(source.token))
    }

    fn deregister_stale(&mut self, at: usize, story: &mut Story) -> Result<(), Broken> {
        if self.stale.is_empty() {
            return Ok(());
        }
        let (name, token) = self.stale[at % self.stale.len()];
        // Who finds a source by this token has given it to two; who finds none and still
        // takes one out has not looked.
        let found = self.reactor.get(token);
        if found.is_some() {
            story.step(format!("look for source {name}, which is gone"));
        }
        same(story, "get of its token", None, found)?;
        let socket = &self.sockets[at % SOCKETS];
        story.step(format!(
            "deregister source {name} again, with the descriptor of socket {}",
            socket.name
        ));
        if let Some(other) = self.reactor.deregister(token, socket.near.as_fd()) {
            story.broken(
                "nothing: its token is stale",
                format!("source {other} leaves"),
            )?;
        }
        same(story, "get of its token", None, self.reactor.get(token))
    }

    fn reopen(&mut self, at: usize, story: &mut Story) {
        let name = self.sockets[at].name;
        story
            .step(format!("close socket {name}; its number goes to a new socket {name}"));
        self.sockets[at].reopen();
        for source in self.sources.iter_mut().filter(|source| source.socket == Some(at)) {
            source.socket = None;
            (source.owes_read, source.owes_write) = (false, false);
            source.touched = false;
        }
    }

    /// What is done with a socket, whether it is registered or not.
    fn use_socket(&mut self, step: Step, story: &mut Story) {
        let (Step::Write(at)
        | Step::ReadOne(at)
        | Step::Drain(at)
        | Step::Fill(at)
        | Step::Drink(at)
        | Step::HangUp(at)) = step
        else {
            return;
        };
        let socket = &mut self.sockets[at];
        let Some(text) = socket.take(step) else { return };
        story.step(text);
        let open = socket.far.is_some();
        if let Some(source) =
            self.sources.iter_mut().find(|source| source.socket == Some(at))
        {
            match step {
                Step::Drain(_) if open => source.wants_read = true,
                Step::Fill(_) if open => source.wants_write = true,
                Step::Write(_) | Step::Drink(_) | Step::HangUp(_) => {
                    source.touched = true;
                }
                _ => {}
            }
        }
    }

    /// Asks for events. If some are queued it has to leave them alone; how many those are
    /// is known unless a source has left, so in that case they are taken first.
    fn wait(&mut self, story: &mut Story) -> Result<(), Broken> {
        if self.left > 0 && self.some_left {
            self.take_all(story)?;
        }
        story.step("wait");
        let queued = self.reactor.wait();
        if self.left > 0 {
            return same(story, "events queued", self.left, queued);
        }
        self.left = queued;
        self.some_left = false;
        for source in &mut self.sources {
            let socket = source.socket.map(|at| &self.sockets[at]);
            source.wait(socket);
        }
        Ok(())
    }

    /// Takes an event, and holds it against the model. Whether there was one.
    fn next(&mut self, story: &mut Story) -> Result<bool, Broken> {
        story.step("take the next event");
        let Some((token, readable, writable)) = self.reactor.next_event() else {
            self.left = 0;
            self.nothing_owed(story)?;
            return Ok(false);
        };
        let event = says(readable, writable);
        let Some(source) = self.sources.iter_mut().find(|source| source.token == token)
        else {
            let stale = self.stale.iter().rev().find(|(_, stale)| *stale == token);
            let whose = match stale {
                Some((name, _)) => format!("source {name}, which is gone"),
                None => format!("an unknown token, {token:?}"),
            };
            story.broken("events of live sources only", format!("{event}: {whose}"))?;
            return Ok(false);
        };
        if !source.queued {
            let whose = format!("source {}", source.name);
            story.broken(
                format!("no event of {whose}: nothing had happened to it at the wait"),
                format!("{event}: {whose}"),
            )?;
        }
        if self.left == 0 {
            story.broken("no event: the wait said there was none", event)?;
        }
        self.left -= 1;
        source.queued = false;
        source.owes_read &= !readable;
        source.owes_write &= !writable;
        Ok(true)
    }

    /// Takes all events.
    fn take_all(&mut self, story: &mut Story) -> Result<(), Broken> {
        // A reactor that never ends its list would be found out above: no source has two
        // events in one.
        while self.next(story)? {}
        Ok(())
    }

    /// When no event is left, every edge has been told.
    fn nothing_owed(&self, story: &mut Story) -> Result<(), Broken> {
        for source in &self.sources {
            if source.owes_read || source.owes_write {
                let owed = says(source.owes_read, source.owes_write);
                story.broken(
                    format!("an event, {owed}: source {}", source.name),
                    "no event",
                )?;
            }
        }
        Ok(())
    }
}

/// Holds what happened against what should have, and says what was looked at.
fn same<T: PartialEq + fmt::Debug>(
    story: &mut Story,
    what: &str,
    expected: T,
    happened: T,
) -> Result<(), Broken> {
    if expected == happened {
        return Ok(());
    }
    story.broken(format!("{what}: {expected:?}"), format!("{what}: {happened:?}"))
}

fn says(readable: bool, writable: bool) -> &'static str {
    match (readable, writable) {
        (true, true) => "readable and writable",
        (true, false) => "readable",
        (false, true) => "writable",
        (false, false) => "nothing",
    }
}

impl<T> Source<T> {
    fn new(name: u32, token: T, socket: usize) -> Self {
        Self {
            name,
            token,
            socket: Some(socket),
            place: socket,
            wants_read: true,
            wants_write: true,
            touched: true,
            queued: false,
            owes_read: false,
            owes_write: false,
        }
    }

    /// Epoll is asked: what is ready now and was waited for has to be told, what was
    /// touched may be.
    fn wait(&mut self, socket: Option<&Socket>) {
        self.queued = std::mem::take(&mut self.touched);
        let Some(socket) = socket else { return };
        let closed = socket.far.is_none();
        self.owes_read = self.wants_read && (socket.unread > 0 || closed);
        self.owes_write = self.wants_write && (!socket.full || closed);
        self.wants_read &= !self.owes_read;
        self.wants_write &= !self.owes_write;
    }
}

impl Socket {
    fn new(name: char) -> Self {
        let (near, far) = pair();
        Self { name, near, far: Some(far), unread: 0, full: false }
    }

    /// Takes a step, and says so; `None` if it makes no sense now.
    fn take(&mut self, step: Step) -> Option<String> {
        let name = self.name;
        Some(match step {
            Step::Write(_) => {
                self.far.as_mut()?.write_all(b"x").expect("room for a byte");
                self.unread += 1;
                format!("the other end of socket {name} writes a byte")
            }
            Step::ReadOne(_) if self.unread > 1 => {
                self.near.read_exact(&mut [0]).expect("a byte");
                self.unread -= 1;
                format!("read one byte of socket {name}, of {}", self.unread + 1)
            }
            Step::Drain(_) => {
                until_blocked(|| self.near.read(&mut [0; 64]));
                self.unread = 0;
                format!("read socket {name} until it would block")
            }
            Step::Fill(_) if self.far.is_some() => {
                until_blocked(|| self.near.write(&[0; 65_536]));
                self.full = true;
                format!("write to socket {name} until it would block")
            }
            Step::Drink(_) if self.full => {
                let far = self.far.as_mut()?;
                until_blocked(|| far.read(&mut [0; 65_536]));
                self.full = false;
                format!("the other end of socket {name} reads everything")
            }
            Step::HangUp(_) => {
                self.far.take()?;
                format!("the other end of socket {name} hangs up")
            }
            _ => return None,
        })
    }

    /// Closes both ends, and gives the number to a new socket: in one system call, so that
    /// no other test gets hold of the number meanwhile.
    fn reopen(&mut self) {
        let (near, far) = pair();
        // SAFETY: both descriptors are open, and the old one is owned by `self.near`, which
        // from now on owns the new socket under that number.
        let number = unsafe { libc::dup2(near.as_raw_fd(), self.near.as_raw_fd()) };
        assert_eq!(number, self.near.as_raw_fd(), "dup2 works");
        self.far = Some(far);
        (self.unread, self.full) = (0, false);
    }
}

/// Two sockets that are connected, neither of which blocks.
fn pair() -> (UnixStream, UnixStream) {
    let (near, far) = UnixStream::pair().expect("a socket pair");
    near.set_nonblocking(true).expect("a non-blocking socket");
    far.set_nonblocking(true).expect("a non-blocking socket");
    (near, far)
}

/// Repeats a read or write until it would block or the end is reached.
fn until_blocked(mut operation: impl FnMut() -> std::io::Result<usize>) {
    loop {
        match operation() {
            Ok(0) => return,
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => return,
            // The other end hung up before it had read everything.
            Err(error) if error.kind() == ErrorKind::ConnectionReset => return,
            Err(error) => panic!("a socket fails: {error}"),
        }
    }
}
