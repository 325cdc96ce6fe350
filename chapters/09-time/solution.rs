//! Chapter 09: what the exercise and the machine to repair can become.

use std::io;
use std::mem;
use std::rc::Rc;
use std::time::Duration;

use mainspring::time::{Instant, MissedTickBehavior, sleep, sleep_until, timeout};

use crate::suite::interval::Ticks;
use crate::suite::lines::{Source, text};

/// Exercise 1: nothing is kept in the future but one read.
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

/// Exercise 3: a few lines for each promise.
pub async fn a_test<I: Ticks>() {
    let (second, period) = (Duration::from_secs(1), Duration::from_secs(10));
    let start = Instant::now();

    // A tick whose wait was given up is still to come.
    let mut interval = I::new(start + period, period, MissedTickBehavior::Burst);
    assert!(timeout(second, interval.tick()).await.is_err());
    assert_eq!(interval.tick().await, start + period);

    // After a reset, the next one is a period from then.
    sleep(second).await;
    interval.reset();
    assert_eq!(interval.tick().await, start + period + second + period);

    // What is skipped is skipped in step, be it late by whole periods or by less.
    for late in [2 * period, 2 * period + second] {
        let start = Instant::now();
        let mut interval = I::new(start, period, MissedTickBehavior::Skip);
        sleep(late).await;
        assert_eq!(interval.tick().await, start);
        assert_eq!(interval.tick().await, start + 3 * period);
    }
}

/// Exercise 4: both fields change after the wait, or neither does.
pub struct Repaired {
    source: Rc<Source>,
    limit: usize,
    /// What was read; of this, so many bytes are lines that have been said.
    kept: Vec<u8>,
    said: usize,
}

impl Repaired {
    pub fn new(source: Rc<Source>, limit: usize) -> Repaired {
        Repaired { source, limit, kept: Vec::new(), said: 0 }
    }

    pub async fn next_line(&mut self) -> io::Result<Option<String>> {
        loop {
            let rest = &self.kept[self.said..];
            let newline = rest.iter().position(|byte| *byte == b'\n');
            let length = newline.map_or(rest.len(), |newline| newline + 1);
            if length > self.limit {
                return Err(io::ErrorKind::InvalidData.into());
            }
            if newline.is_some() || self.fill().await? == 0 {
                let line = &self.kept[self.said..][..length];
                self.said += length;
                return Ok(text(line));
            }
        }
    }

    /// Keeps what comes, and takes out what was said: once for many lines, so that the
    /// others are not moved up for each.
    async fn fill(&mut self) -> io::Result<usize> {
        let mut buffer = [0; 16];
        let count = self.source.read(&mut buffer).await?;
        // No `await` between these two: what is in `said` is said of `kept` as it is.
        self.kept.drain(..mem::take(&mut self.said));
        self.kept.extend_from_slice(&buffer[..count]);
        Ok(count)
    }
}
