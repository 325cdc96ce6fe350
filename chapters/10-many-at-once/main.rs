//! The trip in a group: nobody is still at work when it is over.

use mainspring::group::GroupError;
use mainspring::task_group;
use mainspring::time::timeout;

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

fn main() -> std::io::Result<()> {
    cli::options(&[]);
    trip::run(book_all)?;
    println!("once more, without patience");
    trip::run(no_patience)
}
