//! An event for the next owner: a reactor that goes by numbers, and one by tokens.

use std::collections::HashMap;
use std::io::{self, Write, pipe};
use std::os::fd::{AsFd, AsRawFd, OwnedFd, RawFd};
use std::time::Duration;

use mainspring::reactor::Reactor;

#[path = "../00-introduction/cli.rs"]
mod cli;

// The library's own system calls.
#[allow(dead_code, unsafe_code)]
#[path = "../../src/sys.rs"]
mod sys;

/// A naive reactor: an event carries the number of its descriptor.
struct ByNumber {
    epoll: OwnedFd,
    sources: HashMap<RawFd, &'static str>,
    events: sys::Events,
}

impl ByNumber {
    fn new() -> io::Result<Self> {
        let (epoll, sources) = (sys::epoll_create()?, HashMap::new());
        Ok(ByNumber { epoll, sources, events: sys::Events::new() })
    }

    fn register(&mut self, fd: impl AsFd, source: &'static str) -> io::Result<()> {
        let number = fd.as_fd().as_raw_fd();
        sys::epoll_add(
            self.epoll.as_fd(),
            fd.as_fd(),
            u64::from(number.cast_unsigned()),
        )?;
        self.sources.insert(number, source);
        Ok(())
    }

    fn deregister(&mut self, fd: impl AsFd) -> io::Result<()> {
        self.sources.remove(&fd.as_fd().as_raw_fd());
        sys::epoll_delete(self.epoll.as_fd(), fd.as_fd())
    }

    fn wait(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        sys::epoll_wait(self.epoll.as_fd(), &mut self.events, timeout)
    }

    fn next_event(&mut self) -> Option<&'static str> {
        let event = self.events.pop()?;
        let number = RawFd::try_from(event.data).ok()?;
        self.sources.get(&number).copied()
    }
}

fn main() -> io::Result<()> {
    match cli::options(&["--closed-first", "--duplicate"]).first().map(String::as_str) {
        Some("--closed-first") => return closed_first(),
        Some(_) => return closed_but_not_quite(),
        None => {}
    }
    println!("the event of the old pipe goes to");
    let heard = by_number()?;
    println!("  by number: {}", heard.unwrap_or("nobody"));
    let heard = by_token()?;
    println!("  by token:  {}", heard.unwrap_or("nobody"));
    Ok(())
}

fn by_number() -> io::Result<Option<&'static str>> {
    let mut reactor = ByNumber::new()?;
    let (old, mut to_old) = pipe()?;
    reactor.register(&old, "the old pipe")?;
    to_old.write_all(b"for the old pipe")?;
    reactor.wait(Some(Duration::ZERO))?;

    let number = old.as_raw_fd();
    reactor.deregister(&old)?;
    drop(old);
    let (new, _to_new) = pipe()?;
    assert_eq!(new.as_raw_fd(), number, "the lowest that is free");
    reactor.register(&new, "the new pipe, which is empty")?;
    Ok(reactor.next_event())
}

fn by_token() -> io::Result<Option<&'static str>> {
    let mut reactor = Reactor::new()?;
    let (old, mut to_old) = pipe()?;
    let token = reactor.register(&old, "the old pipe")?;
    to_old.write_all(b"for the old pipe")?;
    reactor.wait(Some(Duration::ZERO))?;

    let number = old.as_raw_fd();
    reactor.deregister(token, &old);
    drop(old);
    let (new, _to_new) = pipe()?;
    assert_eq!(new.as_raw_fd(), number, "the lowest that is free");
    reactor.register(&new, "the new pipe, which is empty")?;
    let event = reactor.next_event();
    Ok(event.and_then(|(token, _)| reactor.get(token).copied()))
}

/// Closes first, and has the number struck off then: it is the next owner's.
fn closed_first() -> io::Result<()> {
    let mut reactor = Reactor::new()?;
    let (old, _to_old) = pipe()?;
    let number = old.as_raw_fd();
    let token = reactor.register(&old, "the old pipe")?;
    drop(old);
    let (new, mut to_new) = pipe()?;
    assert_eq!(new.as_raw_fd(), number, "the lowest that is free");
    reactor.register(&new, "the new pipe")?;
    reactor.deregister(token, &new);

    println!("somebody writes to the new pipe");
    to_new.write_all(b"for the new pipe")?;
    look(&mut reactor)
}

/// Closes what was registered, while a duplicate of it is open.
fn closed_but_not_quite() -> io::Result<()> {
    let mut reactor = Reactor::new()?;
    let (near, mut far) = pipe()?;
    let token = reactor.register(&near, "near")?;
    let _duplicate = near.try_clone()?;
    drop(near);

    println!("near is closed; the other end writes");
    far.write_all(b"hello")?;
    look(&mut reactor)?;

    reactor.remove(token);
    for _ in 0..2 {
        println!("near is removed; the other end writes");
        far.write_all(b"hello")?;
        look(&mut reactor)?;
    }
    Ok(())
}

/// Looks what a wait brings, and what comes out of it.
fn look(reactor: &mut Reactor<&str>) -> io::Result<()> {
    let brought = reactor.wait(Some(Duration::ZERO))?;
    let event = reactor.next_event();
    let whose = event.and_then(|(token, _)| reactor.get(token).copied());
    let none = if brought == 0 { "none" } else { "none (stale)" };
    println!("  brought {brought}; next_event: {}", whose.unwrap_or(none));
    Ok(())
}
