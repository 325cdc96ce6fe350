//! Your outbox: bytes on their way to a sink that takes what it can and never waits.
//!
//! `cargo test --test exercises waiting::outbox -- --ignored` tells you how far you are.

use std::io::{self, Write};

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
