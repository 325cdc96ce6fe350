//! A source: what is known of one descriptor, and who waits for it.
//!
//! An operation is tried first. If the kernel says `WouldBlock`, the direction is *drained*:
//! nothing can be read, or there is no room to write, until the next edge. Whoever wants to
//! go on takes a ticket, and waits. An edge ends that for all who wait, in the order of their
//! tickets. Each of them tries again; the first may find everything, and the others drain
//! the direction anew and wait on. Nobody is forgotten, because nobody is chosen.
//!
//! Between an attempt that says `WouldBlock` and the ticket no edge can get lost: the kernel
//! keeps it until the loop looks, and the loop looks on this thread, later.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::mem;
use std::os::fd::RawFd;
use std::process;
use std::ptr;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll, Waker};

use crate::reactor::Token;
use crate::runtime::event_loop::{self, EventLoop};
use crate::runtime::watcher::Watcher;
use crate::sys;
use crate::task::{Executor, Waiter, WaitsOn, context};

/// What is known of one descriptor.
pub(crate) struct Source {
    /// The runtime whose loop watches it. Not an `Rc`: a socket that is kept longer than
    /// its runtime does not keep that one's descriptors open.
    home: Weak<EventLoop>,
    pub(super) read: Direction,
    pub(super) write: Direction,
    /// The kernel has told of the end, of an error, or of urgent data. It is never cleared.
    pub(super) heard_final: Cell<bool>,
    /// Its calls waited before it was registered, and shall do so again.
    pub(super) was_blocking: Cell<bool>,
    pub(super) kind: Kind,
    pub(super) number: RawFd,
    /// A child that is forked shares what the descriptor stands for.
    process: u32,
}

/// What kind of descriptor it is, as far as that matters.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    TcpStream,
    Other,
}

impl Source {
    /// What nothing is known of yet: everything is worth trying.
    pub(super) fn new(home: &Rc<EventLoop>, number: RawFd, kind: Kind) -> Self {
        Self {
            home: Rc::downgrade(home),
            read: Direction::default(),
            write: Direction::default(),
            heard_final: Cell::new(false),
            was_blocking: Cell::new(false),
            kind,
            number,
            process: process::id(),
        }
    }

    /// The runtime it belongs to, if that is the one that runs here.
    pub(super) fn home(&self) -> io::Result<Rc<EventLoop>> {
        let home = self.home.upgrade().ok_or_else(runtime_is_gone)?;
        let is_here = event_loop::ask(|here| Rc::ptr_eq(here, &home));
        assert!(
            is_here.unwrap_or_else(|| context::outside("an operation of a socket")),
            "a socket, or another `io::Async`, was used in another runtime than the one it \
             was made in, whose loop alone hears of it: pass on what is in it (`into_inner`)"
        );
        Ok(home)
    }

    /// The descriptor is watched no longer. Those who wait for it are dropped with this.
    /// False if it has been closed behind the loop's back: somebody else may have its number.
    pub(super) fn unwatch(&self, token: Token) -> bool {
        match self.home.upgrade().and_then(|home| home.unwatch(token)) {
            Some((_, is_open)) => is_open,
            None => self.process == process::id(),
        }
    }

    /// Has all who wait try again, after something that the kernel tells nobody of.
    pub(crate) fn stir(&self) {
        if let Some(home) = self.home.upgrade() {
            self.read.open(&home.executor);
            self.write.open(&home.executor);
        }
    }

    /// What a list of tasks says of a wait.
    fn waits_on(&self, direction: &Direction) -> WaitsOn {
        match ptr::eq(direction, &raw const self.read) {
            true => WaitsOn::Read(self.number),
            false => WaitsOn::Write(self.number),
        }
    }

    /// Tries an operation in one direction, or waits until it is worth trying.
    pub(super) fn poll<R>(
        &self,
        ticket: &mut Ticket<'_>,
        cx: &mut Context<'_>,
        mut attempt: impl FnMut() -> io::Result<R>,
    ) -> Poll<io::Result<R>> {
        let home = self.home()?;
        loop {
            if ticket.direction.drained.get() {
                home.executor.waits_on(self.waits_on(ticket.direction));
                ticket.wait(&home.executor, cx.waker());
                // To clone a waker is user code, and may have shut the socket down.
                if ticket.direction.drained.get() {
                    return Poll::Pending;
                }
            }
            if home.budget.is_spent() {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            match attempt() {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    ticket.direction.drained.set(true);
                }
                result => {
                    home.budget.spend();
                    if !is_interrupted(&result) {
                        return Poll::Ready(result);
                    }
                }
            }
        }
    }
}

