//! Hosts that ask for half a minute, and one that is free: after how long is it visited?

use std::io;
use std::time::Duration;

use mainspring::runtime::Runtime;
use mainspring::sync::CancelToken;
use mainspring::time::{Instant, sleep};

use crawl::{Limits, crawl};
use retry::{Failure, retry};

#[path = "../00-introduction/cli.rs"]
mod cli;
mod crawl;
#[allow(dead_code)] // nothing fails for good here
mod retry;

/// Those of the link checker.
const LIMITS: Limits = Limits { width: 50, per_host: 8 };

/// A host, and which of its pages.
type Page = (u32, u32);

/// The hosts from 1 on are busy, for now and for half a minute; host 0 is not.
async fn visit((host, _): Page, start: Instant) -> Result<Vec<Page>, ()> {
    if host == 0 {
        println!(": the free one is visited after {} s", start.elapsed().as_secs());
        return Ok(Vec::new());
    }
    let half_a_minute = Duration::from_secs(30);
    retry(
        1,
        || 0.0,
        async || match start.elapsed() < half_a_minute {
            true => Err(Failure::MayPass((), Some(half_a_minute))),
            false => Ok(Vec::new()),
        },
    )
    .await
}

async fn with_busy(hosts: u32) {
    print!("{hosts} busy hosts");
    let start = Instant::now();
    let of_busy = (1..=hosts).flat_map(|host| (0..20).map(move |page| (host, page)));
    let first = of_busy.chain([(0, 0)]);
    let visit = async |page: &Page| {
        sleep(Duration::from_millis(50)).await;
        visit(*page, start).await
    };
    crawl(first, LIMITS, |page| page.0, &CancelToken::new(), visit).await;
}

fn main() -> io::Result<()> {
    cli::options(&[]);
    let mut runtime = Runtime::builder().virtual_clock().build()?;
    runtime.block_on(async {
        with_busy(6).await;
        with_busy(7).await;
    });
    Ok(())
}
