//! What it costs to leave a line: the exercise's, which searches, beside the library's.

use std::pin::Pin;
use std::task::{Context, Waker};
use std::time::{Duration, Instant};

use mainspring::sync::Semaphore;

#[path = "../00-introduction/cli.rs"]
mod cli;
#[allow(dead_code)] // it needs not all of it
mod line;
mod wait;

use line::Line;
use wait::wait;

type Wait<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

/// So many take a seat, and leave in their order. How long each leave takes, in the best of
/// some rounds, the fewer the longer they are.
fn time<'a>(count: u32, wait: impl Fn() -> Wait<'a>) -> Duration {
    let round = |_| {
        let mut line: Vec<_> = (0..count).map(|_| wait()).collect();
        for wait in &mut line {
            let polled = wait.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            assert!(polled.is_pending());
        }
        let start = Instant::now();
        drop(line);
        start.elapsed() / count
    };
    (0..(3_000 / count).max(1)).map(round).min().expect("there is a round")
}

fn main() {
    cli::options(&[]);
    println!("to leave a line of   the exercise's   the library's");
    for count in [100, 1_000, 10_000] {
        let line = Line::new();
        let theirs = time(count, || Box::pin(wait(&line, (), |_| ())));
        let semaphore = Semaphore::new(0);
        let ours = time(count, || Box::pin(async { drop(semaphore.acquire().await) }));
        let [theirs, ours] = [theirs, ours].map(|time| time.as_nanos());
        println!("{count:>18}{theirs:>14} ns{ours:>13} ns");
    }
}
