//! A task that waits for two hundred sockets: what is taken of its share, and when?

use std::cell::Cell;
use std::future::poll_fn;
use std::io::{self, Read};
use std::pin::pin;
use std::task::{Poll, ready};
use std::time::Duration;

use mainspring::net::UnixStream;
use mainspring::time::{sleep, timeout};
use mainspring::{block_on, spawn};

#[path = "../00-introduction/cli.rs"]
mod cli;

fn main() -> io::Result<()> {
    cli::options(&[]);
    block_on(async {
        println!("The library, which counts what was done.");
        wait_for_two_hundred(false).await?;
        println!("Taken before the attempt, whatever comes of it.");
        wait_for_two_hundred(true).await
    })
}

/// All are silent, until Ada says a word to the last.
async fn wait_for_two_hundred(spends_first: bool) -> io::Result<()> {
    let pairs: Vec<_> = (0..200).map(|_| UnixStream::pair()).collect::<Result<_, _>>()?;
    let (sockets, mut peers): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
    let ada = peers.pop().expect("there are two hundred");
    drop(spawn(async move {
        sleep(Duration::from_millis(100)).await;
        ada.write_all(b"x").await
    }));
    let (polls, tries) = (Cell::new(0), Cell::new(0));
    let mut reads: Vec<_> = sockets
        .iter()
        .map(|socket| Box::pin(read(socket, &tries, spends_first)))
        .collect();
    let a_word = poll_fn(|cx| {
        polls.set(polls.get() + 1);
        let is_heard = reads.iter_mut().any(|read| read.as_mut().poll(cx).is_ready());
        if is_heard { Poll::Ready(()) } else { Poll::Pending }
    });
    let outcome = match timeout(Duration::from_millis(500), a_word).await {
        Ok(()) => "the word is heard",
        Err(_) => "half a second is over, and the word is not heard",
    };
    println!("  {} polls, {} tries: {outcome}", polls.get(), tries.get());
    Ok(())
}

async fn read(
    socket: &UnixStream,
    tries: &Cell<u32>,
    spends_first: bool,
) -> io::Result<usize> {
    let mut read = pin!(socket.read_with(|mut socket| {
        tries.set(tries.get() + 1);
        socket.read(&mut [0])
    }));
    poll_fn(|cx| {
        if spends_first {
            // The kernel is not asked, and one operation is counted.
            ready!(pin!(socket.write_with(|_| Ok(()))).poll(cx))?;
        }
        read.as_mut().poll(cx)
    })
    .await
}
