//! Two tickets, three buyers, one thread.

use std::cell::Cell;
use std::time::Duration;

use mainspring::join_all;
use mainspring::runtime::Runtime;
use mainspring::time::sleep;

#[path = "../00-introduction/cli.rs"]
mod cli;
mod mended;

const SECOND: Duration = Duration::from_secs(1);

async fn buy(name: &str, tickets: &Cell<u32>) {
    let left = tickets.get();
    if left == 0 {
        println!("{name}: sold out");
        return;
    }
    sleep(SECOND).await; // the bank says yes
    tickets.set(left - 1);
    println!("{name} has ticket {left}");
}

fn main() -> std::io::Result<()> {
    let mended = !cli::options(&["--mended"]).is_empty();
    let mut runtime = Runtime::builder().virtual_clock().build()?;
    let tickets = Cell::new(2);
    let buyers = ["Anna", "Bob", "Carol"];
    if mended {
        runtime.block_on(join_all(buyers.map(|name| mended::buy(name, &tickets))));
    } else {
        runtime.block_on(join_all(buyers.map(|name| buy(name, &tickets))));
    }
    println!("tickets left: {}", tickets.get());
    Ok(())
}
