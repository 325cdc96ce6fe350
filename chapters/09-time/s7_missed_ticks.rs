//! A tick every ten seconds, work of three, and once of thirty-five.

use std::time::Duration;

use mainspring::runtime::Runtime;
use mainspring::time::{Instant, MissedTickBehavior, interval, sleep};

#[path = "../00-introduction/cli.rs"]
mod cli;

async fn ticks(missed: MissedTickBehavior) {
    let start = Instant::now();
    let mut interval = interval(Duration::from_secs(10));
    interval.set_missed_tick_behavior(missed);
    print!("{:<6}", format!("{missed:?}"));
    for n in 0..8 {
        interval.tick().await;
        print!("{:>4}", start.elapsed().as_secs());
        sleep(Duration::from_secs(if n == 1 { 35 } else { 3 })).await;
    }
    println!();
}

fn main() -> std::io::Result<()> {
    cli::options(&[]);
    Runtime::builder().virtual_clock().build()?.block_on(async {
        ticks(MissedTickBehavior::Burst).await;
        ticks(MissedTickBehavior::Delay).await;
        ticks(MissedTickBehavior::Skip).await;
    });
    Ok(())
}
