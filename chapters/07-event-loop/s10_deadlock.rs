//! Three tasks of which two wait for each other, and a loop that says so.

#[path = "../00-introduction/cli.rs"]
mod cli;
mod fold;

use std::cell::RefCell;
use std::panic::{self, PanicHookInfo};
use std::rc::Rc;
use std::time::Duration;

use fold::fold;
use mainspring::runtime::Runtime;
use mainspring::task::{Builder, JoinHandle, yield_now};
use mainspring::time::sleep;

/// Prints what a panic says, with short lines and without this folder's name.
fn print(panic: &PanicHookInfo<'_>) {
    if let Some(message) = panic.payload().downcast_ref::<String>() {
        eprintln!("{}", fold(&message.replace("chapters/07-event-loop/", "")));
    }
}

fn main() -> std::io::Result<()> {
    panic::set_hook(Box::new(print));
    cli::options(&[]);
    let mut runtime = Runtime::builder().virtual_clock().build()?;
    runtime.block_on(async {
        let slot: Rc<RefCell<Option<JoinHandle<()>>>> = Rc::default();
        let guest_of_host = Rc::clone(&slot);
        let host = Builder::new().name("host").spawn(async move {
            yield_now().await;
            let guest = guest_of_host.take().expect("the guest is there by now");
            println!("host: I sit down after the guest");
            let _ = guest.await;
        });
        let guest = Builder::new().name("guest").spawn(async move {
            println!("guest: I sit down after the host");
            let _ = host.await;
        });
        slot.replace(Some(guest));
        sleep(Duration::from_secs(600)).await;
        println!("main: ten minutes; I wait for them to eat");
        std::future::pending::<()>().await;
    });
    Ok(())
}
