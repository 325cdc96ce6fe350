//! Both ways to sleep, in every order in which the threads can take their steps.

#[path = "../../tests/broken/event_loop_looks_then_parks.rs"]
mod look_then_sleep;
#[path = "solution.rs"]
mod solution;
#[path = "../../tests/suite/mod.rs"]
mod suite;

use look_then_sleep::LooksThenParks;
use solution::Sleeper;
use suite::event_loop::parks;

fn main() {
    println!("Look, then sleep:");
    print(parks::<LooksThenParks>());
    println!("Park under the lock:");
    print(parks::<Sleeper>());
}

fn print(outcome: suite::Outcome) {
    match outcome {
        Ok(()) => println!("nothing found"),
        Err(counterexample) => println!("{counterexample}"),
    }
}
