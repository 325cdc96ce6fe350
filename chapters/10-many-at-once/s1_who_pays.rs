//! Three bookings at once, one of which fails, and who pays for the others.

use mainspring::join::try_join_tasks;
use mainspring::spawn;

#[path = "../00-introduction/cli.rs"]
mod cli;
mod trip;

use trip::{ALL, book, say};

async fn book_all() {
    match try_join_tasks(ALL.map(|part| spawn(book(part)))).await {
        Ok(_) => say("all is booked"),
        Err(error) => say(&format!("no trip: {error}")),
    }
}

fn main() -> std::io::Result<()> {
    cli::options(&[]);
    trip::run(book_all)
}
