//! Three tasks of which two wait for each other, and a loop that says so.

use std::cell::RefCell;
use std::panic::{self, PanicHookInfo};
use std::rc::Rc;
use std::time::Duration;

use mainspring::runtime::Runtime;
use mainspring::task::{Builder, JoinHandle, yield_now};
use mainspring::time::sleep;

/// Prints what a panic says, folded to the width of a page.
fn fold(panic: &PanicHookInfo<'_>) {
    if let Some(message) = panic.payload().downcast_ref::<String>() {
        let message = message.replace(" and no ", "\nand no ");
        eprintln!("{}", message.replace(", spawned", ",\n    spawned"));
    }
}

fn main() -> std::io::Result<()> {
    panic::set_hook(Box::new(fold));
    let mut runtime = Runtime::builder().virtual_clock().build()?;
    runtime.block_on(async {
        let slot: Rc<RefCell<Option<JoinHandle<()>>>> = Rc::default();
        let guest_of_host = Rc::clone(&slot);
        let host = Builder::new().name("host").spawn(async move {
            yield_now().await;
            let guest = guest_of_host.take().expect("the guest is there by now");
            println!("host: I sit down when the guest does");
            let _ = guest.await;
        });
        let guest = Builder::new().name("guest").spawn(async move {
            println!("guest: I sit down when the host does");
            let _ = host.await;
        });
        slot.replace(Some(guest));
        sleep(Duration::from_secs(600)).await;
        println!("main: ten minutes have passed; I wait for them to eat");
        std::future::pending::<()>().await;
    });
    Ok(())
}
