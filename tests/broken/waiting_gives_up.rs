//! Takes an interrupted read for a failed one.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::mem;

#[derive(Debug)]
pub struct LineReader {
    buffer: VecDeque<u8>,
    line: Vec<u8>,
}

impl LineReader {
    pub fn new() -> LineReader {
        LineReader { buffer: VecDeque::new(), line: Vec::new() }
    }

    pub fn next_line(&mut self, source: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
        while let Some(byte) = self.next_byte(source)? {
            if byte == b'\n' {
                return Ok(Some(mem::take(&mut self.line)));
            }
            self.line.push(byte);
        }
        let last = mem::take(&mut self.line);
        Ok(if last.is_empty() { None } else { Some(last) })
    }

    fn next_byte(&mut self, source: &mut impl Read) -> io::Result<Option<u8>> {
        while self.buffer.is_empty() {
            let mut piece = [0; 1024];
            match source.read(&mut piece) {
                Ok(0) => return Ok(None),
                Ok(length) => self.buffer.extend(&piece[..length]),
                Err(error) => return Err(error),
            }
        }
        Ok(self.buffer.pop_front())
    }
}
