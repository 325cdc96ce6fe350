//! What the programs about the trip share: a clock that costs no time, and what to book.

// Each program has use for some of it.
#![allow(dead_code)]

use std::cell::Cell;
use std::io;
use std::time::Duration;

use mainspring::runtime::Runtime;
use mainspring::time::{Instant, sleep};

pub const SECOND: Duration = Duration::from_secs(1);

/// What is booked, and how many seconds each takes.
pub const ALL: [(&str, u32); 3] = [("flight", 1), ("hotel", 2), ("car", 3)];

thread_local! {
    static START: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// Says something, and when.
pub fn say(text: &str) {
    let start = START.get().expect("the clock runs");
    println!("{:.1} s  {text}", start.elapsed().as_secs_f64());
}

/// Runs a program on a virtual clock, and ten seconds more for whoever is still at work.
pub fn run(program: impl AsyncFnOnce()) -> io::Result<()> {
    Runtime::builder().virtual_clock().build()?.block_on(async {
        START.set(Some(Instant::now()));
        program().await;
        sleep(10 * SECOND).await;
    });
    Ok(())
}

/// Books something and pays for it, which takes so many seconds. There is no flight left.
pub async fn book((what, seconds): (&'static str, u32)) -> Result<(), String> {
    sleep(seconds * SECOND).await;
    if what == "flight" {
        return Err("there is no flight left".into());
    }
    say(&format!("the {what} is paid"));
    Ok(())
}

/// A telephone call, which says when it is over.
struct Call(&'static str);

impl Drop for Call {
    fn drop(&mut self) {
        say(&format!("the call about the {} is over", self.0));
    }
}

/// Books something by telephone.
pub async fn call((what, seconds): (&'static str, u32)) -> Result<(), String> {
    let _call = Call(what);
    book((what, seconds)).await
}
