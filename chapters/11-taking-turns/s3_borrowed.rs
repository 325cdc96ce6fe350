//! A `RefCell` that is borrowed across an `.await`.

#![expect(clippy::await_holding_refcell_ref)] // this is what the program is about

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

async fn buy(name: &str, tickets: &RefCell<u32>) {
    let mut left = tickets.borrow_mut();
    if *left == 0 {
        println!("{name}: sold out");
        return;
    }
    sleep(SECOND).await; // the bank says yes
    println!("{name} has ticket {left}");
    *left -= 1;
}

fn main() -> std::io::Result<()> {
    panic::set_hook(Box::new(|_| {})); // whoever awaits the task says it
    cli::options(&[]);
    let tickets = Rc::new(RefCell::new(2));
    Runtime::builder().virtual_clock().build()?.block_on(async {
        let buyers = ["Anna", "Bob", "Carol"].map(|name| {
            let tickets = Rc::clone(&tickets);
            (name, spawn(async move { buy(name, &tickets).await }))
        });
        for (name, buyer) in buyers {
            if buyer.await.is_err() {
                println!("{name} has panicked");
            }
        }
    });
    println!("tickets left: {}", tickets.borrow());
    Ok(())
}
