//! Reads a line into a variable of the call: when `WouldBlock` ends the call, what it had
//! read of the line is lost.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read};

#[derive(Debug)]
pub struct LineReader {
    buffer: VecDeque<u8>,
}

impl LineReader {
    pub fn new() -> LineReader {
        LineReader { buffer: VecDeque::new() }
    }

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
