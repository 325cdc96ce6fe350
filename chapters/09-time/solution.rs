//! Chapter 09: what the exercise and the machine to repair can become.

use std::collections::VecDeque;
use std::io;
use std::rc::Rc;
use std::time::Duration;

use mainspring::spawn;
use mainspring::task::JoinHandle;
use mainspring::time::sleep;

use crate::suite::lines::Source;

/// Exercise 1, and exercise 3: nothing is kept in the future but one read.
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
            if let Some(end) = self.kept.iter().position(|byte| *byte == b'\n') {
                return self.take(end, 1).map(Some);
            }
            if self.kept.len() > self.limit {
                return Err(io::ErrorKind::InvalidData.into());
            }
            let mut buffer = [0; 16];
            let count = self.source.read(&mut buffer).await?;
            // No `await` between the read and the line that keeps what it brought.
            self.kept.extend_from_slice(&buffer[..count]);
            match self.kept.len() {
                0 if count == 0 => return Ok(None),
                length if count == 0 => return self.take(length, 0).map(Some),
                _ => {}
            }
        }
    }

    /// The first bytes as a line, without the newline behind them.
    fn take(&mut self, length: usize, newline: usize) -> io::Result<String> {
        if length > self.limit {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let line: Vec<u8> = self.kept.drain(..length + newline).take(length).collect();
        Ok(String::from_utf8_lossy(&line).into_owned())
    }
}

/// Exercise 2: an opponent is a task, and the master waits for the one whose turn it is.
pub async fn exhibition(boards: u32, moves: u32, master: Duration, opponent: Duration) {
    let mut thinking: VecDeque<JoinHandle<()>> = VecDeque::new();
    for turn in 0..boards * moves {
        if turn >= boards
            && let Some(answer) = thinking.pop_front()
        {
            answer.await.expect("a sleep does not panic");
        }
        sleep(master).await;
        thinking.push_back(spawn(sleep(opponent)));
    }
    for answer in thinking {
        answer.await.expect("a sleep does not panic");
    }
}
