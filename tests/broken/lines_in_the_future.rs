//! The half line is a local of the future, and goes with it.

use std::io;
use std::rc::Rc;

use crate::suite::lines::{Source, text};

pub struct Lines {
    source: Rc<Source>,
    limit: usize,
}

impl Lines {
    pub fn new(source: Rc<Source>, limit: usize) -> Lines {
        Lines { source, limit }
    }

    pub async fn next_line(&mut self) -> io::Result<Option<String>> {
        let mut line = Vec::new();
        let mut byte = [0];
        while !line.ends_with(b"\n") && self.source.read(&mut byte).await? == 1 {
            line.push(byte[0]);
            if line.len() > self.limit {
                return Err(io::ErrorKind::InvalidData.into());
            }
        }
        Ok(text(&line))
    }
}
