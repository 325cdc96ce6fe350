//! Yours to write: an outbox that a full sink cannot hold up, and a wait for many sockets.
//!
//! `cargo test --test exercises waiting::exercise -- --ignored` tells you how far you are.

use std::io::{self, ErrorKind, Write};
use std::os::unix::net::UnixStream;

/// Keeps what a non-blocking sink has not taken yet.
#[derive(Debug)]
pub struct Outbox {
    // What is still to go?
}

impl Outbox {
    /// An empty outbox.
    pub fn new() -> Outbox {
        Outbox {}
    }

    /// Adds bytes behind those that are still to go.
    pub fn push(&mut self, bytes: &[u8]) {
        let _ = bytes;
    }

    /// Writes as much as the sink takes: `Ok` if nothing is left.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if the sink is full; what it has not taken is kept for the next call.
    /// `WriteZero` if it takes nothing and gives no error. Its other errors are passed on,
    /// but for `Interrupted`, after which the write is tried again.
    pub fn flush(&mut self, sink: &mut impl Write) -> io::Result<()> {
        let _ = sink;
        unimplemented!("write until nothing is left or the sink is full")
    }
}

/// Sleeps until at least one of the sockets has something to read, or has come to its end,
/// and says which have: their places in the slice, in order.
///
/// # Errors
///
/// Those of `poll`.
pub fn ready(sockets: &[UnixStream]) -> io::Result<Vec<usize>> {
    let _ = sockets;
    unimplemented!("make a list, give it to `poll`, read what it has noted")
}

/// `poll(2)`: sleeps until one file of the list has what is wanted of it in `events`, and
/// notes what each has in its `revents`.
///
/// # Errors
///
/// Those of the call, and `TimedOut` after a second, so that a mistake does not wait forever.
#[allow(dead_code, reason = "you will need it")]
pub fn poll(list: &mut [libc::pollfd]) -> io::Result<()> {
    let length = libc::nfds_t::try_from(list.len()).expect("a list fits into memory");
    // SAFETY: the pointer is to `length` pollfds, which the call alone uses meanwhile.
    match unsafe { libc::poll(list.as_mut_ptr(), length, 1_000) } {
        -1 => Err(io::Error::last_os_error()),
        0 => Err(ErrorKind::TimedOut.into()),
        _ => Ok(()),
    }
}
