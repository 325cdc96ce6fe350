//! Offers as they come, up to a limit of time, and what is left then.

use mainspring::join::as_completed;
use mainspring::spawn;
use mainspring::time::sleep;

#[path = "../00-introduction/cli.rs"]
mod cli;
mod trip;

use trip::{SECOND, say};

async fn offer((seconds, euros): (u32, u32)) -> u32 {
    sleep(seconds * SECOND).await;
    euros
}

async fn offers() {
    let tasks = [(3, 80), (1, 120), (2, 95), (7, 60)].map(|it| spawn(offer(it)));
    let mut offers = as_completed(tasks).timeout(5 * SECOND);
    while let Some(Ok((index, euros))) = offers.next().await {
        say(&format!("agency {index} wants {}", euros.unwrap()));
    }
    let late = offers.into_pending();
    say(&format!("not answered yet: {}", late.len()));
    for (index, task) in late {
        say(&format!("agency {index} wants {}", task.await.unwrap()));
    }
}

fn main() -> std::io::Result<()> {
    cli::options(&[]);
    trip::run(offers)
}
