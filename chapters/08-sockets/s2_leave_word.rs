//! A task that leaves its waker with the socket: a reactor, ten lines, and it sleeps.

use std::cell::Cell;
use std::future::poll_fn;
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::rc::Rc;
use std::task::{Poll, Waker};
use std::thread;
use std::time::Duration;

use mainspring::reactor::Reactor;

use executor::Executor;

#[path = "../00-introduction/cli.rs"]
mod cli;
mod executor;
#[allow(dead_code)]
#[path = "../06-tasks-wakers/kettle.rs"]
mod kettle;

/// A socket, and who waits for something to read.
struct Source {
    socket: UnixStream,
    waiter: Cell<Option<Waker>>,
}

impl Source {
    async fn read(&self, piece: &mut [u8]) -> io::Result<usize> {
        poll_fn(|cx| match (&self.socket).read(piece) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                self.waiter.set(Some(cx.waker().clone()));
                Poll::Pending
            }
            outcome => Poll::Ready(outcome),
        })
        .await
    }
}

/// Sleeps until something happens, and wakes who waits for it.
fn look(reactor: &mut Reactor<Rc<Source>>) -> io::Result<()> {
    reactor.wait(None)?;
    while let Some((token, ready)) = reactor.next_event() {
        let Some(source) = reactor.get(token) else { continue };
        if ready.readable
            && let Some(waker) = source.waiter.take()
        {
            waker.wake();
        }
    }
    Ok(())
}

fn main() -> io::Result<()> {
    cli::options(&[]);
    let (socket, mut ada) = UnixStream::pair()?;
    socket.set_nonblocking(true)?;
    thread::spawn(move || {
        thread::sleep(Duration::from_millis(500));
        ada.write_all(b"hello")
    });
    let source = Rc::new(Source { socket, waiter: Cell::default() });
    let mut reactor = Reactor::new()?;
    reactor.register(&source.socket, Rc::clone(&source))?;
    let executor = Executor::default();
    executor.spawn(async move {
        source.read(&mut [0; 64]).await.expect("Ada says something");
    });
    kettle::measure(|| executor.run(|| look(&mut reactor).is_ok()));
    Ok(())
}
