//! A tick every ten seconds, work of three, and once of thirty-five. Or always of twelve.

use std::time::Duration;

use mainspring::runtime::Runtime;
use mainspring::time::{Instant, MissedTickBehavior, interval, sleep};

#[path = "../00-introduction/cli.rs"]
mod cli;

async fn ticks(missed: MissedTickBehavior, work: [u64; 8]) {
    let start = Instant::now();
    let mut interval = interval(Duration::from_secs(10));
    interval.set_missed_tick_behavior(missed);
    print!("{:<6}", format!("{missed:?}"));
    for seconds in work {
        interval.tick().await;
        print!("{:>4}", start.elapsed().as_secs());
        sleep(Duration::from_secs(seconds)).await;
    }
    println!();
}

fn main() -> std::io::Result<()> {
    let once = cli::options(&["--twelve"]).is_empty();
    let work = if once { [3, 35, 3, 3, 3, 3, 3, 3] } else { [12; 8] };
    Runtime::builder().virtual_clock().build()?.block_on(async {
        ticks(MissedTickBehavior::Burst, work).await;
        ticks(MissedTickBehavior::Delay, work).await;
        ticks(MissedTickBehavior::Skip, work).await;
    });
    Ok(())
}
