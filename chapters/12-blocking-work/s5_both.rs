//! The notes' example: one thing that blocks and one that waits, at the same time.

use std::thread;
use std::time::Duration;

use mainspring::time::{Instant, sleep};
use mainspring::{block_on, spawn, spawn_blocking};

#[path = "../00-introduction/cli.rs"]
mod cli;

const WHILE: Duration = Duration::from_millis(100);

fn main() {
    cli::options(&[]);
    block_on(async {
        let start = Instant::now();
        let blocks = spawn_blocking(|| thread::sleep(WHILE));
        let waits = spawn(sleep(WHILE));
        blocks.await.unwrap();
        waits.await.unwrap();
        let both = start.elapsed().as_secs_f64() / WHILE.as_secs_f64();
        println!("both together took {both:.2} of the time of one");
    });
}
