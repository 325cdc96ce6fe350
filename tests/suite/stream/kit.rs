//! A machine around a source: everything but the three decisions that chapter 8 is about.

use std::cell::Cell;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::thread;

use super::{Boxed, Direction, Machine, Operation, Socket};

/// What is kept with a socket: for each direction whether an attempt is worth it, and who
/// waits.
pub trait Source: Default + 'static {
    /// Whether it takes a short read for a proof that nothing is left, where it is one.
    const SPARES: bool = false;

    /// The kernel has told an edge. Whoever waits for it is woken, in order.
    fn note(&self, event: Event);

    /// Tries an operation, or has its task wait. Pending says that somebody will wake it.
    fn attempt(&self, operation: &mut Operation<'_>) -> Poll<io::Result<usize>>;

    /// The operation with this number is dropped.
    fn leave(&self, direction: Direction, number: u64);
}

/// An edge: what has become worth an attempt.
#[derive(Clone, Copy, Debug)]
pub struct Event {
    pub readable: bool,
    pub writable: bool,
    /// The end of the stream, an error, or urgent data: what a read gets afterwards is told by
    /// no other event.
    pub end: bool,
}

impl Event {
    /// Whether it is news for those who wait for this direction.
    pub fn is_for(self, direction: Direction) -> bool {
        match direction {
            Direction::Read => self.readable,
            Direction::Write => self.writable,
        }
    }
}

/// A machine that reads and writes one socket, and asks epoll for its edges.
pub struct Kit<S>(Rc<Inside<S>>);

struct Inside<S> {
    epoll: OwnedFd,
    socket: Socket,
    source: S,
    numbers: Cell<u64>,
}

impl<S: Source> Machine for Kit<S> {
    const SPARES: bool = S::SPARES;

    fn new(socket: Socket) -> Self {
        let epoll = watch(&socket).expect("an epoll");
        Kit(Rc::new(Inside {
            epoll,
            socket,
            source: S::default(),
            numbers: Cell::new(0),
        }))
    }

    fn read(&self, room: usize) -> Boxed<Vec<u8>> {
        let inside = Rc::clone(&self.0);
        Box::pin(async move {
            let mut buffer = vec![0; room];
            let read = |mut socket: &Socket| socket.read(&mut buffer);
            let count = Try::new(Direction::Read, room, inside, read).await?;
            buffer.truncate(count);
            Ok(buffer)
        })
    }

    fn write(&self, bytes: Vec<u8>) -> Boxed<usize> {
        let inside = Rc::clone(&self.0);
        Box::pin(async move {
            let write = |mut socket: &Socket| socket.write(&bytes);
            Try::new(Direction::Write, bytes.len(), inside, write).await
        })
    }

    fn fd(&self) -> BorrowedFd<'_> {
        self.0.socket.as_fd()
    }

    fn look(&self) {
        if let Some(event) = edges(&self.0.epoll).expect("a look") {
            self.0.source.note(event);
        }
    }
}

/// An operation, until it is done or dropped.
struct Try<S: Source, F> {
    direction: Direction,
    room: usize,
    number: u64,
    inside: Rc<Inside<S>>,
    call: F,
}

impl<S: Source, F> Try<S, F> {
    fn new(direction: Direction, room: usize, inside: Rc<Inside<S>>, call: F) -> Self {
        let number = inside.numbers.get();
        inside.numbers.set(number + 1);
        Self { direction, room, number, inside, call }
    }
}

impl<S, F> Future for Try<S, F>
where
    S: Source,
    F: FnMut(&Socket) -> io::Result<usize> + Unpin,
{
    type Output = io::Result<usize>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let Self { direction, room, number, inside, call } = self.get_mut();
        let short_is_all = *direction == Direction::Read && inside.socket.short_is_all();
        inside.source.attempt(&mut Operation {
            direction: *direction,
            number: *number,
            waker: cx.waker(),
            room: *room,
            short_is_all,
            call: &mut || call(&inside.socket),
        })
    }
}

impl<S: Source, F> Drop for Try<S, F> {
    fn drop(&mut self) {
        // A source that has panicked under a borrow would panic again, and abort.
        if !thread::panicking() {
            self.inside.source.leave(self.direction, self.number);
        }
    }
}

/// Watches a socket for both directions, edge-triggered.
fn watch(socket: &Socket) -> io::Result<OwnedFd> {
    // SAFETY: takes no memory.
    let number = unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) };
    if number < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the kernel has opened it this moment, and nobody else knows it.
    let epoll = unsafe { OwnedFd::from_raw_fd(number) };
    let flags = libc::EPOLLIN | libc::EPOLLPRI | libc::EPOLLOUT | libc::EPOLLRDHUP;
    let events = (flags | libc::EPOLLET).cast_unsigned();
    let mut event = libc::epoll_event { events, u64: 0 };
    let socket = socket.as_fd().as_raw_fd();
    // SAFETY: the kernel copies `event` before it returns.
    let added =
        unsafe { libc::epoll_ctl(number, libc::EPOLL_CTL_ADD, socket, &raw mut event) };
    if added == 0 { Ok(epoll) } else { Err(io::Error::last_os_error()) }
}

/// The edges since the last time: one at most, as there is one socket.
fn edges(epoll: &OwnedFd) -> io::Result<Option<Event>> {
    let mut event = libc::epoll_event { events: 0, u64: 0 };
    // SAFETY: the kernel writes one event at most, and `event` is one.
    let count = unsafe { libc::epoll_wait(epoll.as_raw_fd(), &raw mut event, 1, 0) };
    if count < 0 {
        return Err(io::Error::last_os_error());
    }
    let flags = event.events.cast_signed();
    let has = |some: libc::c_int| flags & some != 0;
    let gone = libc::EPOLLHUP | libc::EPOLLERR;
    let end = gone | libc::EPOLLRDHUP | libc::EPOLLPRI;
    Ok((count > 0).then_some(Event {
        readable: has(libc::EPOLLIN | end),
        writable: has(libc::EPOLLOUT | gone),
        end: has(end),
    }))
}
