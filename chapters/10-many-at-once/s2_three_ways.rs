//! Two greetings, of one second and of two, as tasks, as futures, and as futures in a join.

use std::time::Duration;

use mainspring::join::join;
use mainspring::runtime::Runtime;
use mainspring::spawn;
use mainspring::time::{Instant, sleep};

#[path = "../00-introduction/cli.rs"]
mod cli;

async fn greetings(name: &str, delay: u64) -> String {
    sleep(Duration::from_secs(delay)).await;
    format!("Hello {name}")
}

async fn spawned_first() -> (String, String) {
    let anna = spawn(greetings("Anna", 1));
    let bob = spawn(greetings("Bob", 2));
    (anna.await.unwrap(), bob.await.unwrap())
}

async fn awaited() -> (String, String) {
    let (anna, bob) = (greetings("Anna", 1), greetings("Bob", 2));
    (anna.await, bob.await)
}

async fn joined() -> (String, String) {
    join((greetings("Anna", 1), greetings("Bob", 2))).await
}

/// Runs something, and says how long it took.
async fn timed(name: &str, work: impl Future<Output = (String, String)>) {
    let start = Instant::now();
    let (anna, bob) = work.await;
    println!("{name:<15}{:?}  {anna}, {bob}", start.elapsed());
}

fn main() -> std::io::Result<()> {
    cli::options(&[]);
    Runtime::builder().virtual_clock().build()?.block_on(async {
        timed("spawned first", spawned_first()).await;
        timed("awaited", awaited()).await;
        timed("joined", joined()).await;
    });
    Ok(())
}
