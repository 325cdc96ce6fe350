//! A kettle on a clock that the loop moves, with and without a word that it is on.

use std::time::Duration;

use mainspring::runtime::{OutsideWork, Runtime, outside_work};
use mainspring::time::{Instant, timeout};

#[path = "../00-introduction/cli.rs"]
mod cli;
#[allow(dead_code, reason = "its meter is not needed here")]
#[path = "../06-tasks-wakers/kettle.rs"]
mod kettle;

const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Waits a year at most for a kettle of a tenth of a second, which is another thread.
async fn tea(work: Option<OutsideWork>) {
    let start = Instant::now();
    let boils = timeout(YEAR, kettle::put_on(Duration::from_millis(100))).await;
    drop(work); // from here on the clock may move again
    let tea = if boils.is_ok() { "tea" } else { "no tea" };
    println!("{tea}, after {:?}", start.elapsed());
}

fn main() -> std::io::Result<()> {
    cli::options(&[]);
    let mut runtime = Runtime::builder().virtual_clock().build()?;
    runtime.block_on(async {
        tea(None).await;
        tea(Some(outside_work())).await;
    });
    Ok(())
}
