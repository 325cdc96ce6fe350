//! Takes the end of what has come for the end of the line, if it has been dropped before.

use std::io;
use std::mem;
use std::rc::Rc;

use crate::suite::lines::{Source, text};

pub struct Lines {
    source: Rc<Source>,
    limit: usize,
    kept: Vec<u8>,
}

impl Lines {
    pub fn new(source: Rc<Source>, limit: usize) -> Lines {
        Lines { source, limit, kept: Vec::new() }
    }

    pub async fn next_line(&mut self) -> io::Result<Option<String>> {
        // What a wait that was dropped has left is said first.
        if self.kept.is_empty() {
            let mut byte = [0];
            while self.source.read(&mut byte).await? == 1 && self.kept.len() < self.limit
            {
                self.kept.push(byte[0]);
                if byte[0] == b'\n' {
                    break;
                }
            }
        }
        if self.kept.len() == self.limit && !self.kept.ends_with(b"\n") {
            return Err(io::ErrorKind::InvalidData.into());
        }
        Ok(text(&mem::take(&mut self.kept)))
    }
}
