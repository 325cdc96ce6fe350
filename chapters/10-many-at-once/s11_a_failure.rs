//! One failure in a group, turn by turn.

use std::future::{pending, poll_fn};
use std::task::Poll;

use mainspring::task_group;

#[path = "../00-introduction/cli.rs"]
mod cli;

struct Life(&'static str);

impl Drop for Life {
    fn drop(&mut self) {
        println!("  the {} is dropped", self.0);
    }
}

async fn flight() -> Result<(), &'static str> {
    let _life = Life("flight");
    println!("the flight's turn: it fails");
    Err("there is no flight left")
}

async fn hotel() -> Result<(), &'static str> {
    let _life = Life("hotel");
    println!("the hotel's turn: it waits");
    pending().await
}

fn main() {
    cli::options(&[]);
    let outcome = mainspring::block_on(task_group(async |group| {
        let _life = Life("body");
        group.spawn(flight());
        group.spawn(hotel());
        poll_fn(|_| {
            println!("the group's turn: its body is polled, children: {}", group.len());
            Poll::<()>::Pending
        })
        .await;
        Ok(())
    }));
    println!("the group's turn: {}", outcome.unwrap_err());
}
