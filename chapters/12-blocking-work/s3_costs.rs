//! What it costs to have something done: by a task, by a job of the pool, by a new thread.

use std::hint::black_box;
use std::thread;
use std::time::{Duration, Instant};

use mainspring::{block_on, spawn, spawn_blocking};

#[path = "../00-introduction/cli.rs"]
mod cli;

/// Each is done so often; the median of a few rounds counts.
const TIMES: u32 = 2_000;
const ROUNDS: usize = 7;

fn main() {
    cli::options(&[]);
    println!("in times of a task        one by one   100 at once");
    let task = [1, 100].map(|crowd| {
        median(|| {
            block_on(async {
                for _ in 0..TIMES / crowd {
                    let tasks: Vec<_> =
                        (0..crowd).map(|n| spawn(async move { n })).collect();
                    for task in tasks {
                        black_box(task.await.unwrap());
                    }
                }
            });
        })
    });
    let job = [1, 100].map(|crowd| {
        median(|| {
            block_on(async {
                for _ in 0..TIMES / crowd {
                    let jobs: Vec<_> =
                        (0..crowd).map(|n| spawn_blocking(move || n)).collect();
                    for job in jobs {
                        black_box(job.await.unwrap());
                    }
                }
            });
        })
    });
    let new_thread = [1, 100].map(|crowd| {
        median(|| {
            for _ in 0..TIMES / crowd {
                let threads: Vec<_> =
                    (0..crowd).map(|n| thread::spawn(move || n)).collect();
                for thread in threads {
                    black_box(thread.join().unwrap());
                }
            }
        })
    });
    for (name, times) in [("a job of the pool", job), ("a new thread", new_thread)] {
        let [one, many] = [0, 1].map(|i| times[i].as_secs_f64() / task[i].as_secs_f64());
        println!("{name:<24}{one:>12.0}{many:>14.0}");
    }
}

fn median(run: impl Fn()) -> Duration {
    let mut rounds = [Duration::ZERO; ROUNDS];
    for round in &mut rounds {
        let start = Instant::now();
        run();
        *round = start.elapsed();
    }
    rounds.sort();
    rounds[ROUNDS / 2]
}
