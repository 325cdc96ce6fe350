//! Reads before it looks at what it has: a whole line waits in the buffer for the next one
//! to come.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read};
use std::mem;

#[derive(Debug)]
pub struct LineReader {
    buffer: VecDeque<u8>,
    at_end: bool,
}

impl LineReader {
    pub fn new() -> LineReader {
        LineReader { buffer: VecDeque::new(), at_end: false }
    }

    pub fn next_line(&mut self, source: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
        loop {
            let mut piece = [0; 1024];
            match source.read(&mut piece) {
                Ok(0) => self.at_end = true,
                Ok(length) => self.buffer.extend(&piece[..length]),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            }
            if let Some(length) = self.buffer.iter().position(|byte| *byte == b'\n') {
                let mut line: Vec<u8> = self.buffer.drain(..=length).collect();
                line.pop();
                return Ok(Some(line));
            }
            if self.at_end {
                let last: Vec<u8> = mem::take(&mut self.buffer).into();
                return Ok(if last.is_empty() { None } else { Some(last) });
            }
        }
    }
}
