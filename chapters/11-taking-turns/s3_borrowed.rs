//! A `RefCell` that is borrowed across an `.await`, and a lock of std that is held across one.

// This is what the program is about.
#![expect(clippy::await_holding_refcell_ref, clippy::await_holding_lock)]

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Mutex;
use std::time::Duration;
use std::{panic, process, thread};

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

async fn buy_by_std(name: &str, tickets: &Mutex<u32>) {
    let mut left = tickets.lock().unwrap();
    if *left == 0 {
        println!("{name}: sold out");
        return;
    }
    sleep(SECOND).await; // the bank says yes
    println!("{name} has ticket {left}");
    *left -= 1;
}

/// Each buys in a task, and who has panicked is named.
async fn sale<F: Future<Output = ()> + 'static>(buy: impl Fn(&'static str) -> F) {
    let buyers = ["Anna", "Bob", "Carol"].map(|name| (name, spawn(buy(name))));
    for (name, buyer) in buyers {
        if buyer.await.is_err() {
            println!("{name} has panicked");
        }
    }
}

/// Ends the program from another thread, since this one is about to stand still.
fn give_up_after(time: Duration) {
    thread::spawn(move || {
        thread::sleep(time);
        println!("{time:?} has gone by on your clock, and nobody has a ticket");
        process::exit(1);
    });
}

fn main() -> std::io::Result<()> {
    panic::set_hook(Box::new(|_| {})); // whoever awaits the task says it
    let by_std = !cli::options(&["--std"]).is_empty();
    let mut runtime = Runtime::builder().virtual_clock().build()?;
    if by_std {
        give_up_after(SECOND);
        let tickets = Rc::new(Mutex::new(2));
        runtime.block_on(sale(|name| {
            let tickets = Rc::clone(&tickets);
            async move { buy_by_std(name, &tickets).await }
        }));
    } else {
        let tickets = Rc::new(RefCell::new(2));
        runtime.block_on(sale(|name| {
            let tickets = Rc::clone(&tickets);
            async move { buy(name, &tickets).await }
        }));
        println!("tickets left: {}", tickets.borrow());
    }
    Ok(())
}
