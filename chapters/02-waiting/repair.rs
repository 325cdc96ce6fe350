//! A reader of lines that works on every file, and on most sockets, most days. Repair it.
//!
//! `cargo test --test exercises waiting::repair -- --ignored` says what goes wrong.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read};

/// Cuts what comes from a non-blocking source into lines.
#[derive(Debug)]
pub struct LineReader {
    /// What has been read and not been looked at.
    buffer: VecDeque<u8>,
}

impl LineReader {
    /// A reader that has read nothing yet.
    pub fn new() -> LineReader {
        LineReader { buffer: VecDeque::new() }
    }

    /// The next line without its newline, or `None` at the end of the source.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if the line is not there yet: call again later. The source's other
    /// errors are passed on, but for `Interrupted`. No error loses a byte.
    pub fn next_line(&mut self, source: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
        let mut line = Vec::new();
        while let Some(byte) = self.next_byte(source)? {
            if byte == b'\n' {
                return Ok(Some(line));
            }
            line.push(byte);
        }
        Ok(if line.is_empty() { None } else { Some(line) })
    }

    /// The next byte, or `None` at the end; reads when the buffer is empty.
    fn next_byte(&mut self, source: &mut impl Read) -> io::Result<Option<u8>> {
        while self.buffer.is_empty() {
            let mut piece = [0; 1024];
            match source.read(&mut piece) {
                Ok(0) => return Ok(None),
                Ok(length) => self.buffer.extend(&piece[..length]),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(self.buffer.pop_front())
    }
}
