//! A `RefCell` that is borrowed across an `.await`.

use std::cell::RefCell;
use std::panic;
use std::rc::Rc;
use std::time::Duration;

use mainspring::runtime::Runtime;
use mainspring::spawn;
use mainspring::time::sleep;

#[path = "../00-introduction/cli.rs"]
mod cli;

const SECOND: Duration = Duration::from_secs(1);

#[expect(clippy::await_holding_refcell_ref)] // this is what the program is about
async fn buy(name: &str, seats: &RefCell<u32>) {
    let mut left = seats.borrow_mut();
    if *left == 0 {
        println!("{name}: sold out");
        return;
    }
    sleep(SECOND).await; // the bank says yes
    println!("{name} has seat {left}");
    *left -= 1;
}

fn main() -> std::io::Result<()> {
    panic::set_hook(Box::new(|_| {})); // whoever awaits the task says it
    cli::options(&[]);
    let seats = Rc::new(RefCell::new(2));
    Runtime::builder().virtual_clock().build()?.block_on(async {
        let buyers = ["Anna", "Bob", "Carol"].map(|name| {
            let seats = Rc::clone(&seats);
            (name, spawn(async move { buy(name, &seats).await }))
        });
        for (name, buyer) in buyers {
            if buyer.await.is_err() {
                println!("{name} has panicked");
            }
        }
    });
    println!("seats left: {}", seats.borrow());
    Ok(())
}
