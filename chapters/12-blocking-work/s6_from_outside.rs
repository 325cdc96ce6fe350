//! A thread that is not the loop's starts tasks on it.

use std::cell::RefCell;
use std::thread;

use mainspring::runtime::Handle;
use mainspring::task::yield_now;
use mainspring::{block_on, spawn_blocking};

#[path = "../00-introduction/cli.rs"]
mod cli;

thread_local! {
    /// Belongs to one thread, and needs no lock for that.
    static GUESTS: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) };
}

/// Runs on the loop's thread only: nobody else has this list.
async fn arrive(name: &'static str) -> usize {
    yield_now().await;
    GUESTS.with_borrow_mut(|guests| {
        guests.push(name);
        guests.len()
    })
}

fn main() {
    cli::options(&[]);
    let mut party = None;
    block_on(async {
        let remote = Handle::current().remote();
        party = Some(remote.clone());
        let door = thread::spawn(move || {
            let ada = remote.spawn(|| arrive("Ada")).unwrap();
            let bob = remote.spawn(|| arrive("Bob")).unwrap();
            (ada.join().unwrap(), bob.join().unwrap())
        });
        let said = spawn_blocking(|| door.join().unwrap()).await.unwrap();
        println!("the door says: {said:?}");
        println!("the list says: {:?}", GUESTS.take());
    });
    let late = party.unwrap().spawn(|| arrive("Eve"));
    println!("Eve is told: {}", late.unwrap_err());
}
