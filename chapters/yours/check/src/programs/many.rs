//! how often a join polls its children: all each time, and who was woken

use std::cell::Cell;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::time::Duration;

use crate::End;
use crate::join::join_all;
use crate::runtime::Runtime;
use crate::sleep::sleep;
use crate::text;

#[path = "../../../../10-many-at-once/poll_all.rs"]
mod poll_all;

/// Sleeps so many milliseconds, and counts its polls.
async fn child(millis: u64, polls: Rc<Cell<u64>>) {
    let mut sleep = pin!(sleep(Duration::from_millis(millis)));
    poll_fn(|cx| {
        polls.set(polls.get() + 1);
        sleep.as_mut().poll(cx)
    })
    .await;
}

type Child = Pin<Box<dyn Future<Output = ()>>>;

/// How often children that end one after the other are polled in all.
async fn count<F: Future>(n: u64, join_all: impl Fn(Vec<Child>) -> F) -> u64 {
    let polls = Rc::<Cell<u64>>::default();
    let child = |millis| Box::pin(child(millis, Rc::clone(&polls))) as Child;
    join_all((1..=n).map(child).collect()).await;
    polls.get()
}

pub fn run(_: &[String]) -> End {
    let runtime = Runtime::with_virtual_clock().map_err(text)?;
    runtime.block_on(async {
        println!("children  all each time  by your join");
        for n in [10, 100, 1_000, 10_000] {
            let all = match n {
                10_000 => "-".to_owned(), // fifty million
                _ => count(n, poll_all::join_all).await.to_string(),
            };
            println!("{n:>8}{all:>15}{:>14}", count(n, join_all).await);
        }
    });
    Ok(())
}
