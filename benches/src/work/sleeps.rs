//! Sleeps that come to their end.

use std::time::{Duration, Instant};

use crate::meter::{cpu, cpu_each, median, scatter};
use crate::peers::Peer;

/// So many tasks, each with one sleep that ends within half a second: spawned, slept,
/// joined. Processor time for each.
pub fn crowd<P: Peer>(count: usize) -> Result<f64, String> {
    P::run(async move {
        let start = cpu();
        let spawn = |number| P::spawn(P::sleep(scattered(number, 0, 500)));
        let handles: Vec<_> = (0..count as u64).map(spawn).collect();
        for handle in handles {
            P::join(handle).await;
        }
        cpu_each(start, count)
    })
}

/// One sleep after the other with nothing else to do: how much too long they are, in
/// the middle.
pub fn lateness<P: Peer>(count: usize) -> Result<f64, String> {
    P::run(async move {
        let mut late = Vec::with_capacity(count);
        for number in 0..count as u64 {
            let duration = scattered(number, 1, 5);
            let start = Instant::now();
            P::sleep(duration).await;
            late.push(lateness_of(start, duration));
        }
        median(&mut late)
    })
}

/// The same by the kernel alone.
pub fn lateness_limit(count: usize) -> Result<f64, String> {
    let mut late: Vec<f64> = (0..count as u64)
        .map(|number| {
            let duration = scattered(number, 1, 5);
            let start = Instant::now();
            std::thread::sleep(duration);
            lateness_of(start, duration)
        })
        .collect();
    Ok(median(&mut late))
}

fn lateness_of(start: Instant, duration: Duration) -> f64 {
    start.elapsed().as_nanos() as f64 - duration.as_nanos() as f64
}

/// A time between two numbers of milliseconds, to the nanosecond.
fn scattered(number: u64, from: u64, to: u64) -> Duration {
    let range = (to - from) * 1_000_000;
    Duration::from_nanos(from * 1_000_000 + scatter(number) % range)
}
