//! Both ways to sleep, in every order in which the threads can take their steps.

#[path = "../00-introduction/cli.rs"]
mod cli;
mod fold;
#[path = "../../tests/broken/event_loop_looks_then_parks.rs"]
mod look_then_sleep;
#[path = "solution.rs"]
mod solution;
#[allow(unused_imports, unused_macros, reason = "the suites of all chapters are there")]
#[path = "../../tests/suite/mod.rs"]
mod suite;

use fold::fold;
use look_then_sleep::LooksThenParks;
use solution::Sleeper;
use suite::event_loop::{Parking, try_orders};

fn main() {
    cli::options(&[]);
    println!("Look, then sleep.");
    explore::<LooksThenParks>();
    println!("Park under the lock.");
    explore::<Sleeper>();
}

fn explore<P: Parking + 'static>() {
    let (outcome, passed) = try_orders::<P>();
    match outcome {
        Ok(()) => println!("In {passed} orders nothing goes wrong."),
        Err(counterexample) => println!("{}\n", fold(&counterexample.to_string())),
    }
}
