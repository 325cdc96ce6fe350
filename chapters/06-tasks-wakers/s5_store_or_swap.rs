//! A flag cleared by a store, and by a swap: how often a wake is lost between two cores.

use std::hint;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

#[path = "../00-introduction/cli.rs"]
mod cli;

const TRIES: usize = 100_000;

/// A task that has a seat in the queue, and what its poll is going to look at.
struct Task {
    queued: AtomicBool,
    boils: AtomicBool,
}

/// What the kettle's thread does. Says whether the wake went away, as the flag was set.
fn boil_and_wake(task: &Task) -> bool {
    task.boils.store(true, Ordering::Relaxed);
    task.queued.swap(true, Ordering::AcqRel)
}

/// What the executor does at the same time. Says whether the poll sees that it boils.
fn store_and_poll(task: &Task) -> bool {
    task.queued.store(false, Ordering::Release);
    task.boils.load(Ordering::Relaxed)
}

fn swap_and_poll(task: &Task) -> bool {
    task.queued.swap(false, Ordering::AcqRel);
    task.boils.load(Ordering::Relaxed)
}

/// In how many tries the wake went away, and the poll saw nothing.
fn lost(clear_and_poll: fn(&Task) -> bool) -> usize {
    let task = |_| Task { queued: AtomicBool::new(true), boils: AtomicBool::new(false) };
    let tasks: Vec<Task> = (0..TRIES).map(task).collect();
    let gate = AtomicUsize::new(0);
    let each = |f: fn(&Task) -> bool| -> Vec<bool> {
        let try_one = |(number, task)| {
            meet(&gate, number);
            f(task)
        };
        tasks.iter().enumerate().map(try_one).collect()
    };
    thread::scope(|scope| {
        let kettle = scope.spawn(|| each(boil_and_wake));
        let saw = each(clear_and_poll);
        let went_away = kettle.join().expect("the kettle's thread is fine");
        went_away.iter().zip(saw).filter(|&(&away, saw)| away && !saw).count()
    })
}

/// Waits until the other thread is here, too.
fn meet(gate: &AtomicUsize, number: usize) {
    gate.fetch_add(1, Ordering::AcqRel);
    let mut looks = 0;
    while gate.load(Ordering::Acquire) < 2 * (number + 1) {
        looks += 1;
        if looks < 1_000 { hint::spin_loop() } else { thread::yield_now() }
    }
}

fn main() {
    cli::options(&[]);
    println!("wakes that are lost, of {TRIES}");
    println!("cleared by a store  {:>5}", lost(store_and_poll));
    println!("cleared by a swap   {:>5}", lost(swap_and_poll));
}
