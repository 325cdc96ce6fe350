//! Why a machine with references into itself must not move, and what moves in its place.

use std::cell::Cell;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::{mem, ptr};

#[path = "../00-introduction/cli.rs"]
mod cli;

/// Says where the numbers are, and pauses once.
async fn pause(place: &Cell<usize>, numbers: &[u32; 3]) {
    place.set(ptr::from_ref(numbers).addr());
    let mut paused = false;
    poll_fn(|_| match mem::replace(&mut paused, true) {
        false => Poll::Pending,
        true => Poll::Ready(()),
    })
    .await
}

fn resume(machine: &mut (impl Future + Unpin)) {
    let _ = Pin::new(machine).poll(&mut Context::from_waker(Waker::noop()));
}

fn main() {
    cli::options(&[]);
    let place = Cell::new(0);
    let mut machine = Box::pin(async {
        let numbers = [10, 20, 30];
        let at = &numbers[1];
        pause(&place, &numbers).await;
        pause(&place, &numbers).await;
        println!("it stands at {at}");
    });
    resume(&mut machine);
    let (box_at, numbers_at) = (ptr::from_ref(&machine).addr(), place.get());
    let mut moved = Vec::from([machine]);
    resume(&mut moved[0]);
    println!("the box is where it was: {}", box_at == ptr::from_ref(&moved[0]).addr());
    println!("its numbers are:         {}", numbers_at == place.get());
    resume(&mut moved[0]);
}
