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

    fn next_event(&mut self) -> Option<&'static str> {
        let event = self.events.pop()?;
        let number = RawFd::try_from(event.data).ok()?;
        self.sources.get(&number).copied()
    }
}

fn main() -> io::Result<()> {
    cli::options(&[]);
    println!("the event of the old pipe goes to");
    let heard = by_number()?;
    println!("  by number: {}", heard.unwrap_or("nobody"));
    let heard = by_token()?;
    println!("  by token:  {}", heard.unwrap_or("nobody"));
    Ok(())
}

fn by_number() -> io::Result<Option<&'static str>> {
    let epoll = sys::epoll_create()?;
    let mut reactor =
        ByNumber { epoll, sources: HashMap::new(), events: sys::Events::new() };
    let (old, mut to_old) = pipe()?;
    reactor.register(&old, "the old pipe")?;
    to_old.write_all(b"for the old pipe")?;
    sys::epoll_wait(reactor.epoll.as_fd(), &mut reactor.events, Some(Duration::ZERO))?;

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
