//! A task for which there is always something: when do the others have their turn?

use std::cell::Cell;
use std::io::{self, Read, Write};
use std::rc::Rc;

use mainspring::net::UnixStream;
use mainspring::{block_on, spawn};

#[path = "../00-introduction/cli.rs"]
mod cli;

/// How many bytes Ada reads in all.
const ALL: u32 = 10_000;

fn main() -> io::Result<()> {
    cli::options(&[]);
    block_on(async {
        println!("Try, and wait after `WouldBlock` alone.");
        beside_bob(async |socket| socket.get_ref().read(&mut [0])).await?;
        println!("The library.");
        beside_bob(async |socket| socket.read(&mut [0]).await).await
    })
}

/// Ada reads what is always there, byte by byte. Bob is ready when she begins.
async fn beside_bob(
    read: impl AsyncFn(&UnixStream) -> io::Result<usize>,
) -> io::Result<()> {
    let (socket, peer) = UnixStream::pair()?;
    let count = Rc::new(Cell::new(0));
    let seen = Rc::clone(&count);
    let bob =
        spawn(async move { println!("  Bob has his turn after {} reads", seen.get()) });
    while count.get() < ALL {
        peer.get_ref().write_all(b"x")?;
        read(&socket).await?;
        count.set(count.get() + 1);
    }
    bob.await.expect("he does not panic");
    Ok(())
}
