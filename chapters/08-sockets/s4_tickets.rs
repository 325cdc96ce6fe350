//! A wait that is given up, a thousand times: what is left of it?

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::io::{self, ErrorKind, Read};
use std::os::unix::net::UnixStream;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

#[path = "../00-introduction/cli.rs"]
mod cli;

/// One direction of a socket: those who wait to read, for instance.
#[derive(Default)]
struct Direction {
    waiting: RefCell<Vec<(u64, Waker)>>,
    next_ticket: Cell<u64>,
}

/// The right to wait once. Dropping it leaves nothing behind.
struct Ticket<'a> {
    direction: &'a Direction,
    number: Option<u64>,
}

impl Ticket<'_> {
    fn wait(&mut self, waker: &Waker) {
        let mut waiting = self.direction.waiting.borrow_mut();
        match waiting.iter_mut().find(|entry| Some(entry.0) == self.number) {
            Some((_, latest)) => latest.clone_from(waker),
            None => {
                let number = self.direction.next_ticket.get();
                self.direction.next_ticket.set(number + 1);
                waiting.push((number, waker.clone()));
                self.number = Some(number);
            }
        }
    }
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        let mut waiting = self.direction.waiting.borrow_mut();
        waiting.retain(|entry| Some(entry.0) != self.number);
    }
}

/// Reads, and takes a ticket to wait.
async fn read(mut socket: &UnixStream, direction: &Direction) -> io::Result<usize> {
    let mut ticket = Ticket { direction, number: None };
    poll_fn(|cx| match socket.read(&mut [0; 64]) {
        Err(error) if error.kind() == ErrorKind::WouldBlock => {
            ticket.wait(cx.waker());
            Poll::Pending
        }
        outcome => Poll::Ready(outcome),
    })
    .await
}

/// The same as before: reads, and leaves a waker in a list.
async fn read_without(
    mut socket: &UnixStream,
    waiting: &RefCell<Vec<Waker>>,
) -> io::Result<usize> {
    poll_fn(|cx| match socket.read(&mut [0; 64]) {
        Err(error) if error.kind() == ErrorKind::WouldBlock => {
            waiting.borrow_mut().push(cx.waker().clone());
            Poll::Pending
        }
        outcome => Poll::Ready(outcome),
    })
    .await
}

/// Polls a future once, and drops it: that is how a timeout gives up.
fn give_up(future: impl Future<Output = io::Result<usize>>) {
    let future = pin!(future);
    assert!(future.poll(&mut Context::from_waker(Waker::noop())).is_pending());
}

fn main() -> io::Result<()> {
    cli::options(&[]);
    let (socket, _silent) = UnixStream::pair()?;
    socket.set_nonblocking(true)?;
    let list = RefCell::default();
    let direction = Direction::default();
    for _ in 0..1000 {
        give_up(read_without(&socket, &list));
        give_up(read(&socket, &direction));
    }
    println!("without tickets: {} wakers are left", list.borrow().len());
    println!("with tickets:    {} wakers are left", direction.waiting.borrow().len());
    Ok(())
}
