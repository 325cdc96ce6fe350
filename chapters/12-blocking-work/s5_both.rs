//! The notes' example: things that block and one that waits, at the same time.

use std::thread;
use std::time::Duration;

use mainspring::runtime::Runtime;
use mainspring::time::{Instant, sleep};
use mainspring::{spawn, spawn_blocking};

#[path = "../00-introduction/cli.rs"]
mod cli;

const WHILE: Duration = Duration::from_millis(100);

fn main() -> std::io::Result<()> {
    let threads = if cli::options(&["--one"]).is_empty() { 2 } else { 1 };
    let mut runtime = Runtime::builder().max_blocking_threads(threads).build()?;
    runtime.block_on(async {
        let start = Instant::now();
        let block = [(); 2].map(|()| spawn_blocking(|| thread::sleep(WHILE)));
        let waits = spawn(sleep(WHILE));
        for job in block {
            job.await.unwrap();
        }
        waits.await.unwrap();
        let all = start.elapsed().as_secs_f64() / WHILE.as_secs_f64();
        println!("all three together took {all:.2} of the time of one");
    });
    Ok(())
}