/// Whether a signal came in between, so that the operation has not happened.
fn is_interrupted<R>(result: &io::Result<R>) -> bool {
    matches!(result, Err(error) if error.kind() == ErrorKind::Interrupted)
}

#[cold]
fn runtime_is_gone() -> io::Error {
    let text = "the runtime of this socket, or other `io::Async`, is gone";
    io::Error::new(ErrorKind::NotConnected, text)
}

impl Watcher for Source {
    fn notice(&self, event: sys::Event, executor: &Executor) {
        if event.is_final {
            self.heard_final.set(true);
        }
        if event.readable {
            self.read.open(executor);
        }
        if event.writable {
            self.write.open(executor);
        }
    }

    fn is_awaited(&self) -> bool {
        let awaited = |direction: &Direction| !direction.waiting.borrow().is_empty();
        awaited(&self.read) || awaited(&self.write)
    }
}

/// Reading, or writing.
#[derive(Default)]
pub(super) struct Direction {
    /// The kernel has said that an attempt would block, and has told of no edge since.
    pub(super) drained: Cell<bool>,
    /// Those who wait, in the order of their tickets.
    waiting: RefCell<VecDeque<(u64, Waiter)>>,
    next_ticket: Cell<u64>,
    /// The ticket of whoever polls by a trait, which has no future to keep it in.
    #[cfg(feature = "futures-io")]
    pub(super) kept: Cell<Option<u64>>,
}

impl Direction {
    /// An edge: wakes all who wait, each once. Who takes a ticket meanwhile waits for the
    /// next one.
    fn open(&self, executor: &Executor) {
        self.drained.set(false);
        let end = self.next_ticket.get();
        while let Some(waiter) = self.next_before(end) {
            executor.notify(waiter);
        }
    }

    fn next_before(&self, end: u64) -> Option<Waiter> {
        let mut waiting = self.waiting.borrow_mut();
        let is_before = waiting.front().is_some_and(|(ticket, _)| *ticket < end);
        if is_before { waiting.pop_front().map(|(_, waiter)| waiter) } else { None }
    }

    /// Has someone wait, and gives out the number.
    fn enqueue(&self, waiter: Waiter) -> u64 {
        let number = self.next_ticket.get();
        self.next_ticket.set(number + 1);
        let mut waiting = self.waiting.borrow_mut();
        if waiting.capacity() == 0 {
            waiting.reserve_exact(1); // mostly one waits, and there are many sockets
        }
        waiting.push_back((number, waiter));
        number
    }

    pub(super) fn ticket(&self) -> Ticket<'_> {
        Ticket { direction: self, number: None }
    }
}

/// The right to wait in one direction. Dropping it leaves nothing behind.
pub(super) struct Ticket<'a> {
    pub(super) direction: &'a Direction,
    /// None until it waits.
    pub(super) number: Option<u64>,
}

impl Ticket<'_> {
    /// Has `waker` woken by the next edge.
    fn wait(&mut self, executor: &Rc<Executor>, waker: &Waker) {
        if self.entry(|waiter| executor.is_for(waiter, waker)) == Some(true) {
            return;
        }
        // To clone a waker is user code, and to drop the one before.
        let mut waiter = executor.waiter(waker);
        let exchanged = self.entry(|before| mem::swap(before, &mut waiter));
        if exchanged.is_none() {
            self.number = Some(self.direction.enqueue(waiter));
        }
    }

    /// Has `f` see who waits with this ticket, if anyone does.
    fn entry<R>(&self, f: impl FnOnce(&mut Waiter) -> R) -> Option<R> {
        let mut waiting = self.direction.waiting.borrow_mut();
        let index = waiting.binary_search_by_key(&self.number?, |entry| entry.0).ok()?;
        Some(f(&mut waiting[index].1))
    }
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        let Some(number) = self.number else { return };
        let mut waiting = self.direction.waiting.borrow_mut();
        let index = waiting.binary_search_by_key(&number, |entry| entry.0).ok();
        let entry = index.and_then(|index| waiting.remove(index));
        drop(waiting);
        drop(entry);
    }
}
