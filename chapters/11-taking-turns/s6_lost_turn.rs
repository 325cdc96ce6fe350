//! Bob takes the printer that is free first, and with him a turn is gone.

use std::panic::{self, PanicHookInfo};
use std::rc::Rc;
use std::time::Duration;

use fold::fold;
use locks::{Announced, Handed, Lock};
use mainspring::join::{Either, select};
use mainspring::runtime::Runtime;
use mainspring::spawn;
use mainspring::time::sleep;

#[path = "../00-introduction/cli.rs"]
mod cli;
#[path = "../07-event-loop/fold.rs"]
mod fold;
mod locks;

const SECOND: Duration = Duration::from_secs(1);

async fn bob<L: Lock>(black: Rc<L>, red: Rc<L>) {
    match select(black.lock(), red.lock()).await {
        Either::Left(_guard) => println!("Bob prints on the black one"),
        Either::Right(_guard) => println!("Bob prints on the red one"),
    }
}

async fn carol<L: Lock>(red: Rc<L>) {
    let _guard = red.lock().await;
    println!("Carol prints on the red one");
    sleep(SECOND).await;
}

async fn anna<L: Lock>() {
    let (black, red) = (Rc::new(L::default()), Rc::new(L::default()));
    let both = (black.lock().await, red.lock().await);
    let bob = spawn(bob(Rc::clone(&black), Rc::clone(&red)));
    let carol = spawn(carol(Rc::clone(&red)));
    sleep(SECOND).await; // she prints, and they wait
    drop(both);
    println!("Anna leaves both printers");
    bob.await.unwrap();
    println!("the red one is {}", if red.is_locked() { "locked" } else { "free" });
    carol.await.unwrap();
}

/// Prints what a panic says, with short lines and without this folder's name.
fn print(panic: &PanicHookInfo<'_>) {
    if let Some(message) = panic.payload().downcast_ref::<String>() {
        eprintln!("{}", fold(&message.replace("chapters/11-taking-turns/", "")));
    }
}

fn main() -> std::io::Result<()> {
    panic::set_hook(Box::new(print));
    let handed = !cli::options(&["--handed"]).is_empty();
    let mut runtime = Runtime::builder().virtual_clock().build()?;
    if handed {
        runtime.block_on(anna::<Handed>());
    } else {
        runtime.block_on(anna::<Announced>());
    }
    Ok(())
}
