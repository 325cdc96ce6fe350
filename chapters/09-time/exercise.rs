//! Chapter 09, yours to write: a reader of lines that loses nothing, an interval, and a test
//! that tells good intervals from bad ones.

use std::io;
use std::rc::Rc;
use std::time::Duration;

use mainspring::time::{Instant, MissedTickBehavior, sleep_until};

use crate::suite::interval::Ticks;
use crate::suite::lines::{Source, text};

/// Exercise 1: lines from a source, whose wait may be dropped at any time.
///
/// `self.source.read(&mut buffer).await` puts some bytes into the buffer and returns how
/// many; zero is the end. Dropped while it waits, it has taken none.
pub struct Lines {
    source: Rc<Source>,
    /// How many bytes a line may have, with its end. A longer one is an error.
    limit: usize,
    // Yours: what has to outlive a wait.
}

impl Lines {
    pub fn new(source: Rc<Source>, limit: usize) -> Lines {
        Lines { source, limit }
    }

    /// The next line, without its end, which is `\n` or `\r\n`; `text` takes that off. The
    /// rest before the end of all is a line too, if there is one; after that comes `None`.
    ///
    /// A line that is too long is an error, and stays where it is: the next call says the
    /// same.
    pub async fn next_line(&mut self) -> io::Result<Option<String>> {
        // Yours: this is the reader of the chapter's beginning. It is to read up to 16 bytes
        // at a time, and not one.
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

    /// Waits for the next tick, and returns when it was due.
    pub async fn tick(&mut self) -> Instant {
        sleep_until(self.due).await;
        self.due // Yours: and the next one is due later.
    }

    /// The next tick is a period from now.
    pub fn reset(&mut self) {
        let _ = (self.period, self.missed); // Yours.
    }
}

/// Exercise 3: a test of any interval. It runs on a virtual clock, and fails by a panic.
///
/// `I::new(start, period, missed)` makes an interval, which has `tick` and `reset`. A right
/// one is to pass, and four that are broken are not.
pub async fn a_test<I: Ticks>() {
    let start = Instant::now();
    let period = Duration::from_secs(10);
    let mut interval = I::new(start, period, MissedTickBehavior::Burst);
    assert_eq!(interval.tick().await, start);
    assert_eq!(interval.tick().await, start + period);
    // Yours: all four have passed until here.
}
