//! Chapter 09, yours to write: a reader of lines that loses nothing, an interval, and a test
//! of twelve hours.

use std::io;
use std::rc::Rc;
use std::time::Duration;

use mainspring::time::{Instant, MissedTickBehavior, sleep_until};

use crate::suite::lines::Source;

/// Exercise 1: lines from a source, whose wait may be dropped at any time.
///
/// `self.source.read(&mut buffer).await` puts some bytes into the buffer and returns how
/// many; zero is the end. Dropped while it waits, it has taken none.
pub struct Lines {
    source: Rc<Source>,
    /// How many bytes a line may have, with its newline. A longer one is an error.
    limit: usize,
    // Yours: what has to outlive a wait.
}

impl Lines {
    pub fn new(source: Rc<Source>, limit: usize) -> Lines {
        Lines { source, limit }
    }

    /// The next line, without its newline. The rest before the end is a line too, if there
    /// is one; after that comes `None`.
    pub async fn next_line(&mut self) -> io::Result<Option<String>> {
        // Yours: this is the reader of the chapter's beginning.
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

/// Exercise 2: something that ticks.
pub struct Interval {
    /// When the next tick is due.
    due: Instant,
    period: Duration,
    missed: MissedTickBehavior,
}

impl Interval {
    pub fn new(start: Instant, period: Duration, missed: MissedTickBehavior) -> Interval {
        Interval { due: start, period, missed }
    }

    /// Waits for the next tick, and returns when it was due. Dropped early, it loses nothing.
    pub async fn tick(&mut self) -> Instant {
        sleep_until(self.due).await;
        self.due // Yours: and the next one is due later.
    }

    /// The next tick is a period from now.
    pub fn reset(&mut self) {
        let _ = (self.period, self.missed); // Yours.
    }
}

/// Exercise 3: the chess exhibition of chapter 1. The master goes round the boards, `moves`
/// times; a move takes `master` at each, and then the opponent there thinks for `opponent`
/// before the master can move at that board again. It is over when the last opponent has
/// answered. Everyone sleeps; the test looks at the clock.
pub async fn exhibition(boards: u32, moves: u32, master: Duration, opponent: Duration) {
    let _ = (boards, moves, master, opponent); // Yours.
}
