//! Keeps its half line, and forgets what came behind a newline in the same read.

use std::io;
use std::mem;
use std::rc::Rc;

use crate::suite::lines::{Source, text};

pub struct Lines {
    source: Rc<Source>,
    limit: usize,
    line: Vec<u8>,
}

impl Lines {
    pub fn new(source: Rc<Source>, limit: usize) -> Lines {
        Lines { source, limit, line: Vec::new() }
    }

    pub async fn next_line(&mut self) -> io::Result<Option<String>> {
        loop {
            let mut buffer = [0; 16];
            let count = self.source.read(&mut buffer).await?;
            let mut pieces = buffer[..count].split_inclusive(|byte| *byte == b'\n');
            self.line.extend_from_slice(pieces.next().unwrap_or_default());
            if self.line.len() > self.limit {
                return Err(io::ErrorKind::InvalidData.into());
            }
            if count == 0 || self.line.ends_with(b"\n") {
                return Ok(text(&mem::take(&mut self.line)));
            }
        }
    }
}
