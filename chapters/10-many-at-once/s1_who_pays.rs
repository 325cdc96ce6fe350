//! Three bookings at once, one of which fails, and who pays for the others.

use mainspring::join::try_join_tasks;
use mainspring::spawn;
use mainspring::time::timeout;

#[path = "../00-introduction/cli.rs"]
mod cli;
mod trip;

use trip::{ALL, SECOND, book, say};

async fn book_all() {
    match try_join_tasks(ALL.map(|part| spawn(book(part)))).await {
        Ok(_) => say("all is booked"),
        Err(error) => say(&format!("no trip: {error}")),
    }
}

async fn hurried() {
    if timeout(SECOND / 2, book_all()).await.is_err() {
        say("that takes too long");
    }
}

fn main() -> std::io::Result<()> {
    match cli::options(&["--hurried"]).is_empty() {
        true => trip::run(book_all),
        false => trip::run(hurried),
    }
}
