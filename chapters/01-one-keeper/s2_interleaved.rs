//! One keeper, who goes on while a duck eats; or several, each with a share of the ducks.

mod program;
mod work;

use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use work::burn;

const USAGE: &str = "\
usage: cargo run -- 1 s2 [OPTION VALUE]...
  --ducks N     how many ducks, 1 to 26 (5)
  --keepers N   how many keepers, each with a share of the ducks, 1 to 9 (1)";

const HANDS: Duration = Duration::from_millis(20);
const EATING: Duration = Duration::from_millis(40);

struct Duck {
    name: char,
    bowls: u32,
    hungry_at: Instant,
}

fn serve(duck: &mut Duck) {
    print!("{}", duck.name);
    burn(HANDS);
    duck.bowls -= 1;
    duck.hungry_at = Instant::now() + EATING;
}

fn feed(ducks: &mut [Duck]) {
    while let Some(next) =
        ducks.iter_mut().filter(|duck| duck.bowls > 0).min_by_key(|duck| duck.hungry_at)
    {
        sleep_until(next.hungry_at);
        serve(next);
    }
}

fn feed_in_parallel(ducks: &mut [Duck], keepers: usize) {
    let share = ducks.len().div_ceil(keepers);
    thread::scope(|scope| {
        for ducks in ducks.chunks_mut(share) {
            scope.spawn(|| feed(ducks));
        }
    });
}

/// Waits until `then`; not at all if that is past.
fn sleep_until(then: Instant) {
    thread::sleep(then.saturating_duration_since(Instant::now()));
}

fn main() -> ExitCode {
    program::run(USAGE, &["ducks", "keepers"], |options| {
        let count = options.number("ducks", 5, 1..=26)?;
        let keepers = options.number("keepers", 1, 1..=9)?;
        let start = Instant::now();
        let duck = |name| Duck { name, bowls: 2, hungry_at: start };
        let mut ducks: Vec<Duck> = ('a'..='z').take(count as usize).map(duck).collect();
        match keepers {
            1 => feed(&mut ducks),
            _ => feed_in_parallel(&mut ducks, keepers as usize),
        }
        // The last ones are eating still.
        ducks.iter().for_each(|duck| sleep_until(duck.hungry_at));
        println!("\nall have eaten after {} ms", start.elapsed().as_millis());
        Ok(())
    })
}
