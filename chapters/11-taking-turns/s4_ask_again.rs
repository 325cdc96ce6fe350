//! A lock of a flag: who finds it locked asks again, and again.

use std::cell::Cell;
use std::time::Duration;

use mainspring::join::{join_all, select};
use mainspring::runtime::Runtime;
use mainspring::task::yield_now;
use mainspring::time::{Instant, sleep};

#[path = "../00-introduction/cli.rs"]
mod cli;

#[derive(Default)]
struct Lock {
    locked: Cell<bool>,
    asked: Cell<u32>,
}

struct Guard<'a>(&'a Lock);

impl Lock {
    async fn lock(&self) -> Guard<'_> {
        while self.locked.replace(true) {
            self.asked.set(self.asked.get() + 1);
            yield_now().await;
        }
        Guard(self)
    }
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.0.locked.set(false);
    }
}

async fn buy(name: &str, tickets: &Cell<u32>, lock: &Lock) {
    let _guard = lock.lock().await;
    let left = tickets.get();
    if left == 0 {
        println!("{name}: sold out");
        return;
    }
    sleep(Duration::from_millis(100)).await; // the bank says yes
    tickets.set(left - 1);
    println!("{name} has ticket {left}");
}

/// Comes back when it has been asked in vain so often that it will be for ever.
async fn enough(lock: &Lock) {
    let start = Instant::now();
    while lock.asked.get() < 1_000_000 {
        yield_now().await;
    }
    println!("time that has gone by: {} ms", start.elapsed().as_millis());
}

fn main() -> std::io::Result<()> {
    let is_virtual = !cli::options(&["--virtual"]).is_empty();
    let (tickets, lock) = (Cell::new(2), Lock::default());
    let sale = join_all(["Anna", "Bob", "Carol"].map(|name| buy(name, &tickets, &lock)));
    if is_virtual {
        let mut runtime = Runtime::builder().virtual_clock().build()?;
        runtime.block_on(select(sale, enough(&lock)));
    } else {
        mainspring::block_on(sale);
    }
    println!("asked in vain: {} times", lock.asked.get());
    Ok(())
}
