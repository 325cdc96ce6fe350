//! How much too long a sleep is: with nothing else to do, and beside others.

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::meter::{median, scattered};
use crate::peers::Peer;

/// How many sleep beside the one that is measured.
const TICKING: u64 = 1_000;
/// How long each of them sleeps, again and again.
const TICK: Duration = Duration::from_millis(10);
/// How many are always ready beside the one that is measured.
const BUSY: u64 = 100_000;

/// Sleeps with nothing else to do.
pub fn alone<P: Peer>(count: usize) -> Result<f64, String> {
    P::run(of_sleeps::<P>(count, short))
}

/// The same by the kernel alone.
pub fn limit(count: usize) -> Result<f64, String> {
    let mut late: Vec<f64> = (0..count as u64)
        .map(|number| {
            let duration = short(number);
            let start = Instant::now();
            std::thread::sleep(duration);
            excess(start, duration)
        })
        .collect();
    Ok(median(&mut late))
}

/// Beside a crowd that falls asleep together, and so wakes together: what a loop does for
/// many timers at once must not be at the cost of one that stands apart.
pub fn beside_ticking<P: Peer>(count: usize) -> Result<f64, String> {
    beside::<P, _>(count, short, TICKING, |_, is_over| tick::<P>(is_over))
}

/// Beside a crowd whose ticks are spread over the time of one: there is always a timer
/// that is due soon, and a loop may be tempted to wait for it.
pub fn beside_scattered<P: Peer>(count: usize) -> Result<f64, String> {
    beside::<P, _>(count, short, TICKING, |number, is_over| async move {
        P::sleep(scattered(number, 0, 10)).await;
        tick::<P>(is_over).await;
    })
}

/// Among a crowd that is always ready: a timer must not wait until there is nothing else
/// to do.
pub fn among_busy<P: Peer>(count: usize) -> Result<f64, String> {
    if P::TIMERS_COME_LAST {
        return Err("does not apply: no timer fires while a task is ready".into());
    }
    let millisecond = |_| Duration::from_millis(1);
    beside::<P, _>(count, millisecond, BUSY, |_, is_over| give_way::<P>(is_over))
}

/// The lateness of sleeps beside tasks that go on until the flag is set.
fn beside<P: Peer, F: Future<Output = ()> + 'static>(
    count: usize,
    duration: fn(u64) -> Duration,
    others: u64,
    other: impl Fn(u64, Rc<Cell<bool>>) -> F + 'static,
) -> Result<f64, String> {
    P::run(async move {
        let is_over = Rc::new(Cell::new(false));
        let spawn = |number| P::spawn(other(number, Rc::clone(&is_over)));
        let others: Vec<_> = (0..others).map(spawn).collect();
        // By then all are at it, also those that begin late.
        P::sleep(2 * TICK).await;
        let late = of_sleeps::<P>(count, duration).await;
        is_over.set(true);
        for other in others {
            P::join(other).await;
        }
        late
    })
}

async fn tick<P: Peer>(is_over: Rc<Cell<bool>>) {
    while !is_over.get() {
        P::sleep(TICK).await;
    }
}

async fn give_way<P: Peer>(is_over: Rc<Cell<bool>>) {
    while !is_over.get() {
        P::yield_now().await;
    }
}

/// So many sleeps, one after the other: how much too long they are, in the middle.
async fn of_sleeps<P: Peer>(count: usize, duration: fn(u64) -> Duration) -> f64 {
    let mut late = Vec::with_capacity(count);
    for number in 0..count as u64 {
        let duration = duration(number);
        let start = Instant::now();
        P::sleep(duration).await;
        late.push(excess(start, duration));
    }
    median(&mut late)
}

fn excess(start: Instant, duration: Duration) -> f64 {
    start.elapsed().as_nanos() as f64 - duration.as_nanos() as f64
}

/// One to five milliseconds.
fn short(number: u64) -> Duration {
    scattered(number, 1, 5)
}
