//! What a waker each costs among two, four and eight children, beside polling them all.

use std::time::{Duration, Instant};

use mainspring::join::{join, join_all};
use mainspring::task::yield_now;

#[path = "../00-introduction/cli.rs"]
mod cli;

const ROUNDS: u32 = 8;
const TIMES: u32 = 2_000;

/// A child that gives way so many times.
async fn child(yields: u32) {
    for _ in 0..yields {
        yield_now().await;
    }
}

/// How long so many joins take, in the best of the rounds.
async fn time<F: Future>(make: impl Fn() -> F) -> f64 {
    let mut best = Duration::MAX;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        for _ in 0..TIMES {
            make().await;
        }
        best = best.min(start.elapsed());
    }
    best.as_secs_f64()
}

/// Children that give way so often, each by its number.
async fn row(name: &str, yields: impl Fn(u32) -> u32 + Copy) {
    let c = |number| child(yields(number));
    let all = async |n| time(|| join_all((1..=n).map(c))).await;
    let two = time(|| join((c(1), c(2)))).await;
    let four = time(|| join((c(1), c(2), c(3), c(4)))).await;
    let eight = time(|| join((c(1), c(2), c(3), c(4), c(5), c(6), c(7), c(8)))).await;
    let [two, four, eight] =
        [all(2).await / two, all(4).await / four, all(8).await / eight];
    println!("{name:<20}{two:>6.0}{four:>6.0}{eight:>6.0}");
}

fn main() {
    cli::options(&[]);
    println!("join_all takes so many times as long as join, of children that are");
    println!("{:<20}{:>6}{:>6}{:>6}", "", 2, 4, 8);
    mainspring::block_on(async {
        row("done at once", |_| 0).await;
        row("done together", |_| 4).await;
        row("done one by one", |number| number).await;
    });
}
