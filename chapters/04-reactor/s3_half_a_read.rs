//! An experiment: what comes when half has been read, and what when more arrives?

use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use mainspring::reactor::{Reactor, Readiness};

#[path = "../00-introduction/cli.rs"]
mod cli;

fn main() -> io::Result<()> {
    cli::options(&[]);
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
