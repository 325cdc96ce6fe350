//! A race for a room, and what becomes of the loser.

use mainspring::join::race;
use mainspring::spawn;
use mainspring::time::sleep;

#[path = "../00-introduction/cli.rs"]
mod cli;
mod trip;

use trip::{SECOND, say};

async fn ask((agency, seconds): (&str, u32)) {
    sleep(seconds * SECOND).await;
    say(&format!("{agency} has booked a room"));
}

const AGENCIES: [(&str, u32); 2] = [("Sun", 2), ("Moon", 1)];

async fn of_futures() {
    race(AGENCIES.map(ask)).await;
    say("we have a room");
}

async fn of_tasks() {
    race(AGENCIES.map(|agency| spawn(ask(agency)))).await;
    say("we have a room");
}

fn main() -> std::io::Result<()> {
    cli::options(&[]);
    println!("a race of futures");
    trip::run(of_futures)?;
    println!("a race of tasks");
    trip::run(of_tasks)
}
