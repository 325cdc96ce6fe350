//! A clock that ticks beside work that blocks: everything stands still.

use std::thread;
use std::time::Duration;

use mainspring::spawn;

#[path = "../00-introduction/cli.rs"]
mod cli;
mod ticker;

use ticker::Ticker;

fn main() {
    cli::options(&[]);
    mainspring::block_on(async {
        let ticker = Ticker::start();
        let work = spawn(async {
            thread::sleep(Duration::from_millis(200)); // a slow disk, a long sum
            "done"
        });
        println!("the work is {}", work.await.unwrap());
        ticker.report();
    });
}
