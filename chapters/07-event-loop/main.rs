//! Greetings, one by one and at once, and what the clock of the loop says about them.

use std::time::Duration;

use mainspring::runtime::Runtime;
use mainspring::task::JoinError;
use mainspring::time::{Instant, sleep, timeout};
use mainspring::{block_on, spawn};

#[path = "../00-introduction/cli.rs"]
mod cli;

async fn greetings(name: &str, delay: Duration) -> String {
    sleep(delay).await;
    format!("Hello, {name}!")
}

async fn awaited_one_by_one() {
    let start = Instant::now();
    say(start, greetings("Ada", SECOND).await);
    say(start, greetings("Bob", 2 * SECOND).await);
}

async fn created_and_awaited_one_by_one() -> Result<(), JoinError> {
    let start = Instant::now();
    say(start, spawn(greetings("Ada", SECOND)).await?);
    say(start, spawn(greetings("Bob", 2 * SECOND)).await?);
    Ok(())
}

async fn created_first_and_awaited_after() -> Result<(), JoinError> {
    let start = Instant::now();
    let ada = spawn(greetings("Ada", SECOND));
    let bob = spawn(greetings("Bob", 2 * SECOND));
    say(start, ada.await?);
    say(start, bob.await?);
    Ok(())
}

async fn created_first_without_spawn() {
    let start = Instant::now();
    let ada = greetings("Ada", SECOND);
    let bob = greetings("Bob", 2 * SECOND);
    say(start, ada.await);
    say(start, bob.await);
}

async fn with_a_limit(limit: Duration) {
    let start = Instant::now();
    match timeout(limit, greetings("Cleo", 2 * SECOND)).await {
        Ok(greeting) => say(start, greeting),
        Err(_) => say(start, "too late".to_owned()),
    }
}

const SECOND: Duration = Duration::from_secs(1);

fn say(start: Instant, what: String) {
    println!("  at {:?}  {what}", start.elapsed());
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    cli::options(&[]);
    let mut runtime = Runtime::builder().virtual_clock().build()?;
    runtime.block_on(async {
        println!("awaited one by one");
        awaited_one_by_one().await;
        println!("created and awaited one by one");
        created_and_awaited_one_by_one().await?;
        println!("created first, awaited after");
        created_first_and_awaited_after().await?;
        println!("created first, without spawn");
        created_first_without_spawn().await;
        println!("2 s of work, a limit of 1 s");
        with_a_limit(SECOND).await;
        println!("2 s of work, a limit of 2 s");
        with_a_limit(2 * SECOND).await;
        Ok::<(), JoinError>(())
    })?;

    println!("a tenth of a second on the clock of the machine");
    let start = std::time::Instant::now();
    let greeting = block_on(greetings("Dora", SECOND / 10));
    println!("  {greeting} Not early: {}", start.elapsed() >= SECOND / 10);
    Ok(())
}
