//! Both ways to sleep, in every order in which the threads can take their steps.

#[path = "../00-introduction/cli.rs"]
mod cli;
mod fold;
#[path = "../../tests/broken/event_loop_looks_then_parks.rs"]
mod look_then_sleep;
#[allow(unused_imports, unused_macros, reason = "the suites of all chapters are there")]
#[path = "../../tests/suite/mod.rs"]
mod suite;

use std::mem;

use fold::fold;
use look_then_sleep::LooksThenParks;
use suite::event_loop::{Parking, Shared, try_orders};

struct ParksUnderTheLock;

impl Parking for ParksUnderTheLock {
    async fn deliver(shared: &Shared) {
        let parked = {
            let mut inbox = shared.lock().await;
            inbox.letters += 1;
            mem::take(&mut inbox.parked)
        };
        if parked {
            shared.ring().await;
        }
    }

    async fn park(shared: &Shared) {
        let idle = {
            let mut inbox = shared.lock().await;
            inbox.parked = inbox.letters == 0;
            inbox.parked
        };
        if idle {
            shared.listen().await;
        }
    }
}

fn main() {
    cli::options(&[]);
    println!("Look, then sleep.");
    explore::<LooksThenParks>();
    println!("Park under the lock.");
    explore::<ParksUnderTheLock>();
}

fn explore<P: Parking + 'static>() {
    let (outcome, passed) = try_orders::<P>();
    match outcome {
        Ok(()) => println!("In {passed} orders nothing goes wrong."),
        Err(counterexample) => println!("{}\n", fold(&counterexample.to_string())),
    }
}
