//! Chapter 09, yours to repair: a reader of lines that keeps what it has read outside the
//! future, and loses it all the same.
//!
//! `tests/broken/lines_takes_it_out.rs` is a copy: a repair does not change its story.

use std::io;
use std::mem;
use std::rc::Rc;

use crate::suite::lines::Source;

pub struct Lines {
    source: Rc<Source>,
    limit: usize,
    /// What was read and not said yet.
    kept: Vec<u8>,
}

impl Lines {
    pub fn new(source: Rc<Source>, limit: usize) -> Lines {
        Lines { source, limit, kept: Vec::new() }
    }

    pub async fn next_line(&mut self) -> io::Result<Option<String>> {
        let mut bytes = mem::take(&mut self.kept);
        loop {
            if let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
                self.kept = bytes.split_off(end + 1);
                bytes.pop();
                return self.line(bytes);
            }
            if bytes.len() > self.limit {
                return Err(io::ErrorKind::InvalidData.into());
            }
            let mut buffer = [0; 16];
            match self.source.read(&mut buffer).await? {
                0 if bytes.is_empty() => return Ok(None),
                0 => return self.line(bytes),
                count => bytes.extend_from_slice(&buffer[..count]),
            }
        }
    }

    fn line(&self, bytes: Vec<u8>) -> io::Result<Option<String>> {
        if bytes.len() > self.limit {
            return Err(io::ErrorKind::InvalidData.into());
        }
        Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
    }
}
