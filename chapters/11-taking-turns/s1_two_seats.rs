//! Two seats, three buyers, one thread.

use std::cell::Cell;
use std::time::Duration;

use mainspring::join_all;
use mainspring::runtime::Runtime;
use mainspring::time::sleep;

#[path = "../00-introduction/cli.rs"]
mod cli;

const SECOND: Duration = Duration::from_secs(1);

async fn buy(name: &str, seats: &Cell<u32>) {
    let left = seats.get();
    if left == 0 {
        println!("{name}: sold out");
        return;
    }
    sleep(SECOND).await; // the bank says yes
    seats.set(left - 1);
    println!("{name} has seat {left}");
}

fn main() -> std::io::Result<()> {
    cli::options(&[]);
    let seats = Cell::new(2);
    let sale = ["Anna", "Bob", "Carol"].map(|name| buy(name, &seats));
    Runtime::builder().virtual_clock().build()?.block_on(join_all(sale));
    println!("seats left: {}", seats.get());
    Ok(())
}
