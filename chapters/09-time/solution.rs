//! Chapter 09: what the exercise and the machine to repair can become.

use std::collections::VecDeque;
use std::io;
use std::rc::Rc;
use std::time::Duration;

use mainspring::spawn;
use mainspring::task::JoinHandle;
use mainspring::time::{Instant, MissedTickBehavior, sleep, sleep_until};

use crate::suite::lines::Source;

/// Exercise 1, and exercise 4: nothing is kept in the future but one read.
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
            let mut buffer = [0; 16];
            if newline.is_none() {
                let count = self.source.read(&mut buffer).await?;
                // No `await` between the read and the line that keeps what it brought.
                self.kept.extend_from_slice(&buffer[..count]);
                if count > 0 {
                    continue;
                }
            }
            let line: Vec<u8> = self.kept.drain(..length).collect();
            return Ok(text(&line));
        }
    }
}

/// A line without its newline; none of no bytes.
fn text(line: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(line.strip_suffix(b"\n").unwrap_or(line));
    (!line.is_empty()).then(|| text.into_owned())
}

/// Exercise 2: it waits first, and moves on when it has a tick in its hands.
pub struct Interval {
    due: Instant,
    period: Duration,
    missed: MissedTickBehavior,
}

impl Interval {
    pub fn new(start: Instant, period: Duration, missed: MissedTickBehavior) -> Interval {
        Interval { due: start, period, missed }
    }

    pub async fn tick(&mut self) -> Instant {
        sleep_until(self.due).await;
        let (due, now) = (self.due, Instant::now());
        self.due = match self.missed {
            MissedTickBehavior::Burst => due + self.period,
            MissedTickBehavior::Delay => now + self.period,
            MissedTickBehavior::Skip => {
                let mut next = due + self.period;
                while next <= now {
                    next += self.period;
                }
                next
            }
        };
        due
    }

    pub fn reset(&mut self) {
        self.due = Instant::now() + self.period;
    }
}

/// Exercise 3: an opponent is a task, and the master waits for the one whose turn it is.
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
