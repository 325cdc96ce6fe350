//! A task that asks again and again: it hears, and keeps a processor busy.

use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::Duration;

use mainspring::task::yield_now;

#[path = "../00-introduction/cli.rs"]
mod cli;
#[allow(dead_code)]
#[path = "../06-tasks-wakers/kettle.rs"]
mod kettle;

fn main() -> io::Result<()> {
    cli::options(&[]);
    let (socket, mut ada) = UnixStream::pair()?;
    socket.set_nonblocking(true)?;
    thread::spawn(move || {
        thread::sleep(Duration::from_millis(500));
        ada.write_all(b"hello")
    });
    kettle::measure(|| mainspring::block_on(hear(&socket)));
    Ok(())
}

/// Waits until Ada says something. Returns how often it has asked.
async fn hear(mut socket: &UnixStream) -> u64 {
    let mut attempts = 1;
    while let Err(error) = socket.read(&mut [0; 64]) {
        assert_eq!(error.kind(), ErrorKind::WouldBlock);
        yield_now().await;
        attempts += 1;
    }
    attempts
}
