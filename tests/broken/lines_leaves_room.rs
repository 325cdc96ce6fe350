//! Makes room in what it keeps before it waits: a wait that is dropped leaves the room there,
//! and it looks like bytes that have come.

use std::io;
use std::rc::Rc;

use crate::suite::lines::{Source, text};

/// How many bytes are read at a time.
const ROOM: usize = 16;

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
        loop {
            let newline = self.kept.iter().position(|byte| *byte == b'\n');
            let length = newline.map_or(self.kept.len(), |newline| newline + 1);
            if length > self.limit {
                return Err(io::ErrorKind::InvalidData.into());
            }
            if newline.is_some() || self.fill().await? == 0 {
                let line: Vec<u8> = self.kept.drain(..length).collect();
                return Ok(text(&line));
            }
        }
    }

    /// Reads straight into what is kept, behind the bytes that are there: no copy.
    async fn fill(&mut self) -> io::Result<usize> {
        let before = self.kept.len();
        self.kept.resize(before + ROOM, 0);
        let count = self.source.read(&mut self.kept[before..]).await?;
        self.kept.truncate(before + count);
        Ok(count)
    }
}
