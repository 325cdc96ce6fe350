//! The trip in a group: nobody is still at work when it is over.

use std::pin::pin;

use mainspring::group::GroupError;
use mainspring::time::{sleep, timeout};
use mainspring::{spawn, task_group};

#[path = "../00-introduction/cli.rs"]
mod cli;
mod trip;

use trip::{ALL, SECOND, call, say};

async fn calls() -> Result<(), GroupError<String>> {
    task_group(async |group| {
        for part in ALL {
            group.spawn(call(part));
        }
        Ok(())
    })
    .await
}

async fn book_all() {
    if let Err(error) = calls().await {
        say(&format!("no trip: {error}"));
    }
    say("the telephone is unplugged");
}

async fn no_patience() {
    if timeout(SECOND / 2, calls()).await.is_err() {
        say("that takes too long");
    }
    say("the telephone is unplugged");
}

/// Lends the trip to a timeout, and does not listen for a while.
async fn coffee(trip: impl Future<Output = Result<(), GroupError<String>>>) {
    let mut trip = pin!(trip);
    if timeout(SECOND / 2, &mut trip).await.is_err() {
        say("that takes long: a coffee");
        sleep(2 * SECOND).await;
    }
    if let Err(error) = trip.await {
        say(&format!("no trip: {error}"));
    }
    say("the telephone is unplugged");
}

/// The same, of a trip that does not wait for its owner.
async fn in_a_task() {
    let trip = spawn(calls());
    coffee(async { trip.await.unwrap() }).await;
}

fn main() -> std::io::Result<()> {
    match cli::options(&["--coffee", "--in-a-task"]).first().map(String::as_str) {
        Some("--coffee") => return trip::run(async || coffee(calls()).await),
        Some(_) => return trip::run(in_a_task),
        None => {}
    }
    trip::run(book_all)?;
    println!("once more, without patience");
    trip::run(no_patience)
}
