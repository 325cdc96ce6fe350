//! Who has the printer when: a lock that is free for a moment.

use std::rc::Rc;
use std::time::Duration;

use locks::{Announced, Handed, Lock};
use mainspring::runtime::Runtime;
use mainspring::spawn;
use mainspring::time::{Instant, sleep};

#[path = "../00-introduction/cli.rs"]
mod cli;
#[allow(dead_code)] // nobody asks here whether they are locked
mod locks;

const SECOND: Duration = Duration::from_secs(1);

async fn anna(printer: Rc<impl Lock>, start: Instant) {
    for page in 1..=3 {
        let _guard = printer.lock().await;
        println!("at {} s: Anna prints page {page}", start.elapsed().as_secs());
        sleep(SECOND).await;
    }
}

async fn bob(printer: Rc<impl Lock>, start: Instant) {
    let _guard = printer.lock().await;
    println!("at {} s: Bob prints", start.elapsed().as_secs());
}

async fn scene(printer: impl Lock) {
    let (printer, start) = (Rc::new(printer), Instant::now());
    let anna = spawn(anna(Rc::clone(&printer), start));
    let bob = spawn(bob(printer, start));
    anna.await.unwrap();
    bob.await.unwrap();
}

fn main() -> std::io::Result<()> {
    let handed = !cli::options(&["--handed"]).is_empty();
    let mut runtime = Runtime::builder().virtual_clock().build()?;
    if handed {
        runtime.block_on(scene(Handed::default()));
    } else {
        runtime.block_on(scene(Announced::default()));
    }
    Ok(())
}
