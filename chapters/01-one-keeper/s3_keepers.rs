//! Gives the same work to more and more keepers: work that burns, and work that waits.

mod program;
mod work;

use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use work::burn;

const USAGE: &str = "\
usage: cargo run -- 1 s3 [OPTION VALUE]
  --most N   the most keepers to try, 1 to 256 (four times the cores, at most 64)";

/// How long one portion of work takes.
const PORTION: Duration = Duration::from_millis(5);
/// How often each row is tried; the fastest counts, because whatever else the machine
/// does can only make it slower.
const ROUNDS: u32 = 3;

fn main() -> ExitCode {
    program::run(USAGE, &["most"], |options| {
        let cores = thread::available_parallelism()?.get();
        let default = u32::try_from(4 * cores).unwrap_or(64).min(64);
        let most = options.number("most", default, 1..=256)?;
        let portions = 8 * cores;
        program::print(&compare(cores, portions, most))
    })
}

/// The table: a row for one keeper, two, four and so on.
fn compare(cores: usize, portions: usize, most: u32) -> String {
    let mut text = format!(
        "{portions} portions of {} ms, on {cores} cores, best of {ROUNDS} rounds\n\n\
         keepers   hands that burn   hands that wait\n",
        PORTION.as_millis()
    );
    let best = |keepers, portion: &(dyn Fn() + Sync)| {
        (0..ROUNDS)
            .map(|_| share_out(portions, keepers, portion))
            .min()
            .unwrap_or_default()
    };
    let keepers = std::iter::successors(Some(1), |keepers| Some(keepers * 2));
    for keepers in keepers.take_while(|&keepers| keepers <= most) {
        let burn = best(keepers, &|| burn(PORTION));
        let wait = best(keepers, &|| thread::sleep(PORTION));
        text += &format!(
            "{keepers:>7}   {:>12} ms   {:>12} ms\n",
            millis(burn),
            millis(wait)
        );
    }
    text
}

fn millis(time: Duration) -> u128 {
    (time.as_micros() + 500) / 1000
}

/// How long it takes until `keepers` threads have done all the portions.
fn share_out(portions: usize, keepers: u32, portion: &(dyn Fn() + Sync)) -> Duration {
    let taken = AtomicUsize::new(0);
    let keep = &|| {
        while taken.fetch_add(1, Ordering::Relaxed) < portions {
            portion();
        }
    };
    let start = Instant::now();
    thread::scope(|scope| {
        for _ in 0..keepers {
            scope.spawn(keep);
        }
    });
    start.elapsed()
}
