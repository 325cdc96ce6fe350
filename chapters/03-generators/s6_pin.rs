//! Why a machine with references into itself must not move.

use std::cell::Cell;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::{mem, ptr};

#[path = "../00-introduction/cli.rs"]
mod cli;

/// By hand: the place in the numbers is an index, which is right wherever they are.
struct ByHand {
    numbers: [u32; 3],
    at: usize,
}

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

fn resume(machine: Pin<&mut impl Future>) {
    let _ = machine.poll(&mut Context::from_waker(Waker::noop()));
}

fn by_hand() {
    println!("by hand, after a move");
    let machine = ByHand { numbers: [10, 20, 30], at: 1 };
    let before = ptr::from_ref(&machine.numbers).addr();
    let machine = Box::new(machine);
    let after = ptr::from_ref(&machine.numbers).addr();
    println!("  its numbers are where they were: {}", before == after);
    println!("  it stands at {}", machine.numbers[machine.at]);
}

fn by_the_compiler() {
    println!("by the compiler, after a move of the box");
    let place = Cell::new(0);
    let mut machine = Box::pin(async {
        let numbers = [10, 20, 30];
        let at = &numbers[1]; // from the machine into the machine
        pause(&place, &numbers).await;
        pause(&place, &numbers).await;
        println!("  it stands at {at}");
    });
    resume(machine.as_mut());
    let before = place.get();
    let mut moved = [machine];
    resume(moved[0].as_mut());
    println!("  its numbers are where they were: {}", before == place.get());
    resume(moved[0].as_mut());
}

fn main() {
    cli::options(&[]);
    by_hand();
    by_the_compiler();
}
