//! The half line is a local of the future, and goes with it.

use std::io;
use std::rc::Rc;

use crate::suite::lines::Source;

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
        loop {
            match self.source.read(&mut byte).await? {
                0 if line.is_empty() => return Ok(None),
                0 => break,
                _ if line.len() == self.limit => {
                    return Err(io::ErrorKind::InvalidData.into());
                }
                _ if byte[0] == b'\n' => break,
                _ => line.push(byte[0]),
            }
        }
        Ok(Some(String::from_utf8_lossy(&line).into_owned()))
    }
}
