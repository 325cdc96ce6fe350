//! A future polled in a loop: it works, and burns a CPU.

use std::pin::pin;
use std::task::{Context, Waker};
use std::time::Duration;

#[path = "../00-introduction/cli.rs"]
mod cli;
mod kettle;

fn main() {
    cli::options(&[]);
    kettle::measure(|| block_on(kettle::put_on(Duration::from_millis(500))));
}

/// Polls the future until it is ready. Returns how often.
fn block_on(future: impl Future) -> u64 {
    let mut future = pin!(future);
    let mut cx = Context::from_waker(Waker::noop());
    let mut polls = 1;
    while future.as_mut().poll(&mut cx).is_pending() {
        polls += 1;
    }
    polls
}
