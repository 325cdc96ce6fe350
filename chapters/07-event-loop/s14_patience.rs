//! How often the loop sleeps for timers that are alone, and for a crowd of them.

use std::time::Duration;
use std::{fs, io};

use mainspring::time::{Instant, sleep_until};
use mainspring::{block_on, spawn};

#[path = "../00-introduction/cli.rs"]
mod cli;

/// The deadlines are spread over so much time.
const STRETCH: Duration = Duration::from_millis(500);

/// How often this thread has gone to sleep, as the kernel counts it.
fn sleeps() -> io::Result<u64> {
    let status = fs::read_to_string("/proc/thread-self/status")?;
    let mut lines = status.lines();
    let count = lines.find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
    count
        .and_then(|count| count.trim().parse().ok())
        .ok_or(io::ErrorKind::NotFound.into())
}

/// Sets so many timers, evenly spread. Returns how often the loop sleeps until the last of
/// them has fired, and how many of them were late by more than half a millisecond.
async fn wait_for(timers: u32) -> io::Result<(u64, usize)> {
    let first = Instant::now() + STRETCH / 2;
    let tasks: Vec<_> = (0..timers)
        .map(|number| {
            let deadline = first + STRETCH * number / timers;
            spawn(async move {
                sleep_until(deadline).await;
                deadline.elapsed() > Duration::from_micros(500)
            })
        })
        .collect();
    let before = sleeps()?;
    let mut late = 0;
    for task in tasks {
        late += usize::from(task.await.expect("a task that does not panic"));
    }
    Ok((sleeps()? - before, late))
}

fn main() -> io::Result<()> {
    cli::options(&[]);
    println!(" timers   sleeps   0.5 ms late");
    for timers in [100, 1_000, 100_000, 200_000] {
        let (sleeps, late) = block_on(wait_for(timers))?;
        println!("{timers:>7}{sleeps:>9}{late:>14}");
    }
    Ok(())
}
