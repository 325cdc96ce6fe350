//! The compiler writes the enum: an `async` block, polled by hand.

use std::cell::Cell;
use std::future::poll_fn;
use std::task::{Context, Poll, Waker};

#[path = "../00-introduction/cli.rs"]
mod cli;

/// Lays a value down, and lets the block pause once.
async fn pause_with(cell: &Cell<Option<u32>>, value: u32) {
    let mut value = Some(value);
    poll_fn(move |_| match value.take() {
        Some(value) => {
            cell.set(Some(value));
            Poll::Pending
        }
        None => Poll::Ready(()),
    })
    .await
}

fn main() {
    cli::options(&[]);
    let cell = Cell::new(None);
    let mut squares = Box::pin(async {
        for n in 1..=3 {
            pause_with(&cell, n * n).await;
        }
        "that was all"
    });
    let mut context = Context::from_waker(Waker::noop());
    loop {
        match squares.as_mut().poll(&mut context) {
            Poll::Pending => println!("yielded {:?}", cell.take()),
            Poll::Ready(end) => break println!("complete: {end}"),
        }
    }
}
