//! Experiments: what comes when half has been read, and who is read when somebody floods?

use std::io::{self, ErrorKind, Read, Write};
use std::iter;
use std::mem;
use std::os::unix::net::UnixStream;
use std::rc::Rc;
use std::time::Duration;

use mainspring::reactor::{Reactor, Readiness, Token};

#[path = "../00-introduction/cli.rs"]
mod cli;

fn main() -> io::Result<()> {
    if cli::options(&["--flood"]).is_empty() {
        return ten_bytes();
    }
    println!("{:<24}  Bob is read after  never read", "");
    for (rule, share, come_back) in [
        ("until it would block", usize::MAX, false),
        ("16 pieces, then others", 16, false),
        ("16, others, come back", 16, true),
    ] {
        let (before_bob, unread) = flood(share, come_back)?;
        println!("{rule:<24}  {before_bob:>8} of Ada's  {unread:>10}");
    }
    Ok(())
}

fn ten_bytes() -> io::Result<()> {
    let (mut near, mut far) = UnixStream::pair()?;
    near.set_nonblocking(true)?;
    let mut reactor = Reactor::new()?;
    reactor.register(&near, ())?;
    wait(&mut reactor)?;

    far.write_all(b"0123456789")?;
    println!("the other end writes 10 bytes");
    wait(&mut reactor)?;

    near.read_exact(&mut [0; 5])?;
    println!("read 5 of them");
    wait(&mut reactor)?;

    far.write_all(b"ab")?;
    println!("the other end writes 2 more");
    wait(&mut reactor)?;

    near.read_exact(&mut [0; 5])?;
    println!("read 5 of the 7");
    wait(&mut reactor)?;

    println!("read {} more, until it would block", drain(&mut near)?);
    wait(&mut reactor)?;

    far.write_all(b"c")?;
    println!("the other end writes 1 more");
    wait(&mut reactor)
}

/// Waits a little, and says what has come.
fn wait(reactor: &mut Reactor<()>) -> io::Result<()> {
    reactor.wait(Some(Duration::from_millis(100)))?;
    match reactor.next_event() {
        Some((_, Readiness { readable, writable })) => {
            println!("  event: readable {readable}, writable {writable}");
        }
        None => println!("  no event"),
    }
    Ok(())
}

/// Reads until it would block, and counts the bytes.
fn drain(stream: &mut UnixStream) -> io::Result<usize> {
    let mut count = 0;
    loop {
        match stream.read(&mut [0; 64]) {
            Ok(0) => return Ok(count),
            Ok(length) => count += length,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(count),
            Err(error) => return Err(error),
        }
    }
}

/// Reads Ada, who floods, and Bob, who says one thing, at most `share` pieces of each in a
/// turn. How many of hers come before his? How many are never read?
fn flood(share: usize, come_back: bool) -> io::Result<(usize, usize)> {
    let mut reactor = Reactor::new()?;
    let ada = Sender::start(&mut reactor, 10_000)?;
    let bob = Sender::start(&mut reactor, 1)?;
    let (mut read, mut before_bob) = (0, 0);
    let mut again = Vec::new();
    loop {
        let patience = if again.is_empty() { 100 } else { 0 };
        reactor.wait(Some(Duration::from_millis(patience)))?;
        let events = iter::from_fn(|| reactor.next_event()).map(|(token, _)| token);
        let turn: Vec<Token> = events.chain(mem::take(&mut again)).collect();
        if turn.is_empty() {
            return Ok((before_bob, 10_000 - read));
        }
        for token in turn {
            let Some(sender) = reactor.get_mut(token) else { continue };
            let (pieces, is_stopped) = sender.read(share)?;
            if token == ada {
                read += pieces;
            } else if token == bob && pieces > 0 {
                before_bob = read;
            }
            if is_stopped && come_back {
                again.push(token);
            }
        }
    }
}

/// A socket, and its other end, which has so many pieces to send yet.
struct Sender {
    near: Rc<UnixStream>,
    far: UnixStream,
    unsent: usize,
}

impl Sender {
    /// A hundred pieces lie there before anybody reads.
    fn start(reactor: &mut Reactor<Sender>, pieces: usize) -> io::Result<Token> {
        let (near, far) = UnixStream::pair()?;
        near.set_nonblocking(true)?;
        let near = Rc::new(near);
        let mut sender = Sender { near: Rc::clone(&near), far, unsent: pieces };
        for _ in 0..100 {
            sender.send()?;
        }
        reactor.register(near, sender)
    }

    fn send(&mut self) -> io::Result<()> {
        if self.unsent > 0 {
            self.unsent -= 1;
            self.far.write_all(&[0; 64])?;
        }
        Ok(())
    }

    /// Reads until it would block, or the share is over; for each piece that is read another
    /// is sent. How many there were, and whether there may be more.
    fn read(&mut self, share: usize) -> io::Result<(usize, bool)> {
        for pieces in 0..share {
            match (&*self.near).read_exact(&mut [0; 64]) {
                Ok(()) => self.send()?,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    return Ok((pieces, false));
                }
                Err(error) => return Err(error),
            }
        }
        Ok((share, true))
    }
}
