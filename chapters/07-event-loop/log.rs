//! A log of one journey: the time since its start, and how often the thread has slept since.

use std::fs;

use mainspring::time::Instant;

#[derive(Clone, Copy)]
pub struct Log {
    start: Instant,
    sleeps: u64,
}

impl Log {
    pub fn begin() -> Self {
        println!("  ms slept");
        Self { start: Instant::now(), sleeps: sleeps() }
    }

    pub fn say(self, what: &str) {
        let (time, slept) = (self.start.elapsed().as_millis(), sleeps() - self.sleeps);
        println!("{time:>4}{slept:>6}  {what}");
    }
}

/// How often this thread has gone to sleep, as the kernel counts it.
fn sleeps() -> u64 {
    let status = fs::read_to_string("/proc/thread-self/status").unwrap_or_default();
    let mut lines = status.lines();
    let count = lines.find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
    count.and_then(|count| count.trim().parse().ok()).unwrap_or(0)
}
