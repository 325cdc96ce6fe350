//! Keeps everything until everything is written: after a short write, what the sink took
//! goes there again.

use std::io::{self, Write};

#[derive(Debug)]
pub struct Outbox {
    bytes: Vec<u8>,
}

impl Outbox {
    pub fn new() -> Outbox {
        Outbox { bytes: Vec::new() }
    }

    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend(bytes);
    }

    pub fn flush(&mut self, sink: &mut impl Write) -> io::Result<()> {
        // `write_all` retries what is interrupted, but when it fails it does not say how
        // much it had written.
        sink.write_all(&self.bytes)?;
        self.bytes.clear();
        Ok(())
    }
}
