//! Two permits, and three who ask for one, for two, and for one.

use std::time::Duration;

use mainspring::join_all;
use mainspring::runtime::Runtime;
use mainspring::sync::Semaphore;
use mainspring::time::{Instant, sleep};

#[path = "../00-introduction/cli.rs"]
mod cli;

const SECOND: Duration = Duration::from_secs(1);

async fn carry(name: &str, hands: usize, porters: &Semaphore, start: Instant) {
    let _permits = porters.acquire_many(hands).await;
    println!("at {} s: {name} with {hands}", start.elapsed().as_secs());
    sleep(SECOND).await;
}

fn main() -> std::io::Result<()> {
    cli::options(&[]);
    Runtime::builder().virtual_clock().build()?.block_on(async {
        let (porters, start) = (Semaphore::new(2), Instant::now());
        let all = [("the bag", 1), ("the piano", 2), ("the box", 1)]
            .map(|(name, hands)| carry(name, hands, &porters, start));
        join_all(all).await;
    });
    Ok(())
}
