//! Work of three seconds, every ten: what a sleep makes of it, and what keeps in step.

use std::time::Duration;

use mainspring::runtime::Runtime;
use mainspring::time::{Instant, interval, sleep, sleep_until};

#[path = "../00-introduction/cli.rs"]
mod cli;

const PERIOD: Duration = Duration::from_secs(10);

/// Says when it begins, and takes three seconds.
async fn work(start: Instant) {
    print!("{:>5}", start.elapsed().as_secs());
    sleep(Duration::from_secs(3)).await;
}

async fn by_sleep(start: Instant) {
    for _ in 0..5 {
        work(start).await;
        sleep(PERIOD).await;
    }
}

async fn by_sleep_until(start: Instant) {
    for n in 1..=5 {
        work(start).await;
        sleep_until(start + n * PERIOD).await;
    }
}

async fn by_interval(start: Instant) {
    let mut interval = interval(PERIOD);
    for _ in 0..5 {
        interval.tick().await;
        work(start).await;
    }
}

fn main() -> std::io::Result<()> {
    cli::options(&[]);
    Runtime::builder().virtual_clock().build()?.block_on(async {
        print!("sleep      ");
        by_sleep(Instant::now()).await;
        print!("\nsleep_until");
        by_sleep_until(Instant::now()).await;
        print!("\ninterval   ");
        by_interval(Instant::now()).await;
        println!();
    });
    Ok(())
}
