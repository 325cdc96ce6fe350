//! What it costs to hand over: two tasks that lock and unlock, by a lock of each kind.

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use locks::{Announced, Handed, Lock};
use mainspring::task::yield_now;
use mainspring::{block_on, spawn};

#[path = "../00-introduction/cli.rs"]
mod cli;
#[allow(dead_code)] // nobody asks here whether they are locked
mod locks;

const TIMES: u32 = 100_000;
/// The best of so many counts.
const ROUNDS: u32 = 5;

#[derive(Default)]
struct Till<L> {
    lock: L,
    last: Cell<u32>,
    hands: Cell<u32>,
}

async fn sell<L: Lock>(me: u32, till: Rc<Till<L>>) {
    for time in 0..TIMES {
        let _guard = till.lock.lock().await;
        if till.last.replace(me) != me {
            till.hands.set(till.hands.get() + 1);
        }
        if time % 100 == 0 {
            yield_now().await;
        }
    }
}

/// Has so many tasks use one till: how often it changes hands, and how long it takes.
fn run<L: Lock>(tasks: u32) -> (u32, Duration) {
    let till = Rc::new(Till::<L>::default());
    let start = Instant::now();
    block_on(async {
        let tasks: Vec<_> = (0..tasks).map(|me| spawn(sell(me, till.clone()))).collect();
        for task in tasks {
            task.await.unwrap();
        }
    });
    (till.hands.get(), start.elapsed())
}

/// How much longer two tasks take than one.
fn ratio<L: Lock>() -> f64 {
    let best = |tasks| (0..ROUNDS).map(|_| run::<L>(tasks).1).min().unwrap();
    best(2).as_secs_f64() / best(1).as_secs_f64()
}

fn main() {
    if cli::options(&["--times"]).is_empty() {
        let announced = [1, 2].map(|tasks| run::<Announced>(tasks).0);
        let handed = [1, 2].map(|tasks| run::<Handed>(tasks).0);
        println!("changes of hand   one task   two tasks");
        println!("announced{:>17}{:>12}", announced[0], announced[1]);
        println!("handed over{:>15}{:>12}", handed[0], handed[1]);
    } else {
        println!("two tasks, in times of one");
        println!("announced{:>17.0}", ratio::<Announced>());
        println!("handed over{:>15.0}", ratio::<Handed>());
    }
}
