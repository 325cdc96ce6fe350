//! Who has the printer when: a lock that is free for a moment.

use std::time::Duration;

use locks::{Announced, Handed, Lock};
use mainspring::join;
use mainspring::runtime::Runtime;
use mainspring::time::{Instant, sleep};

#[path = "../00-introduction/cli.rs"]
mod cli;
#[allow(dead_code)] // nobody asks here whether they are locked
mod locks;

const SECOND: Duration = Duration::from_secs(1);

async fn anna(printer: &impl Lock, start: Instant) {
    for page in 1..=3 {
        let _guard = printer.lock().await;
        println!("at {} s: Anna prints page {page}", start.elapsed().as_secs());
        sleep(SECOND).await;
    }
}

async fn bob(printer: &impl Lock, start: Instant) {
    let _guard = printer.lock().await;
    println!("at {} s: Bob prints", start.elapsed().as_secs());
}

async fn scene(printer: impl Lock) {
    let start = Instant::now();
    join((anna(&printer, start), bob(&printer, start))).await;
}

fn main() -> std::io::Result<()> {
    let handed = !cli::options(&["--handed"]).is_empty();
    let mut runtime = Runtime::builder().virtual_clock().build()?;
    if handed {
        runtime.block_on(scene(Handed::default()));
    } else {
        runtime.block_on(scene(Announced::default()));
    }
    Ok(())
}
