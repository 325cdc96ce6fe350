//! A scope that waits for the ends of its tasks, and what becomes of them if it is dropped.

use mainspring::join::as_completed;
use mainspring::spawn;
use mainspring::task::JoinHandle;
use mainspring::time::timeout;

#[path = "../00-introduction/cli.rs"]
mod cli;
mod trip;

use trip::{ALL, SECOND, call, say};

async fn calls() -> Result<(), String> {
    let tasks = ALL.map(|part| spawn(call(part)));
    let aborts = tasks.each_ref().map(JoinHandle::abort_handle);
    let mut ends = as_completed(tasks);
    let mut outcome = Ok(());
    while let Some(Ok((_, end))) = ends.next().await {
        if let Ok(Err(error)) = end {
            outcome = Err(error);
            for task in &aborts {
                task.abort();
            }
        }
    }
    outcome
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
    match cli::options(&["--hurried"]).is_empty() {
        true => trip::run(book_all),
        false => trip::run(no_patience),
    }
}
