//! One keeper, who stays beside each duck until it has eaten.

use std::thread::sleep;
use std::time::{Duration, Instant};

#[path = "../00-introduction/cli.rs"]
mod cli;
mod work;

use work::burn;

const HANDS: Duration = Duration::from_millis(20);
const EATING: Duration = Duration::from_millis(40);

fn feed_all() {
    for duck in ["a", "b", "c", "d", "e"] {
        for _bowl in 0..2 {
            print!("{duck}");
            burn(HANDS);
            sleep(EATING);
        }
    }
}

fn main() {
    cli::options(&[]);
    let start = Instant::now();
    feed_all();
    println!("\nall have eaten after {} ms", start.elapsed().as_millis());
}
