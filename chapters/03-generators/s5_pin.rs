//! Why a machine with references into itself must not move.

use std::ptr;

use mainspring::generator::{Coroutine, CoroutineState, coroutine};

/// By hand: the place in the numbers is an index, which is right wherever they are.
struct ByHand {
    numbers: [u32; 3],
    at: usize,
}

fn main() {
    let machine = ByHand { numbers: [10, 20, 30], at: 1 };
    let before = ptr::from_ref(&machine.numbers).addr();
    let machine = Box::new(machine);
    let after = ptr::from_ref(&machine.numbers).addr();
    println!("by hand, after a move");
    println!("  its numbers are where they were: {}", before == after);
    println!("  it stands at {}", machine.numbers[machine.at]);

    let mut machine = coroutine(async |co, ()| {
        let numbers = [10, 20, 30];
        let at = &numbers[1]; // a reference from the machine into the machine
        co.yield_(ptr::from_ref(&numbers).addr()).await;
        co.yield_(ptr::from_ref(&numbers).addr()).await;
        *at
    });
    let before = machine.send(());
    let mut machine = Box::new(machine);
    let after = machine.send(());
    println!("by the compiler, after a move of the box it is pinned in");
    println!("  its numbers are where they were: {}", before == after);
    if let CoroutineState::Complete(number) = machine.send(()) {
        println!("  it stands at {number}");
    }
}
