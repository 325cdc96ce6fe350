//! Two locks in two orders, and a loop that says who holds what.

use std::panic::{self, PanicHookInfo};
use std::rc::Rc;
use std::time::Duration;

use fold::fold;
use mainspring::runtime::Runtime;
use mainspring::sync::Mutex;
use mainspring::task::Builder;
use mainspring::time::sleep;

#[path = "../00-introduction/cli.rs"]
mod cli;
#[path = "../07-event-loop/fold.rs"]
mod fold;

const SECOND: Duration = Duration::from_secs(1);

struct Office {
    tickets: Mutex<u32>,
    till: Mutex<u32>,
}

async fn sell(office: Rc<Office>) {
    let mut tickets = office.tickets.lock().await;
    println!("a guest asks for a ticket");
    sleep(SECOND).await;
    let mut till = office.till.lock().await;
    *tickets -= 1;
    *till += 20;
}

async fn refund(office: Rc<Office>) {
    let mut till = office.till.lock().await;
    println!("money is counted");
    sleep(SECOND).await;
    let mut tickets = office.tickets.lock().await;
    *till -= 20;
    *tickets += 1;
}

/// Prints what a panic says, with short lines and without this folder's name.
fn print(panic: &PanicHookInfo<'_>) {
    if let Some(message) = panic.payload().downcast_ref::<String>() {
        eprintln!("{}", fold(&message.replace("chapters/11-taking-turns/", "")));
    }
}

fn main() -> std::io::Result<()> {
    panic::set_hook(Box::new(print));
    cli::options(&[]);
    let office = Rc::new(Office { tickets: Mutex::new(5), till: Mutex::new(100) });
    Runtime::builder().virtual_clock().build()?.block_on(async {
        let sale = Builder::new().name("sale").spawn(sell(Rc::clone(&office)));
        let refund = Builder::new().name("refund").spawn(refund(Rc::clone(&office)));
        sale.await.unwrap();
        refund.await.unwrap();
        let (tickets, till) = (office.tickets.lock().await, office.till.lock().await);
        println!("tickets: {}, till: {}", *tickets, *till);
    });
    Ok(())
}
