//! A reader of lines that keeps what it has read outside the future, and takes it in for
//! as long as it waits.

use std::io;
use std::mem;
use std::rc::Rc;

use crate::suite::lines::{Source, text};

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
            let newline = bytes.iter().position(|byte| *byte == b'\n');
            let length = newline.map_or(bytes.len(), |newline| newline + 1);
            if length > self.limit {
                return Err(io::ErrorKind::InvalidData.into());
            }
            let mut buffer = [0; 16];
            if newline.is_none() {
                let count = self.source.read(&mut buffer).await?;
                bytes.extend_from_slice(&buffer[..count]);
                if count > 0 {
                    continue;
                }
            }
            self.kept = bytes.split_off(length);
            return Ok(text(&bytes));
        }
    }
}
