//! Asks a full sink again and again: synchronous where it should come back later.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Write};

#[derive(Debug)]
pub struct Outbox {
    bytes: VecDeque<u8>,
}

impl Outbox {
    pub fn new() -> Outbox {
        Outbox { bytes: VecDeque::new() }
    }

    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend(bytes);
    }

    pub fn flush(&mut self, sink: &mut impl Write) -> io::Result<()> {
        while !self.bytes.is_empty() {
            let (next, _) = self.bytes.as_slices();
            match sink.write(next) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(taken) => drop(self.bytes.drain(..taken)),
                Err(error)
                    if matches!(
                        error.kind(),
                        ErrorKind::Interrupted | ErrorKind::WouldBlock
                    ) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
